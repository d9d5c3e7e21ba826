/* sampler.c - see sampler.h
 * SPDX-License-Identifier: MIT */
#include "sampler/sampler.h"

#include <stddef.h>
#include <string.h>

/* After so many draws the user has nearly everything: the last draw stands. */
#define MOST_TRIES 1000

#define SAMPLER_ENTRY(name) &sampler_##name,
const struct sampler_ops *const samplers[] = {SAMPLERS(SAMPLER_ENTRY) NULL};

const struct sampler_ops *sampler_named(const char *name)
{
  for (const struct sampler_ops *const *row = samplers; *row; row++)
    if (!strcmp((*row)->name, name))
      return *row;
  return NULL;
}

void sampler_open(struct sampler *sampler, const struct sampler_ops *ops,
                  const struct dataset *data)
{
  *sampler = (struct sampler){.ops = ops, .data = data};
  sampler->state = ops->open ? ops->open(data) : NULL;
}

void sampler_close(struct sampler *sampler)
{
  if (sampler->ops && sampler->ops->close)
    sampler->ops->close(sampler->state);
  *sampler = (struct sampler){0};
}

int32_t sampler_draw(const struct sampler *sampler, struct rng *rng, int32_t user)
{
  int32_t item = sampler->ops->draw(sampler, rng);
  for (int k = 1; k < MOST_TRIES && dataset_has(sampler->data, PHASE_TRAIN, user, item); k++)
    item = sampler->ops->draw(sampler, rng);
  return item;
}

void sampler_block(const struct sampler *sampler, uint64_t seed, int32_t block, const int32_t *users,
                   int32_t count, int32_t *out)
{
  struct rng rng = rng_stream(seed, RNG_SAMPLER, (uint64_t)block);
  int32_t first = block * SAMPLER_BLOCK;
  for (int32_t b = first; b < count && b < first + SAMPLER_BLOCK; b++)
    out[b] = sampler_draw(sampler, &rng, users[b]);
}

void sampler_batch(const struct sampler *sampler, uint64_t seed, const int32_t *users,
                   int32_t count, int32_t *out)
{
#pragma omp parallel for schedule(dynamic, 1)
  for (int32_t block = 0; block < (count + SAMPLER_BLOCK - 1) / SAMPLER_BLOCK; block++)
    sampler_block(sampler, seed, block, users, count, out);
}
