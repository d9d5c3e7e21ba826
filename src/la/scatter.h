/* scatter.h - add many rows to few: the gradient of a gather
 *
 * A batch names the same user or item several times. The occurrences are sorted by the row
 * they go to (counting sort), so that one thread owns each row and adds in batch order: no
 * atomics, and the same sum with any number of threads.
 * SPDX-License-Identifier: MIT */
#ifndef LA_SCATTER_H
#define LA_SCATTER_H

#include <stdint.h>

#include "la/real.h"

struct scatter {
  int32_t count;    /* distinct rows */
  int32_t *row;     /* [count] ascending */
  int32_t *start;   /* [count + 1] into entry */
  int32_t *entry;   /* positions in the index, ascending within a row */
  int32_t *place;   /* [rows] scratch: where a row of the index stands in `row` */
  uint64_t *named;  /* [rows / 64] scratch: a bit of every row that is named; 0 between the calls */
  int32_t rows, room;
};

/* rows: how many the target has; size: the longest index. */
void scatter_init(struct scatter *scatter, int32_t rows, int32_t size);
void scatter_free(struct scatter *scatter);
/* Sort index [size], whose values are below rows. */
void scatter_sort(struct scatter *scatter, const int32_t *index, int32_t size);
/* to[row] = 0, of the rows that the index names. */
void scatter_zero(const struct scatter *scatter, int dim, real *to);
/* to[row] += sum of from[entry]; from [size, dim], to [rows, dim]. */
void scatter_add(const struct scatter *scatter, int dim, const real *from, real *to);

#endif
