/* text_encoder.c - see text_encoder.h
 * SPDX-License-Identifier: MIT */
#include "encode/text_encoder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "encode/svd.h"
#include "la/vec.h"

/* A gram of a document: its bucket and sign. */
struct gram {
  uint32_t bucket;
  int32_t sign;
};

bool text_token(const char **at, struct buf *out)
{
  const unsigned char *p = (const unsigned char *)*at;
  size_t before = out->size;
  for (; *p; p++) {
    unsigned char c = *p >= 'A' && *p <= 'Z' ? (unsigned char)(*p + 32) : *p;
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c >= 0x80)
      buf_char(out, (char)c);
    else if (out->size > before)
      break;
  }
  *at = (const char *)p;
  return out->size > before;
}

static struct gram gram_of(const struct text_encoder *encoder, const char *text, size_t size)
{
  uint64_t hash = hash_fnv1a(text, size);
  return (struct gram){(uint32_t)(hash % encoder->buckets), hash >> 63 ? -1 : 1};
}

static int by_bucket(const void *a, const void *b)
{
  uint32_t x = ((const struct gram *)a)->bucket, y = ((const struct gram *)b)->bucket;
  return (x > y) - (x < y);
}

/* The grams of a document by bucket; equal ones stand together. The caller frees. */
static struct gram *grams_of(const struct text_encoder *encoder, const char *document,
                             size_t *count)
{
  struct gram *grams = NULL;
  size_t room = 0, last = 0, start = 0;
  struct buf words = {0}; /* tokens with one blank between them: a bigram is a slice */
  bool is_first = true;
  *count = 0;
  for (const char *at = document ? document : ""; text_token(&at, &words); start = words.size) {
    struct gram unigram = gram_of(encoder, words.data + start, words.size - start);
    VEC_PUSH(grams, *count, room) = unigram;
    if (!is_first) {
      struct gram bigram = gram_of(encoder, words.data + last, words.size - last);
      VEC_PUSH(grams, *count, room) = bigram;
    }
    is_first = false;
    last = start;
    buf_char(&words, ' ');
  }
  buf_free(&words);
  if (*count)
    qsort(grams, *count, sizeof *grams, by_bucket);
  return grams;
}

struct text_encoder text_encoder_fit(const char *const *documents, int64_t count, uint32_t buckets,
                                     int dim, uint64_t seed)
{
  struct text_encoder encoder = {buckets, dim, seed, count, mem_zero(buckets, sizeof(uint32_t)),
                                 NULL, NULL};
  for (int64_t d = 0; d < count; d++) {
    size_t n;
    struct gram *grams = grams_of(&encoder, documents[d], &n);
    for (size_t k = 0; k < n; k++)
      if (k == 0 || grams[k].bucket != grams[k - 1].bucket)
        encoder.df[grams[k].bucket]++;
    free(grams);
  }
  return encoder;
}

void text_encoder_free(struct text_encoder *encoder)
{
  free(encoder->df);
  free(encoder->directions);
  free(encoder->place);
  *encoder = (struct text_encoder){0};
}

struct text_weight *text_weights(const struct text_encoder *encoder, const char *document,
                                 size_t *count)
{
  size_t n, used = 0;
  struct gram *grams = grams_of(encoder, document, &n);
  struct text_weight *weights = mem_alloc((n + 1) * sizeof *weights);
  double sum = 0;
  for (size_t k = 0, end; k < n; k = end) {
    uint32_t bucket = grams[k].bucket;
    int times = 0;
    for (end = k; end < n && grams[end].bucket == bucket; end++)
      times += grams[end].sign;
    if (times == 0)
      continue;
    double idf = log((1.0 + (double)encoder->documents) / (1.0 + encoder->df[bucket])) + 1;
    double weight = (times < 0 ? -1 : 1) * (1 + log(abs(times))) * idf;
    sum += weight * weight;
    weights[used++] = (struct text_weight){bucket, (float)weight};
  }
  float scale = sum > 0 ? (float)(1 / sqrt(sum)) : 0;
  for (size_t k = 0; k < used; k++)
    weights[k].weight *= scale;
  free(grams);
  *count = used;
  return weights;
}

/* out [dim] += weight * the signs of one bucket: bit 63 of mix64(first + j), rng.h; its last step
 * leaves that bit alone. */
LA_CLONES static void add_signs(uint64_t first, float weight, int dim, float *restrict out)
{
#pragma omp simd
  for (int j = 0; j < dim; j++) {
    uint64_t z = first + (uint64_t)j + 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    out[j] += z >> 63 ? -weight : weight;
  }
}

int64_t text_encoder_used(const struct text_encoder *encoder)
{
  int64_t used = 0;
  for (uint32_t b = 0; b < encoder->buckets; b++)
    used += encoder->df[b] > 0;
  return used;
}

void text_encoder_directions(struct text_encoder *encoder, float *directions)
{
  int32_t used = 0;
  encoder->directions = directions;
  encoder->place = mem_zero(encoder->buckets, sizeof *encoder->place);
  for (uint32_t b = 0; b < encoder->buckets; b++)
    encoder->place[b] = encoder->df[b] > 0 ? used++ : -1;
}

/* The TF-IDF of all documents, a column for each used bucket. */
static struct sparse all_weights(const struct text_encoder *encoder, const char *const *documents,
                                 int64_t used)
{
  struct sparse x = {encoder->documents, used, NULL, NULL, NULL};
  size_t count = 0, room = 0, n;
  x.start = mem_zero((size_t)x.rows + 1, sizeof *x.start);
  for (int64_t d = 0; d < x.rows; d++) {
    struct text_weight *weights = text_weights(encoder, documents[d], &n);
    if (count + n > room) {
      room = 2 * room + n;
      x.column = mem_grow(x.column, room, sizeof *x.column);
      x.value = mem_grow(x.value, room, sizeof *x.value);
    }
    for (size_t k = 0; k < n; k++, count++) {
      x.column[count] = encoder->place[weights[k].bucket];
      x.value[count] = weights[k].weight;
    }
    x.start[d + 1] = (int64_t)count;
    free(weights);
  }
  return x;
}

bool text_encoder_rotate(struct text_encoder *encoder, const char *const *documents, struct err *err)
{
  int64_t used = text_encoder_used(encoder);
  text_encoder_directions(encoder, mem_aligned((size_t)(used * encoder->dim) + 1, sizeof(float)));
  struct sparse x = all_weights(encoder, documents, used);
  bool ok = svd_right(&x, encoder->dim, encoder->seed, encoder->directions, NULL, err);
  sparse_free(&x);
  return ok;
}

void text_encode(const struct text_encoder *encoder, const char *document, float *out)
{
  size_t n, dim = (size_t)encoder->dim;
  struct text_weight *weights = text_weights(encoder, document, &n);
  float scale = 1 / sqrtf((float)dim);
  memset(out, 0, dim * sizeof *out);
  for (size_t k = 0; k < n && encoder->directions; k++) {
    int32_t place = encoder->place[weights[k].bucket];
    if (place >= 0)
      vec_axpy(out, weights[k].weight, encoder->directions + place * (int64_t)dim, (int64_t)dim);
  }
  for (size_t k = 0; k < n && !encoder->directions; k++)
    add_signs(encoder->seed + weights[k].bucket * (uint64_t)dim, weights[k].weight * scale,
              encoder->dim, out);
  free(weights);
}
