/* openai.c - any server that speaks the OpenAI protocol, through curl's multi handle
 *
 * One POST to /v1/chat/completions a question, not streamed. Only http and https, no
 * redirects, TLS verified, proxies as curl's usual variables say. The key goes into one
 * header and nowhere else.
 * SPDX-License-Identifier: MIT */
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backends.h"
#include "backend/chat.h"
#include "base/clock.h"
#include "base/mem.h"
#include "config.h"

struct exchange {
  int ticket, max_tokens;
  CURL *easy;
  char *sent, *record;
  struct buf received;
  bool is_too_long;
  char problem[CURL_ERROR_SIZE];
  double started;
};

struct backend {
  CURLM *multi;
  struct curl_slist *headers;
  char *url, *model;
  int timeout_seconds, last_ticket;
  struct exchange **exchanges;
  int exchange_count, exchange_room;
};

/* BASE, BASE/v1 or the whole address of the endpoint. */
static char *endpoint(const char *base)
{
  size_t size = strlen(base);
  while (size && base[size - 1] == '/')
    size--;
  char *trimmed = mem_strndup(base, size), *url;
  if (strstr(trimmed, "/chat/completions"))
    return trimmed;
  bool has_version = size > 3 && !strcmp(trimmed + size - 3, "/v1");
  url = mem_printf("%s%s/chat/completions", trimmed, has_version ? "" : "/v1");
  free(trimmed);
  return url;
}

static bool openai_check(const struct backend_options *options, struct err *err)
{
  const char *base = options->api_base;
  if (!base || !*base)
    return err_set(err, EX_USAGE, "the openai backend needs --api-base URL");
  if (strncmp(base, "http://", 7) && strncmp(base, "https://", 8))
    return err_set(err, EX_USAGE, "--api-base takes an address with http:// or https://, not \"%s\"",
                   base);
  if (!options->model || !*options->model)
    return err_set(err, EX_USAGE, "the openai backend needs --model NAME");
  if (options->key && strpbrk(options->key, "\r\n"))
    return err_set(err, EX_DATAERR, "the API key has a line break in it");
  return true;
}

static struct backend *openai_open(struct store *store, const struct backend_options *options,
                                   struct err *err)
{
  (void)store;
  if (!openai_check(options, err))
    return NULL;
  curl_global_init(CURL_GLOBAL_DEFAULT);
  struct backend *backend = mem_zero(1, sizeof *backend);
  backend->multi = curl_multi_init();
  backend->url = endpoint(options->api_base);
  backend->model = mem_strdup(options->model);
  backend->timeout_seconds = options->timeout_seconds > 0 ? options->timeout_seconds : 120;
  backend->headers = curl_slist_append(NULL, "Content-Type: application/json");
  backend->headers = curl_slist_append(backend->headers, "Expect:");
  if (options->key && *options->key) {
    char *header = mem_printf("Authorization: Bearer %s", options->key);
    backend->headers = curl_slist_append(backend->headers, header);
    explicit_bzero(header, strlen(header));
    free(header);
  }
  return backend;
}

static size_t on_data(char *data, size_t one, size_t size, void *user)
{
  struct exchange *exchange = user;
  (void)one;
  if (exchange->received.size + size > CHAT_REPLY_MAX) {
    exchange->is_too_long = true;
    return 0;
  }
  buf_add(&exchange->received, data, size);
  return size;
}

static void set_up(struct backend *backend, struct exchange *exchange)
{
  CURL *easy = exchange->easy;
  curl_easy_setopt(easy, CURLOPT_URL, backend->url);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, backend->headers);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(exchange->sent));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange->sent);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_data);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->problem);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 10000L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)backend->timeout_seconds);
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "neggen/" PACKAGE_VERSION);
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static int openai_submit(struct backend *backend, const struct question *question, struct err *err)
{
  struct exchange *exchange = mem_zero(1, sizeof *exchange);
  exchange->easy = curl_easy_init();
  exchange->ticket = ++backend->last_ticket;
  exchange->max_tokens = question->max_tokens;
  exchange->started = clock_seconds();
  exchange->sent = chat_request(question, backend->model, &exchange->record);
  VEC_PUSH(backend->exchanges, backend->exchange_count, backend->exchange_room) = exchange;
  set_up(backend, exchange);
  CURLMcode code = curl_multi_add_handle(backend->multi, exchange->easy);
  if (code == CURLM_OK)
    return exchange->ticket;
  err_set(err, EX_SOFTWARE, "%s: %s", backend->url, curl_multi_strerror(code));
  return 0;
}

/* Why curl gave up, as a line that says what to do. */
static void explain(const struct backend *backend, const struct exchange *exchange, CURLcode code,
                    struct err *err)
{
  const char *what = *exchange->problem ? exchange->problem : curl_easy_strerror(code);
  if (exchange->is_too_long)
    err_set(err, EX_UNAVAILABLE, "%s: the reply is larger than %d bytes", backend->url,
            CHAT_REPLY_MAX);
  else if (code == CURLE_COULDNT_CONNECT)
    err_set(err, EX_UNAVAILABLE, "%s: no connection; does the server run? (--api-base)",
            backend->url);
  else if (code == CURLE_OPERATION_TIMEDOUT)
    err_set(err, EX_UNAVAILABLE, "%s: no whole reply within %d seconds (--timeout)", backend->url,
            backend->timeout_seconds);
  else if (code == CURLE_GOT_NOTHING || code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR)
    err_set(err, EX_UNAVAILABLE, "%s: the server cut the connection: %s", backend->url, what);
  else
    err_set(err, EX_UNAVAILABLE, "%s: %s", backend->url, what);
}

static void conclude(const struct backend *backend, struct exchange *exchange, CURLcode code,
                     struct answer *answer)
{
  long status = 0;
  curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
  *answer = (struct answer){.status = (int)status, .tokens_in = -1, .tokens_out = -1,
                            .seconds = clock_seconds() - exchange->started,
                            .body = exchange->record};
  exchange->record = NULL;
  size_t size = exchange->received.size;
  answer->raw = buf_take(&exchange->received);
  if (code != CURLE_OK) {
    explain(backend, exchange, code, &answer->err);
  } else if (status != 200) {
    char *text = chat_error_text(answer->raw);
    if (!*text && status >= 300 && status < 400) {
      free(text);
      text = mem_strdup("a redirect, which is not followed: give the final address (--api-base)");
    }
    err_set(&answer->err, EX_UNAVAILABLE, "%s: answered %ld%s%s", backend->url, status,
            *text ? ": " : "", text);
    free(text);
  } else {
    answer->is_ok = chat_response(answer->raw, size, exchange->max_tokens, answer);
    if (!answer->is_ok && answer->err.code == EX_UNAVAILABLE)
      err_prefix(&answer->err, "%s", backend->url);
  }
}

static void end_exchange(struct backend *backend, struct exchange *exchange)
{
  for (int k = 0; k < backend->exchange_count; k++)
    if (backend->exchanges[k] == exchange) {
      backend->exchanges[k] = backend->exchanges[--backend->exchange_count];
      break;
    }
  curl_multi_remove_handle(backend->multi, exchange->easy);
  curl_easy_cleanup(exchange->easy);
  buf_free(&exchange->received);
  free(exchange->sent);
  free(exchange->record);
  free(exchange);
}

static bool take_finished(struct backend *backend, int *ticket, struct answer *answer)
{
  int left;
  for (CURLMsg *done; (done = curl_multi_info_read(backend->multi, &left)) != NULL;) {
    if (done->msg != CURLMSG_DONE)
      continue;
    char *private = NULL;
    CURLcode code = done->data.result;
    curl_easy_getinfo(done->easy_handle, CURLINFO_PRIVATE, &private);
    struct exchange *exchange = (struct exchange *)(void *)private;
    *ticket = exchange->ticket;
    conclude(backend, exchange, code, answer);
    end_exchange(backend, exchange);
    return true;
  }
  return false;
}

static bool openai_poll(struct backend *backend, int timeout_ms, int *ticket, struct answer *answer)
{
  int running, ready;
  curl_multi_perform(backend->multi, &running);
  if (take_finished(backend, ticket, answer))
    return true;
  if (!backend->exchange_count)
    return false;
  curl_multi_poll(backend->multi, NULL, 0, timeout_ms < 0 ? 1000 : timeout_ms, &ready);
  curl_multi_perform(backend->multi, &running);
  return take_finished(backend, ticket, answer);
}

static void openai_cancel(struct backend *backend, int ticket)
{
  for (int k = 0; k < backend->exchange_count; k++)
    if (backend->exchanges[k]->ticket == ticket) {
      end_exchange(backend, backend->exchanges[k]);
      return;
    }
}

static void openai_close(struct backend *backend)
{
  while (backend->exchange_count)
    end_exchange(backend, backend->exchanges[0]);
  curl_multi_cleanup(backend->multi);
  curl_slist_free_all(backend->headers);
  free(backend->exchanges);
  free(backend->url);
  free(backend->model);
  free(backend);
  curl_global_cleanup();
}

const struct backend_ops openai_ops = {
  .check = openai_check,
  .open = openai_open,
  .submit = openai_submit,
  .poll = openai_poll,
  .cancel = openai_cancel,
  .close = openai_close,
};
