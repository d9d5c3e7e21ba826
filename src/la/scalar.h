/* scalar.h - sigmoid and its kin without overflow (METHOD 0.3); in double
 * SPDX-License-Identifier: MIT */
#ifndef LA_SCALAR_H
#define LA_SCALAR_H

#include <math.h>

static inline double scalar_sigmoid(double x)
{
  double e = exp(-fabs(x));
  return x >= 0 ? 1.0 / (1.0 + e) : e / (1.0 + e);
}

/* softplus(x), and sigmoid(x), its derivative: one exponential for both. */
static inline double scalar_softplus(double x, double *sigmoid)
{
  double e = exp(-fabs(x));
  *sigmoid = (x >= 0 ? 1.0 : e) / (1.0 + e);
  return fmax(x, 0.0) + log1p(e);
}

#endif
