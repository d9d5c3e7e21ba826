/* openai.c - any server that speaks the OpenAI protocol
 *
 * A question waits until the window of requests under way has room and the budget can hold it,
 * goes out as a streamed POST to /v1/chat/completions, and comes back as an answer, or, when
 * its failure may pass, waits to be tried again. What was answered before is taken from the record.
 * Of a server that the workspace does not know yet, a probe finds out first which response format
 * it holds.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "backend/backends.h"
#include "backend/openai_private.h"
#include "base/clock.h"
#include "base/mem.h"

enum { REMEMBERED_SECONDS = 7 * 24 * 3600 };

/* ---- open, close */

/* An address goes into the workspace and into messages: a password in it would, too. */
static bool has_password(const char *base)
{
  const char *host = strstr(base, "//") + 2;
  return memchr(host, '@', strcspn(host, "/?#")) != NULL;
}

static bool openai_check(const struct backend_options *options, struct err *err)
{
  const char *base = options->api_base;
  if (!base || !*base)
    return err_set(err, EX_USAGE, "the openai backend needs --api-base URL");
  if (strncmp(base, "http://", 7) && strncmp(base, "https://", 8))
    return err_set(err, EX_USAGE, "--api-base takes an address with http:// or https://, not \"%s\"",
                   base);
  if (has_password(base))
    return err_set(err, EX_USAGE, "--api-base takes an address without NAME:PASSWORD@, which would be "
                   "recorded; a key is read from --api-key-file or $OPENAI_API_KEY");
  if (!options->model || !*options->model)
    return err_set(err, EX_USAGE, "the openai backend needs --model NAME");
  if (options->key && strpbrk(options->key, "\r\n"))
    return err_set(err, EX_DATAERR, "the API key has a line break in it");
  return true;
}

void openai_use_facts(struct backend *backend, const struct server_facts *facts)
{
  int format = chat_format_named(facts->format);
  backend->kind = server_kind_named(facts->kind);
  backend->format = format < 0 ? FORMAT_PLAIN : (enum chat_format)format;
  if (facts->slots)
    window_limit(&backend->window, facts->slots);
}

static struct backend *openai_open(struct store *store, const struct backend_options *options,
                                   struct err *err)
{
  struct server_facts facts;
  if (!openai_check(options, err))
    return NULL;
  struct backend *backend = mem_zero(1, sizeof *backend);
  backend->store = store;
  backend->options = *options;
  backend->http = backend_http(options, CHAT_REPLY_MAX);
  backend->base = http_endpoint(options->api_base, "");
  backend->url = http_endpoint(options->api_base, "chat/completions");
  backend->model = mem_strdup(options->model);
  backend->account = options->account ? options->account : &backend->own;
  retry_open(&backend->rule, options->retries);
  window_open(&backend->window, options->jobs);
  if (server_load(store, backend->base, backend->model, &facts) &&
      clock_wall() - facts.probed < REMEMBERED_SECONDS && !options->is_cache_off)
    openai_use_facts(backend, &facts);
  return backend;
}

static void exchange_free(struct exchange *exchange)
{
  chat_free(&exchange->chat);
  completion_free(&exchange->completion);
  free(exchange->sent);
  free(exchange->record);
  free(exchange);
}

void exchange_end(struct backend *backend, struct exchange *exchange)
{
  for (int k = 0; k < backend->exchange_count; k++)
    if (backend->exchanges[k] == exchange) {
      backend->exchange_count--;
      memmove(backend->exchanges + k, backend->exchanges + k + 1,
              sizeof *backend->exchanges * (size_t)(backend->exchange_count - k));
      break;
    }
  if (backend->probing == exchange) {
    backend->probing = NULL;
    probe_free(&backend->probe);
  }
  exchange_free(exchange);
}

static void openai_close(struct backend *backend)
{
  while (backend->exchange_count)
    exchange_end(backend, backend->exchanges[0]);
  answers_free(&backend->answers);
  http_close(backend->http);
  free(backend->exchanges);
  free(backend->base);
  free(backend->url);
  free(backend->model);
  free(backend);
}

/* ---- what goes out */

static void on_data(void *user, const char *bytes, size_t size)
{
  completion_feed(&((struct exchange *)user)->completion, bytes, size);
}

static void prepare(struct backend *backend, struct exchange *exchange)
{
  const struct chat_style style = {.kind = backend->kind, .format = exchange->format,
                                   .is_stream = true, .no_prompt_cache = exchange->no_prompt_cache};
  free(exchange->sent);
  free(exchange->record);
  exchange->sent = chat_body(&exchange->chat, &style, &exchange->record);
}

/* The most that the next try of an exchange can take. A GET takes nothing. */
static struct amount most_of(const struct backend *backend, const struct exchange *exchange)
{
  const struct probe *probe = &backend->probe;
  struct amount most = {.requests = 1};
  if (exchange->ticket)
    chat_tokens_most(&exchange->chat, &most.tokens_in, &most.tokens_out);
  else if (probe->body)
    most = (struct amount){1, (int64_t)strlen(probe->body), probe->max_tokens};
  else
    most.requests = 0;
  return most;
}

static void send_out(struct backend *backend, struct exchange *exchange)
{
  const char *url = backend->url, *body;
  exchange->is_alone = true;
  for (int k = 0; k < backend->exchange_count; k++)
    if (backend->exchanges[k]->transfer)
      exchange->is_alone = backend->exchanges[k]->is_alone = false;
  exchange->sent_ns = clock_ns();
  completion_start(&exchange->completion);
  if (exchange->ticket) {
    if (exchange->format < backend->format)
      exchange->format = backend->format;
    prepare(backend, exchange);
    body = exchange->sent;
  } else {
    url = backend->probe.url;
    body = backend->probe.body;
    free(exchange->record);
    exchange->record = mem_strdup(backend->probe.record);
  }
  exchange->transfer = http_start(backend->http, url, body, on_data, exchange);
}

static int under_way(const struct backend *backend)
{
  int count = 0;
  for (int k = 0; k < backend->exchange_count; k++)
    count += backend->exchanges[k]->transfer != NULL;
  return count;
}

static void begin_probe(struct backend *backend)
{
  struct exchange *exchange = mem_zero(1, sizeof *exchange);
  probe_open(&backend->probe, backend->base, backend->model);
  VEC_PUSH(backend->exchanges, backend->exchange_count, backend->exchange_room) = exchange;
  backend->probing = exchange;
}

/* Send what may go out now; returns when something that waits may go, or 0. */
static int64_t send_what_may_go(struct backend *backend)
{
  int64_t now = clock_ns(), next = 0;
  int going = under_way(backend);
  bool is_held = false;
  if (!backend->kind && !backend->probing && backend->exchange_count)
    begin_probe(backend);
  for (int k = 0; k < backend->exchange_count; k++) {
    struct exchange *exchange = backend->exchanges[k];
    if (exchange->transfer || going >= (int)backend->window.size ||
        (backend->probing && backend->probing != exchange))
      continue;
    int64_t not_before = exchange->retry.not_before_ns;
    if (not_before < backend->hold_ns)
      not_before = backend->hold_ns;
    if (not_before > now) {
      next = !next || not_before < next ? not_before : next;
      continue;
    }
    exchange->most = most_of(backend, exchange);
    if (!account_hold(backend->account, &exchange->most)) {
      is_held = true;
      continue;
    }
    send_out(backend, exchange);
    going++;
  }
  backend->account->is_spent = is_held && !going && !next;
  return next;
}

/* ---- the interface */

static int openai_submit(struct backend *backend, const struct question *question, struct err *err)
{
  struct exchange *exchange = mem_zero(1, sizeof *exchange);
  struct answer answer;
  (void)err;
  exchange->ticket = ++backend->last_ticket;
  chat_open(&exchange->chat, question, backend->model, backend->options.picture_side);
  if (!backend->options.is_cache_off && record_find(backend->store, &exchange->chat, &answer)) {
    backend->account->cached++;
    answers_push(&backend->answers, exchange->ticket, &answer);
    exchange_free(exchange);
  } else {
    VEC_PUSH(backend->exchanges, backend->exchange_count, backend->exchange_room) = exchange;
  }
  return backend->last_ticket;
}

static bool openai_poll(struct backend *backend, int timeout_ms, int *ticket, struct answer *answer)
{
  void *user;
  struct http_result result;
  if (answers_take(&backend->answers, ticket, answer))
    return true;
  if (!backend->exchange_count)
    return false;
  int64_t next = send_what_may_go(backend), wait = timeout_ms;
  if (next && next - clock_ns() < wait * 1000000)
    wait = (next - clock_ns()) / 1000000 + 1;
  http_wait(backend->http, wait > 0 ? (int)wait : 0);
  while (http_finished(backend->http, &user, &result))
    exchange_conclude(backend, user, &result);
  return answers_take(&backend->answers, ticket, answer);
}

static const char *openai_partial(struct backend *backend, int ticket)
{
  for (int k = 0; k < backend->exchange_count; k++)
    if (backend->exchanges[k]->ticket == ticket)
      return backend->exchanges[k]->completion.text.data;
  return NULL;
}

/* What was sent may be paid for: all that was held for it is counted. */
static void openai_cancel(struct backend *backend, int ticket)
{
  for (int k = 0; k < backend->exchange_count; k++) {
    struct exchange *exchange = backend->exchanges[k];
    if (exchange->ticket != ticket)
      continue;
    if (exchange->transfer) {
      http_cancel(backend->http, exchange->transfer);
      account_settle(backend->account, &exchange->most, &exchange->most);
    }
    exchange_end(backend, exchange);
    return;
  }
}

const struct backend_ops openai_ops = {
  .check = openai_check,
  .open = openai_open,
  .submit = openai_submit,
  .poll = openai_poll,
  .partial = openai_partial,
  .cancel = openai_cancel,
  .close = openai_close,
};
