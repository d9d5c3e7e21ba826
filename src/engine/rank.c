/* rank.c - see rank.h
 * SPDX-License-Identifier: MIT */
#include "engine/rank.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "engine/couple.h"

static const double WEIGHT_MIN = .05; /* of a further key */

struct ranked {
  int32_t value;
  const char *text;
  struct evidence evidence;
  double weight;
};

void choice_free(struct choice *choice)
{
  free(choice->candidates);
  choice->candidates = NULL;
}

static int by_weight(const void *a, const void *b)
{
  const struct ranked *x = a, *y = b;
  if (x->weight != y->weight)
    return x->weight > y->weight ? -1 : 1;
  return (x->value > y->value) - (x->value < y->value);
}

/* Where no value is shared beyond chance, the rare ones weigh most. */
static void weigh(struct ranked *list, int count)
{
  double most = 0;
  for (int k = 0; k < count; k++)
    most = list[k].evidence.w > most ? list[k].evidence.w : most;
  for (int k = 0; k < count; k++)
    list[k].weight = most > 0 ? list[k].evidence.w : list[k].evidence.idf;
  qsort(list, (size_t)count, sizeof *list, by_weight);
}

/* Which of `count` ranked ones comes at place k: the most important ones first, or whose turn it is. */
static int in_order(const struct asked *asked, int k, int count)
{
  uint64_t from = asked->engine->keys == ENGINE_TURNS ? asked->turn % (uint64_t)count : 0;
  return (int)((from + (uint64_t)k) % (uint64_t)count);
}

static const struct key *key_of(const struct engine *engine, int32_t value)
{
  return &engine->statistics->keys[engine->statistics->values[value].key];
}

/* The item's own text of a value: classes and letters' case are the statistics' matter only. */
static const char *own_text(const struct asked *asked, int32_t value)
{
  const struct statistics *s = asked->engine->statistics;
  const char *name = key_of(asked->engine, value)->name;
  for (int a = 0; a < asked->item->attribute_count; a++) {
    const struct attribute *attribute = &asked->item->attributes[a];
    if (attribute->modality == TEXT && strcmp(attribute->key, name) == 0 &&
        statistics_value(s, s->values[value].key, attribute->value) == value)
      return attribute->value;
  }
  return value_text(s, value);
}

/* Has the item the same text under another key (a director who also plays)? What then takes its place
 * in one would not in the other. */
static bool is_twice(const struct engine *engine, int32_t value)
{
  const struct statistics *s = engine->statistics;
  for (int k = 0; k < engine->look.own_count; k++) {
    int32_t other = engine->look.own[k];
    if (s->values[other].key != s->values[value].key && key_of(engine, other)->modality == TEXT &&
        strcasecmp(value_text(s, other), value_text(s, value)) == 0)
      return true;
  }
  return false;
}

static int gather_text(const struct asked *asked, struct ranked *out)
{
  const struct engine *engine = asked->engine;
  int count = 0;
  for (int k = 0; k < engine->look.own_count; k++) {
    int32_t value = engine->look.own[k];
    if (key_of(engine, value)->modality == TEXT && !is_twice(engine, value))
      out[count++] = (struct ranked){.value = value, .text = own_text(asked, value),
                                     .evidence = taste_evidence(&engine->taste, value)};
  }
  weigh(out, count);
  return count;
}

/* Which of the item's values a new value of `value`'s key must fit: those that stay. */
static int beside_of(const struct engine *engine, int32_t value, int32_t *out)
{
  const struct statistics *s = engine->statistics;
  const struct key *key = key_of(engine, value);
  unsigned follow = key->modality == IMAGE ? image_keys[image_key_named(key->name)].entails : 0;
  int count = 0;
  for (int k = 0; k < engine->look.own_count && count < BESIDE_MAX; k++) {
    int32_t other = engine->look.own[k];
    const struct key *other_key = key_of(engine, other);
    if (other == value || other_key->form == FORM_TERM ||
        couples_has(s, s->values[value].key, s->values[other].key) ||
        (key->modality == TEXT && other_key->modality == IMAGE) ||
        (other_key->modality == IMAGE && follow & (1u << image_key_named(other_key->name))))
      continue;
    out[count++] = other;
  }
  return count;
}

/* The latest year up to the item's own that its texts tell of: it is no older than that. Its own year is
 * masked with it. */
static double year_told(const struct item *item, const char *own_year)
{
  double own, latest = 0;
  if (!quantity_read(own_year, &own))
    return 0;
  for (int f = 0; f < item->field_count; f++) {
    const char *text = item->fields[f].kind == FIELD_PROSE ? item->fields[f].value : "";
    for (const char *p = text; (p += strcspn(p, "0123456789"))[0]; p += strspn(p, "0123456789")) {
      double year = strspn(p, "0123456789") == 4 ? strtod(p, NULL) : 0;
      if (year >= 1000 && year < own && year > latest)
        latest = year;
    }
  }
  return latest;
}

static struct choice choice_make(const struct asked *asked, const struct ranked *ranked,
                                 const struct forbidden *forbidden)
{
  const struct engine *engine = asked->engine;
  int32_t beside[BESIDE_MAX];
  struct choice choice = {.value = ranked->value, .text = ranked->text, .evidence = ranked->evidence};
  struct wish wish = {.taste = &engine->taste, .counts = engine->counts, .old = ranked->value,
                      .old_text = ranked->text, .own = engine->look.own,
                      .own_count = engine->look.own_count, .beside = beside,
                      .prices = engine->prices,
                      .seed = asked->seed + (uint64_t)asked->attempt,
                      .is_any = engine->keys == ENGINE_TURNS};
  if (key_of(engine, ranked->value)->form == FORM_YEAR)
    wish.year_from = year_told(asked->item, ranked->text);
  wish.beside_count = beside_of(engine, ranked->value, beside);
  choice.candidates = candidates_find(&wish, &choice.candidate_count);
  int kept = 0;
  for (int c = 0; c < choice.candidate_count; c++) {
    bool is_forbidden = false;
    for (int f = 0; f < forbidden->count; f++)
      is_forbidden = is_forbidden || forbidden->values[f] == choice.candidates[c].value;
    if (!is_forbidden)
      choice.candidates[kept++] = choice.candidates[c];
  }
  choice.candidate_count = kept;
  return choice;
}

/* Does the best candidate make the item less its users' taste, as far as that is known, and is it
 * not worn out? */
static bool is_fit(const struct asked *asked, const struct choice *choice)
{
  return choice->candidate_count > 0 && choice->candidates[0].score > WORN_OUT &&
         (choice->candidates[0].is_less_shared || asked->engine->taste.users == 0);
}

static bool is_taken(const struct statistics *s, int key, const struct choice *chosen, int count)
{
  for (int k = 0; k < count; k++) {
    int other = s->values[chosen[k].value].key;
    if (other == key || couples_has(s, other, key))
      return true;
  }
  return false;
}

static int rank_forced(const struct asked *asked, const struct forced *forced,
                       const struct ranked *ranked, int count, const struct forbidden *forbidden,
                       struct choice *out)
{
  int found = 0;
  for (int f = 0; f < forced->text_count; f++)
    for (int k = 0; k < count; k++)
      if (strcmp(key_of(asked->engine, ranked[k].value)->name, forced->text_keys[f]) == 0 &&
          strcmp(ranked[k].text, forced->text_values[f]) == 0) {
        out[found++] = choice_make(asked, &ranked[k], forbidden);
        break;
      }
  return found;
}

/* The key whose turn it is, or the next one that has something to be changed to. */
static int rank_turn(const struct asked *asked, const struct ranked *ranked, int count,
                     const struct forbidden *forbidden, int shared, struct choice *out)
{
  for (int k = 0; k < count; k++) {
    const struct ranked *now = &ranked[in_order(asked, k, count)];
    int image = image_key_named(key_of(asked->engine, now->value)->name);
    bool is_both = image >= 0 && asked->engine->look.has_picture;
    if (shared >= 0 ? image != shared : is_both)
      continue;
    *out = choice_make(asked, now, forbidden);
    if (out->candidate_count > 0)
      return 1;
    choice_free(out);
  }
  return 0;
}

int rank_text(struct asked *asked, const struct forced *forced, const struct forbidden *forbidden,
              int shared, struct choice out[TEXT_KEYS_MAX])
{
  const struct statistics *s = asked->engine->statistics;
  struct ranked ranked[OWN_MAX];
  struct choice spare = {0};
  int count = gather_text(asked, ranked), found = 0;
  if (forced)
    return rank_forced(asked, forced, ranked, count, forbidden, out);
  if (asked->engine->keys == ENGINE_TURNS)
    return rank_turn(asked, ranked, count, forbidden, shared, out);
  for (int pass = shared >= 0 ? 0 : 1; pass < 2; pass++)
    for (int k = 0; k < count && found < TEXT_KEYS_MAX; k++) {
      int key = s->values[ranked[k].value].key, image = image_key_named(s->keys[key].name);
      bool is_both = image >= 0 && asked->engine->look.has_picture;
      if ((is_both && image != shared) || (pass == 0 && image != shared) ||
          (found > 0 && ranked[k].weight < WEIGHT_MIN) || is_taken(s, key, out, found))
        continue;
      struct choice choice = choice_make(asked, &ranked[k], forbidden);
      if (is_fit(asked, &choice) || pass == 0) {
        out[found++] = choice;
      } else if (!spare.candidates && choice.candidate_count > 0) {
        spare = choice;
      } else {
        choice_free(&choice);
      }
    }
  if (found == 0 && spare.candidates)
    out[found++] = spare;
  else
    choice_free(&spare);
  return found;
}

static int gather_image(const struct asked *asked, struct ranked *out)
{
  const struct engine *engine = asked->engine;
  int count = 0;
  for (int k = 0; k < engine->look.own_count && count < IMAGE_KEYS; k++) {
    int32_t value = engine->look.own[k];
    const struct key *key = key_of(engine, value);
    if (key->modality == IMAGE && image_keys[image_key_named(key->name)].can_edit)
      out[count++] = (struct ranked){.value = value, .text = value_text(engine->statistics, value),
                                     .evidence = taste_evidence(&engine->taste, value)};
  }
  weigh(out, count);
  return count;
}

/* Put the candidates of a choice among the options: those that are (not) fit. */
static void options_add(struct options *out, int choice_index, bool is_fit_wanted)
{
  const struct choice *choice = &out->choices[choice_index];
  for (int c = 0; c < choice->candidate_count && out->count < OPTIONS_MAX; c++) {
    const struct candidate *candidate = &choice->candidates[c];
    enum image_key key = out->keys[choice_index];
    int class = image_class_named(key, candidate->text);
    bool is_good = candidate->is_less_shared && candidate->score > WORN_OUT;
    if (is_good == is_fit_wanted && class >= 0)
      out->list[out->count++] = (struct option){key, class, choice_index, *candidate};
  }
}

void rank_image(struct asked *asked, const struct forbidden *forbidden, int only, int shared,
                struct options *out)
{
  struct ranked ranked[IMAGE_KEYS];
  int count = asked->engine->look.has_picture ? gather_image(asked, ranked) : 0;
  *out = (struct options){0};
  for (int k = 0; k < count; k++) {
    const struct ranked *now = &ranked[in_order(asked, k, count)];
    int key = image_key_named(key_of(asked->engine, now->value)->name);
    if (only >= 0 ? key != only : key == shared)
      continue;
    out->keys[out->choice_count] = (enum image_key)key;
    out->choices[out->choice_count++] = choice_make(asked, now, forbidden);
  }
  for (int pass = 0; pass < 2; pass++)
    for (int k = 0; k < out->choice_count; k++)
      options_add(out, k, pass == 0);
}

void options_free(struct options *options)
{
  for (int k = 0; k < options->choice_count; k++)
    choice_free(&options->choices[k]);
}

int rank_shared(struct asked *asked, bool *is_first)
{
  const struct engine *engine = asked->engine;
  struct ranked text[OWN_MAX], image[IMAGE_KEYS];
  int text_count = gather_text(asked, text), shared = -1;
  *is_first = false;
  if (!engine->look.has_picture)
    return -1;
  int image_count = gather_image(asked, image);
  for (int k = 0; k < text_count && shared < 0; k++) {
    int key = image_key_named(key_of(engine, text[k].value)->name);
    if (key >= 0 && image_keys[key].can_edit) {
      shared = key;
      *is_first = k == in_order(asked, 0, text_count);
    }
  }
  if (shared >= 0 && image_count > 0 &&
      strcmp(key_of(engine, image[in_order(asked, 0, image_count)].value)->name,
             image_keys[shared].name) == 0)
    *is_first = true;
  return shared;
}
