/* paired.h - is a difference between two treatments of the same items more than chance?
 *
 * Both tests look at pairs, one item under both treatments, and are two-sided.
 * SPDX-License-Identifier: MIT */
#ifndef EVAL_PAIRED_H
#define EVAL_PAIRED_H

#include <stdint.h>

/* McNemar's test, exact: only_a and only_b items passed under one treatment alone. The chance of so
 * uneven a split, or a more uneven one, when each of them could have gone either way: binomial with
 * p = 1/2. 1 when no item differs. */
double paired_mcnemar(int64_t only_a, int64_t only_b);
/* Sign-flip permutation test of a mean: differences [count] of the pairs. The chance that, with every
 * sign drawn anew, the sum is as far from 0. All 2^count signs up to 16 pairs; above it 100,000 draws
 * of a fixed stream, (hits + 1) / (draws + 1). 1 without pairs. */
double paired_sign_flip(const double *differences, int count);

#endif
