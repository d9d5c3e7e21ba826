/* bpr.h - pairwise ranking on node vectors, and its L2 (METHOD 4.1)
 *
 * Users and items are the nodes of one table: user u is row u, item i is row users + i.
 * For a pair (u, i) and an item j that u has not, L = mean softplus(-(u.i - u.j)).
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_BPR_H
#define MODEL_BPR_H

#include <stdint.h>

#include "la/real.h"
#include "la/scatter.h"

struct batch {
  int32_t size;
  const int32_t *user, *item, *other; /* [size]; other: the sampled item */
  double nominal; /* the configured batch size, which `sq` divides by (also in a short batch) */
  uint64_t seed;  /* the step's own, of what a model draws */
};

enum l2_kind {
  L2_FRO, /* (|U_B| + |I_B| + |J_B|) / B, norms not squared: MMRec's EmbLoss */
  L2_SQ,  /* (|U_B|^2 + |I_B|^2 + |J_B|^2) / (2 B) */
};

/* Where batches of up to `room` pairs are worked on. */
struct bpr {
  int32_t users, nodes, room;
  int dim;
  int32_t *index;  /* [3 room] the nodes of users, items, others */
  real *rows;      /* [3 room, dim] gradients before they are scattered */
  double *loss;    /* [blocks] */
  double *squares; /* [blocks of rows, 3] */
  struct scatter scatter;
};

void bpr_init(struct bpr *bpr, int32_t users, int32_t items, int dim, int32_t room);
void bpr_free(struct bpr *bpr);
/* Sort the batch's nodes; before the two below. */
void bpr_sort(struct bpr *bpr, const struct batch *batch);
/* The mean loss on vectors e [nodes, dim]; what each pair wants of its three rows is left in bpr->rows. */
double bpr_pairs(struct bpr *bpr, const struct batch *batch, const real *e);
/* The mean loss on vectors e [nodes, dim]; its gradient is added to de [nodes, dim]. */
double bpr_loss(struct bpr *bpr, const struct batch *batch, const real *e, real *de);
/* The L2 of the batch's rows of nodes [nodes, dim] (a row counts as often as it occurs); rho times
 * its gradient is added to grad. Returns R without rho. */
double bpr_l2(struct bpr *bpr, const struct batch *batch, enum l2_kind kind, double rho,
              const real *nodes, real *grad);


/* What bpr_l2 multiplies the users', items' and others' rows with, times rho; for `fro` from the rows
 * themselves. */
void bpr_l2_scale(struct bpr *bpr, const struct batch *batch, enum l2_kind kind, double rho,
                  const real *nodes, double scale[3]);
/* By the calling thread, of rows `first` .. `end` - 1 of the scatter: what all pairs and the L2 want of
 * each, to out [end - first, dim], and the sum of the squares of users', items' and others' rows. */
void bpr_row_gradients(const struct bpr *bpr, int32_t n, const double scale[3], const real *nodes,
                       int32_t first, int32_t end, real *out, double square[3]);
/* R, from the sum of squares of all rows. */
double bpr_l2_value(const struct batch *batch, enum l2_kind kind, const double square[3]);

#endif
