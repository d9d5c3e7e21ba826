/* completion.h - a chat completion, read whole or piece by piece
 *
 * A server answers with one object or with a stream of pieces of it; here both become the same.
 * Success is a reply of text with a finish_reason that says it was the end, and, in a stream,
 * the [DONE] behind it; everything else is a problem with a name.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_COMPLETION_H
#define BACKEND_COMPLETION_H

#include "backend/problem.h"
#include "backend/sse.h"
#include "base/err.h"

struct completion {
  struct buf text, refusal;
  char *finish_reason, *model;
  char *error;      /* of an error object, as it came, or NULL */
  int error_status; /* what it says of itself, else 500 */
  bool is_stream, is_done; /* done: [DONE] was seen */
  bool is_begun, has_choice, has_thought, has_tool_call, is_no_json;
  int tokens_in, tokens_out; /* -1: unknown */
  struct sse sse;
  struct buf whole; /* of an answer that is no stream */
};

/* Holds a pointer to itself: it must stay where it is. */
void completion_start(struct completion *completion);
/* Bytes of a body with status 200, as they arrive: a stream of events, or one object. */
void completion_feed(struct completion *completion, const char *bytes, size_t size);
/* The body is at its end. What it is good for; err gets the sentence when it is a problem. */
enum problem completion_end(struct completion *completion, int max_tokens, struct err *err);
void completion_free(struct completion *completion);

#endif
