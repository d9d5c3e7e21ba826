/* narrow.h - products of small matrices in the registers of AVX-512
 *
 * What a model multiplies is narrow: some hundred rows by a vector's 64 numbers. OpenBLAS packs and
 * dispatches for far larger products and gets a quarter of what the processor can do with these; here
 * six rows of C, 64 numbers wide, stay in registers while the inner dimension goes by, and what they
 * need of B is in the first cache. By the calling thread; the sums depend on the shape alone.
 * SPDX-License-Identifier: MIT */
#ifndef LA_NARROW_H
#define LA_NARROW_H

#include <stdbool.h>
#include <stdint.h>

#include "la/real.h"

/* The rows of a matrix: `ld` apart, or (row is not NULL) anywhere. */
struct la_rows {
  const real *whole;
  int64_t ld;
  const real *const *row;
};
static inline const real *la_row(const struct la_rows *rows, int64_t r)
{
  return rows->row ? rows->row[r] : rows->whole + r * rows->ld;
}

/* Has this processor the registers (and the compiler the words for them)? Else none of the below may be
 * called. */
bool narrow_is_here(void);
void narrow_forbid(bool is_forbidden); /* as if it had not: for tests of what is done then */
/* C [m, n] = A [m, k] B + beta C; B [k, n], or with is_turned B^T, B [n, k]. */
void narrow_product(int64_t m, int64_t n, int64_t k, const struct la_rows *a, const real *b, int64_t ldb,
                    bool is_turned, real beta, real *c, int64_t ldc);
/* C [m, n] = A^T B + beta C, A [k, m], B [k, n]. */
void narrow_gradient(int64_t m, int64_t n, int64_t k, const struct la_rows *a, const real *b, int64_t ldb,
                     real beta, real *c, int64_t ldc);

#endif
