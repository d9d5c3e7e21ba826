/* grounded.h - real items in the place of a generated negative (METHOD 5.10, `grounded`)
 *
 * With probability 0.1 the sampled item of a pair is one of the ten trained items whose
 * features are nearest to those of the item's negative: what was generated points at something
 * that exists. Never the item itself, never one that the user has.
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_GROUNDED_H
#define MODEL_GROUNDED_H

#include "data/dataset.h"
#include "model/opposites.h"

#define GROUNDED_NEAR 10
#define GROUNDED_SHARE 0.1

struct grounded {
  int32_t *near; /* [items, GROUNDED_NEAR], -1 where there are no more; NULL: nothing is replaced */
  int32_t *other;
  int32_t room;
};

/* From the negatives at place 0; items without any have none near. */
void grounded_build(struct grounded *grounded, const struct dataset *data,
                    struct opposites *opposites);
void grounded_free(struct grounded *grounded);
/* The batch with some of its other items replaced, by its seed; the same when nothing was built. Valid
 * until the next call. */
struct batch grounded_batch(struct grounded *grounded, const struct dataset *data,
                            const struct batch *batch);

#endif
