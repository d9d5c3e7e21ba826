/* follow.c - see follow.h
 * SPDX-License-Identifier: MIT */
#include "engine/follow.h"

#include "engine/couple.h"

static const double SUPPORT = .05; /* P of a coupled value that may stay */

/* Has any of the item's values of a key, with the change made, b at its side often enough? */
static bool is_supported(const struct engine *engine, int32_t old, int32_t new_value, int32_t b)
{
  const struct statistics *s = engine->statistics;
  const struct look *look = &engine->look;
  int key = s->values[new_value].key;
  if (couple_share(s, new_value, b) >= SUPPORT)
    return true;
  for (int k = 0; k < look->own_count; k++)
    if (s->values[look->own[k]].key == key && look->own[k] != old &&
        couple_share(s, look->own[k], b) >= SUPPORT)
      return true;
  return false;
}

int32_t follower_of(const struct engine *engine, int32_t old, int32_t new_value, int to,
                    int32_t *own)
{
  const struct statistics *s = engine->statistics;
  const struct look *look = &engine->look;
  *own = -1;
  for (int k = 0; k < look->own_count; k++)
    if (s->values[look->own[k]].key == to) {
      *own = *own < 0 ? look->own[k] : *own;
      if (is_supported(engine, old, new_value, look->own[k]))
        return -1;
    }
  int32_t value = *own < 0 ? -1 : couple_follower(s, new_value, to);
  return value == *own ? -1 : value;
}
