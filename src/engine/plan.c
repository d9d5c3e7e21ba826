/* plan.c - which intervention: keys, values, and how strongly the picture is edited
 *
 * The picture comes first: its options are tried in order of importance until an edit
 * passes METHOD C9. Then the texts: one to four keys, by importance, with the best values
 * of each; each text is encoded once, since the displacements of the modalities are
 * separable. What is taken has the highest score_text + score_image + balance / 2. Where
 * the picture still moves much more or less than the text, a weaker or stronger edit of
 * the same change is weighed too.
 *
 * A key that text and picture share (a colour) is changed in both to one value, or in
 * neither.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "encode/displacement.h"
#include "engine/expect.h"
#include "engine/prices.h"
#include "engine/rank.h"

enum { VALUES_TRIED = 3, TEXTS_PER_COUNT = 4, TEXTS_MAX = TEXTS_PER_COUNT * TEXT_KEYS_MAX };
#define STRENGTH .5
#define WEAKER .15
#define STRONGER .95
static const double EDIT_SHARE_MAX = .05, EXPECTED = .15;

/* One way to change the text: the pick-th candidate of the first `count` keys. */
struct text_way {
  int count, pick[TEXT_KEYS_MAX];
  double score;    /* mean of the candidates' */
  double moved_by; /* calibrated displacement; NAN: not known */
  bool is_usable;
};

struct search {
  struct asked *asked;
  const struct forced *forced;
  struct choice text[TEXT_KEYS_MAX];
  int text_count;
  struct options options;
  int shared; /* image key changed in both modalities, or -1 */
  struct text_way ways[TEXTS_MAX];
  int way_count;
  int expected; /* count of text keys; see expect.h */
};

void plan_free(struct plan *plan)
{
  for (int k = 0; k < plan->text_count; k++)
    choice_free(&plan->text[k]);
  if (plan->has_image)
    choice_free(&plan->image);
  *plan = (struct plan){0};
}

static const char *new_text(const struct search *search, const struct text_way *way, int k)
{
  return search->text[k].candidates[way->pick[k]].text;
}

int masked_in_text(const struct engine *engine, const struct choice *text, int text_count,
                   const char *const *text_new, const struct choice *image, const char *image_new,
                   struct masked *out, const char **values)
{
  const struct statistics *s = engine->statistics;
  bool is_shared = false;
  int count = 0;
  for (; count < text_count; count++) {
    const struct key *key = &s->keys[s->values[text[count].value].key];
    out[count] = (struct masked){key->name, text[count].text, key};
    values[count] = text_new[count];
    is_shared = is_shared || image_key_named(key->name) >= 0;
  }
  const struct key *key = image ? &s->keys[s->values[image->value].key] : NULL;
  if (key && !is_shared && prose_how(key) != PROSE_NEVER) {
    out[count] = (struct masked){key->name, image->text, key};
    values[count++] = image_new;
  }
  return count;
}

int plan_masked(const struct engine *engine, const struct plan *plan, struct masked *out,
                const char **values)
{
  const char *image_new = plan->has_image ? image_keys[plan->image_key].classes[plan->to_class] : NULL;
  return masked_in_text(engine, plan->text, plan->text_count, plan->text_new,
                        plan->has_image ? &plan->image : NULL, image_new, out, values);
}

/* Encode the text that a way gives. Not usable: it needs more than its values to read well, so
 * that what should stay would not. */
static void way_measure(const struct search *search, const struct option *option,
                        struct text_way *way)
{
  struct asked *asked = search->asked;
  struct masked masked[MASKED_MAX];
  const char *values[MASKED_MAX], *texts[TEXT_KEYS_MAX];
  struct displacement displacement;
  const struct encoders *encoders = asked->engine->encoders;
  for (int k = 0; k < way->count; k++)
    texts[k] = new_text(search, way, k);
  int count = masked_in_text(asked->engine, search->text, way->count, texts,
                             option ? &search->options.choices[option->choice] : NULL,
                             option ? option->candidate.text : NULL, masked, values);
  struct document document = document_find(asked->item, masked, count);
  char *filled = document_filled(&document, masked, values, true);
  char *plain = document_filled(&document, masked, values, false);
  way->is_usable = strcmp(filled, plain) == 0 || text_edit_share(filled, plain) <= EDIT_SHARE_MAX;
  for (int k = 0; k < way->count; k++)
    way->is_usable = way->is_usable && document_has(&document, k);
  float *row = mem_zero((size_t)encoders_dim(encoders, TEXT) + 1, sizeof *row);
  const float *negative[MODALITIES] = {row, NULL};
  encoders_text(encoders, filled, row);
  encoders_displacement(encoders, asked->item->id, negative, &displacement);
  way->moved_by = displacement.calibrated[TEXT];
  free(row);
  free(filled);
  free(plain);
  document_free(&document);
}

static int by_way_score(const void *a, const void *b)
{
  const struct text_way *x = a, *y = b;
  if (x->score != y->score)
    return x->score > y->score ? -1 : 1;
  return memcmp(x->pick, y->pick, sizeof x->pick);
}

/* The best ways to change exactly `count` keys. */
static void ways_add(struct search *search, int count)
{
  const struct statistics *s = search->asked->engine->statistics;
  struct text_way all[81]; /* VALUES_TRIED ^ TEXT_KEYS_MAX */
  bool is_held[TEXT_KEYS_MAX];
  int total = 1, held = 0;
  for (int k = 0; k < count; k++) {
    total *= VALUES_TRIED;
    is_held[k] = prices_hold(s, s->values[search->text[k].value].key);
  }
  for (int code = 0; code < total; code++) {
    struct text_way way = {.count = count, .moved_by = NAN};
    bool is_there = true;
    for (int k = 0, rest = code; k < count; k++, rest /= VALUES_TRIED) {
      way.pick[k] = rest % VALUES_TRIED;
      is_there = is_there && way.pick[k] < (is_held[k] ? 1 : search->text[k].candidate_count);
      if (is_there)
        way.score += search->text[k].candidates[way.pick[k]].score / count;
    }
    if (is_there)
      all[held++] = way;
  }
  qsort(all, (size_t)held, sizeof *all, by_way_score);
  for (int w = 0; w < held && w < TEXTS_PER_COUNT; w++)
    search->ways[search->way_count++] = all[w];
}

/* The text's key gets the value that is the class's name. */
static bool share_value(struct search *search, const struct option *option)
{
  const char *class = image_keys[option->key].classes[option->to_class];
  struct choice *choice = &search->text[0];
  for (int c = 0; c < choice->candidate_count; c++)
    if (strcasecmp(choice->candidates[c].text, class) == 0) {
      choice->candidates[0] = choice->candidates[c];
      choice->candidate_count = 1;
      return true;
    }
  return false;
}

/* Does it pass, with the picture's weight where it was? It may move with brightness, and is told then, but
 * that is for pictures that nothing else suits. */
static bool is_calm(const struct edit_result *result)
{
  return edit_passes(result) && !(result->moved & 1u << IMAGE_COMPOSITION);
}

/* One way to edit the picture. */
struct attempt {
  const struct option *option;
  double strength;
  bool is_anyhow; /* calm or not */
};

/* In the order to try them: all options at one strength after the other, and then anyhow; in turns each option
 * in all these ways, since another key has its own turn. False at the end. */
static bool attempt_at(const struct search *search, int k, struct attempt *out)
{
  static const double strengths[] = {STRENGTH, WEAKER, STRONGER};
  enum { WAYS = 2 * COUNT_OF(strengths) };
  int count = search->options.count;
  bool in_turns = search->asked->engine->keys == ENGINE_TURNS;
  if (k >= WAYS * count)
    return false;
  int option = in_turns ? k / WAYS : k % count, way = in_turns ? k % WAYS : k / count;
  *out = (struct attempt){&search->options.list[option], strengths[way % (WAYS / 2)], way >= WAYS / 2};
  return true;
}

/* The first option that passes: calmly at middle strength, at another one, or else anyhow; the first of
 * all when none does and the keys are forced. */
static const struct edit *first_edit(struct search *search, const struct option **option)
{
  struct attempt now;
  const struct edit *first = NULL;
  bool is_shared = search->shared >= 0;
  if (is_shared && !search->text[0].candidate_count)
    return NULL;
  int saved_count = is_shared ? search->text[0].candidate_count : 0;
  struct candidate saved = is_shared ? search->text[0].candidates[0] : (struct candidate){0};
  for (int k = 0; attempt_at(search, k, &now); k++) {
    if (is_shared && !share_value(search, now.option))
      continue;
    const struct edit *edit = look_sketch(search->asked, now.option->key, now.option->to_class,
                                          now.strength);
    if (edit && (now.is_anyhow ? edit_passes : is_calm)(look_result(edit))) {
      *option = now.option;
      return edit;
    }
    if (edit && !first && search->forced && !is_shared) {
      first = edit;
      *option = now.option;
    }
    if (is_shared) {
      search->text[0].candidate_count = saved_count;
      search->text[0].candidates[0] = saved;
    }
  }
  return first;
}

static double balance_of(double text, double image)
{
  const double both[MODALITIES] = {text, image};
  double balance = displacement_balance(both, MODALITIES);
  return isnan(balance) ? 0 : balance;
}

/* Weigh every text with this edit (NULL: no picture); better ones go to *plan. */
static void weigh_edit(struct search *search, const struct option *option, const struct edit *edit,
                       struct plan *plan, const struct text_way **best)
{
  for (int w = 0; w < search->way_count; w++) {
    struct text_way *way = &search->ways[w];
    if (isnan(way->moved_by))
      way_measure(search, option, way);
    if (!way->is_usable)
      continue;
    double balance = edit ? balance_of(way->moved_by, edit->note) : NAN;
    double score = way->score + (edit ? option->candidate.score + .5 * balance : 0);
    score += way->count == search->expected ? EXPECTED : 0;
    if (*best && score <= plan->score)
      continue;
    plan->score = score;
    plan->balance = balance;
    plan->edit = edit;
    plan->strength = edit ? edit->strength : 0;
    *best = way;
  }
}

/* Hand the choices over to the plan. */
static void plan_take(struct search *search, const struct option *option, const struct text_way *way,
                      struct plan *plan)
{
  plan->text_count = way->count;
  for (int k = 0; k < way->count; k++) {
    plan->text_new[k] = new_text(search, way, k);
    plan->text[k] = search->text[k];
    search->text[k].candidates = NULL;
  }
  if (!option)
    return;
  plan->has_image = true;
  plan->image_key = option->key;
  plan->to_class = option->to_class;
  plan->image = search->options.choices[option->choice];
  search->options.choices[option->choice].candidates = NULL;
}

/* Take the choices back from a plan that came to nothing. */
static void plan_give_back(struct search *search, struct plan *plan)
{
  for (int k = 0; k < plan->text_count; k++)
    search->text[k].candidates = plan->text[k].candidates;
  for (int k = 0; plan->has_image && k < search->options.choice_count; k++)
    if (search->options.keys[k] == plan->image_key)
      search->options.choices[k].candidates = plan->image.candidates;
  *plan = (struct plan){0};
}

/* One search with the keys gathered; false when nothing passes. */
static bool search_sketches(struct search *search, struct plan *plan)
{
  const struct option *option = NULL;
  const struct text_way *best = NULL;
  const struct edit *edit = NULL;
  if (search->asked->engine->look.has_picture && !(edit = first_edit(search, &option)))
    return false;
  int from = search->forced ? search->text_count : 1;
  for (int count = from; count <= search->text_count && count > 0; count++)
    ways_add(search, count);
  if (!edit) /* one key is enough where nothing is to be balanced */
    search->way_count = search->way_count < TEXTS_PER_COUNT || search->forced ? search->way_count
                                                                             : TEXTS_PER_COUNT;
  weigh_edit(search, option, edit, plan, &best);
  if (best && edit && edit_passes(look_result(edit)) && plan->balance < .9) {
    double strength = edit->note > best->moved_by ? WEAKER : STRONGER;
    const struct edit *other = look_sketch(search->asked, option->key, option->to_class, strength);
    if (other && (is_calm(look_result(edit)) ? is_calm : edit_passes)(look_result(other)))
      weigh_edit(search, option, other, plan, &best);
  }
  if (best)
    plan_take(search, option, best, plan);
  return best != NULL;
}

/* Search until what was chosen passes on all pixels, too. Where none does, a forced edit is the first. */
static bool search_run(struct search *search, struct plan *plan)
{
  for (;;) {
    search->way_count = 0;
    if (!search_sketches(search, plan))
      return false;
    if (!plan->edit)
      return true;
    bool is_hopeless = !edit_passes(look_result(plan->edit)), was_calm = is_calm(look_result(plan->edit));
    const struct edit *edit = easel_edit(search->asked->easel, plan->edit->key,
                                         plan->edit->to_class, plan->edit->strength);
    if (is_hopeless || (was_calm ? is_calm : edit_passes)(&edit->result))
      return true;
    plan_give_back(search, plan);
  }
}

/* Search for a change with a shared key in both modalities, or in neither (shared -1, `without`: the
 * key left out of both). */
static bool search_once(struct asked *asked, const struct forced *forced,
                        const struct forbidden *forbidden, int shared, int without,
                        struct plan *plan)
{
  struct search search = {.asked = asked, .forced = forced, .shared = shared};
  int only = forced ? forced->image_key : shared;
  search.text_count = rank_text(asked, forced, forbidden, shared, search.text);
  if (!forced)
    search.expected = expected_count(asked, search.text, search.text_count);
  if (!forced || forced->image_key >= 0)
    rank_image(asked, forbidden, only, without, &search.options);
  bool found = search.text_count > 0 && search_run(&search, plan);
  for (int k = 0; k < search.text_count; k++)
    choice_free(&search.text[k]);
  options_free(&search.options);
  return found;
}

/* Is the first forced text key the forced key of the picture? */
static int shared_of(const struct forced *forced)
{
  bool is_shared = forced->image_key >= 0 && forced->text_count > 0 &&
                   strcmp(forced->text_keys[0], image_keys[forced->image_key].name) == 0;
  return is_shared ? forced->image_key : -1;
}

static bool plan_once(struct asked *asked, const struct forced *forced,
                      const struct forbidden *forbidden, struct plan *plan)
{
  bool is_first = false;
  *plan = (struct plan){0};
  if (forced)
    return search_once(asked, forced, forbidden, shared_of(forced), -1, plan);
  int shared = rank_shared(asked, &is_first);
  if (shared >= 0 && is_first && search_once(asked, NULL, forbidden, shared, -1, plan))
    return true;
  if (search_once(asked, NULL, forbidden, -1, shared, plan))
    return true;
  return shared >= 0 && !is_first && search_once(asked, NULL, forbidden, shared, -1, plan);
}

/* What a plan chose may not be chosen again by the next attempt. */
static void forbid(const struct engine *engine, const struct plan *plan, struct forbidden *out)
{
  int32_t taken[TEXT_KEYS_MAX + 1];
  int count = 0;
  for (int k = 0; k < plan->text_count; k++)
    for (int c = 0; c < plan->text[k].candidate_count; c++)
      if (plan->text[k].candidates[c].text == plan->text_new[k])
        taken[count++] = plan->text[k].candidates[c].value;
  if (plan->has_image) {
    int key = statistics_key(engine->statistics, IMAGE, image_keys[plan->image_key].name);
    taken[count++] = statistics_value(engine->statistics, key,
                                      image_keys[plan->image_key].classes[plan->to_class]);
  }
  for (int k = 0; k < count && out->count < FORBIDDEN_MAX; k++)
    out->values[out->count++] = taken[k];
}

bool plan_make(struct asked *asked, const struct forced *forced, struct plan *out, struct err *err)
{
  struct forbidden forbidden = {0};
  struct asked earlier = *asked;
  for (earlier.attempt = 0; earlier.attempt < asked->attempt; earlier.attempt++) {
    struct plan plan;
    if (plan_once(&earlier, NULL, &forbidden, &plan))
      forbid(asked->engine, &plan, &forbidden);
    plan_free(&plan);
  }
  if (plan_once(asked, forced, &forbidden, out))
    return true;
  if (asked->engine->look.own_count == 0)
    return err_set(err, EX_DATAERR, "item \"%s\" has no attribute that could be masked",
                   asked->item->key);
  return err_set(err, EX_DATAERR, "item \"%s\": no change of its %s passes", asked->item->key,
                 asked->engine->look.has_picture ? "text and picture" : "text");
}
