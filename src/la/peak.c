/* peak.c - see peak.h
 * SPDX-License-Identifier: MIT */
#include "la/peak.h"

#include "la/real.h"

LA_CLONES float peak_read(const float *x, int64_t n)
{
  float sum[8 * PEAK_LANES] = {0};
  for (int64_t k = 0; k + 8 * PEAK_LANES <= n; k += 8 * PEAK_LANES)
#pragma omp simd
    for (int e = 0; e < 8 * PEAK_LANES; e++)
      sum[e] += x[k + e];
  return sum[0] + sum[8 * PEAK_LANES - 1];
}

typedef float lane __attribute__((vector_size(PEAK_LANES * sizeof(float))));

LA_CLONES float peak_multiply_add(int64_t rounds)
{
  lane x[PEAK_CHAINS], a = {0}, b = {0};
  a += 0.999F;
  b += 0.001F;
#pragma GCC unroll 16
  for (int c = 0; c < PEAK_CHAINS; c++)
    x[c] = b * (float)c;
  for (int64_t k = 0; k < rounds; k++)
#pragma GCC unroll 16
    for (int c = 0; c < PEAK_CHAINS; c++)
      x[c] = x[c] * a + b;
#pragma GCC unroll 16
  for (int c = 1; c < PEAK_CHAINS; c++)
    x[0] += x[c];
  return x[0][0];
}
