/* follow.h - what must follow a change of a text's key (METHOD 2.5, coupled keys)
 *
 * Italian films are not in Japanese: where an item's value of a coupled key is hardly ever seen with
 * the new value, it takes the most probable one beside it.
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_FOLLOW_H
#define ENGINE_FOLLOW_H

#include "engine/engine_private.h"

/* The item looked at changes `old` to `new_value`: what takes the place of its first value of key `to`
 * (*own), or -1 when nothing does. */
int32_t follower_of(const struct engine *engine, int32_t old, int32_t new_value, int to,
                    int32_t *own);

#endif
