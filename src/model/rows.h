/* rows.h - rows of features: one matrix, or rows that stand anywhere
 *
 * What is computed from the features of a batch's items works on a block of them at a time, which the
 * products read where they stand: a batch needs no matrix of its own.
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_ROWS_H
#define MODEL_ROWS_H

#include <stdint.h>

#include "la/gemm.h"

enum { ROWS_BLOCK = 256 }; /* rows of a block at most */

struct rows {
  const real *together;   /* [n, width]; or NULL, and */
  const real *const *row; /* [n] where each stands */
};

/* Rows from `first` on, as products take them. */
struct la_rows rows_from(const struct rows *rows, int64_t width, int64_t first);

/* n rows are worked on in so many parts, whose sums are added in order: it depends on n alone. */
int rows_parts(int64_t n);
/* Where part p begins; part p + 1 begins where it ends. */
static inline int64_t rows_part(int64_t n, int parts, int64_t p) { return n * p / parts; }
/* The next three inside a parallel region, by all of its threads; what they write is there behind a
 * barrier. */

/* to [cols, rows] = from [rows, cols], turned: what many blocks are multiplied with is turned once. */
void rows_turn(const real *from, int64_t rows, int64_t cols, real *to);
/* to[n] = the sum of `count` arrays, `apart` numbers
 * apart, in their order. */
void rows_add_up(const real *arrays, int count, int64_t apart, int64_t n, real *to);
/* The same of arrays [width, dim], the sum turned: to [dim, width]. The gradient of a projection is made
 * the other way round, so that the product's rows are short. */
void rows_add_up_turned(const real *arrays, int count, int64_t apart, int64_t width, int64_t dim,
                        real *to);

#endif
