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

static inline double scalar_softplus(double x) { return fmax(x, 0.0) + log1p(exp(-fabs(x))); }

#endif
