/* window.c - see window.h
 * SPDX-License-Identifier: MIT */
#include "backend/window.h"

#include <math.h>

enum { GROWTH_ROUNDS = 4 };

void window_open(struct window *window, int limit)
{
  *window = (struct window){.size = limit > 1 ? limit : 1, .limit = limit > 1 ? limit : 1};
}

void window_limit(struct window *window, int limit)
{
  if (limit >= 1 && limit < window->limit)
    window->limit = limit;
  window->size = fmin(window->size, window->limit);
}

void window_grow(struct window *window)
{
  window->size = fmin(window->size + 1 / (GROWTH_ROUNDS * window->size), window->limit);
}

void window_shrink(struct window *window, int64_t started_ns, int64_t now_ns)
{
  if (started_ns <= window->shrunk_ns)
    return;
  window->size = fmax(1, floor(window->size / 2));
  window->shrunk_ns = now_ns;
}
