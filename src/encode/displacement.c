/* displacement.c - see displacement.h
 * SPDX-License-Identifier: MIT */
#include "encode/displacement.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"

double displacement_of(const float *x, const float *y, int dim)
{
  double xx = 0, yy = 0, xy = 0;
  for (int k = 0; k < dim; k++) {
    xx += (double)x[k] * x[k];
    yy += (double)y[k] * y[k];
    xy += (double)x[k] * y[k];
  }
  bool is_x_dead = sqrt(xx) < 1e-8, is_y_dead = sqrt(yy) < 1e-8;
  if (is_x_dead || is_y_dead)
    return is_x_dead && is_y_dead ? 0 : 1;
  double displacement = 1 - xy / sqrt(xx * yy);
  return displacement > 1e-9 ? displacement : 0;
}

double displacement_balance(const double *displacements, int count)
{
  double sum = 0, entropy = 0;
  int present = 0;
  for (int m = 0; m < count; m++)
    if (!isnan(displacements[m])) {
      present++;
      sum += displacements[m];
    }
  if (present < 2 || sum < 1e-9)
    return NAN;
  for (int m = 0; m < count; m++)
    if (displacements[m] > 0) /* false for NAN */
      entropy -= displacements[m] / sum * log(displacements[m] / sum);
  return entropy > 0 ? entropy / log(present) : 0;
}

double displacement_unit(const float *rows, const uint8_t *present, int64_t count, int dim,
                         uint64_t seed)
{
  enum { PAIRS = 1000 };
  int64_t *there = mem_alloc((size_t)(count + 1) * sizeof *there), n = 0;
  for (int64_t i = 0; i < count; i++)
    if (!present || present[i])
      there[n++] = i;
  double sum = 0;
  struct rng rng = rng_stream(seed, RNG_PAIRS, 0);
  for (int pair = 0; pair < PAIRS && n > 1; pair++) {
    int64_t a = (int64_t)rng_below(&rng, (uint64_t)n);
    int64_t b = (int64_t)rng_below(&rng, (uint64_t)n - 1);
    b += b >= a;
    sum += displacement_of(rows + there[a] * dim, rows + there[b] * dim, dim);
  }
  free(there);
  return sum > 0 ? sum / PAIRS : 1;
}
