/* graph.h - users and items as one graph; LightGCN's propagation (METHOD 4.2)
 *
 * A = D^-1/2 [[0, R], [R^T, 0]] D^-1/2 over users + items nodes: the edge (u, i) has the value
 * 1 / sqrt(deg u deg i), a node without edges keeps a row of zeros. E = mean_l A^l E0. A is
 * symmetric, so the gradient of E0 is the same routine on the gradient of E.
 *
 * No dimension of the vectors has to do with another one. So they are cut into strips, as wide
 * as a line of the cache, and a thread takes a strip through all hops: it stays in its cache, where
 * whole rows would come from memory again for every edge. The value of an edge is split among its
 * ends, so that an edge is an addition. The nodes are worked on in the order of their degrees:
 * as many edges as before is what the processor expects of a loop; and what it will need of other
 * places is fetched ahead.
 *
 * A batch asks for few rows of E and has gradients for these alone: the last hop there, and the first
 * one back, leave out what nobody needs.
 * SPDX-License-Identifier: MIT */
#ifndef LA_GRAPH_H
#define LA_GRAPH_H

#include <stdint.h>

#include "la/real.h"

struct graph {
  int32_t users, items;
  int64_t edges;
  int32_t *node;  /* [nodes] the node at a place: users, then items, each by degree */
  int32_t *place_of; /* [nodes] where a node is */
  real *scale;    /* [nodes] of the node at a place: 1 / sqrt(degree), 0 without edges */
  real *root;     /* [nodes] of the node at a place: sqrt(degree) */
  int64_t *start; /* [nodes + 1] by place, into place */
  int32_t *place; /* [2 edges] of the neighbours */
};

/* item[start[u]] .. item[start[u+1]-1]: the distinct training items of user u. */
void graph_build(int32_t users, int32_t items, const int64_t *start, const int32_t *item,
                 struct graph *out);
void graph_free(struct graph *graph);
int64_t graph_nodes(const struct graph *graph);
/* out = mean over l = 0..layers of A^l x; x, out [nodes, dim], out must not overlap x.
 * The same bits with any number of threads; there is work for one to a strip of 16 numbers.
 * Of a hop, bytes gathered: 2 * edges * (dim + dim / 16) * 4; streamed: 3 * nodes * dim * 4. */
void graph_propagate(const struct graph *graph, int layers, int dim, const real *x, real *out);

/* Some of the nodes, as places in ascending order: users first. */
struct graph_rows {
  int32_t count, users;
  int32_t *place;       /* [count] */
  unsigned char *is_in; /* [nodes] by place */
  int64_t edges[2];     /* of these users; of these items */
};

void graph_rows_init(struct graph_rows *rows, const struct graph *graph);
void graph_rows_free(struct graph_rows *rows);
/* node [count]: distinct. */
void graph_rows_set(struct graph_rows *rows, const struct graph *graph, const int32_t *node,
                    int32_t count);
/* The same, but out is written in these rows only. */
void graph_propagate_to(const struct graph *graph, const struct graph_rows *rows, int layers, int dim,
                        const real *x, real *out);
/* The same of an x that is 0 but in these rows; the others are not read. */
void graph_propagate_from(const struct graph *graph, const struct graph_rows *rows, int layers,
                          int dim, const real *x, real *out);

#endif
