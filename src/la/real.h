/* real.h - the number that embeddings are made of
 *
 * float in the program. The same sources are compiled once more with REAL_DOUBLE for the
 * tests, which check every gradient against differences of the loss: what is checked is the
 * code that trains, not a copy of it.
 * SPDX-License-Identifier: MIT */
#ifndef LA_REAL_H
#define LA_REAL_H

#ifdef REAL_DOUBLE
typedef double real;
#define REAL_TINY 1e-12 /* a row shorter than this is dead: METHOD 0.3 */
#else
typedef float real;
#define REAL_TINY 1e-8
#endif

/* Kernels are compiled for several widths of vectors and chosen when the program starts. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ >= 12 && \
  !defined(__SANITIZE_ADDRESS__)
#define LA_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define LA_CLONES
#endif

#endif
