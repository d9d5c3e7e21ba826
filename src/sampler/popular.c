/* popular.c - in proportion to count^0.75 (PNS, METHOD 6.2)
 *
 * Walker's alias table: each place holds one item with a probability and another for the
 * rest, so that a draw costs two random numbers for any number of items.
 * SPDX-License-Identifier: MIT */
#include "sampler/sampler.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

#define POWER 0.75

struct alias {
  int32_t size;
  double *keep;    /* [size] probability that the place's own item is meant */
  int32_t *other;  /* [size] place of the item meant otherwise */
};

static void *open_alias(const struct dataset *data)
{
  int32_t n = data->trained_count, small_count = 0, large_count = 0;
  struct alias *alias = mem_zero(1, sizeof *alias);
  int32_t *small = mem_zero((size_t)n + 1, sizeof *small);
  int32_t *large = mem_zero((size_t)n + 1, sizeof *large);
  double sum = 0;
  *alias = (struct alias){n, mem_zero((size_t)n + 1, sizeof(double)),
                          mem_zero((size_t)n + 1, sizeof(int32_t))};
  for (int32_t k = 0; k < n; k++)
    sum += alias->keep[k] = pow(data->item_count[data->trained[k]], POWER);
  for (int32_t k = 0; k < n; k++) {
    alias->keep[k] *= n / sum;
    alias->other[k] = k;
    if (alias->keep[k] < 1)
      small[small_count++] = k;
    else
      large[large_count++] = k;
  }
  while (small_count && large_count) {
    int32_t s = small[--small_count], l = large[large_count - 1];
    alias->other[s] = l;
    alias->keep[l] -= 1 - alias->keep[s];
    if (alias->keep[l] < 1) {
      large_count--;
      small[small_count++] = l;
    }
  }
  while (small_count) /* rounding: what is left is full */
    alias->keep[small[--small_count]] = 1;
  free(small);
  free(large);
  return alias;
}

static void close_alias(void *state)
{
  struct alias *alias = state;
  free(alias->keep);
  free(alias->other);
  free(alias);
}

static int32_t draw(const struct sampler *sampler, struct rng *rng)
{
  const struct alias *alias = sampler->state;
  int32_t place = (int32_t)rng_below(rng, (uint64_t)alias->size);
  return sampler->data->trained[rng_unif(rng) < alias->keep[place] ? place : alias->other[place]];
}

const struct sampler_ops sampler_popular = {
  .name = "popular",
  .help = "in proportion to the item's training count to the power .75",
  .open = open_alias,
  .close = close_alias,
  .draw = draw,
};
