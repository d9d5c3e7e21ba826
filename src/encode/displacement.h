/* displacement.h - how far a negative moved each modality, and how evenly (METHOD 2.3)
 *
 * For modality m with features x (item) and y (negative) the displacement is
 * 1 - cos(x, y). Modalities have scales of their own (texts of two items share next to
 * nothing, pictures a lot), so the calibrated displacement is in units of a swap to a
 * random item. The balance is the normalised entropy of the shares: 1 when all modalities
 * moved alike, 0 when one did, undefined when fewer than two are there or nothing moved.
 * What is not defined is NAN here and null in JSON.
 * SPDX-License-Identifier: MIT */
#ifndef ENCODE_DISPLACEMENT_H
#define ENCODE_DISPLACEMENT_H

#include <stdint.h>

/* 1 - cos(x, y) in [0, 2]; below 1e-9 it is 0; both vectors zero: 0; one of them: 1. */
double displacement_of(const float *x, const float *y, int dim);
/* Balance of `count` displacements; a NAN is a modality that is not there. NAN: undefined. */
double displacement_balance(const double *displacements, int count);
/* Mean displacement of 1000 random pairs of different rows [count, dim] that are present (NULL:
 * all); 1 when there are no two. The unit of the calibrated form. */
double displacement_unit(const float *rows, const uint8_t *present, int64_t count, int dim,
                         uint64_t seed);

#endif
