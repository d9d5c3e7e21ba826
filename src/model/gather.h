/* gather.h - the distinct items of a batch, and the features of each once
 *
 * A batch of 2,048 pairs names some items often. What is computed from features is computed
 * once for each of them.
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_GATHER_H
#define MODEL_GATHER_H

#include "encode/features.h"
#include "la/real.h"
#include "la/scatter.h"
#include "model/bpr.h"
#include "model/rows.h"

struct gather {
  const struct features *features;
  int32_t items, room;      /* of the catalogue; that are taken at most */
  struct scatter distinct;
  int32_t *named, *place;   /* [2 batch] items and others; [items] -> row among those of the batch */
  const real **row[MODALITIES]; /* [room] */
  /* What the last call took: */
  int32_t count, first;
  const int32_t *item;       /* [count] ascending; NULL: first, first + 1, ... */
  struct rows x[MODALITIES]; /* [count, width] */
};

/* batch: pairs at most. The features must outlive it. */
void gather_init(struct gather *gather, const struct features *features, int32_t batch);
void gather_free(struct gather *gather);
void gather_batch(struct gather *gather, const struct batch *batch);
/* Items first .. first + count - 1; `place` stays as it is. */
void gather_range(struct gather *gather, int32_t first, int32_t count);
static inline int32_t gather_item(const struct gather *gather, int32_t row)
{
  return gather->item ? gather->item[row] : gather->first + row;
}

#endif
