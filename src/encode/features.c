/* features.c - originals and negatives as the trainer takes them; see features.h
 * SPDX-License-Identifier: MIT */
#include "encode/features.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "encode/card.h"
#include "encode/encoders.h"
#include "encode/given.h"
#include "media/decoder.h"
#include "store/negative.h"

enum { BATCH = 256 }; /* negatives whose pictures are in memory at once */

/* A negative of an item that is trained on. */
struct source {
  int64_t item, id;
  int64_t place; /* row of features.more; -1: the item's first, in x_neg */
  char *document; /* or NULL */
  bool has_picture;
  struct buf png;
};

static void sources_free(struct source *sources, int64_t count)
{
  for (int64_t k = 0; k < count; k++) {
    free(sources[k].document);
    buf_free(&sources[k].png);
  }
  free(sources);
}

/* Load what they say (not yet their pictures), and hash what their vectors depend on. */
static struct source *sources_load(struct store *store, const struct encoders *encoders, int most,
                                   int64_t *count, char inputs[SHA256_HEX], struct err *err)
{
  int64_t with, more = 0;
  struct training_negative *list = negatives_for_training(store, most, &with, err);
  if (!list)
    return NULL;
  struct source *sources = mem_zero((size_t)with + 1, sizeof *sources);
  struct buf all = {0};
  char document[SHA256_HEX];
  bool ok = true;
  *count = 0;
  buf_printf(&all, "2 %s %s", encoders->side[TEXT].inputs, encoders->side[IMAGE].inputs);
  for (int64_t k = 0; k < with && ok; k++) {
    struct negative *negative = negative_load(store, list[k].id, err);
    ok = negative != NULL;
    if (!ok)
      break;
    struct source *source = &sources[(*count)++];
    *source = (struct source){.item = list[k].item,
                              .id = list[k].id,
                              .place = k && list[k - 1].item == list[k].item ? more++ : -1,
                              .document = negative->sides[TEXT].negative,
                              .has_picture = negative->has_picture};
    negative->sides[TEXT].negative = NULL;
    const char *text = source->document ? source->document : "";
    hash_sha256(text, strlen(text), document);
    buf_printf(&all, "\n%lld %lld %s", (long long)list[k].item, (long long)list[k].id,
               document);
    if (source->has_picture)
      buf_add(&all, &negative->measure, sizeof negative->measure);
    negative_free(negative);
  }
  hash_sha256(all.data, all.size, inputs);
  buf_free(&all);
  free(list);
  if (ok)
    return sources;
  sources_free(sources, *count);
  return NULL;
}

/* Where the vector of a negative stands. */
static float *row_of(const struct features *out, const struct source *source, int m)
{
  return source->place < 0 ? out->x_neg[m] + source->item * out->dim[m]
                           : out->more[m] + source->place * out->dim[m];
}

/* Encode one negative into its rows; what it does not change stays the original's. A picture that
 * does not decode leaves the image unmoved. */
static void encode_one(const struct encoders *encoders, struct decoder *decoder,
                       const struct source *source, struct features *out)
{
  int64_t i = source->item;
  struct picture picture;
  out->has_negative[i] = 1;
  if (source->document && out->present[TEXT][i])
    encoders_text(encoders, source->document, row_of(out, source, TEXT));
  if (source->png.size && out->present[IMAGE][i] &&
      decoder_read(decoder, source->png.data, source->png.size, "", &picture, NULL)) {
    encoders_picture(encoders, &picture, row_of(out, source, IMAGE));
    picture_free(&picture);
  }
}

static bool encode_all(struct store *store, const struct encoders *encoders,
                       struct source *sources, int64_t count, struct features *out,
                       struct err *err)
{
  for (int64_t start = 0; start < count; start += BATCH) {
    int64_t end = start + BATCH < count ? start + BATCH : count;
    for (int64_t k = start; k < end; k++)
      if (sources[k].has_picture && !negative_picture(store, sources[k].id, &sources[k].png, err))
        return false;
#pragma omp parallel
    {
      struct decoder *decoder = decoder_new();
#pragma omp for schedule(dynamic, 8)
      for (int64_t k = start; k < end; k++) {
        encode_one(encoders, decoder, &sources[k], out);
        buf_free(&sources[k].png);
      }
      decoder_free(decoder);
    }
  }
  return true;
}

static char *negatives_name(int modality, const char *which)
{
  return mem_printf("%s-%s", modality_names[modality], which);
}

static bool load_rows(struct store *store, int m, const char *which, int64_t rows, int dim,
                      float **out)
{
  struct npy matrix;
  char *name = negatives_name(m, which);
  bool ok = card_matrix(store, name, rows, dim, &matrix);
  free(name);
  if (ok) {
    free(*out);
    *out = matrix.data;
  }
  return ok;
}

static bool save_rows(struct store *store, int m, const char *which, int64_t rows, int dim,
                      const float *data)
{
  char *name = negatives_name(m, which);
  bool ok = card_matrix_write(store, name, data, rows, dim, NULL);
  free(name);
  return ok;
}

/* The rows of negatives saved for these inputs. */
static bool load_saved(struct store *store, const struct source *sources, int64_t count,
                       const char *inputs, struct features *out)
{
  cJSON *card = card_read(store, "negatives", inputs);
  bool ok = card != NULL;
  int64_t more = out->more_start[out->item_count];
  for (int m = 0; m < MODALITIES && ok; m++)
    ok = load_rows(store, m, "negatives", out->item_count, out->dim[m], &out->x_neg[m]) &&
         (!more || load_rows(store, m, "negatives-more", more, out->dim[m], &out->more[m]));
  for (int64_t k = 0; k < count && ok; k++)
    out->has_negative[sources[k].item] = 1;
  cJSON_Delete(card);
  return ok;
}

/* A cache: that it could not be written is no failure. */
static void save(struct store *store, int64_t count, const char *inputs, const struct features *out)
{
  bool ok = true;
  int64_t more = out->more_start[out->item_count];
  for (int m = 0; m < MODALITIES && ok; m++)
    ok = save_rows(store, m, "negatives", out->item_count, out->dim[m], out->x_neg[m]) &&
         (!more || save_rows(store, m, "negatives-more", more, out->dim[m], out->more[m]));
  if (!ok)
    return;
  cJSON *card = cJSON_CreateObject();
  json_add_str(card, "inputs", inputs);
  json_add_int(card, "rows", out->item_count);
  json_add_int(card, "negatives", count);
  card_write(store, "negatives", card, NULL);
}

static float *copy_rows(const float *rows, int64_t count, int dim)
{
  float *copy = mem_aligned((size_t)(count * dim) + 1, sizeof *copy);
  memcpy(copy, rows, (size_t)(count * dim) * sizeof *copy);
  return copy;
}

/* Take the originals over from the encoders. */
static void take_originals(struct encoders *encoders, struct features *out)
{
  out->item_count = encoders->item_count;
  out->modality_count = MODALITIES;
  out->has_negative = mem_zero((size_t)out->item_count + 1, 1);
  for (int m = 0; m < MODALITIES; m++) {
    struct encoded *side = &encoders->side[m];
    out->dim[m] = side->dim;
    out->x[m] = side->rows;
    out->x_neg[m] = copy_rows(side->rows, out->item_count, side->dim);
    out->present[m] = mem_zero((size_t)out->item_count + 1, 1);
    memcpy(out->present[m], side->present, (size_t)out->item_count);
    out->source[m] = mem_strdup("builtin");
    out->unit[m] = side->unit;
    side->rows = NULL;
  }
}

/* Room for the further negatives; until they are encoded they are as their items are. */
static void open_more(const struct source *sources, int64_t count, struct features *out)
{
  out->more_start = mem_zero((size_t)out->item_count + 2, sizeof *out->more_start);
  for (int64_t k = 0; k < count; k++)
    out->more_start[sources[k].item + 1] += sources[k].place >= 0;
  for (int64_t i = 0; i < out->item_count; i++)
    out->more_start[i + 1] += out->more_start[i];
  for (int m = 0; m < MODALITIES; m++) {
    size_t dim = (size_t)out->dim[m];
    out->more[m] = mem_aligned((size_t)out->more_start[out->item_count] * dim + 1, sizeof(float));
    for (int64_t i = 0; i < out->item_count; i++)
      for (int64_t k = out->more_start[i]; k < out->more_start[i + 1]; k++)
        memcpy(out->more[m] + (size_t)k * dim, out->x[m] + (size_t)i * dim, dim * sizeof(float));
  }
}

/* Vectors from elsewhere know one negative of an item: it stands for all. */
static void repeat_given(int m, struct features *out)
{
  size_t dim = (size_t)out->dim[m], rows = (size_t)out->more_start[out->item_count];
  free(out->more[m]);
  out->more[m] = mem_aligned(rows * dim + 1, sizeof(float));
  for (int64_t i = 0; i < out->item_count; i++)
    for (int64_t k = out->more_start[i]; k < out->more_start[i + 1]; k++)
      memcpy(out->more[m] + (size_t)k * dim, out->x_neg[m] + (size_t)i * dim, dim * sizeof(float));
}

bool features_load_training(struct store *store, int most, struct features *out, struct err *err)
{
  *out = (struct features){0};
  struct encoders *encoders = encoders_open(store, err);
  if (!encoders)
    return false;
  char inputs[SHA256_HEX];
  int64_t count;
  struct source *sources = sources_load(store, encoders, most, &count, inputs, err);
  bool ok = sources != NULL;
  if (ok) {
    take_originals(encoders, out);
    open_more(sources, count, out);
    if (!load_saved(store, sources, count, inputs, out)) {
      ok = encode_all(store, encoders, sources, count, out, err);
      if (ok)
        save(store, count, inputs, out);
    }
    sources_free(sources, count);
  }
  encoders_free(encoders);
  for (int m = 0; m < MODALITIES && ok; m++) {
    ok = given_replace(store, (enum modality)m, out, err);
    if (ok && strcmp(out->source[m], "builtin") != 0)
      repeat_given(m, out);
  }
  for (int64_t i = 0; i < out->item_count && ok; i++)
    out->negative_count += out->has_negative[i];
  if (!ok)
    features_free(out);
  return ok;
}

void features_free(struct features *features)
{
  for (int m = 0; m < MODALITIES; m++) {
    free(features->x[m]);
    free(features->x_neg[m]);
    free(features->present[m]);
    free(features->more[m]);
    free(features->source[m]);
  }
  free(features->has_negative);
  free(features->more_start);
  *features = (struct features){0};
}
