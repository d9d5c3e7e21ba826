/* http.c - see http.h
 * SPDX-License-Identifier: MIT */
#include "backend/curl.h"
#include "backend/http.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/retry.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "config.h"

enum { REDIRECTS_MAX = 3, KEPT_ALIVE_SECONDS = 4 /* llama-server gives up after 5 */ };

struct http_transfer {
  struct http *http;
  CURL *easy;
  const char *url, *body;
  char *moved_to; /* by a redirect */
  http_data *listener;
  void *user;
  struct http_result result;
  int redirects;
  int64_t started_ns, first_ns, last_ns; /* first, last: of what was received; 0: nothing yet */
  char problem[CURL_ERROR_SIZE];
  bool is_finished;
};

struct http {
  CURLM *multi;
  struct curl_slist *headers;
  char *key; /* or NULL */
  struct http_limits limits;
  struct http_transfer **transfers;
  int count, room;
};

struct http *http_open(const char *key, const struct http_limits *limits)
{
  curl_global_init(CURL_GLOBAL_DEFAULT);
  struct http *http = mem_zero(1, sizeof *http);
  http->multi = curl_multi_init();
  http->limits = *limits;
  http->headers = curl_slist_append(NULL, "Content-Type: application/json");
  http->headers = curl_slist_append(http->headers, "Expect:");
  if (key && *key) {
    http->key = mem_strdup(key);
    char *header = mem_printf("Authorization: Bearer %s", key);
    http->headers = curl_slist_append(http->headers, header);
    explicit_bzero(header, strlen(header));
    free(header);
  }
  return http;
}

static void forget(struct http *http, struct http_transfer *transfer)
{
  for (int k = 0; k < http->count; k++)
    if (http->transfers[k] == transfer) {
      http->transfers[k] = http->transfers[--http->count];
      break;
    }
  curl_multi_remove_handle(http->multi, transfer->easy);
  curl_easy_cleanup(transfer->easy);
  buf_free(&transfer->result.body);
  free(transfer->moved_to);
  free(transfer);
}

void http_close(struct http *http)
{
  if (!http)
    return;
  while (http->count)
    forget(http, http->transfers[0]);
  curl_multi_cleanup(http->multi);
  for (struct curl_slist *header = http->headers; header; header = header->next)
    explicit_bzero(header->data, strlen(header->data));
  curl_slist_free_all(http->headers);
  if (http->key)
    explicit_bzero(http->key, strlen(http->key));
  free(http->key);
  free(http->transfers);
  free(http);
  curl_global_cleanup();
}

void http_cancel(struct http *http, struct http_transfer *transfer) { forget(http, transfer); }

/* ---- what arrives */

static void note_arrival(struct http_transfer *transfer)
{
  transfer->last_ns = clock_ns();
  if (!transfer->first_ns)
    transfer->first_ns = transfer->last_ns;
}

static size_t on_data(char *data, size_t one, size_t size, void *user)
{
  struct http_transfer *transfer = user;
  struct http_result *result = &transfer->result;
  long status = 0;
  (void)one;
  note_arrival(transfer);
  if (result->body.size + size > transfer->http->limits.body_bytes) {
    result->problem = PROBLEM_TOO_LONG;
    return 0;
  }
  buf_add(&result->body, data, size);
  curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &status);
  if (status == 200 && transfer->listener)
    transfer->listener(transfer->user, data, size);
  return size;
}

static void read_header(struct http_result *result, const char *name, const char *value)
{
  int64_t now = clock_wall(), wait = retry_after_ms(name, value, now);
  bool is_exact = !strcasecmp(name, "retry-after-ms"); /* wins over the one in seconds */
  if (wait >= 0 && (is_exact || result->retry_after_ms < 0))
    result->retry_after_ms = wait;
  else if (!strcasecmp(name, "x-should-retry"))
    result->should_retry = !strcasecmp(value, "true") ? 1 : !strcasecmp(value, "false") ? 0 : -1;
  else if (!strcasecmp(name, "date"))
    result->date = (int64_t)curl_getdate(value, NULL);
}

static size_t on_header(char *data, size_t one, size_t size, void *user)
{
  struct http_transfer *transfer = user;
  char *line = mem_strndup(data, size), *value = strchr(line, ':');
  (void)one;
  note_arrival(transfer);
  if (value) {
    *value++ = '\0';
    value += strspn(value, " \t");
    for (size_t end = strlen(value); end && strchr(" \t\r\n", value[end - 1]);)
      value[--end] = '\0';
    read_header(&transfer->result, line, value);
  }
  free(line);
  return size;
}

/* ---- start */

/* curl's library knows SSL_CERT_FILE only in some builds, and CURL_CA_BUNDLE never. */
static void set_ca(CURL *easy)
{
  const char *bundle = getenv("CURL_CA_BUNDLE"), *file = getenv("SSL_CERT_FILE");
  const char *dir = getenv("SSL_CERT_DIR");
  if ((bundle && *bundle) || (file && *file))
    curl_easy_setopt(easy, CURLOPT_CAINFO, bundle && *bundle ? bundle : file);
  if (dir && *dir)
    curl_easy_setopt(easy, CURLOPT_CAPATH, dir);
}

static void set_up(struct http_transfer *transfer)
{
  CURL *easy = transfer->easy;
  curl_easy_setopt(easy, CURLOPT_URL, transfer->url);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->http->headers);
  if (transfer->body) {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(transfer->body));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, transfer->body);
  }
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->problem);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)KEPT_ALIVE_SECONDS);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)transfer->http->limits.connect_ms);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "neggen/" PACKAGE_VERSION);
  set_ca(easy);
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

struct http_transfer *http_start(struct http *http, const char *url, const char *body,
                                 http_data *listener, void *user)
{
  struct http_transfer *transfer = mem_zero(1, sizeof *transfer);
  *transfer = (struct http_transfer){.http = http, .easy = curl_easy_init(), .url = url,
                                     .body = body, .listener = listener, .user = user,
                                     .started_ns = clock_ns()};
  transfer->result.retry_after_ms = transfer->result.should_retry = -1;
  VEC_PUSH(http->transfers, http->count, http->room) = transfer;
  set_up(transfer);
  curl_multi_add_handle(http->multi, transfer->easy);
  return transfer;
}

/* ---- redirects */

struct place {
  char *scheme, *host;
};

static struct place place_of(const char *url)
{
  struct place place = {NULL, NULL};
  CURLU *parts = curl_url();
  if (curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK) {
    curl_url_get(parts, CURLUPART_SCHEME, &place.scheme, 0);
    curl_url_get(parts, CURLUPART_HOST, &place.host, 0);
  }
  curl_url_cleanup(parts);
  return place;
}

static bool may_follow(const char *from, const char *to)
{
  struct place old = place_of(from), new = place_of(to);
  bool is_http = new.scheme && (!strcasecmp(new.scheme, "http") || !strcasecmp(new.scheme, "https"));
  bool may = is_http && old.scheme && old.host && new.host && !strcasecmp(old.host, new.host) &&
             (!strcasecmp(new.scheme, "https") || !strcasecmp(old.scheme, "http"));
  curl_free(old.scheme);
  curl_free(old.host);
  curl_free(new.scheme);
  curl_free(new.host);
  return may;
}

/* Send it on to where the answer points; false when it must not go there. */
static bool follow(struct http_transfer *transfer)
{
  const char *now = transfer->moved_to ? transfer->moved_to : transfer->url;
  char *to = NULL;
  int status = transfer->result.status;
  bool is_kind = status == 301 || status == 302 || status == 307 || status == 308;
  curl_easy_getinfo(transfer->easy, CURLINFO_REDIRECT_URL, &to);
  if (!is_kind || !to || transfer->redirects == REDIRECTS_MAX || !may_follow(now, to))
    return false;
  char *moved_to = mem_strdup(to);
  free(transfer->moved_to);
  transfer->moved_to = moved_to;
  transfer->redirects++;
  buf_clear(&transfer->result.body);
  transfer->result.status = 0;
  curl_multi_remove_handle(transfer->http->multi, transfer->easy);
  curl_easy_setopt(transfer->easy, CURLOPT_URL, transfer->moved_to);
  curl_multi_add_handle(transfer->http->multi, transfer->easy);
  return true;
}

/* ---- the end */

static const struct {
  CURLcode code;
  enum problem problem;
} curl_problems[] = {
  {CURLE_COULDNT_CONNECT, PROBLEM_REFUSED},
  {CURLE_COULDNT_RESOLVE_HOST, PROBLEM_NO_HOST},
  {CURLE_COULDNT_RESOLVE_PROXY, PROBLEM_NO_HOST},
  {CURLE_OPERATION_TIMEDOUT, PROBLEM_CONNECT_TIME}, /* the other limits are ours */
  {CURLE_GOT_NOTHING, PROBLEM_CUT},
  {CURLE_PARTIAL_FILE, PROBLEM_CUT},
  {CURLE_RECV_ERROR, PROBLEM_CUT},
  {CURLE_SEND_ERROR, PROBLEM_CUT},
  {CURLE_HTTP2, PROBLEM_CUT},
  {CURLE_HTTP2_STREAM, PROBLEM_CUT},
  {CURLE_SSL_CONNECT_ERROR, PROBLEM_TLS},
  {CURLE_PEER_FAILED_VERIFICATION, PROBLEM_TLS},
  {CURLE_SSL_CACERT_BADFILE, PROBLEM_TLS},
  {CURLE_SSL_ISSUER_ERROR, PROBLEM_TLS},
  {CURLE_SSL_CERTPROBLEM, PROBLEM_TLS},
  {CURLE_SSL_CIPHER, PROBLEM_TLS},
};

/* Why curl gave up. */
static void explain(struct http_transfer *transfer, CURLcode code)
{
  struct http_result *result = &transfer->result;
  char *said = utf8_clean(*transfer->problem ? transfer->problem : curl_easy_strerror(code), false);
  enum problem problem = result->problem;
  for (size_t k = 0; !problem && k < COUNT_OF(curl_problems); k++)
    problem = curl_problems[k].code == code ? curl_problems[k].problem : PROBLEM_NONE;
  result->problem = problem = problem ? problem : PROBLEM_TRANSFER;
  if (problem == PROBLEM_TOO_LONG)
    snprintf(result->reason, sizeof result->reason, "the reply is larger than %zu bytes",
             transfer->http->limits.body_bytes);
  else if (problem == PROBLEM_REFUSED)
    snprintf(result->reason, sizeof result->reason, "no connection");
  else if (problem == PROBLEM_CONNECT_TIME)
    snprintf(result->reason, sizeof result->reason, "no connection within %g seconds",
             transfer->http->limits.connect_ms / 1000.0);
  else if (problem == PROBLEM_CUT)
    snprintf(result->reason, sizeof result->reason, "the server cut the connection: %.200s", said);
  else
    snprintf(result->reason, sizeof result->reason, "%.250s", said);
  free(said);
}

/* A limit of ours that is over, or PROBLEM_NONE. *left_ms is lowered to the time until the next one. */
static enum problem overdue(struct http_transfer *transfer, int64_t now, int64_t *left_ms)
{
  const struct http_limits *limits = &transfer->http->limits;
  const struct {
    int limit_ms;
    int64_t since_ns;
    enum problem problem;
    const char *what, *option;
  } rows[] = {
    {limits->total_ms, transfer->started_ns, PROBLEM_TOTAL_TIME, "no whole reply within", "timeout"},
    {transfer->first_ns ? 0 : limits->first_byte_ms, transfer->started_ns, PROBLEM_FIRST_TIME,
     "not a byte of a reply within", "first-byte"},
    {transfer->first_ns ? limits->stall_ms : 0, transfer->last_ns, PROBLEM_STALL,
     "the reply stood still for", "stall"},
  };
  for (size_t k = 0; k < COUNT_OF(rows); k++) {
    int64_t left = rows[k].limit_ms - (now - rows[k].since_ns) / 1000000;
    if (!rows[k].limit_ms)
      continue;
    if (left <= 0) {
      snprintf(transfer->result.reason, sizeof transfer->result.reason, "%s %g seconds (--%s)",
               rows[k].what, rows[k].limit_ms / 1000.0, rows[k].option);
      return rows[k].problem;
    }
    if (left < *left_ms)
      *left_ms = left;
  }
  return PROBLEM_NONE;
}

static void read_messages(struct http *http)
{
  int left;
  for (CURLMsg *done; (done = curl_multi_info_read(http->multi, &left)) != NULL;) {
    char *private = NULL;
    long status = 0;
    CURLcode code = done->data.result;
    CURL *easy = done->easy_handle;
    if (done->msg != CURLMSG_DONE)
      continue;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    struct http_transfer *transfer = (struct http_transfer *)(void *)private;
    transfer->result.status = (int)status;
    if (code != CURLE_OK)
      explain(transfer, code);
    transfer->is_finished = code != CURLE_OK || status < 300 || status >= 400 || !follow(transfer);
  }
}

void http_wait(struct http *http, int timeout_ms)
{
  int running, ready;
  int64_t left = timeout_ms, now = clock_ns();
  for (int k = 0; k < http->count; k++)
    overdue(http->transfers[k], now, &left);
  curl_multi_perform(http->multi, &running);
  read_messages(http);
  for (int k = 0; k < http->count; k++)
    if (http->transfers[k]->is_finished)
      return;
  if (left > 0)
    curl_multi_poll(http->multi, NULL, 0, (int)left, &ready);
  curl_multi_perform(http->multi, &running);
  read_messages(http);
  now = clock_ns();
  left = 0;
  for (int k = 0; k < http->count; k++) {
    struct http_transfer *transfer = http->transfers[k];
    enum problem problem = transfer->is_finished ? PROBLEM_NONE : overdue(transfer, now, &left);
    if (problem) {
      transfer->result.problem = problem;
      transfer->is_finished = true;
    }
  }
}

/* Some servers name the key that they refuse: it must not get into the record. */
static void blot_key(const struct http *http, struct buf *body)
{
  size_t size = http->key ? strlen(http->key) : 0;
  char *at = body->data, *end = at ? at + body->size : NULL;
  while (size && at && (at = memmem(at, (size_t)(end - at), http->key, size)) != NULL)
    memset(at, '*', size);
}

bool http_finished(struct http *http, void **user, struct http_result *result)
{
  for (int k = 0; k < http->count; k++) {
    struct http_transfer *transfer = http->transfers[k];
    if (!transfer->is_finished)
      continue;
    *user = transfer->user;
    *result = transfer->result;
    transfer->result.body = (struct buf){0};
    blot_key(http, &result->body);
    result->seconds = (double)(clock_ns() - transfer->started_ns) * 1e-9;
    result->first_seconds =
      transfer->first_ns ? (double)(transfer->first_ns - transfer->started_ns) * 1e-9 : NAN;
    if (!result->problem && result->status >= 300 && result->status < 400) {
      result->problem = PROBLEM_REDIRECT;
      snprintf(result->reason, sizeof result->reason,
               "answered %d: a redirect, which is not followed to another place", result->status);
    }
    forget(http, transfer);
    return true;
  }
  return false;
}

/* ---- addresses */

static const char *const endpoints[] = {"/chat/completions", "/embeddings", "/models"};

/* BASE without slashes at its end, without the name of an endpoint, and with /v1 or without it. */
static char *root(const char *base, bool with_version)
{
  struct buf out = {0};
  size_t size = strlen(base);
  bool is_whole = false; /* the address of an endpoint, as it stands */
  while (size && base[size - 1] == '/')
    size--;
  for (size_t k = 0; k < COUNT_OF(endpoints) && !is_whole; k++) {
    size_t tail = strlen(endpoints[k]);
    is_whole = size > tail && !strncmp(base + size - tail, endpoints[k], tail);
    size -= is_whole ? tail : 0;
  }
  bool has_version = size > 3 && !strncmp(base + size - 3, "/v1", 3);
  if (has_version && !with_version)
    size -= 3;
  buf_add(&out, base, size);
  if (with_version && !has_version && !is_whole)
    buf_str(&out, "/v1");
  return buf_take(&out);
}

char *http_endpoint(const char *base, const char *endpoint)
{
  char *start = root(base, true), *url = mem_printf("%s/%s", start, endpoint);
  free(start);
  return url;
}

char *http_beside(const char *base, const char *name)
{
  char *start = root(base, false), *url = mem_printf("%s/%s", start, name);
  free(start);
  return url;
}
