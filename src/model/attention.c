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

#define BAGS_A_TURN 64
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
    .back = mem_aligned(n * d, sizeof(real)),
    .qkv_back = mem_aligned(n * m * 3 * d, sizeof(real)),
  };
}

void attention_free(struct attention *attention)
{
  free(attention->qkv);
  free(attention->weights);
  free(attention->pooled);
  free(attention->back);
  free(attention->qkv_back);
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

void attention_forward(struct attention *attention, const struct attention_shape *shape,
                       const struct attention_weights *w, int64_t bags, const real *z,
                       const unsigned char *present, real *out)
{
  int64_t tokens = shape->tokens, dim = shape->dim, square = shape->heads * tokens * tokens;
  la_gemm_nt(bags * tokens, 3 * dim, dim, z, dim, w->qkv, dim, 0, attention->qkv, 3 * dim);
  la_add_rows(attention->qkv, w->qkv_bias, bags * tokens, 3 * dim);
#pragma omp parallel for schedule(dynamic, BAGS_A_TURN)
  for (int64_t r = 0; r < bags; r++)
    bag_forward(shape, attention->qkv + r * tokens * 3 * dim, present ? present + r * tokens : NULL,
                attention->weights + r * square, attention->pooled + r * dim);
  la_gemm_nt(bags, dim, dim, attention->pooled, dim, w->out, dim, 0, out, dim);
  la_add_rows(out, w->out_bias, bags, dim);
  for (int64_t r = 0; present && r < bags; r++)
    if (!count_present(shape->tokens, present + r * tokens))
      memset(out + r * dim, 0, (size_t)dim * sizeof *out);
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

void attention_backward(struct attention *attention, const struct attention_shape *shape,
                        const struct attention_weights *w, int64_t bags, const real *z,
                        const unsigned char *present, real *d_out, real *dz,
                        const struct attention_weights *grad)
{
  int64_t tokens = shape->tokens, dim = shape->dim, square = shape->heads * tokens * tokens;
  for (int64_t r = 0; present && r < bags; r++)
    if (!count_present(shape->tokens, present + r * tokens))
      memset(d_out + r * dim, 0, (size_t)dim * sizeof *d_out);
  la_gemm_tn(dim, dim, bags, d_out, dim, attention->pooled, dim, 0, grad->out, dim);
  la_column_sums(d_out, bags, dim, dim, grad->out_bias);
  la_gemm_nn(bags, dim, dim, d_out, dim, w->out, dim, 0, attention->back, dim);
#pragma omp parallel for schedule(dynamic, BAGS_A_TURN)
  for (int64_t r = 0; r < bags; r++)
    bag_backward(shape, attention->qkv + r * tokens * 3 * dim,
                 present ? present + r * tokens : NULL, attention->weights + r * square,
                 attention->back + r * dim, attention->qkv_back + r * tokens * 3 * dim);
  la_gemm_tn(3 * dim, dim, bags * tokens, attention->qkv_back, 3 * dim, z, dim, 0, grad->qkv, dim);
  la_column_sums(attention->qkv_back, bags * tokens, 3 * dim, 3 * dim, grad->qkv_bias);
  memset(grad->qkv_bias + dim, 0, (size_t)dim * sizeof(real)); /* of the keys */
  la_gemm_nn(bags * tokens, dim, 3 * dim, attention->qkv_back, 3 * dim, w->qkv, dim, 0, dz, dim);
}
