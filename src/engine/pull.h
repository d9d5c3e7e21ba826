/* pull.h - does a negative lead away from what a user takes, or towards it? (METHOD 5.10, signed)
 *
 * Over the keys that a negative changes from v to v', what the user's other items say of them:
 *   t(u, i, x-) = tanh(sum ln lift_u(v) - ln lift_u(v')), or another measure than the lift (pull_kind)
 *   lift_u(v)   = (c + s p) / ((n + s) p), s = 5
 * with c of the user's n training items other than i that have v, and v's share p of all. 1: all of the
 * user's history speaks for the item as it is; -1: for its negative.
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_PULL_H
#define ENGINE_PULL_H

#include "store/item.h"

struct pulls;

/* What is summed for v, and taken off for v'. EXCESS tells what is chance better: c of few items counts for
 * little, and what was never taken pulls hardly more than what is seldom taken. */
#define PULL_KINDS "lift|excess" /* in the order of: */
enum pull_kind {
  PULL_LIFT,   /* ln lift_u(v) */
  PULL_EXCESS, /* (c - n p) / sqrt(n p + 1): how much more often than by chance */
};

/* Of the negatives that a model with `most` candidates trains on. NULL with an error. */
struct pulls *pulls_open(struct store *store, int most, enum pull_kind kind, struct err *err);
void pulls_free(struct pulls *pulls); /* NULL is fine */
/* t of the negative at this place (0: the newest) of `from`, for the user's training item `item`; from
 * is another one where negatives are swapped. moved: bits of the modalities that are intervened on. 0
 * where nothing is known. */
double pulls_of(const struct pulls *pulls, int32_t user, int32_t item, int32_t from, int32_t place,
                unsigned moved);
/* The same of one change alone, between values as a negative has them. */
struct pull_change {
  int32_t from, to; /* of the statistics; -1: one that the catalogue does not have */
};
struct change;
struct pull_change pulls_change(const struct pulls *pulls, const struct change *change);
double pulls_of_change(const struct pulls *pulls, int32_t user, int32_t item, struct pull_change change);

#endif
