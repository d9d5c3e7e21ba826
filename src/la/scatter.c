/* scatter.c - see scatter.h
 * SPDX-License-Identifier: MIT */
#include "la/scatter.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/vec.h"

void scatter_init(struct scatter *scatter, int32_t rows, int32_t size)
{
  *scatter = (struct scatter){.rows = rows, .room = size};
  scatter->row = mem_zero((size_t)size + 1, sizeof *scatter->row);
  scatter->start = mem_zero((size_t)size + 2, sizeof *scatter->start);
  scatter->entry = mem_zero((size_t)size + 1, sizeof *scatter->entry);
  scatter->place = mem_zero((size_t)rows + 1, sizeof *scatter->place);
  scatter->named = mem_zero((size_t)rows / 64 + 1, sizeof *scatter->named);
}

void scatter_free(struct scatter *scatter)
{
  free(scatter->row);
  free(scatter->start);
  free(scatter->entry);
  free(scatter->place);
  free(scatter->named);
  *scatter = (struct scatter){0};
}

/* The rows that the index names, ascending. */
static void list_rows(struct scatter *scatter, const int32_t *index, int32_t size)
{
  int32_t count = 0;
  for (int32_t k = 0; k < size; k++)
    scatter->named[index[k] / 64] |= (uint64_t)1 << index[k] % 64;
  for (int32_t w = 0; w <= scatter->rows / 64; w++) {
    for (uint64_t left = scatter->named[w]; left; left &= left - 1) {
      int32_t row = w * 64 + __builtin_ctzll(left);
      scatter->place[row] = count;
      scatter->row[count++] = row;
    }
    scatter->named[w] = 0;
  }
  scatter->count = count;
}

void scatter_sort(struct scatter *scatter, const int32_t *index, int32_t size)
{
  int32_t *place = scatter->place, *start = scatter->start;
  assert(size <= scatter->room);
  list_rows(scatter, index, size);
  memset(start, 0, ((size_t)scatter->count + 2) * sizeof *start);
  for (int32_t k = 0; k < size; k++) /* start[p + 2]: how many go to the row in place p */
    start[place[index[k]] + 2]++;
  for (int32_t k = 2; k <= scatter->count; k++)
    start[k] += start[k - 1];
  for (int32_t k = 0; k < size; k++) /* start[p + 1] moves from the first to behind the last */
    scatter->entry[start[place[index[k]] + 1]++] = k;
}

void scatter_zero(const struct scatter *scatter, int dim, real *to)
{
#pragma omp parallel for schedule(static)
  for (int32_t k = 0; k < scatter->count; k++)
    memset(to + (int64_t)scatter->row[k] * dim, 0, (size_t)dim * sizeof *to);
}

void scatter_add(const struct scatter *scatter, int dim, const real *from, real *to)
{
#pragma omp parallel for schedule(static)
  for (int32_t k = 0; k < scatter->count; k++) {
    real *row = to + (int64_t)scatter->row[k] * dim;
    for (int32_t e = scatter->start[k]; e < scatter->start[k + 1]; e++)
      vec_axpy(row, 1, from + (int64_t)scatter->entry[e] * dim, dim);
  }
}
