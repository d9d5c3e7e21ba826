/* gemm.c - see gemm.h
 * SPDX-License-Identifier: MIT */
#include "la/gemm.h"

#include <omp.h>
#include <string.h>

#include "la/blas.h"
#include "la/vec.h"

#ifdef REAL_DOUBLE
#define BLAS_GEMM blas()->cblas_dgemm
#else
#define BLAS_GEMM blas()->cblas_sgemm
#endif

#define TILE_ROWS 256   /* rows of C a tile has */
#define TILE_COLS 512   /* columns of a weight's gradient a tile has */
#define SLICES 8        /* a long inner dimension is cut into so many sums */
#define SLICE_MIN 256   /* but none shorter than this */

bool la_start(struct err *err) { return blas_start(err); }
const char *la_blas_name(void) { return blas()->openblas_get_config(); }

/* OpenBLAS asks OpenMP how many threads it may use; the answer belongs to the calling task. */
void la_one_thread_here(void) { omp_set_num_threads(1); }

/* A matrix may have no columns (a modality that no item has); its ld is 0 then, which BLAS refuses. */
static void tile(CBLAS_TRANSPOSE ta, CBLAS_TRANSPOSE tb, int64_t m, int64_t n, int64_t k,
                 const real *a, int64_t lda, const real *b, int64_t ldb, real beta, real *c,
                 int64_t ldc)
{
  if (m > 0 && n > 0)
    BLAS_GEMM(CblasRowMajor, ta, tb, (blasint)m, (blasint)n, (blasint)k, 1, a,
              (blasint)(lda ? lda : 1), b, (blasint)(ldb ? ldb : 1), beta, c, (blasint)ldc);
}

static struct la_rows rows_of(const real *whole, int64_t ld)
{
  return (struct la_rows){.whole = whole, .ld = ld};
}

void la_tile_nn(int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b,
                int64_t ldb, real beta, real *c, int64_t ldc)
{
  struct la_rows rows = rows_of(a, lda);
  la_rows_nn(m, n, k, &rows, b, ldb, beta, c, ldc, NULL);
}

void la_tile_nt(int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b,
                int64_t ldb, real beta, real *c, int64_t ldc)
{
  struct la_rows rows = rows_of(a, lda);
  if (narrow_is_here())
    narrow_product(m, n, k, &rows, b, ldb, true, beta, c, ldc);
  else
    tile(CblasNoTrans, CblasTrans, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

void la_tile_tn(int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b,
                int64_t ldb, real beta, real *c, int64_t ldc)
{
  struct la_rows rows = rows_of(a, lda);
  la_rows_tn(m, n, k, &rows, b, ldb, beta, c, ldc, NULL);
}

struct la_rows la_together(int64_t rows, int64_t width, const struct la_rows *from, real *work)
{
  if (!from->row)
    return *from;
  for (int64_t r = 0; r < rows; r++)
    memcpy(work + r * width, from->row[r], (size_t)width * sizeof *work);
  return rows_of(work, width);
}

void la_rows_nn(int64_t m, int64_t n, int64_t k, const struct la_rows *a, const real *b, int64_t ldb,
                real beta, real *c, int64_t ldc, real *work)
{
  if (narrow_is_here()) {
    narrow_product(m, n, k, a, b, ldb, false, beta, c, ldc);
    return;
  }
  struct la_rows whole = la_together(m, k, a, work);
  tile(CblasNoTrans, CblasNoTrans, m, n, k, whole.whole, whole.ld, b, ldb, beta, c, ldc);
}

void la_rows_tn(int64_t m, int64_t n, int64_t k, const struct la_rows *a, const real *b, int64_t ldb,
                real beta, real *c, int64_t ldc, real *work)
{
  if (narrow_is_here()) {
    narrow_gradient(m, n, k, a, b, ldb, beta, c, ldc);
    return;
  }
  struct la_rows whole = la_together(k, m, a, work);
  tile(CblasTrans, CblasNoTrans, m, n, k, whole.whole, whole.ld, b, ldb, beta, c, ldc);
}

/* Tiles of rows: each thread takes the next one. */
static void by_rows(CBLAS_TRANSPOSE tb, int64_t m, int64_t n, int64_t k, const real *a,
                    int64_t lda, const real *b, int64_t ldb, real beta, real *c, int64_t ldc)
{
#pragma omp parallel
  {
    la_one_thread_here();
#pragma omp for schedule(dynamic, 1)
    for (int64_t row = 0; row < m; row += TILE_ROWS)
      tile(CblasNoTrans, tb, m - row < TILE_ROWS ? m - row : TILE_ROWS, n, k, a + row * lda, lda,
           b, ldb, beta, c + row * ldc, ldc);
  }
}

void la_gemm_nn(int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b,
                int64_t ldb, real beta, real *c, int64_t ldc)
{
  by_rows(CblasNoTrans, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

void la_gemm_nt(int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b,
                int64_t ldb, real beta, real *c, int64_t ldc)
{
  by_rows(CblasTrans, m, n, k, a, lda, b, ldb, beta, c, ldc);
}

/* C = sum over slices of the inner dimension, added in order; columns of C in tiles. */
void la_gemm_tn(int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b,
                int64_t ldb, real beta, real *c, int64_t ldc)
{
  int64_t columns = (n + TILE_COLS - 1) / TILE_COLS;
  int64_t slices = columns >= SLICES ? 1 : SLICES, size = m * n;
  if (slices > (k + SLICE_MIN - 1) / SLICE_MIN)
    slices = k > SLICE_MIN ? (k + SLICE_MIN - 1) / SLICE_MIN : 1;
  int64_t depth = (k + slices - 1) / slices;
  real *part = la_scratch(slices * size);
#pragma omp parallel
  {
    la_one_thread_here();
#pragma omp for schedule(dynamic, 1)
    for (int64_t t = 0; t < slices * columns; t++) {
      int64_t s = t / columns, col = t % columns * TILE_COLS, from = s * depth;
      int64_t length = k - from < depth ? k - from : depth;
      tile(CblasTrans, CblasNoTrans, m, n - col < TILE_COLS ? n - col : TILE_COLS,
           length > 0 ? length : 0, a + from * lda, lda, b + from * ldb + col, ldb, 0,
           part + s * size + col, n);
    }
#pragma omp for schedule(static)
    for (int64_t r = 0; r < m; r++) {
      for (int64_t e = 0; e < n; e++)
        c[r * ldc + e] = beta != 0 ? beta * c[r * ldc + e] : 0;
      for (int64_t s = 0; s < slices; s++)
        vec_axpy(c + r * ldc, 1, part + s * size + r * n, n);
    }
  }
}
