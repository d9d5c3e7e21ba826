/* rng.c - see rng.h
 * SPDX-License-Identifier: MIT */
#include "base/rng.h"

#include <math.h>

#define GOLDEN 0x9E3779B97F4A7C15ull

uint64_t rng_mix64(uint64_t z)
{
  z += GOLDEN;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  return z ^ (z >> 31);
}

struct rng rng_stream(uint64_t seed, enum rng_purpose purpose, uint64_t block)
{
  return (struct rng){rng_mix64(seed ^ rng_mix64((uint64_t)purpose * 1000 + block))};
}

uint64_t rng_u64(struct rng *rng)
{
  uint64_t z = rng_mix64(rng->state);
  rng->state += GOLDEN;
  return z;
}

double rng_unif(struct rng *rng) { return (double)(rng_u64(rng) >> 11) * 0x1p-53; }

uint64_t rng_below(struct rng *rng, uint64_t n)
{
  return (uint64_t)(((unsigned __int128)rng_u64(rng) * n) >> 64);
}

double rng_gauss(struct rng *rng)
{
  double a = 1.0 - rng_unif(rng), b = rng_unif(rng);
  return sqrt(-2.0 * log(a)) * cos(2.0 * 3.14159265358979323846 * b);
}
