/* svd.c - see svd.h
 * SPDX-License-Identifier: MIT */
#include "encode/svd.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "la/blas.h"
#include "la/gemm.h"
#include "la/vec.h"

enum { MORE = 10, ROUNDS = 2 };
#define DEAD 1e-6f /* of the largest singular value, or of a column's length: nothing but rounding */

void sparse_free(struct sparse *sparse)
{
  free(sparse->start);
  free(sparse->column);
  free(sparse->value);
  *sparse = (struct sparse){0};
}

static struct sparse transposed(const struct sparse *x)
{
  int64_t count = x->start[x->rows];
  struct sparse out = {x->cols, x->rows, mem_zero((size_t)x->cols + 2, sizeof *out.start),
                       mem_zero((size_t)count + 1, sizeof *out.column),
                       mem_aligned((size_t)count + 1, sizeof *out.value)};
  for (int64_t k = 0; k < count; k++)
    out.start[x->column[k] + 2]++;
  for (int64_t c = 0; c < x->cols; c++)
    out.start[c + 2] += out.start[c + 1];
  for (int64_t r = 0; r < x->rows; r++)
    for (int64_t k = x->start[r]; k < x->start[r + 1]; k++) {
      int64_t at = out.start[x->column[k] + 1]++;
      out.column[at] = (int32_t)r;
      out.value[at] = x->value[k];
    }
  return out;
}

/* out [x.rows, width] = x times dense [x.cols, width]. */
static void multiply(const struct sparse *x, int width, const float *dense, float *out)
{
#pragma omp parallel for schedule(dynamic, 64)
  for (int64_t r = 0; r < x->rows; r++) {
    memset(out + r * width, 0, (size_t)width * sizeof *out);
    for (int64_t k = x->start[r]; k < x->start[r + 1]; k++)
      vec_axpy(out + r * width, x->value[k], dense + (int64_t)x->column[k] * width, width);
  }
}

/* out [cols, rows] of a [rows, cols]. */
static void turn(const float *a, int64_t rows, int64_t cols, float *out)
{
#pragma omp parallel for schedule(static)
  for (int64_t r = 0; r < rows; r++)
    for (int64_t c = 0; c < cols; c++)
      out[c * rows + r] = a[r * cols + c];
}

/* Orthonormal columns that span those of y [rows, width], by the modified Gram-Schmidt process, twice;
 * a column that is in the span of those before it becomes zero. work [rows, width]. */
static void orthonormalise(int64_t rows, int width, float *y, float *work)
{
  turn(y, rows, width, work);
  for (int pass = 0; pass < 2; pass++)
    for (int k = 0; k < width; k++) {
      float *own = work + k * rows;
      double length = sqrt(vec_square(own, rows));
      float scale = length > 0 ? (float)(1 / length) : 0;
      for (int64_t r = 0; r < rows; r++)
        own[r] *= scale;
#pragma omp parallel for schedule(static)
      for (int q = k + 1; q < width; q++) {
        float *other = work + q * rows, before = (float)sqrt(vec_square(other, rows));
        vec_axpy(other, -vec_dot(own, other, rows), own, rows);
        if (sqrt(vec_square(other, rows)) <= DEAD * before)
          memset(other, 0, (size_t)rows * sizeof *other);
      }
    }
  turn(work, width, rows, y);
}

/* Eigenvectors of a symmetric matrix [n, n] take its place, as rows, by ascending values. */
static bool eigen(float *matrix, int n, float *values, struct err *err)
{
  float work_wanted;
  int query = -1, iwork_wanted, info = 0;
  blas()->ssyevd_("V", "L", &n, matrix, &n, values, &work_wanted, &query, &iwork_wanted, &query, &info);
  int work_size = (int)work_wanted, iwork_size = iwork_wanted;
  float *work = mem_aligned((size_t)work_size + 1, sizeof *work);
  int *iwork = mem_zero((size_t)iwork_size + 1, sizeof *iwork);
#pragma omp parallel /* inside of a region OpenBLAS keeps to one thread, and to the same bits */
#pragma omp single
  blas()->ssyevd_("V", "L", &n, matrix, &n, values, work, &work_size, iwork, &iwork_size, &info);
  free(work);
  free(iwork);
  return info == 0 || err_set(err, EX_SOFTWARE, "the texts have no principal directions");
}

/* Column k of out: t times eigenvector k over its singular value. t [cols, width] */
static void take_vectors(const float *t, int64_t cols, int width, const float *vectors,
                         const float *values, int rank, float *out, float *sigma)
{
  float *scaled = mem_aligned((size_t)rank * (size_t)width, sizeof *scaled);
  float most = sqrtf(fmaxf(values[width - 1], 0));
  for (int k = 0; k < rank; k++) {
    float own = k < width ? sqrtf(fmaxf(values[width - 1 - k], 0)) : 0;
    bool is_dead = own <= DEAD * most;
    for (int q = 0; q < width && !is_dead; q++)
      scaled[k * width + q] = vectors[(int64_t)(width - 1 - k) * width + q] / own;
    if (sigma)
      sigma[k] = is_dead ? 0 : own;
  }
  la_gemm_nt(cols, rank, width, t, width, scaled, width, 0, out, rank);
  free(scaled);
  for (int k = 0; k < rank; k++) {
    float largest = 0;
    for (int64_t c = 0; c < cols; c++)
      if (fabsf(out[c * rank + k]) > fabsf(largest))
        largest = out[c * rank + k];
    for (int64_t c = 0; c < cols && largest < 0; c++)
      out[c * rank + k] = -out[c * rank + k];
  }
}

bool svd_right(const struct sparse *x, int rank, uint64_t seed, float *out, float *sigma,
               struct err *err)
{
  int64_t least = x->rows < x->cols ? x->rows : x->cols;
  int width = rank + MORE < least ? rank + MORE : (int)least;
  size_t rows = (size_t)x->rows, cols = (size_t)x->cols, w = (size_t)width;
  struct rng rng = {rng_mix64(seed)};
  struct sparse across = transposed(x);
  float *y = mem_aligned(rows * w + 1, sizeof *y), *work = mem_aligned(rows * w + 1, sizeof *y);
  float *t = mem_aligned(cols * w + 1, sizeof *t);
  float *square = mem_aligned(w * w + 1, sizeof *square), *values = mem_aligned(w + 1, sizeof *values);
  for (size_t k = 0; k < cols * w; k++)
    t[k] = (float)rng_gauss(&rng);
  for (int round = 0; round <= ROUNDS; round++) {
    multiply(x, width, t, y);
    orthonormalise(x->rows, width, y, work);
    multiply(&across, width, y, t);
  }
  la_gemm_tn(width, width, x->cols, t, width, t, width, 0, square, width);
  bool ok = width == 0 || eigen(square, width, values, err);
  memset(out, 0, cols * (size_t)rank * sizeof *out);
  if (ok && width > 0)
    take_vectors(t, x->cols, width, square, values, rank, out, sigma);
  sparse_free(&across);
  free(y);
  free(work);
  free(t);
  free(square);
  free(values);
  return ok;
}
