/* request.h - every exchange with a model, asked and answered
 * SPDX-License-Identifier: MIT */
#ifndef STORE_REQUEST_H
#define STORE_REQUEST_H

#include "store/store.h"

struct request {
  int64_t id;
  char *item, *template_name, *backend, *model;
  char *hash;  /* SHA-256 of backend + model + messages + parameters + image */
  char *body;  /* what was sent, pictures as "sha256:..."; never a key */
  char *reply; /* raw, or NULL */
  int status;  /* HTTP status, 0: none */
  char *finish_reason, *error; /* or NULL */
  int64_t started; /* Unix seconds */
  double seconds;
  int tokens_in, tokens_out; /* -1: unknown */
};

bool request_save(struct store *store, struct request *request, struct err *err); /* sets id */
/* The newest `limit` requests, newest first (item NULL: of all). */
bool requests_recent(struct store *store, const char *item, int limit, struct request ***out,
                     int *count, struct err *err);
void request_free(struct request *request);
void requests_free(struct request **requests, int count);

#endif
