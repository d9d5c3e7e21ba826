/* gemm.h - matrix products on OpenBLAS, the same bits with any number of threads
 *
 * OpenBLAS splits a product by the number of its threads, and so rounds differently with
 * one and with two. Here the product is cut into tiles that depend on its shape alone, each
 * tile is one single-threaded call, and our threads share the tiles.
 * Matrices are row-major; ld is the distance between rows.
 * SPDX-License-Identifier: MIT */
#ifndef LA_GEMM_H
#define LA_GEMM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "la/narrow.h"
#include "la/real.h"

/* OpenBLAS must be what answers: the reference BLAS is thirty times slower. EX_OSFILE when it is not
 * there. Call before the first product, so that this can be told. */
bool la_start(struct err *err);
const char *la_blas_name(void); /* "OpenBLAS 0.3.21 ... Haswell ..." */

/* C [m, n] = A [m, k] B [k, n] + beta C */
void la_gemm_nn(int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b,
                int64_t ldb, real beta, real *c, int64_t ldc);
/* C [m, n] = A [m, k] B^T, B [n, k], + beta C: a linear layer y = x W^T */
void la_gemm_nt(int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b,
                int64_t ldb, real beta, real *c, int64_t ldc);
/* C [m, n] = A^T B + beta C, A [k, m], B [k, n]: the gradient of a weight, dW = dy^T x */
void la_gemm_tn(int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b,
                int64_t ldb, real beta, real *c, int64_t ldc);
/* The same three by the calling thread inside a parallel region: by narrow.h where the processor has what
 * it needs, else as one call of OpenBLAS. */
void la_tile_nn(int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b,
                int64_t ldb, real beta, real *c, int64_t ldc);
void la_tile_nt(int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b,
                int64_t ldb, real beta, real *c, int64_t ldc);
void la_tile_tn(int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b,
                int64_t ldb, real beta, real *c, int64_t ldc);
/* The rows as a matrix: where they are, or copied to work [rows, width]. */
struct la_rows la_together(int64_t rows, int64_t width, const struct la_rows *from, real *work);
/* nn and tn of rows of A that may stand anywhere; work holds them all, where OpenBLAS needs them together. */
void la_rows_nn(int64_t m, int64_t n, int64_t k, const struct la_rows *a, const real *b, int64_t ldb,
                real beta, real *c, int64_t ldc, real *work);
void la_rows_tn(int64_t m, int64_t n, int64_t k, const struct la_rows *a, const real *b, int64_t ldb,
                real beta, real *c, int64_t ldc, real *work);
/* In a parallel region, before la_tile_nn and its like: OpenBLAS starts no threads from this one. */
void la_one_thread_here(void);

#endif
