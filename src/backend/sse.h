/* sse.h - server-sent events, as they arrive
 *
 * A network cuts a stream anywhere: within a line, between CR and LF, within a character.
 * Bytes go in as they come; whole events come out. Of an event only its data is of use here;
 * comments (pings) and other fields are read over. What stands at the end of the stream
 * without the blank line that ends an event never was one (WHATWG HTML, 9.2.6).
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_SSE_H
#define BACKEND_SSE_H

#include <stdbool.h>

#include "base/buf.h"

/* The data of an event; its lines are joined by line feeds. Borrowed for the call. */
typedef void sse_listener(void *user, const char *data, size_t size);

struct sse {
  sse_listener *listener;
  void *user;
  struct buf line, data;
  bool has_data, was_cr, is_begun;
};

/* Start with `struct sse sse = {.listener = f, .user = u};`. */
void sse_feed(struct sse *sse, const char *bytes, size_t size);
void sse_free(struct sse *sse);

#endif
