/* adam.h - the optimiser, dense: every parameter moves at every step (METHOD 4.4)
 *
 * A row with zero gradient still moves by its momentum; touching only the rows of a batch
 * would be another optimiser. For tables of which a step uses few rows: lazy_adam.h.
 * SPDX-License-Identifier: MIT */
#ifndef LA_ADAM_H
#define LA_ADAM_H

#include <stdint.h>

#include "la/real.h"

#define ADAM_B1 0.9
#define ADAM_B2 0.999
#define ADAM_EPS 1e-8

/* Step t (from 1): m, v and theta [n] are updated by the gradient g [n]. 28 bytes a parameter. */
void adam_step(double lr, int64_t t, int64_t n, real *theta, real *m, real *v, const real *g);
/* The same of a piece, by the calling thread; rates as of adam_rates. */
struct adam_rates {
  real rate, second_scale;      /* lr / (1 - b1^t), 1 / sqrt(1 - b2^t) */
  real keep_first, keep_second; /* of the moments: b1, b2 */
};
struct adam_rates adam_rates(double lr, int64_t t);
void adam_update(struct adam_rates rates, int64_t n, real *theta, real *m, real *v, const real *g);

#endif
