/* causes_variants.c - negatives with one attribute put back, and what that does to the model
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gen/fill.h"
#include "la/vec.h"
#include "store/negative.h"
#include "train/causes_private.h"

/* What the samples call an attribute that we measure under another name. */
static const char *planted_key(enum modality modality, const char *key)
{
  static const char *const names[][2] = {
    {"saturation", "tone"}, {"brightness", "background"}, {"texture", "pattern"}};
  for (size_t k = 0; modality == IMAGE && k < COUNT_OF(names); k++)
    if (!strcmp(key, names[k][0]))
      return names[k][1];
  return key;
}

/* The negative text with the key's value as it was; NULL when its reply cannot be read. */
static char *text_put_back(const struct negative *negative, const struct change *change)
{
  struct reply_complete complete = {0};
  cJSON *json = negative->replies[2] ? reply_json(negative->replies[2], NULL) : NULL;
  char *text = NULL;
  if (json && negative->sides[TEXT].masked && reply_read_complete(json, &complete, NULL)) {
    for (int v = 0; v < complete.value_count; v++)
      if (!strcmp(complete.values[v].key, change->key)) {
        free(complete.values[v].value);
        complete.values[v].value = mem_strdup(change->original);
      }
    text = fill_expected(negative, TEXT, &complete);
  }
  reply_complete_free(&complete);
  cJSON_Delete(json);
  return text;
}

/* The item's variant of an attribute; a new one when there is none. Items come one after another. */
static struct variant *variant_of(struct study *study, int32_t item, int32_t attribute)
{
  for (size_t k = study->count; k-- > 0 && study->variants[k].item == item;)
    if (study->variants[k].attribute == attribute)
      return &study->variants[k];
  VEC_PUSH(study->variants, study->count, study->room) =
    (struct variant){.item = item, .attribute = attribute};
  return &study->variants[study->count - 1];
}

static void add_change(struct study *study, const struct encoders *encoders, int32_t item,
                       int32_t place, const struct negative *negative, const struct change *change)
{
  const struct features *f = &study->features;
  struct put_back one = {.place = place, .modality = change->modality,
                         .pull = pulls_change(study->pulls, change)};
  size_t width = (size_t)f->dim[one.modality];
  study->changes++;
  int32_t attribute = truth_of_item(&study->truth, item, one.modality,
                                    planted_key(one.modality, change->key), change->original);
  char *text = one.modality == TEXT ? text_put_back(negative, change) : NULL;
  if (attribute < 0 || (one.modality == TEXT && !text)) {
    study->unknown++;
    free(text);
    return;
  }
  one.row = mem_aligned(width + 1, sizeof *one.row);
  if (one.modality == TEXT)
    encoders_text(encoders, text, one.row);
  else /* a picture has one key changed, and what follows from it */
    memcpy(one.row, f->x[IMAGE] + (size_t)item * width, width * sizeof *one.row);
  free(text);
  struct variant *variant = variant_of(study, item, attribute);
  VEC_PUSH(variant->rows, variant->count, variant->room) = one;
}

bool variants_make(struct study *study, struct err *err)
{
  int64_t count;
  int32_t place = 0;
  struct encoders *encoders = encoders_open(study->store, err);
  struct training_negative *list =
    encoders ? negatives_for_training(study->store, study->most, &count, err) : NULL;
  bool ok = list != NULL;
  for (int64_t k = 0; ok && k < count; k++) {
    struct negative *negative = negative_load(study->store, list[k].id, err);
    ok = negative != NULL;
    place = k && list[k - 1].item == list[k].item ? place + 1 : 0;
    for (int c = 0; ok && c < negative->change_count; c++)
      if (negative->changes[c].role == ROLE_KEY)
        add_change(study, encoders, (int32_t)list[k].item, place, negative, &negative->changes[c]);
    if (negative)
      negative_free(negative);
  }
  free(list);
  encoders_free(encoders);
  return ok;
}

/* ---- their effects */

static void swap_rows(struct study *study, struct variant *variant)
{
  struct features *f = &study->features;
  for (size_t r = 0; r < variant->count; r++) {
    struct put_back *one = &variant->rows[r];
    int64_t width = f->dim[one->modality];
    float *row = one->place == 0 ? f->x_neg[one->modality] + variant->item * width
                                 : f->more[one->modality] +
                                     (f->more_start[variant->item] + one->place - 1) * width;
    for (int64_t k = 0; k < width; k++) {
      float kept = row[k];
      row[k] = one->row[k];
      one->row[k] = kept;
    }
  }
}

static int by_attribute(const void *a, const void *b)
{
  const struct variant *x = a, *y = b;
  return x->attribute != y->attribute ? x->attribute - y->attribute : x->item - y->item;
}

/* Afterwards the variants stand by attribute. */
static void index_variants(struct study *study)
{
  study->first = mem_zero((size_t)study->truth.attribute_count + 2, sizeof *study->first);
  if (study->count)
    qsort(study->variants, study->count, sizeof *study->variants, by_attribute);
  for (size_t k = 0; k < study->count; k++)
    study->first[study->variants[k].attribute + 1]++;
  for (int32_t a = 0; a < study->truth.attribute_count; a++)
    study->first[a + 1] += study->first[a];
}

/* One variant of every item at a time: the module runs over all items as often as an item has any. */
void variants_measure(struct study *study)
{
  struct effects effects;
  struct embedding embedding;
  int64_t dim = study->run.embedding.dim, items = study->run.data.items;
  real *whole = mem_aligned((size_t)(items * dim), sizeof *whole);
  study->model.ops->embed(&study->model, causes_stage(study->request.model), &embedding);
  study->model.ops->effects(&study->model, &effects);
  memcpy(whole, effects.caused, (size_t)(items * dim) * sizeof *whole);
  int32_t *round = mem_zero(study->count + 1, sizeof *round), rounds = 0;
  for (size_t k = 1; k < study->count; k++)
    round[k] = study->variants[k].item == study->variants[k - 1].item ? round[k - 1] + 1 : 0;
  for (size_t k = 0; k < study->count; k++)
    rounds = round[k] >= rounds ? round[k] + 1 : rounds;
  for (int32_t r = 0; r < rounds; r++) {
    for (size_t k = 0; k < study->count; k++)
      if (round[k] == r)
        swap_rows(study, &study->variants[k]);
    study->model.ops->effects(&study->model, &effects);
    for (size_t k = 0; k < study->count; k++) {
      struct variant *variant = &study->variants[k];
      if (round[k] != r)
        continue;
      swap_rows(study, variant);
      variant->effect = mem_aligned((size_t)dim, sizeof(real));
      memcpy(variant->effect, whole + variant->item * dim, (size_t)dim * sizeof(real));
      vec_axpy(variant->effect, -1, effects.caused + variant->item * dim, dim);
    }
  }
  free(round);
  free(whole);
  index_variants(study);
}

void variants_free(struct study *study)
{
  for (size_t k = 0; k < study->count; k++) {
    for (size_t r = 0; r < study->variants[k].count; r++)
      free(study->variants[k].rows[r].row);
    free(study->variants[k].rows);
    free(study->variants[k].effect);
  }
  free(study->variants);
  free(study->first);
}
