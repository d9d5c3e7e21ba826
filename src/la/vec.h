/* vec.h - vectors: products, sums, gradients of a bias
 *
 * What runs on several threads adds in blocks of a fixed size and then the blocks in order,
 * so that the result is the same with any number of threads.
 * SPDX-License-Identifier: MIT */
#ifndef LA_VEC_H
#define LA_VEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "la/real.h"

real vec_dot(const real *a, const real *b, int64_t n);
void vec_axpy(real *y, real scale, const real *x, int64_t n); /* y += scale x */
double vec_square(const real *a, int64_t n);                  /* sum of squares, in double */
double vec_max_abs(const real *a, int64_t n); /* NAN when one is not finite */

/* By the calling thread: x[r] += row; out[c] = beta out[c] + sum over r of x[r, c], ld apart. */
void vec_add_rows(real *x, const real *row, int64_t rows, int64_t cols, int64_t ld);
void vec_column_sums(const real *x, int64_t rows, int64_t cols, int64_t ld, real beta, real *out);

/* On all threads. */
double la_square(const real *a, int64_t n);
void la_zero(real *a, int64_t n);
/* out[c] = sum over r of x[r, c]; ld is the distance of rows. */
void la_column_sums(const real *x, int64_t rows, int64_t cols, int64_t ld, real *out);

/* n numbers to work with, of any value, until the next call. For functions that are called again and
 * again and never by each other; they are called by one thread at a time. */
real *la_scratch(int64_t n);

/* Threads used by everything in la/ (default: those OpenMP finds). */
int la_threads(void);
void la_set_threads(int threads);

#endif
