/* csr.h - sparse matrices by rows, and their product with a table of vectors
 * SPDX-License-Identifier: MIT */
#ifndef LA_CSR_H
#define LA_CSR_H

#include <stdint.h>

#include "la/real.h"

struct csr {
  int64_t rows;
  int64_t *start; /* [rows + 1]: row r has entries start[r] .. start[r+1]-1 */
  int32_t *col;   /* ascending in a row */
  real *value;
};

void csr_free(struct csr *matrix);

/* y = A x and, unless sum is NULL, sum = (sum + y) * scale in the same pass.
 *   x, y, sum   [rows, dim] row-major; y must not overlap x
 * A row is added up by one thread in the order of its entries. Bytes moved: nnz * (dim + 2) * 4
 * gathered, 3 * rows * dim * 4 streamed. */
void csr_spmm(const struct csr *a, int dim, const real *x, real *y, real *sum, real scale);

#endif
