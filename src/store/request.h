/* request.h - every exchange with a model, asked and answered: the record, and the cache
 *
 * A question that was answered before is answered from here; so is one that was answered in
 * a job which died since. Retries are rows of their own.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_REQUEST_H
#define STORE_REQUEST_H

#include "store/store.h"

struct request {
  int64_t id;
  char *item, *template_name, *backend, *model;
  char *server; /* its address, or NULL */
  char *hash;  /* SHA-256 of model + messages + parameters + image */
  char *body;  /* what was sent, pictures as "sha256:..."; never a key */
  char *reply; /* raw, or NULL */
  int status;  /* HTTP status, 0: none */
  char *finish_reason, *error; /* or NULL */
  char *problem;   /* what kind of error it is, or NULL */
  int attempt;     /* 0: the first try */
  int64_t started; /* Unix seconds */
  double seconds, first_seconds; /* whole; to the first byte (NAN: none came) */
  int tokens_in, tokens_out; /* -1: unknown */
};

bool request_save(struct store *store, struct request *request, struct err *err); /* sets id */
/* The newest `limit` requests, newest first (item NULL: of all). */
bool requests_recent(struct store *store, const char *item, int limit, struct request ***out,
                     int *count, struct err *err);
/* Those behind this id, oldest first, at most `limit`. */
bool requests_after(struct store *store, int64_t id, int limit, struct request ***out, int *count,
                    struct err *err);
/* The newest exchanges of this hash that were answered with 200, newest first. */
bool requests_answered(struct store *store, const char *hash, int limit, struct request ***out,
                       int *count, struct err *err);
/* Mean tokens of the good answers of a model to a template, and their number. */
bool request_usage(struct store *store, const char *model, const char *template_name, int64_t *count,
                   double *tokens_in, double *tokens_out, struct err *err);
void request_free(struct request *request);
void requests_free(struct request **requests, int count);

#endif
