/* rows.c - see rows.h
 * SPDX-License-Identifier: MIT */
#include "model/rows.h"

#include <string.h>

#include "la/vec.h"

enum { PARTS_MOST = 8, PART_LEAST = 64, SUM_BLOCK = 8192 };

const real *rows_take(const struct rows *rows, int64_t width, int64_t first, int64_t count, real *to)
{
  if (rows->together)
    return rows->together + first * width;
  for (int64_t k = 0; k < count; k++)
    memcpy(to + k * width, rows->row[first + k], (size_t)width * sizeof *to);
  return to;
}

int rows_parts(int64_t n)
{
  int64_t parts = n / PART_LEAST;
  return parts < 1 ? 1 : parts > PARTS_MOST ? PARTS_MOST : (int)parts;
}

void rows_add_up(const real *arrays, int count, int64_t apart, int64_t n, real *to)
{
#pragma omp for schedule(static) nowait
  for (int64_t first = 0; first < n; first += SUM_BLOCK) {
    int64_t size = n - first < SUM_BLOCK ? n - first : SUM_BLOCK;
    memcpy(to + first, arrays + first, (size_t)size * sizeof *to);
    for (int p = 1; p < count; p++)
      vec_axpy(to + first, 1, arrays + p * apart + first, size);
  }
}
