/* peak.h - plain loops over vectors: what the processor does when nothing is in its way
 * SPDX-License-Identifier: MIT */
#ifndef LA_PEAK_H
#define LA_PEAK_H

#include <stdint.h>

enum { PEAK_CHAINS = 16, PEAK_LANES = 16, PEAK_FLOPS = 2 * PEAK_CHAINS * PEAK_LANES };

/* Read n numbers, a multiple of 128. The result keeps the loop from being left out. */
float peak_read(const float *x, int64_t n);
/* PEAK_FLOPS flops a round, by multiply-adds in registers. */
float peak_multiply_add(int64_t rounds);

#endif
