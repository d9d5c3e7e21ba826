/* paired.c - see paired.h
 * SPDX-License-Identifier: MIT */
#include "eval/paired.h"

#include <math.h>
#include <stdbool.h>

#include "base/rng.h"

enum { EXACT_MOST = 16, DRAWS = 100000 };

double paired_mcnemar(int64_t only_a, int64_t only_b)
{
  int64_t n = only_a + only_b, least = only_a < only_b ? only_a : only_b;
  double tail = 0;
  for (int64_t k = 0; k <= least && n; k++) /* binomials by their logarithms: no overflow */
    tail += exp(lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1) -
                (double)n * log(2));
  return !n || 2 * tail > 1 ? 1 : 2 * tail;
}

/* As far as the sum itself, but for rounding. */
static bool is_as_far(double sum, double observed, double scale)
{
  return fabs(sum) >= fabs(observed) - 1e-9 * scale;
}

static double exact(const double *differences, int count, double observed, double scale)
{
  int64_t all = (int64_t)1 << count, hits = 0;
  for (int64_t signs = 0; signs < all; signs++) {
    double sum = 0;
    for (int k = 0; k < count; k++)
      sum += signs >> k & 1 ? differences[k] : -differences[k];
    hits += is_as_far(sum, observed, scale);
  }
  return (double)hits / (double)all;
}

static double drawn(const double *differences, int count, double observed, double scale)
{
  struct rng rng = rng_stream(1, RNG_SHUFFLE, 0);
  int64_t hits = 0;
  for (int draw = 0; draw < DRAWS; draw++) {
    double sum = 0;
    uint64_t bits = 0;
    for (int k = 0; k < count; k++, bits >>= 1) {
      bits = k % 64 ? bits : rng_u64(&rng);
      sum += bits & 1 ? differences[k] : -differences[k];
    }
    hits += is_as_far(sum, observed, scale);
  }
  return (double)(hits + 1) / (DRAWS + 1);
}

double paired_sign_flip(const double *differences, int count)
{
  double observed = 0, scale = 0;
  for (int k = 0; k < count; k++) {
    observed += differences[k];
    scale += fabs(differences[k]);
  }
  if (!count || scale == 0)
    return 1;
  return count <= EXACT_MOST ? exact(differences, count, observed, scale)
                             : drawn(differences, count, observed, scale);
}
