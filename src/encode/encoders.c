/* encoders.c - fit the built-in encoders on a catalogue, and encode with them; see features.h
 * SPDX-License-Identifier: MIT */
#include "encode/encoders.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "encode/displacement.h"
#include "media/decoder.h"

enum { P = IMAGE_STATISTICS };

void encoded_scale(struct encoded *side, int64_t count)
{
  double squares = 0;
  int64_t there = 0;
  for (int64_t i = 0; i < count; i++) {
    there += side->present[i];
    for (int k = 0; k < side->dim; k++)
      squares += (double)side->rows[i * side->dim + k] * side->rows[i * side->dim + k];
  }
  double mean = there && side->dim ? squares / ((double)there * side->dim) : 0;
  side->rms = mean > 0 ? sqrt(mean) : 1;
  if (fabs(side->rms - 1) < 1e-6)
    side->rms = 1; /* rows that were divided once stay as they are, to the bit */
  for (int64_t k = 0; k < count * side->dim; k++)
    side->rows[k] = (float)(side->rows[k] / side->rms);
  side->unit = displacement_unit(side->rows, side->present, count, side->dim, 0);
}

static void side_new(struct encoded *side, int64_t count, int dim)
{
  side->dim = dim;
  side->rows = mem_aligned((size_t)(count * dim) + 1, sizeof *side->rows);
  side->present = mem_zero((size_t)count + 1, 1);
}

static bool fit_text(struct encoders *encoders, const struct item *const *items, struct err *err)
{
  int64_t count = encoders->item_count;
  struct encoded *side = &encoders->side[TEXT];
  char **documents = mem_alloc((size_t)count * sizeof *documents);
  for (int64_t i = 0; i < count; i++) {
    struct buf document = {0};
    item_document(items[i], &document);
    documents[i] = buf_take(&document);
  }
  encoders->text = text_encoder_fit((const char *const *)documents, count, TEXT_BUCKETS, TEXT_DIM,
                                    TEXT_SEED);
  bool ok = !encoders->is_rotated ||
            text_encoder_rotate(&encoders->text, (const char *const *)documents, err);
  side_new(side, count, TEXT_DIM);
#pragma omp parallel for schedule(static)
  for (int64_t i = 0; i < (ok ? count : 0); i++) {
    float *row = side->rows + i * TEXT_DIM;
    text_encode(&encoders->text, documents[i], row);
    for (int k = 0; k < TEXT_DIM; k++)
      side->present[i] |= row[k] != 0;
  }
  for (int64_t i = 0; i < count; i++)
    free(documents[i]);
  free(documents);
  encoded_scale(side, count);
  return ok;
}

/* The statistics of the pictures that can be read, row after row; present says whose. */
static float *all_statistics(const struct item *const *items, int64_t count, uint8_t *present)
{
  float *statistics = mem_aligned((size_t)(count * P) + 1, sizeof *statistics);
#pragma omp parallel
  {
    struct decoder *decoder = decoder_new();
#pragma omp for schedule(dynamic, 8)
    for (int64_t i = 0; i < count; i++) {
      struct picture picture;
      if (!items[i]->picture_path || items[i]->picture_error ||
          !decoder_read_file(decoder, items[i]->picture_path, &picture, NULL, NULL, NULL))
        continue;
      image_statistics(&picture, statistics + i * P);
      present[i] = 1;
      picture_free(&picture);
    }
    decoder_free(decoder);
  }
  int64_t there = 0;
  for (int64_t i = 0; i < count; i++)
    if (present[i])
      memmove(statistics + there++ * P, statistics + i * P, P * sizeof *statistics);
  return statistics;
}

static bool fit_image(struct encoders *encoders, const struct item *const *items, struct err *err)
{
  int64_t count = encoders->item_count, there = 0, row = 0;
  struct encoded *side = &encoders->side[IMAGE];
  uint8_t *present = mem_zero((size_t)count + 1, 1);
  float *statistics = all_statistics(items, count, present);
  for (int64_t i = 0; i < count; i++)
    there += present[i];
  bool ok = there == 0 || image_encoder_fit(statistics, there, &encoders->image, err);
  side_new(side, count, encoders->image.dim);
  for (int64_t i = 0; i < count && ok; i++)
    if (present[i]) {
      side->present[i] = 1;
      image_encode(&encoders->image, statistics + row++ * P, side->rows + i * side->dim);
    }
  encoded_scale(side, count);
  free(statistics);
  free(present);
  return ok;
}

struct encoders *encoders_open(struct store *store, struct err *err)
{
  int64_t count;
  struct item **items = items_all(store, &count, err);
  if (!items)
    return NULL;
  struct encoders *encoders = mem_zero(1, sizeof *encoders);
  const struct item *const *all = (const struct item *const *)items;
  encoders->item_count = count;
  encoders->is_saved = true;
  encoders->is_rotated = encoders_are_rotated(store);
  bool ok = count > 0 || err_set(err, EX_DATAERR, "%s holds no items: import some first",
                                 store_dir(store));
  for (int m = 0; m < MODALITIES && ok; m++) {
    encoders_inputs(all, count, (enum modality)m, encoders->is_rotated, encoders->side[m].inputs);
    if (encoders_load(store, (enum modality)m, encoders))
      continue;
    ok = m == TEXT ? fit_text(encoders, all, err) : fit_image(encoders, all, err);
    encoders->is_saved =
      ok && encoders->is_saved && encoders_save(store, (enum modality)m, encoders,
                                                &encoders->save_error);
  }
  items_free(items, count);
  if (ok)
    return encoders;
  encoders_free(encoders);
  return NULL;
}

bool encoders_saved(const struct encoders *encoders, struct err *err)
{
  if (!encoders->is_saved)
    *err = encoders->save_error;
  return encoders->is_saved;
}

void encoders_free(struct encoders *encoders)
{
  if (!encoders)
    return;
  for (int m = 0; m < MODALITIES; m++) {
    free(encoders->side[m].rows);
    free(encoders->side[m].present);
  }
  text_encoder_free(&encoders->text);
  image_encoder_free(&encoders->image);
  free(encoders);
}

int encoders_dim(const struct encoders *encoders, enum modality modality)
{
  return encoders->side[modality].dim;
}

const float *encoders_row(const struct encoders *encoders, enum modality modality, int64_t item)
{
  const struct encoded *side = &encoders->side[modality];
  if (item < 0 || item >= encoders->item_count || !side->present[item])
    return NULL;
  return side->rows + item * side->dim;
}

static void divide(float *row, int dim, double rms)
{
  for (int k = 0; k < dim; k++)
    row[k] = (float)(row[k] / rms);
}

void encoders_text(const struct encoders *encoders, const char *document, float *out)
{
  text_encode(&encoders->text, document, out);
  divide(out, TEXT_DIM, encoders->side[TEXT].rms);
}

static void encode_statistics(const struct encoders *encoders, const float *statistics, float *out)
{
  image_encode(&encoders->image, statistics, out);
  divide(out, encoders->image.dim, encoders->side[IMAGE].rms);
}

void encoders_picture(const struct encoders *encoders, const struct picture *picture, float *out)
{
  float statistics[P];
  image_statistics(picture, statistics);
  encode_statistics(encoders, statistics, out);
}

void encoders_planes(const struct encoders *encoders, const struct lab *lab, float *out)
{
  float statistics[P];
  image_statistics_of_planes(lab, statistics);
  encode_statistics(encoders, statistics, out);
}

static void balance(struct displacement *out)
{
  out->balance_raw = displacement_balance(out->raw, MODALITIES);
  out->balance = displacement_balance(out->calibrated, MODALITIES);
}

void encoders_displacement(const struct encoders *encoders, int64_t item,
                           const float *const negative[MODALITIES], struct displacement *out)
{
  for (int m = 0; m < MODALITIES; m++) {
    const struct encoded *side = &encoders->side[m];
    const float *row = encoders_row(encoders, (enum modality)m, item);
    out->raw[m] = row && negative[m] ? displacement_of(row, negative[m], side->dim) : NAN;
    out->calibrated[m] = out->raw[m] / side->unit;
  }
  balance(out);
}

void encoders_displacement_in_words(const struct encoders *encoders, const char *original,
                                    const char *negative, struct displacement *out)
{
  float before[TEXT_DIM], after[TEXT_DIM];
  if (!original || !negative)
    return;
  encoders_text(encoders, original, before);
  encoders_text(encoders, negative, after);
  out->raw[IMAGE] = displacement_of(before, after, TEXT_DIM);
  out->calibrated[IMAGE] = out->raw[IMAGE] / encoders->side[TEXT].unit;
  balance(out);
}
