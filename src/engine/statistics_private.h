/* statistics_private.h - between the parts of the counting
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_STATISTICS_PRIVATE_H
#define ENGINE_STATISTICS_PRIVATE_H

#include "engine/statistics.h"

/* Of a value, for tables of values by (key, folded text). */
uint64_t statistics_hash(int key, const char *folded);
/* Fill user_items, items, item_users, users and pair_count from the rows of phase train. */
void statistics_lay_histories(struct statistics *statistics, const struct interactions *all);
/* Fill each key's title_mentions and prose_mentions; needs the incidence. */
void statistics_decide_mentions(struct statistics *statistics, struct item *const *items);

#endif
