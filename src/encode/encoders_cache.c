/* encoders_cache.c - fitted encoders in features/, used again while their inputs are the same
 *
 * text.npy and image.npy are the rows of the items in import order; text-df.npy (bucket,
 * documents), text-directions.npy where there is one, and image-rotation.npy (mean, scale, directions) are what encodes a new one.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "encode/card.h"
#include "encode/encoders.h"

/* To be raised when an encoder computes something else than before. */
static const char *const encoder_names[MODALITIES] = {
  "TF-IDF of words and pairs, random projection (1)",
  "colours, edges, patterns of 128x128 pixels, PCA (1)",
};
static const char *const rotated_name = "TF-IDF of words and pairs, truncated SVD (1)";

static const char *name_of(enum modality modality, bool is_rotated)
{
  return modality == TEXT && is_rotated ? rotated_name : encoder_names[modality];
}

bool features_rotate_texts(struct store *store, bool is_rotated, struct err *err)
{
  if (!is_rotated) {
    card_remove(store, "text-choice");
    return true;
  }
  cJSON *card = cJSON_CreateObject();
  json_add_str(card, "encoder", rotated_name);
  return card_write(store, "text-choice", card, err);
}

bool encoders_are_rotated(struct store *store)
{
  cJSON *card = card_read(store, "text-choice", NULL);
  bool is_rotated = card != NULL;
  cJSON_Delete(card);
  return is_rotated;
}

void encoders_inputs(const struct item *const *items, int64_t count, enum modality modality,
                     bool is_rotated, char hex[SHA256_HEX])
{
  struct buf all = {0}, document = {0};
  char one[SHA256_HEX];
  buf_str(&all, name_of(modality, is_rotated));
  for (int64_t i = 0; i < count; i++) {
    if (modality == TEXT) {
      buf_clear(&document);
      item_document(items[i], &document);
      hash_sha256(document.data, document.size, one);
    }
    const char *hash = modality == TEXT ? one : items[i]->picture_hash;
    buf_str(&all, hash && !(modality == IMAGE && items[i]->picture_error) ? hash : "-");
  }
  hash_sha256(all.data, all.size, hex);
  buf_free(&all);
  buf_free(&document);
}

/* text-df.npy: only buckets that are used; both numbers are whole and below 2^24. */
static bool save_text(struct store *store, const struct text_encoder *text, struct err *err)
{
  float *pairs = mem_alloc(2 * sizeof *pairs * text->buckets);
  int64_t used = 0;
  for (uint32_t b = 0; b < text->buckets; b++)
    if (text->df[b] > 0) {
      pairs[2 * used] = (float)b;
      pairs[2 * used++ + 1] = (float)text->df[b];
    }
  bool ok = card_matrix_write(store, "text-df", pairs, used, 2, err) &&
            (!text->directions ||
             card_matrix_write(store, "text-directions", text->directions, used, TEXT_DIM, err));
  free(pairs);
  return ok;
}

static bool load_directions(struct store *store, struct text_encoder *text)
{
  struct npy rows;
  if (!card_matrix(store, "text-directions", text_encoder_used(text), TEXT_DIM, &rows))
    return false;
  text_encoder_directions(text, rows.data);
  return true;
}

static bool load_text(struct store *store, const cJSON *card, bool is_rotated,
                      struct text_encoder *text)
{
  struct npy pairs;
  if (!card_matrix(store, "text-df", -1, 2, &pairs))
    return false;
  *text = text_encoder_fit(NULL, 0, TEXT_BUCKETS, TEXT_DIM, TEXT_SEED);
  text->documents = (int64_t)json_num(card, "documents", 0);
  bool ok = true;
  for (int64_t k = 0; k < pairs.rows && ok; k++) {
    float bucket = pairs.data[2 * k], df = pairs.data[2 * k + 1];
    ok = bucket >= 0 && bucket < TEXT_BUCKETS && df >= 0;
    if (ok)
      text->df[(uint32_t)bucket] = (uint32_t)df;
  }
  npy_free(&pairs);
  ok = ok && (!is_rotated || load_directions(store, text));
  if (!ok)
    text_encoder_free(text);
  return ok;
}

static bool save_image(struct store *store, const struct image_encoder *image, struct err *err)
{
  enum { P = IMAGE_STATISTICS };
  float *all = mem_alloc(((size_t)image->dim + 2) * P * sizeof *all);
  memcpy(all, image->mean, sizeof image->mean);
  memcpy(all + P, image->scale, sizeof image->scale);
  if (image->dim)
    memcpy(all + 2 * P, image->rotation, (size_t)image->dim * P * sizeof *all);
  bool ok = card_matrix_write(store, "image-rotation", all, image->dim + 2, P, err);
  free(all);
  return ok;
}

static bool load_image(struct store *store, int dim, struct image_encoder *image)
{
  enum { P = IMAGE_STATISTICS };
  struct npy all;
  if (!card_matrix(store, "image-rotation", dim + 2, P, &all))
    return false;
  image->dim = dim;
  memcpy(image->mean, all.data, sizeof image->mean);
  memcpy(image->scale, all.data + P, sizeof image->scale);
  image->rotation = mem_aligned((size_t)dim * P + 1, sizeof *image->rotation);
  memcpy(image->rotation, all.data + 2 * P, (size_t)dim * P * sizeof *image->rotation);
  npy_free(&all);
  return true;
}

static bool save_present(struct store *store, const char *name, const uint8_t *present,
                         int64_t count, struct err *err)
{
  char *file = mem_printf("%s-present", name);
  float *values = mem_alloc((size_t)(count + 1) * sizeof *values);
  for (int64_t i = 0; i < count; i++)
    values[i] = present[i];
  bool ok = card_matrix_write(store, file, values, count, 1, err);
  free(values);
  free(file);
  return ok;
}

static uint8_t *load_present(struct store *store, const char *name, int64_t count)
{
  struct npy values;
  char *file = mem_printf("%s-present", name);
  bool ok = card_matrix(store, file, count, 1, &values);
  free(file);
  if (!ok)
    return NULL;
  uint8_t *present = mem_zero((size_t)count + 1, 1);
  for (int64_t i = 0; i < count; i++)
    present[i] = values.data[i] > 0.5f;
  npy_free(&values);
  return present;
}

bool encoders_save(struct store *store, enum modality modality, const struct encoders *encoders,
                   struct err *err)
{
  const struct encoded *side = &encoders->side[modality];
  const char *name = modality_names[modality];
  if (!card_matrix_write(store, name, side->rows, encoders->item_count, side->dim, err) ||
      !save_present(store, name, side->present, encoders->item_count, err) ||
      !(modality == TEXT ? save_text(store, &encoders->text, err)
                         : save_image(store, &encoders->image, err)))
    return false;
  cJSON *card = cJSON_CreateObject();
  json_add_str(card, "encoder", name_of(modality, encoders->is_rotated));
  json_add_str(card, "inputs", side->inputs);
  json_add_int(card, "rows", encoders->item_count);
  json_add_int(card, "columns", side->dim);
  json_add_num(card, "rms", side->rms);
  json_add_num(card, "unit", side->unit);
  if (modality == TEXT)
    json_add_int(card, "documents", encoders->text.documents);
  return card_write(store, name, card, err);
}

bool encoders_load(struct store *store, enum modality modality, struct encoders *encoders)
{
  struct encoded *side = &encoders->side[modality];
  const char *name = modality_names[modality];
  struct npy rows = {0};
  cJSON *card = card_read(store, name, side->inputs);
  int dim = (int)json_num(card, "columns", -1);
  bool ok = card && dim >= 0 && dim <= TEXT_DIM &&
            card_matrix(store, name, encoders->item_count, dim, &rows) &&
            (side->present = load_present(store, name, encoders->item_count)) &&
            (modality == TEXT ? load_text(store, card, encoders->is_rotated, &encoders->text)
                              : load_image(store, dim, &encoders->image));
  if (ok) {
    side->dim = dim;
    side->rows = rows.data;
    side->rms = json_num(card, "rms", 1);
    side->unit = json_num(card, "unit", 1);
  } else {
    npy_free(&rows);
    free(side->present);
    side->present = NULL;
  }
  cJSON_Delete(card);
  return ok;
}
