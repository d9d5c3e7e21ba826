/* prices.h - what a value costs that would be chosen too often
 *
 * Even with chance in the choice some values suit nearly every item: most foreign films
 * would become American. So the items of the catalogue are asked, without their pictures,
 * what they would choose with this seed, and of a key with ten values or more each value that more
 * than its fair share of changes would lead to becomes dearer, until none is. What follows from
 * other changes counts, too: it leaves less room. The price is taken off the value's score; an item
 * whose only candidates are dear gets another key instead.
 *
 * Prices are a seed's own, since chance alone takes a value of a key that changes seldom over its
 * share. They depend on the catalogue and the seed, not on what is generated, nor in which order.
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_PRICES_H
#define ENGINE_PRICES_H

#include "engine/engine_private.h"

/* Fill the engine's prices for a seed. Of very many items every n-th is asked. */
void prices_find(struct engine *engine, struct item *const *items, int64_t count, uint64_t seed);
/* Has this key ten values or more, and few enough for prices? Then its best candidate is taken, as was
 * reckoned with, and none of the next. */
bool prices_hold(const struct statistics *statistics, int key);

#endif
