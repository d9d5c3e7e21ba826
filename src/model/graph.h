/* graph.h - users and items as one graph; LightGCN's propagation (METHOD 4.2)
 *
 * A = D^-1/2 [[0, R], [R^T, 0]] D^-1/2 over users + items nodes: the edge (u, i) has the value
 * 1 / sqrt(deg u deg i), a node without edges keeps a row of zeros. E = mean_l A^l E0. A is
 * symmetric, so the gradient of E0 is the same routine on the gradient of E.
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_GRAPH_H
#define MODEL_GRAPH_H

#include <stdint.h>

#include "la/csr.h"

/* item[start[u]] .. item[start[u+1]-1]: the distinct training items of user u, ascending. */
void graph_build(int32_t users, int32_t items, const int64_t *start, const int32_t *item,
                 struct csr *out);
/* out = mean over l = 0..layers of A^l x.
 *   x, out   [nodes, dim]; out must not overlap x
 *   work     [2, nodes, dim] scratch
 * Bytes moved: layers * (nnz * (dim + 2) * 4 + 3 * nodes * dim * 4). */
void graph_propagate(const struct csr *adjacency, int layers, int dim, const real *x, real *out,
                     real *work);

#endif
