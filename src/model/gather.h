/* gather.h - the distinct items of a batch, and the features of each once
 *
 * A batch of 2,048 pairs names some items often. What is computed from features is computed
 * once for each of them: their rows are copied together, so that one product does it. When a
 * batch has nearly all items anyhow, all are taken and nothing is copied.
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_GATHER_H
#define MODEL_GATHER_H

#include "encode/features.h"
#include "la/real.h"
#include "la/scatter.h"
#include "model/bpr.h"

struct gather {
  const struct features *features;
  int32_t items, room;      /* of the catalogue; distinct ones that are copied */
  struct scatter distinct;
  int32_t *named, *place;   /* [2 batch] items and others; [items] -> row among those taken */
  real *copied[MODALITIES]; /* [room, width] */
  /* What the last call took: */
  int32_t count;
  const int32_t *item;         /* [count] ascending; NULL: all, row = item */
  const real *x[MODALITIES];   /* [count, width] */
};

/* batch: pairs at most. The features must outlive it. */
void gather_init(struct gather *gather, const struct features *features, int32_t batch);
void gather_free(struct gather *gather);
void gather_batch(struct gather *gather, const struct batch *batch);
void gather_all(struct gather *gather);
static inline int32_t gather_item(const struct gather *gather, int32_t row)
{
  return gather->item ? gather->item[row] : row;
}

#endif
