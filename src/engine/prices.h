/* prices.h - what a value costs that would be chosen too often
 *
 * Even with chance in the choice some values suit nearly every item: most foreign films
 * would become American. So all items of the catalogue are asked, without their pictures,
 * and of a key with ten values or more each value that more than its fair share of items
 * would take becomes dearer, until none is taken by too many. The price is taken off the
 * value's score; an item whose only candidates are dear gets another key instead.
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_PRICES_H
#define ENGINE_PRICES_H

#include "engine/engine_private.h"

/* Fill the statistics' prices. */
void prices_find(struct engine *engine, struct item *const *items, int64_t count);

#endif
