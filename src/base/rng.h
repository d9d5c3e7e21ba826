/* rng.h - reproducible random numbers (METHOD 0.4)
 *
 * splitmix64, one independent stream per purpose, so that results do not depend on
 * the number of threads: stream(seed, purpose, block) = mix64(seed ^ mix64(purpose * 1000 + block)).
 * SPDX-License-Identifier: MIT */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include <stdint.h>

enum rng_purpose {
  RNG_INIT = 1,
  RNG_SHUFFLE,
  RNG_SAMPLER,
  RNG_DROPOUT,
  RNG_SPLIT,
  RNG_PROJECTION,
  RNG_GENERATE,
  RNG_PAIRS,
  RNG_ABLATION,
  RNG_NEGATIVES,
};

struct rng {
  uint64_t state;
};

uint64_t rng_mix64(uint64_t z);
struct rng rng_stream(uint64_t seed, enum rng_purpose purpose, uint64_t block);
uint64_t rng_u64(struct rng *rng);
double rng_unif(struct rng *rng);                   /* [0, 1) */
uint64_t rng_below(struct rng *rng, uint64_t n);    /* [0, n) */
double rng_gauss(struct rng *rng);                  /* Box-Muller on 1-unif and unif */

#endif
