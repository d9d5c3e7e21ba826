/* window.h - how many requests a server is given at once
 *
 * As congestion is met in networks: each answer lets it grow by a part of one, so that four rounds
 * of answers add one; an overload halves it, once for all requests that were under way then.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_WINDOW_H
#define BACKEND_WINDOW_H

#include <stdint.h>

struct window {
  double size;
  int limit;
  int64_t shrunk_ns; /* when it was last halved */
};

void window_open(struct window *window, int limit);
void window_limit(struct window *window, int limit); /* never more than this from now on */
void window_grow(struct window *window);
/* started_ns: when the request began that met the overload. */
void window_shrink(struct window *window, int64_t started_ns, int64_t now_ns);

#endif
