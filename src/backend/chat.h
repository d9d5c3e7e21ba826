/* chat.h - the words of the protocol: a question as a request body, a response body as an answer
 *
 * Kept apart from the sockets: the same body is sent at once, written to a batch file,
 * or shown to a person who debugs a prompt.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_CHAT_H
#define BACKEND_CHAT_H

#include "backend/backend.h"

enum { CHAT_PICTURE_SIDE = 768, CHAT_REPLY_MAX = 8 << 20, CHAT_BAD_REPLY_MAX = 8000 };

/* The body of POST /v1/chat/completions. *record gets the same with the picture named by its hash, for
 * the request row. The caller frees both. */
char *chat_request(const struct question *question, const char *model, char **record);

/* Read a 200 body: fills text, model, finish_reason, tokens; false with err when it is no useful
 * completion (empty, cut at max_tokens, filtered, refused, a tool call, no choice). */
bool chat_response(const char *body, size_t size, int max_tokens, struct answer *answer);
/* What an error body says, or a piece of it; the caller frees. */
char *chat_error_text(const char *body);

#endif
