/* fetch.h - ask for lines of the cache before they are needed
 * SPDX-License-Identifier: MIT */
#ifndef LA_FETCH_H
#define LA_FETCH_H

#include <stdint.h>

#include "la/real.h"

/* To be written: a line that another processor wrote last must be this one's own first, or the write
 * has to wait for it. */
static inline void fetch_line_to_write(const void *at)
{
#ifdef __x86_64__
  __asm__ volatile("prefetchw %0" : : "m"(*(const char *)at));
#else
  __builtin_prefetch(at, 1);
#endif
}

static inline void fetch_to_write(const real *row, int64_t n)
{
  for (int64_t k = 0; k < n; k += 64 / (int64_t)sizeof *row)
    fetch_line_to_write(row + k);
}

static inline void fetch_to_read(const real *row, int64_t n)
{
  for (int64_t k = 0; k < n; k += 64 / (int64_t)sizeof *row)
    __builtin_prefetch(row + k);
}

#endif
