/* infonce.h - NegGen's alignment against the whole batch (METHOD 5.3, `infonce`)
 *
 * For pair b, with unit rows ih, ch, nh:
 *   L = 1/B sum_b w_b [ lse(Z_b) - cos(i_b, c_b)/tau ],
 *   Z_b = { cos(i_b, c_b')/tau : b' = b, or another item that has a negative }, cos(i_b, n_b)/tau.
 * Pairs of the same item are left out: otherwise a positive would be its own negative.
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_INFONCE_H
#define MODEL_INFONCE_H

#include <stdint.h>

#include "la/real.h"

struct infonce {
  int32_t room;
  int dim;
  real *unit[3];  /* ih, ch, nh [room, dim] */
  double *norm[3]; /* of the rows; 0: dead */
  real *score;    /* [room, room]: scores, then their gradients */
  real *back[2];  /* gradients of ih, ch [room, dim] */
  double *own, *loss; /* [room] score of n; loss of the row */
};

struct infonce_input {
  int32_t count;
  const int32_t *items;               /* [count] */
  const unsigned char *has_negative;  /* by item */
  const real *e, *y;                  /* tables of vectors */
  const int32_t *node, *row, *negative_row; /* [count] rows of i in e; of c and n in y */
};

void infonce_init(struct infonce *infonce, int dim, int32_t room);
void infonce_free(struct infonce *infonce);
/* The mean loss; alpha times the gradients is added to di, dc, dn [count, dim]. */
double infonce_step(struct infonce *infonce, const struct infonce_input *in, double tau,
                    double alpha, real *di, real *dc, real *dn);

#endif
