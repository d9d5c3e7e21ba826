/* couple.h - keys that move together (METHOD 2.5, coupled keys)
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_COUPLE_H
#define ENGINE_COUPLE_H

#include "engine/statistics.h"

/* Find the pairs of text keys of at most 100 values whose adjusted mutual information is >= .2. */
void couples_find(struct statistics *statistics);
bool couples_has(const struct statistics *statistics, int from, int to);
/* P(b | a): the share of a's items that have b. */
double couple_share(const struct statistics *statistics, int32_t a, int32_t b);
/* The most probable value of key `to` on items that have `a`, by first entries: Italian is spoken in many
 * American films, but is first in those of Italy. -1 when there is none. */
int32_t couple_follower(const struct statistics *statistics, int32_t a, int to);
/* Adjusted mutual information of two labellings of n things, labels 0 .. *_count-1 (-1: left
 * out): (MI - E MI) / (mean entropy - E MI); 0 when either has one label only. */
double adjusted_mutual_information(const int32_t *a, const int32_t *b, int64_t n, int a_count,
                                   int b_count);

#endif
