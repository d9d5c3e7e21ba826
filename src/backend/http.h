/* http.h - several requests under way in one loop, through curl's multi handle
 *
 * Nothing here waits but http_wait. Only http and https; TLS is verified; proxies and
 * CAs as curl's usual variables say (http_proxy, HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE,
 * SSL_CERT_DIR, CURL_CA_BUNDLE). A redirect is followed to http(s) of the same host, with the same method
 * and body, and never from https back to http. The key goes into one header and nowhere else: where
 * a server repeats it in an answer it is blotted out, and its memory is wiped in the end.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_HTTP_H
#define BACKEND_HTTP_H

#include <stdint.h>

#include "backend/problem.h"
#include "base/buf.h"
#include "base/err.h"

struct http_limits {
  int connect_ms, first_byte_ms, stall_ms, total_ms; /* 0: none */
  size_t body_bytes;
};

struct http_result {
  enum problem problem; /* of the way there and back; PROBLEM_NONE: a whole answer of any status */
  char reason[300];     /* what went wrong, without the address */
  int status;           /* 0: none */
  struct buf body;
  int64_t retry_after_ms; /* -1: not said */
  int should_retry;       /* x-should-retry: 1 yes, 0 no, -1 not said */
  int64_t date;           /* of the server's clock, Unix seconds; 0: not said */
  double seconds, first_seconds; /* whole; to the first byte of the answer (NAN: none came) */
};

struct http;
struct http_transfer;
/* Bytes of the body of an answer with status 200, as they arrive; they are in the result, too. */
typedef void http_data(void *user, const char *bytes, size_t size);

/* key may be NULL; it is copied. */
struct http *http_open(const char *key, const struct http_limits *limits);
void http_close(struct http *http); /* cancels what is under way */

/* POST body, or GET when it is NULL. url and body are borrowed to the end of the transfer; listener may be
 * NULL. user comes back at the end. */
struct http_transfer *http_start(struct http *http, const char *url, const char *body,
                                 http_data *listener, void *user);
/* Move bytes, for at most timeout_ms or until something moved. */
void http_wait(struct http *http, int timeout_ms);
/* One that is at its end: its user and result (the caller frees result->body); false: none. */
bool http_finished(struct http *http, void **user, struct http_result *result);
void http_cancel(struct http *http, struct http_transfer *transfer);

/* The address of an endpoint ("chat/completions", "models") of BASE, with or without /v1 at its end, or with
 * the whole address of another endpoint of it. The caller frees. */
char *http_endpoint(const char *base, const char *endpoint);
/* The same beside /v1, as "props": llama-server has it there. */
char *http_beside(const char *base, const char *name);

#endif
