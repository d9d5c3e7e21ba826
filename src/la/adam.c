/* adam.c - see adam.h
 * SPDX-License-Identifier: MIT */
#include "la/adam.h"

#include <math.h>

#define BLOCK 16384

struct adam_rates adam_rates(double lr, int64_t t)
{
  return (struct adam_rates){(real)(lr / (1 - pow(ADAM_B1, (double)t))),
                             (real)(1 / sqrt(1 - pow(ADAM_B2, (double)t))), (real)ADAM_B1,
                             (real)ADAM_B2};
}

LA_CLONES void adam_update(struct adam_rates rates, int64_t n, real *restrict theta,
                           real *restrict m, real *restrict v, const real *restrict g)
{
  const real b1 = (real)ADAM_B1, b2 = (real)ADAM_B2;
#pragma omp simd
  for (int64_t k = 0; k < n; k++) {
    m[k] = rates.keep_first * m[k] + (1 - b1) * g[k];
    v[k] = rates.keep_second * v[k] + (1 - b2) * g[k] * g[k];
#ifdef REAL_DOUBLE
    real root = sqrt(v[k]);
#else
    real root = sqrtf(v[k]);
#endif
    theta[k] -= rates.rate * m[k] / (root * rates.second_scale + (real)ADAM_EPS);
  }
}

void adam_step(double lr, int64_t t, int64_t n, real *theta, real *m, real *v, const real *g)
{
  struct adam_rates rates = adam_rates(lr, t);
#pragma omp parallel for schedule(static)
  for (int64_t first = 0; first < n; first += BLOCK)
    adam_update(rates, n - first < BLOCK ? n - first : BLOCK, theta + first, m + first, v + first,
                g + first);
}
