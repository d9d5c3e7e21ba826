/* openai_private.h - what the two files of the openai backend share
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_OPENAI_PRIVATE_H
#define BACKEND_OPENAI_PRIVATE_H

#include "backend/answers.h"
#include "backend/completion.h"
#include "backend/http.h"
#include "backend/probe.h"
#include "backend/record.h"
#include "backend/retry.h"
#include "backend/window.h"

/* A question on its way, or the probe. */
struct exchange {
  int ticket; /* 0: the probe */
  struct chat chat;
  enum chat_format format;
  bool no_prompt_cache;
  struct retry retry;
  struct http_transfer *transfer; /* while it is under way */
  int64_t sent_ns;
  bool is_alone; /* no other request was under way meanwhile */
  char *sent, *record;
  struct amount most; /* held for it */
  struct completion completion;
};

struct backend {
  struct store *store;
  struct http *http;
  char *base, *url, *model;
  struct backend_options options; /* its texts are the caller's: not used after open */
  struct account own, *account;
  struct probe probe;
  struct exchange *probing; /* the probe's exchange; NULL: the server is known, or it did not begin */
  const struct server_kind *kind; /* NULL: not known yet */
  enum chat_format format;
  struct window window;
  struct retry_rule rule;
  int64_t hold_ns; /* the server asked to be left alone until then */
  struct exchange **exchanges;
  int exchange_count, exchange_room;
  struct answers answers;
  int last_ticket;
};

/* openai.c */
void openai_use_facts(struct backend *backend, const struct server_facts *facts);
/* Take it off the list; what was held for it is free again, unless it was settled before. */
void exchange_end(struct backend *backend, struct exchange *exchange);

/* openai_answer.c: its transfer is over: an answer, another try, or the probe's next stage. The body of
 * the result is taken. */
void exchange_conclude(struct backend *backend, struct exchange *exchange, struct http_result *result);

#endif
