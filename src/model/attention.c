/* attention.c - see attention.h
 * SPDX-License-Identifier: MIT */
#include "model/attention.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/gemm.h"
#include "la/vec.h"

#define DIM_MAX 512
#ifdef REAL_DOUBLE
#define REAL_EXP exp
#else
#define REAL_EXP expf
#endif

void attention_init(struct attention *attention, const struct attention_shape *shape, int64_t bags)
{
  size_t n = (size_t)bags, m = (size_t)shape->tokens, d = (size_t)shape->dim;
  *attention = (struct attention){
    .bags = bags,
    .qkv = mem_aligned(n * m * 3 * d, sizeof(real)),
    .weights = mem_aligned(n * (size_t)shape->heads * m * m, sizeof(real)),
    .pooled = mem_aligned(n * d, sizeof(real)),
  };
}

void attention_free(struct attention *attention)
{
  free(attention->qkv);
  free(attention->weights);
  free(attention->pooled);
  *attention = (struct attention){0};
}

static int count_present(int tokens, const unsigned char *present)
{
  int count = 0;
  for (int m = 0; m < tokens; m++)
    count += !present || present[m];
  return count;
}

static inline __attribute__((always_inline)) real dot(const real *a, const real *b, int n)
{
  real sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int e = 0; e < n; e++)
    sum += a[e] * b[e];
  return sum;
}

/* The scores of one query become the exponents of its softmax: x - max over the present keys, and far
 * below for the others. */
static inline void shift(int count, const unsigned char *present, real *row)
{
  real top = -(real)INFINITY;
  for (int k = 0; k < count; k++)
    if ((!present || present[k]) && row[k] > top)
      top = row[k];
  for (int k = 0; k < count; k++)
    row[k] = !present || present[k] ? row[k] - top : -1000;
}

/* exp of all, then each row divided by its sum; a row without present keys is 0. */
static inline __attribute__((always_inline)) void normalise(int rows, int count, bool is_empty,
                                                            real *weights)
{
#pragma omp simd
  for (int k = 0; k < rows * count; k++)
    weights[k] = REAL_EXP(weights[k]);
  for (int r = 0; r < rows; r++) {
    real *row = weights + r * count, sum = 0;
    for (int k = 0; k < count; k++)
      sum += row[k];
    for (int k = 0; k < count; k++)
      row[k] = is_empty ? 0 : row[k] / sum;
  }
}

/* One bag: qkv [tokens, 3 dim] -> weights [heads, tokens, tokens], pooled [dim]. */
static inline __attribute__((always_inline)) void
forward(int heads, int tokens, int width, const real *qkv, const unsigned char *present,
        real *weights, real *pooled)
{
  int dim = heads * width, count = count_present(tokens, present);
  real scale = (real)(1 / sqrt((double)width));
  for (int h = 0; h < heads; h++)
    for (int m = 0; m < tokens; m++) {
      real *row = weights + (h * tokens + m) * tokens;
      for (int k = 0; k < tokens; k++)
        row[k] = scale * dot(qkv + m * 3 * dim + h * width, qkv + k * 3 * dim + dim + h * width,
                             width);
      shift(tokens, present, row);
    }
  normalise(heads * tokens, tokens, !count, weights);
  memset(pooled, 0, (size_t)dim * sizeof *pooled);
  for (int h = 0; count && h < heads; h++)
    for (int k = 0; k < tokens; k++) {
      const real *value = qkv + k * 3 * dim + 2 * dim + h * width;
      real share = 0; /* of value k, over the present queries */
      for (int m = 0; m < tokens; m++)
        if (!present || present[m])
          share += weights[(h * tokens + m) * tokens + k];
      share /= (real)count;
#pragma omp simd
      for (int e = 0; e < width; e++)
        pooled[h * width + e] += share * value[e];
    }
}

/* The usual shapes are compiled for their numbers: loops over 8 become single instructions. */
LA_CLONES static void bag_forward(const struct attention_shape *shape, const real *qkv,
                                  const unsigned char *present, real *weights, real *pooled)
{
  int tokens = shape->tokens, width = shape->dim / shape->heads;
  if (tokens == 2 && width == 8)
    forward(shape->heads, 2, 8, qkv, present, weights, pooled);
  else
    forward(shape->heads, tokens, width, qkv, present, weights, pooled);
}

/* Rows of empty bags become 0. */
static void clear_empty(const struct attention_shape *shape, int64_t count,
                        const unsigned char *present, real *rows)
{
  for (int64_t r = 0; present && r < count; r++)
    if (!count_present(shape->tokens, present + r * shape->tokens))
      memset(rows + r * shape->dim, 0, (size_t)shape->dim * sizeof *rows);
}

void attention_forward(struct attention *attention, const struct attention_shape *shape,
                       const struct attention_weights *w, int64_t first, int64_t count, const real *z,
                       const unsigned char *present, real *out)
{
  int64_t tokens = shape->tokens, dim = shape->dim, square = shape->heads * tokens * tokens;
  real *qkv = attention->qkv + first * tokens * 3 * dim, *pooled = attention->pooled + first * dim;
  la_tile_nn(count * tokens, 3 * dim, dim, z, dim, w->qkv, 3 * dim, 0, qkv, 3 * dim);
  vec_add_rows(qkv, w->qkv_bias, count * tokens, 3 * dim, 3 * dim);
  for (int64_t r = 0; r < count; r++)
    bag_forward(shape, qkv + r * tokens * 3 * dim, present ? present + r * tokens : NULL,
                attention->weights + (first + r) * square, pooled + r * dim);
  la_tile_nn(count, dim, dim, pooled, dim, w->out, dim, 0, out, dim);
  vec_add_rows(out, w->out_bias, count, dim, dim);
  clear_empty(shape, count, present, out);
}

/* One head of one query: from the gradient of its output (of width numbers) to those of its query,
 * and added to those of all keys and values. */
static inline __attribute__((always_inline)) void
query_backward(int tokens, int dim, int width, const real *weights, const real *d_out,
               const real *query, const real *keys, const real *values, real *restrict d_query,
               real *restrict d_keys, real *restrict d_values)
{
  real d_weight[TOKENS_MAX], mean = 0, scale = (real)(1 / sqrt((double)width));
  for (int k = 0; k < tokens; k++) {
    const real *value = values + k * 3 * dim;
    real *d_value = d_values + k * 3 * dim;
    d_weight[k] = dot(d_out, value, width);
    mean += weights[k] * d_weight[k];
#pragma omp simd
    for (int e = 0; e < width; e++)
      d_value[e] += weights[k] * d_out[e];
  }
  for (int k = 0; k < tokens; k++) {
    const real *key = keys + k * 3 * dim;
    real *d_key = d_keys + k * 3 * dim, d_score = weights[k] * (d_weight[k] - mean) * scale;
#pragma omp simd
    for (int e = 0; e < width; e++) {
      d_query[e] += d_score * key[e];
      d_key[e] += d_score * query[e];
    }
  }
}

/* One bag: the gradient of pooled [dim] to that of qkv [tokens, 3 dim]. */
static inline __attribute__((always_inline)) void
backward(int heads, int tokens, int width, const real *qkv, const unsigned char *present,
         const real *weights, const real *d_pooled, real *d_qkv)
{
  int dim = heads * width, count = count_present(tokens, present);
  real d_out[DIM_MAX];
  memset(d_qkv, 0, (size_t)(tokens * 3 * dim) * sizeof *d_qkv);
  for (int h = 0; count && h < heads; h++) {
    int at = h * width;
    for (int e = 0; e < width; e++)
      d_out[e] = d_pooled[at + e] / (real)count;
    for (int m = 0; m < tokens; m++)
      if (!present || present[m])
        query_backward(tokens, dim, width, weights + (h * tokens + m) * tokens, d_out,
                       qkv + m * 3 * dim + at, qkv + dim + at, qkv + 2 * dim + at,
                       d_qkv + m * 3 * dim + at, d_qkv + dim + at, d_qkv + 2 * dim + at);
  }
}

LA_CLONES static void bag_backward(const struct attention_shape *shape, const real *qkv,
                                   const unsigned char *present, const real *weights,
                                   const real *d_pooled, real *d_qkv)
{
  int tokens = shape->tokens, width = shape->dim / shape->heads;
  if (tokens == 2 && width == 8)
    backward(shape->heads, 2, 8, qkv, present, weights, d_pooled, d_qkv);
  else
    backward(shape->heads, tokens, width, qkv, present, weights, d_pooled, d_qkv);
}

int64_t attention_work(const struct attention_shape *shape, int64_t count)
{
  return count * (3 * shape->tokens + 1) * shape->dim;
}

void attention_backward(const struct attention *attention, const struct attention_shape *shape,
                        const struct attention_weights *w, int64_t first, int64_t count,
                        const real *z, const unsigned char *present, real *d_out, real *dz,
                        real beta, const struct attention_weights *grad, real *work)
{
  int64_t tokens = shape->tokens, dim = shape->dim, square = shape->heads * tokens * tokens;
  const real *qkv = attention->qkv + first * tokens * 3 * dim;
  real *d_pooled = work, *d_qkv = work + count * dim;
  clear_empty(shape, count, present, d_out);
  la_tile_tn(dim, dim, count, d_out, dim, attention->pooled + first * dim, dim, beta, grad->out, dim);
  vec_column_sums(d_out, count, dim, dim, beta, grad->out_bias);
  la_tile_nn(count, dim, dim, d_out, dim, w->out, dim, 0, d_pooled, dim);
  for (int64_t r = 0; r < count; r++)
    bag_backward(shape, qkv + r * tokens * 3 * dim, present ? present + r * tokens : NULL,
                 attention->weights + (first + r) * square, d_pooled + r * dim,
                 d_qkv + r * tokens * 3 * dim);
  la_tile_tn(3 * dim, dim, count * tokens, d_qkv, 3 * dim, z, dim, beta, grad->qkv, dim);
  vec_column_sums(d_qkv, count * tokens, 3 * dim, 3 * dim, beta, grad->qkv_bias);
  memset(grad->qkv_bias + dim, 0, (size_t)dim * sizeof(real)); /* of the keys */
  la_tile_nn(count * tokens, dim, 3 * dim, d_qkv, 3 * dim, w->qkv, dim, 0, dz, dim);
}
