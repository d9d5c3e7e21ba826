/* rank.h - full ranking: every item scored for every user (METHOD 1.3)
 *
 * score(u, i) = U[u] . V[i]. Blocks of users times tiles of items by sgemm, the best kept
 * while the tile is in the cache; the matrix of scores never exists. Users without a
 * held-out item are left out. Ties are broken by the item's number.
 * SPDX-License-Identifier: MIT */
#ifndef EVAL_RANK_H
#define EVAL_RANK_H

#include "data/dataset.h"
#include "eval/metrics.h"
#include "la/real.h"

/* What a model comes down to: a vector for every user and every item. */
struct embedding {
  int dim;
  const real *users, *items; /* [users, dim], [items, dim] */
};

/* What may not be ranked: the user's training items, or his validation items, too. */
enum mask { MASK_TRAIN_VALID, MASK_TRAIN, MASKS };
extern const char *const mask_names[MASKS]; /* "train+valid" (what we report), "train" */

struct evaluation {
  int64_t users; /* that have a held-out item */
  struct metrics by_mask[MASKS]; /* a validation has MASK_TRAIN only */
};

/* Rank for every user and measure against his items of `phase` (PHASE_VALID or PHASE_TEST).
 * EX_SOFTWARE when a number of the embedding is not finite: such a thing is not ranked. */
bool evaluate(const struct dataset *data, const struct embedding *embedding, enum phase phase,
              struct evaluation *out, struct err *err);
/* The first `depth` items of each of these users, best first, -1 where there are no more:
 * out [count, depth]. */
bool rank_top(const struct dataset *data, const struct embedding *embedding, enum mask mask,
              const int32_t *users, int64_t count, int depth, int32_t *out, struct err *err);
/* {"train+valid":{..},"train":{..}} of a test, or {..} of a validation */
cJSON *evaluation_json(const struct evaluation *evaluation, enum phase phase);

#endif
