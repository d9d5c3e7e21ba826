/* chat.h - the words of the protocol: a question as a request body, a response body as an answer
 *
 * Kept apart from the sockets: the same body is sent at once, written to a batch file,
 * or shown to a person who debugs a prompt.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_CHAT_H
#define BACKEND_CHAT_H

#include "backend/backend.h"
#include "backend/server_kind.h"
#include "base/hash.h"

enum { CHAT_PICTURE_SIDE = 768, CHAT_REPLY_MAX = 8 << 20, CHAT_BAD_REPLY_MAX = 8000 };

/* How the shape of a reply is asked for, the strongest first. Which of them a server really holds is
 * found by a probe: the flat form of json_schema, or json_object without a schema, is answered with 200
 * and constrains nothing on some. */
enum chat_format { FORMAT_SCHEMA, FORMAT_OBJECT_SCHEMA, FORMAT_OBJECT, FORMAT_PLAIN, CHAT_FORMATS };
extern const char *const chat_format_names[CHAT_FORMATS]; /* "json_schema", ..., "plain" */
int chat_format_named(const char *name); /* -1 when there is none */

/* A question in the words of the protocol, before it is known which server will get it. */
struct chat {
  cJSON *core;             /* model, messages, limits: pictures named by their hash */
  cJSON *holders[2];       /* in core: the objects that hold the pictures' urls */
  struct buf pictures[2];  /* as PNG */
  char hash[SHA256_HEX];   /* of all that an answer depends on */
  int64_t patches;         /* of 14 x 14 pixels, in all pictures */
  int max_tokens;
  char *schema_name, *schema; /* or NULL */
};
void chat_open(struct chat *chat, const struct question *question, const char *model,
               int picture_side);
void chat_free(struct chat *chat);

struct chat_style {
  const struct server_kind *kind;
  enum chat_format format;
  bool is_stream, no_prompt_cache;
};
/* The body of POST /v1/chat/completions. *record gets the same with pictures named by their hash, for
 * the request row. The caller frees both. */
char *chat_body(struct chat *chat, const struct chat_style *style, char **record);

/* No answer takes more tokens than these, in and out: a byte of text is at most one, and so is a patch
 * of 14 x 14 pixels. */
void chat_tokens_most(const struct chat *chat, int64_t *in, int64_t *out);

/* What an error body says, or a piece of it; the caller frees. */
char *chat_error_text(const char *body);

#endif
