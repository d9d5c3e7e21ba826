/* sampler.h - which item stands against the one the user chose
 *
 * A sampler draws, for each training pair (user, item), an item that the user has not in
 * training: validation and test items may be drawn, nobody knows them yet. Drawing goes by
 * fixed blocks of pairs, each with its own stream of random numbers, so that the draws do
 * not depend on the number of threads. A sampler is one file and one row here.
 * SPDX-License-Identifier: MIT */
#ifndef SAMPLER_SAMPLER_H
#define SAMPLER_SAMPLER_H

#include <stdint.h>

#include "base/rng.h"
#include "data/dataset.h"

#define SAMPLERS(_) \
  _(uniform) \
  _(popular)

struct sampler;

struct sampler_ops {
  const char *name, *help;
  void *(*open)(const struct dataset *data); /* what it needs to draw; may be NULL */
  void (*close)(void *state);
  int32_t (*draw)(const struct sampler *sampler, struct rng *rng);
};

struct sampler {
  const struct sampler_ops *ops;
  const struct dataset *data;
  void *state;
};

#define SAMPLER_DECLARE(name) extern const struct sampler_ops sampler_##name;
SAMPLERS(SAMPLER_DECLARE)
extern const struct sampler_ops *const samplers[]; /* ends with NULL */
#define SAMPLER_BAR_NAME(name) "|" #name
#define SAMPLER_NAMES ((SAMPLERS(SAMPLER_BAR_NAME)) + 1) /* "uniform|popular" */

#define SAMPLER_BLOCK 256 /* pairs that share a stream */

const struct sampler_ops *sampler_named(const char *name); /* NULL when there is none */
void sampler_open(struct sampler *sampler, const struct sampler_ops *ops,
                  const struct dataset *data);
void sampler_close(struct sampler *sampler);
/* An item that the user has not; any item when there is none such. */
int32_t sampler_draw(const struct sampler *sampler, struct rng *rng, int32_t user);
/* One for each user of a batch's block of SAMPLER_BLOCK, the last of which ends with `count`; seed is the
 * batch's own. By the calling thread. */
void sampler_block(const struct sampler *sampler, uint64_t seed, int32_t block, const int32_t *users,
                   int32_t count, int32_t *out);
/* One for each user of a batch. */
void sampler_batch(const struct sampler *sampler, uint64_t seed, const int32_t *users,
                   int32_t count, int32_t *out);

#endif
