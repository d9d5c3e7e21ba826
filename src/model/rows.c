/* rows.c - see rows.h
 * SPDX-License-Identifier: MIT */
#include "model/rows.h"

#include <string.h>

#include "la/vec.h"

enum { PARTS_MOST = 8, PART_LEAST = 64, SUM_BLOCK = 8192, TURNED = 16, DIM_MOST = 1024 };

struct la_rows rows_from(const struct rows *rows, int64_t width, int64_t first)
{
  return rows->together ? (struct la_rows){.whole = rows->together + first * width, .ld = width}
                        : (struct la_rows){.row = rows->row + first};
}

int rows_parts(int64_t n)
{
  int64_t parts = n / PART_LEAST;
  return parts < 1 ? 1 : parts > PARTS_MOST ? PARTS_MOST : (int)parts;
}

void rows_turn(const real *from, int64_t rows, int64_t cols, real *to)
{
#pragma omp for schedule(static) nowait
  for (int64_t first = 0; first < cols; first += TURNED)
    for (int64_t r = 0; r < rows; r++)
      for (int64_t c = first; c < cols && c < first + TURNED; c++)
        to[c * rows + r] = from[r * cols + c];
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

void rows_add_up_turned(const real *arrays, int count, int64_t apart, int64_t width, int64_t dim, real *to)
{
#pragma omp for schedule(static) nowait
  for (int64_t first = 0; first < width; first += TURNED) {
    int64_t rows = width - first < TURNED ? width - first : TURNED;
    real sum[TURNED * DIM_MOST];
    memcpy(sum, arrays + first * dim, (size_t)(rows * dim) * sizeof *sum);
    for (int p = 1; p < count; p++)
      vec_axpy(sum, 1, arrays + p * apart + first * dim, rows * dim);
    for (int64_t e = 0; e < dim; e++)
      for (int64_t r = 0; r < rows; r++)
        to[e * width + first + r] = sum[r * dim + e];
  }
}
