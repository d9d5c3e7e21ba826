/* svd.h - the leading right singular vectors of a sparse matrix, by subspace iteration (METHOD 3.1)
 *
 * A random subspace, a little wider than what is wanted, is drawn to the matrix's own in a few
 * rounds; what is left is an eigenproblem of that width. Halko, Martinsson, Tropp 2011. The result
 * is the same with any number of threads.
 * SPDX-License-Identifier: MIT */
#ifndef ENCODE_SVD_H
#define ENCODE_SVD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Row r has the entries start[r] .. start[r + 1] - 1, columns ascending. */
struct sparse {
  int64_t rows, cols;
  int64_t *start; /* [rows + 1] */
  int32_t *column;
  float *value;
};

void sparse_free(struct sparse *sparse);
/* out [cols, rank]: a column of it is a right singular vector, that of the largest singular value first,
 * its largest entry positive; zero where the matrix has no more of them. sigma [rank], or NULL: the
 * singular values. About 12 nnz (rank + 10) + 4 rows (rank + 10)^2 flops; 4 bytes times
 * (rank + 10) (2 rows + cols) besides the matrix twice. */
bool svd_right(const struct sparse *x, int rank, uint64_t seed, float *out, float *sigma,
               struct err *err);

#endif
