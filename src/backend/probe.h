/* probe.h - who a server is, and which response format it really holds
 *
 * A server may take any response_format with a 200 and constrain nothing. So each format is
 * asked for with a schema whose only value nobody would guess, in a question that does not
 * mention it, the strongest first: the answer shows whether it was held. Beside that the list of models and, where
 * there is one, /props tell slots, context and sight.
 *
 * The probe makes no transfer: it says what to send next and is given what came back, so that a
 * job sends it in its loop and `doctor` in its own.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_PROBE_H
#define BACKEND_PROBE_H

#include "backend/chat.h"
#include "backend/http.h"
#include "store/server.h"

enum probe_stage { PROBE_MODELS, PROBE_PROPS, PROBE_FORMAT, PROBE_DONE };

struct probe {
  enum probe_stage stage;
  enum chat_format format; /* that is tried */
  const struct server_kind *kind;
  struct server_facts facts; /* complete when done */
  char *models;              /* the names that /v1/models lists, separated by ", "; or NULL */
  bool is_listed;            /* ours is among them */
  char *url, *body, *record; /* of the request of this stage; body NULL: GET */
  const char *base, *model;
  int max_tokens;
};

/* base and model are borrowed. */
void probe_open(struct probe *probe, const char *base, const char *model);
/* The answer to url and body: go on to the next stage. */
void probe_take(struct probe *probe, const struct http_result *result);
/* Go on with another model than it was opened for. Borrowed. */
void probe_ask_for(struct probe *probe, const char *model);
void probe_free(struct probe *probe);

#endif
