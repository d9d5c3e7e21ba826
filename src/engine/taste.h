/* taste.h - what the users of one item share (METHOD 2.5, importance)
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_TASTE_H
#define ENGINE_TASTE_H

#include "engine/statistics.h"

/* Room for one item after another; the item's users' other items, weighted. */
struct taste {
  const struct statistics *statistics;
  int64_t item;
  int64_t users;    /* |U_i|, of those with more than one training item */
  double *shared;   /* [items]: sum over users of i and j of 1 / (|tr(u)| - 1); 0 at i itself */
  int32_t *touched; /* items with shared > 0 */
  int64_t touched_count;
};

struct evidence {
  double h;    /* share of a value in the histories of the item's users, the item left out */
  double p;    /* its share in all training interactions */
  double lift; /* (|U| h + 10 p) / ((|U| + 10) p) */
  double raw;  /* h / p, what lift is without the shrinking towards 1 */
  double idf;  /* ln(N / df) */
  double w;    /* max(0, ln lift) idf */
};

void taste_init(struct taste *taste, const struct statistics *statistics);
void taste_free(struct taste *taste);
/* Look at an item; an item outside of the statistics has no users. */
void taste_look(struct taste *taste, int64_t item);
struct evidence taste_evidence(const struct taste *taste, int32_t value);

#endif
