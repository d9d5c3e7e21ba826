/* csr.c - see csr.h
 * SPDX-License-Identifier: MIT */
#include "la/csr.h"

#include <stdlib.h>
#include <string.h>

#define LANE 64       /* bytes of a vector: the widest registers, or several smaller ones */
#define ROWS_A_TURN 32

typedef real lane __attribute__((vector_size(LANE), aligned(sizeof(real)), may_alias));
enum { LANE_REALS = LANE / sizeof(real) };

void csr_free(struct csr *matrix)
{
  free(matrix->start);
  free(matrix->col);
  free(matrix->value);
  *matrix = (struct csr){0};
}

/* Four vectors of a row's sum at a time, kept in registers over all its entries. */
LA_CLONES static void row_times_4(const int32_t *col, const real *value, int64_t count, int dim,
                                  const real *x, real *y)
{
  lane a = {0}, b = {0}, c = {0}, d = {0};
  for (int64_t e = 0; e < count; e++) {
    const lane *from = (const lane *)(x + (int64_t)col[e] * dim);
    real w = value[e];
    a += w * from[0];
    b += w * from[1];
    c += w * from[2];
    d += w * from[3];
  }
  lane *to = (lane *)y;
  to[0] = a;
  to[1] = b;
  to[2] = c;
  to[3] = d;
}

LA_CLONES static void row_times(const int32_t *col, const real *value, int64_t count, int dim,
                                int width, const real *x, real *y)
{
  memset(y, 0, (size_t)width * sizeof *y);
  for (int64_t e = 0; e < count; e++) {
    const real *from = x + (int64_t)col[e] * dim;
#pragma omp simd
    for (int k = 0; k < width; k++)
      y[k] += value[e] * from[k];
  }
}

LA_CLONES static void add_scaled(real *sum, const real *y, real scale, int dim)
{
#pragma omp simd
  for (int k = 0; k < dim; k++)
    sum[k] = (sum[k] + y[k]) * scale;
}

void csr_spmm(const struct csr *a, int dim, const real *x, real *y, real *sum, real scale)
{
  enum { STRIDE = 4 * LANE_REALS };
#pragma omp parallel for schedule(dynamic, ROWS_A_TURN)
  for (int64_t r = 0; r < a->rows; r++) {
    int64_t first = a->start[r], count = a->start[r + 1] - first;
    int k = 0;
    for (; k + STRIDE <= dim; k += STRIDE)
      row_times_4(a->col + first, a->value + first, count, dim, x + k, y + r * dim + k);
    if (k < dim)
      row_times(a->col + first, a->value + first, count, dim, dim - k, x + k, y + r * dim + k);
    if (sum)
      add_scaled(sum + r * dim, y + r * dim, scale, dim);
  }
}
