/* expect.h - how many text keys an item will have changed
 *
 * The plan weighs one to four keys by balance, which depends on what the picture's edit comes to.
 * The prices (prices.h) must know before any picture is looked at: here is what both expect, by
 * texts with the values of the first keys left out, against pictures that move as usual.
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_EXPECT_H
#define ENGINE_EXPECT_H

#include "engine/engine_private.h"

/* 1 .. count: of the choices of the item, the most important first. */
int expected_count(const struct asked *asked, const struct choice *text, int count);

#endif
