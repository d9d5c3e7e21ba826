/* uniform.c - every trained item alike (RNS, METHOD 6.1)
 * SPDX-License-Identifier: MIT */
#include "sampler/sampler.h"

static int32_t draw(const struct sampler *sampler, struct rng *rng)
{
  return sampler->data->trained[rng_below(rng, (uint64_t)sampler->data->trained_count)];
}

const struct sampler_ops sampler_uniform = {
  .name = "uniform",
  .help = "any item with a training interaction that the user has not",
  .draw = draw,
};
