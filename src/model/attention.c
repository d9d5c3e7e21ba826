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

/* The softmax of one query over the present keys, in place; all 0 when there is none. */
static void softmax(int count, const unsigned char *present, real *row)
{
  real top = -(real)INFINITY, sum = 0;
  for (int k = 0; k < count; k++)
    if ((!present || present[k]) && row[k] > top)
      top = row[k];
  for (int k = 0; k < count; k++) {
    row[k] = !present || present[k] ? (real)exp((double)(row[k] - top)) : 0;
    sum += row[k];
  }
  for (int k = 0; sum > 0 && k < count; k++)
    row[k] /= sum;
}

static int count_present(int tokens, const unsigned char *present)
{
  int count = 0;
  for (int m = 0; m < tokens; m++)
    count += !present || present[m];
  return count;
}

/* One bag: qkv [tokens, 3 dim] -> weights [heads, tokens, tokens], pooled [dim]. */
LA_CLONES static void bag_forward(const struct attention_shape *shape, const real *qkv,
                                  const unsigned char *present, real *weights, real *pooled)
{
  int tokens = shape->tokens, dim = shape->dim, width = dim / shape->heads;
  int count = count_present(tokens, present);
  double scale = 1 / sqrt((double)width);
  memset(pooled, 0, (size_t)dim * sizeof *pooled);
  for (int h = 0; h < shape->heads; h++)
    for (int m = 0; m < tokens; m++) {
      const real *query = qkv + m * 3 * dim + h * width;
      real *row = weights + (h * tokens + m) * tokens;
      for (int k = 0; k < tokens; k++) {
        const real *key = qkv + k * 3 * dim + dim + h * width;
        real sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int e = 0; e < width; e++)
          sum += query[e] * key[e];
        row[k] = (real)(sum * scale);
      }
      softmax(tokens, present, row);
      for (int k = 0; count && (!present || present[m]) && k < tokens; k++) {
        const real *value = qkv + k * 3 * dim + 2 * dim + h * width;
        real share = row[k] / (real)count;
#pragma omp simd
        for (int e = 0; e < width; e++)
          pooled[h * width + e] += share * value[e];
      }
    }
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
static inline void query_backward(int tokens, int dim, int width, const real *weights,
                                  const real *d_out, const real *query, const real *keys,
                                  const real *values, real *d_query, real *d_keys, real *d_values)
{
  real d_weight[TOKENS_MAX], mean = 0, scale = (real)(1 / sqrt((double)width));
  for (int k = 0; k < tokens; k++) {
    const real *value = values + k * 3 * dim;
    real *d_value = d_values + k * 3 * dim, sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int e = 0; e < width; e++) {
      sum += d_out[e] * value[e];
      d_value[e] += weights[k] * d_out[e];
    }
    d_weight[k] = sum;
    mean += weights[k] * sum;
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
LA_CLONES static void bag_backward(const struct attention_shape *shape, const real *qkv,
                                   const unsigned char *present, const real *weights,
                                   const real *d_pooled, real *d_qkv)
{
  int tokens = shape->tokens, dim = shape->dim, width = dim / shape->heads;
  int count = count_present(tokens, present);
  real d_out[512];
  memset(d_qkv, 0, (size_t)(tokens * 3 * dim) * sizeof *d_qkv);
  for (int h = 0; count && h < shape->heads; h++) {
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
