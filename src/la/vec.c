/* vec.c - see vec.h
 * SPDX-License-Identifier: MIT */
#include "la/vec.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SUM_BLOCK 8192 /* numbers a partial sum is made of */
#define ROW_BLOCK 256

LA_CLONES real vec_dot(const real *a, const real *b, int64_t n)
{
  real sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t k = 0; k < n; k++)
    sum += a[k] * b[k];
  return sum;
}

LA_CLONES void vec_axpy(real *y, real scale, const real *x, int64_t n)
{
#pragma omp simd
  for (int64_t k = 0; k < n; k++)
    y[k] += scale * x[k];
}

LA_CLONES double vec_square(const real *a, int64_t n)
{
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t k = 0; k < n; k++)
    sum += (double)a[k] * (double)a[k];
  return sum;
}

LA_CLONES double vec_max_abs(const real *a, int64_t n)
{
  real most = 0, poison = 0; /* 0 * x is NAN exactly when x is not finite */
#pragma omp simd reduction(max : most) reduction(+ : poison)
  for (int64_t k = 0; k < n; k++) {
    real size = a[k] < 0 ? -a[k] : a[k];
    most = size > most ? size : most;
    poison += 0 * a[k];
  }
  return poison == 0 ? (double)most : (double)NAN;
}

LA_CLONES void vec_add_rows(real *restrict x, const real *restrict row, int64_t rows, int64_t cols,
                            int64_t ld)
{
  for (int64_t r = 0; r < rows; r++)
#pragma omp simd
    for (int64_t c = 0; c < cols; c++)
      x[r * ld + c] += row[c];
}

LA_CLONES void vec_column_sums(const real *restrict x, int64_t rows, int64_t cols, int64_t ld,
                               real beta, real *restrict out)
{
  for (int64_t c = 0; c < cols; c++)
    out[c] = beta != 0 ? beta * out[c] : 0;
  for (int64_t r = 0; r < rows; r++)
#pragma omp simd
    for (int64_t c = 0; c < cols; c++)
      out[c] += x[r * ld + c];
}

double la_square(const real *a, int64_t n)
{
  int64_t blocks = (n + SUM_BLOCK - 1) / SUM_BLOCK;
  double *part = mem_zero((size_t)blocks + 1, sizeof *part), sum = 0;
#pragma omp parallel for schedule(dynamic, 4)
  for (int64_t b = 0; b < blocks; b++) {
    int64_t first = b * SUM_BLOCK;
    part[b] = vec_square(a + first, n - first < SUM_BLOCK ? n - first : SUM_BLOCK);
  }
  for (int64_t b = 0; b < blocks; b++)
    sum += part[b];
  free(part);
  return sum;
}

void la_zero(real *a, int64_t n)
{
#pragma omp parallel for schedule(static)
  for (int64_t first = 0; first < n; first += SUM_BLOCK)
    memset(a + first, 0, (size_t)(n - first < SUM_BLOCK ? n - first : SUM_BLOCK) * sizeof *a);
}

void la_column_sums(const real *x, int64_t rows, int64_t cols, int64_t ld, real *out)
{
  int64_t blocks = (rows + ROW_BLOCK - 1) / ROW_BLOCK;
  real *part = la_scratch(blocks * cols);
#pragma omp parallel for schedule(dynamic, 1)
  for (int64_t b = 0; b < blocks; b++) {
    memset(part + b * cols, 0, (size_t)cols * sizeof *part);
    for (int64_t r = b * ROW_BLOCK; r < rows && r < (b + 1) * ROW_BLOCK; r++)
      vec_axpy(part + b * cols, 1, x + r * ld, cols);
  }
  memset(out, 0, (size_t)cols * sizeof *out);
  for (int64_t b = 0; b < blocks; b++)
    vec_axpy(out, 1, part + b * cols, cols);
}

real *la_scratch(int64_t n)
{
  static real *scratch;
  static int64_t room;
  if (n > room) {
    free(scratch);
    scratch = mem_aligned((size_t)n, sizeof *scratch);
    room = n;
  }
  return scratch;
}

int la_threads(void) { return omp_get_max_threads(); }

void la_set_threads(int threads) { omp_set_num_threads(threads); }
