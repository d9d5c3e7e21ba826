/* candidate.c - from the three replies to a candidate: changes, picture, displacement, checks
 *
 * A changed attribute of the picture is drawn when it is one that the editor knows and
 * can reach; else it is kept in words, and the picture's displacement is measured between
 * the two descriptions (both sides by the same encoder, METHOD 2.1).
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gen/checks.h"
#include "gen/colour_words.h"
#include "gen/fill.h"
#include "gen/gen_private.h"
#include "gen/siblings.h"
#include "media/easel.h"

/* Strengths tried in turn when a reply names none. */
static const double strengths[] = {0.6, 0.85, 0.35};

static void add_change(struct negative *negative, enum modality modality, const char *key,
                       const char *original, const char *intervened, enum role role)
{
  size_t count = (size_t)negative->change_count + 1;
  negative->changes = mem_grow(negative->changes, count, sizeof *negative->changes);
  negative->changes[negative->change_count++] =
    (struct change){modality, mem_strdup(key), mem_strdup(original), mem_strdup(intervened), role};
}

void candidate_reset(struct chain *chain)
{
  struct negative *negative = chain->negative;
  negative_clear(negative);
  negative->has_picture = false;
  negative->balance = NAN;
  for (int m = 0; m < MODALITIES; m++) {
    free(negative->sides[m].negative);
    negative->sides[m].negative = NULL;
    negative->sides[m].delta = negative->sides[m].calibrated = NAN;
  }
  free(negative->replies[COMPLETE]);
  negative->replies[COMPLETE] = NULL;
  chain->drawn = NULL;
}

static void collect_changes(struct chain *chain)
{
  struct negative *negative = chain->negative;
  for (int k = 0; k < chain->complete.value_count; k++) {
    const struct reply_value *value = &chain->complete.values[k];
    const struct reply_key *masked = NULL;
    for (int j = 0; j < chain->mask.key_count; j++)
      if (!strcmp(chain->mask.keys[j].key, value->key))
        masked = &chain->mask.keys[j];
    for (int m = 0; m < MODALITIES; m++) {
      const struct side *side = &negative->sides[m];
      if (!masked || !side->masked || !has_slot(side->masked, value->key))
        continue;
      add_change(negative, (enum modality)m, value->key, masked->value, value->value, ROLE_KEY);
    }
  }
  for (int k = 0; k < chain->complete.entailed_count; k++) {
    const struct reply_entailed *e = &chain->complete.entailed[k];
    add_change(negative, e->is_image ? IMAGE : TEXT, e->key, e->original, e->intervened,
               ROLE_ENTAILED);
  }
}

static bool has_change(const struct negative *negative, enum modality modality, const char *key)
{
  for (int k = 0; k < negative->change_count; k++)
    if (negative->changes[k].modality == modality && !strcmp(negative->changes[k].key, key))
      return true;
  return false;
}

/* The class that a change of the picture means; -1 when the editor cannot draw it. */
static int class_of(const struct change *change, int *key)
{
  *key = image_key_named(change->key);
  if (*key < 0 && (!strcmp(change->key, "colour") || strstr(change->key, "color")))
    *key = IMAGE_COLOR;
  if (*key < 0 || !image_keys[*key].can_edit)
    return -1;
  return *key == IMAGE_COLOR ? colour_class(change->intervened)
                             : image_class_named((enum image_key)*key, change->intervened);
}

/* Draw the first change that can be drawn, at the first strength that passes (else the last tried);
 * NULL when there is none. The easel's. */
static const struct edit *draw(struct gen *gen, struct chain *chain)
{
  const struct negative *negative = chain->negative;
  for (int k = 0; chain->has_picture && gen->has_borders && k < negative->change_count; k++) {
    const struct change *change = &negative->changes[k];
    int key, class = change->modality == IMAGE && change->role == ROLE_KEY ? class_of(change, &key) : -1;
    if (class < 0)
      continue;
    const struct edit *edit = NULL;
    double told = chain->complete.strength;
    for (size_t s = 0; s < (told > 0 ? 1 : COUNT_OF(strengths)); s++) {
      edit = easel_edit(chain->easel, (enum image_key)key, class, told > 0 ? told : strengths[s]);
      if (!edit || edit_passes(&edit->result))
        break;
    }
    return edit;
  }
  return NULL;
}

/* What followed the edit although it was not said: entailed classes, and the keys that a description
 * names although they were kept. */
static void collect_followers(struct gen *gen, struct chain *chain, const struct edit_result *result)
{
  const struct measure *before = easel_measure(chain->easel);
  for (int key = 0; key < IMAGE_KEYS; key++) {
    if (!(result->moved >> key & 1) || has_change(chain->negative, IMAGE, image_keys[key].name))
      continue;
    int from = measure_class(before, &gen->borders, (enum image_key)key);
    int to = measure_class(&result->measure, &gen->borders, (enum image_key)key);
    add_change(chain->negative, IMAGE, image_keys[key].name, image_keys[key].classes[from],
               image_keys[key].classes[to], ROLE_ENTAILED);
  }
}

static void write_notes(struct chain *chain, const char *picture_note, double difference)
{
  cJSON *notes = cJSON_CreateObject();
  json_add_str(notes, "picture", picture_note);
  if (difference > 0)
    json_add_num(notes, "difference", difference);
  if (chain->complete.strength > 0)
    json_add_num(notes, "strength", chain->complete.strength);
  if (chain->mask.evidence)
    cJSON_AddItemToObject(notes, "evidence", cJSON_Duplicate(chain->mask.evidence, 1));
  if (chain->complete.kept_mentions)
    cJSON_AddItemToObject(notes, "kept_mentions", cJSON_Duplicate(chain->complete.kept_mentions, 1));
  json_add_int(notes, "attempt", chain->attempt);
  chain->negative->notes = json_line(notes);
  cJSON_Delete(notes);
}

/* Displacements and the nearest twin, by the catalogue's encoders. */
static void weigh(struct gen *gen, struct chain *chain, const struct edit_result *drawn,
                  struct check_input *input, struct item **twin)
{
  struct negative *negative = chain->negative;
  const struct side *sides = negative->sides;
  int64_t item = chain->item->id, who = -1;
  struct displacement moved;
  float *text = mem_zero((size_t)encoders_dim(gen->encoders, TEXT) + 1, sizeof *text);
  float *picture = mem_zero((size_t)encoders_dim(gen->encoders, IMAGE) + 1, sizeof *picture);
  const float *vectors[MODALITIES] = {text, drawn ? picture : NULL};
  encoders_text(gen->encoders, sides[TEXT].negative, text);
  if (drawn)
    encoders_picture(gen->encoders, &drawn->picture, picture);
  encoders_displacement(gen->encoders, item, vectors, &moved);
  if (chain->has_picture && !drawn)
    encoders_displacement_in_words(gen->encoders, sides[IMAGE].original, sides[IMAGE].negative,
                                   &moved);
  for (int m = 0; m < MODALITIES; m++) {
    negative->sides[m].delta = moved.raw[m];
    negative->sides[m].calibrated = moved.calibrated[m];
  }
  negative->balance = moved.balance;
  if (!drawn)
    vectors[IMAGE] = encoders_row(gen->encoders, IMAGE, item);
  input->twin_cosine = twins_nearest(gen->twins, item, vectors, &who);
  if (input->twin_cosine > 0.9)
    *twin = item_at(gen->store, who, NULL);
  input->twin = *twin ? (*twin)->title : NULL;
  free(text);
  free(picture);
}

void candidate_make(struct gen *gen, struct chain *chain)
{
  struct negative *negative = chain->negative;
  struct item *twin = NULL;
  candidate_reset(chain);
  negative->sides[TEXT].negative = mem_strdup(chain->complete.text_negative);
  negative->sides[IMAGE].negative =
    negative->sides[IMAGE].original ? mem_strdup(chain->complete.visual_negative) : NULL;
  collect_changes(chain);
  const struct edit *edit = draw(gen, chain);
  bool is_drawn = edit && (!gen->row->needs_model || edit_passes(&edit->result));
  static const struct edit_result none; /* a model's words stand, even where we cannot draw them */
  const struct edit_result *result = is_drawn ? &edit->result : &none;
  if (is_drawn) {
    collect_followers(gen, chain, result);
    chain->drawn = &result->picture;
    negative->has_picture = true;
    negative->measure = result->measure;
  }
  struct check_input input = {.item = chain->item, .negative = negative, .mask = &chain->mask,
                              .complete = &chain->complete, .is_drawn = is_drawn,
                              .is_reached = result->is_reached, .is_rest_kept = result->is_rest_kept,
                              .difference = result->difference, .twin_cosine = NAN};
  input.is_repeated = siblings_have(chain, negative);
  input.is_present[TEXT] = true;
  input.is_present[IMAGE] = chain->has_picture;
  weigh(gen, chain, is_drawn ? result : NULL, &input, &twin);
  write_notes(chain, !chain->has_picture       ? "none"
                     : !is_drawn               ? "in words only"
                     : gen->row->needs_model   ? "drawn from the words" : "drawn",
              result->difference);
  checks_run(&input, negative);
  item_free(twin);
}
