/* lockfree.h - BPR without steps: each pair moves its three rows at once
 *
 * The threads share the table and wait for nothing; when two of them move a row at the same time, one
 * change may get lost, which costs little where rows are many (Recht et al., Hogwild, NIPS 2011).
 * What comes out depends on which thread was faster: it cannot be reproduced. A row has a step
 * length of its own, lr / sqrt(1 + sum of its gradients' mean squares), as LIBMF has (Chin et al.,
 * PAKDD 2015).
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_LOCKFREE_H
#define MODEL_LOCKFREE_H

#include "model/bpr.h"

struct lockfree {
  int dim;
  int32_t users;
  double lr, rho;     /* rho: weight of the squares of a pair's three rows, halved */
  real *nodes;        /* [users + items, dim] */
  real *squares;      /* row r's sum is squares[r * dim] */
};

/* Move by the batch's pairs. Returns the sum of their losses, and in l2 that of the halved squares. */
double lockfree_pass(const struct lockfree *lockfree, const struct batch *batch, double *l2);

#endif
