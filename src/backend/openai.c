/* openai.c - any server that speaks the OpenAI protocol
 *
 * A question waits until the window of requests under way has room and the budget can hold it,
 * goes out as a streamed POST to /v1/chat/completions, and comes back as an answer, or, when
 * its failure may pass, waits to be tried again. What was answered before is taken from the record.
 * Of a server that the workspace does not know yet, a probe finds out first which response format
 * it holds.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backends.h"
#include "backend/completion.h"
#include "backend/http.h"
#include "backend/probe.h"
#include "backend/retry.h"
#include "backend/window.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/request.h"

enum { REMEMBERED_SECONDS = 7 * 24 * 3600, ANSWERS_LOOKED_AT = 5 };

/* A question on its way, or the probe. */
struct exchange {
  int ticket; /* 0: the probe */
  struct chat chat;
  enum chat_format format;
  bool no_prompt_cache;
  int attempt;           /* 0: the first try */
  int64_t not_before_ns; /* of the next try */
  struct http_transfer *transfer; /* while it is under way */
  int64_t sent_ns;
  bool is_alone; /* no other request was under way meanwhile */
  char *sent, *record;
  struct amount most; /* held for it */
  struct completion completion;
};

struct ready {
  int ticket;
  struct answer answer;
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
  struct retry_budget retries;
  struct rng rng;
  int64_t hold_ns; /* the server asked to be left alone until then */
  struct exchange **exchanges;
  int exchange_count, exchange_room;
  struct ready *ready;
  int ready_count, ready_room, last_ticket;
};

/* ---- open, close */

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

static void use_facts(struct backend *backend, const struct server_facts *facts)
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
  backend->retries.left = RETRY_BUDGET;
  backend->rng = rng_stream((uint64_t)clock_ns(), RNG_SHUFFLE, 0);
  window_open(&backend->window, options->jobs);
  if (server_load(store, backend->base, backend->model, &facts) &&
      clock_wall() - facts.probed < REMEMBERED_SECONDS && !options->is_cache_off)
    use_facts(backend, &facts);
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

/* Take it off the list; what was held for it is free again, unless it was settled before. */
static void end_exchange(struct backend *backend, struct exchange *exchange)
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
    end_exchange(backend, backend->exchanges[0]);
  while (backend->ready_count)
    answer_free(&backend->ready[--backend->ready_count].answer);
  http_close(backend->http);
  free(backend->exchanges);
  free(backend->ready);
  free(backend->base);
  free(backend->url);
  free(backend->model);
  free(backend);
}

/* ---- what comes back */

static void push_ready(struct backend *backend, int ticket, const struct answer *answer)
{
  VEC_PUSH(backend->ready, backend->ready_count, backend->ready_room) =
    (struct ready){ticket, *answer};
}

/* The completion's end becomes the answer's. */
static void judge(struct completion *completion, int max_tokens, struct answer *answer)
{
  answer->problem = completion_end(completion, max_tokens, &answer->err);
  answer->model = mem_strdup(completion->model);
  answer->finish_reason = mem_strdup(completion->finish_reason);
  answer->tokens_in = completion->tokens_in;
  answer->tokens_out = completion->tokens_out;
  answer->is_ok = !answer->problem;
  if (answer->is_ok)
    answer->text = mem_strdup(completion->text.data);
}

/* The same question's answer of another time: read again, as it was received. */
static bool read_record(const struct request *request, const struct chat *chat, struct answer *answer)
{
  struct completion completion;
  *answer = (struct answer){.is_cached = true, .status = request->status, .first_seconds = NAN};
  completion_start(&completion);
  completion_feed(&completion, request->reply, strlen(request->reply));
  judge(&completion, chat->max_tokens, answer);
  completion_free(&completion);
  answer->raw = mem_strdup(request->reply);
  answer->body = mem_strdup(request->body);
  memcpy(answer->hash, chat->hash, sizeof answer->hash);
  if (answer->is_ok || problem_rows[answer->problem].is_reply)
    return true;
  answer_free(answer);
  return false;
}

static bool answer_from_record(struct backend *backend, const struct exchange *exchange)
{
  struct request **requests;
  struct answer answer;
  struct err ignored;
  int count;
  bool is_found = false;
  if (backend->options.is_cache_off ||
      !requests_answered(backend->store, exchange->chat.hash, ANSWERS_LOOKED_AT, &requests, &count,
                         &ignored))
    return false;
  for (int k = 0; k < count && !is_found; k++)
    is_found = read_record(requests[k], &exchange->chat, &answer);
  requests_free(requests, count);
  if (!is_found)
    return false;
  backend->account->cached++;
  push_ready(backend, exchange->ticket, &answer);
  return true;
}

/* What the server may have charged: what it says; all that it could be when it was cut off; nothing of a
 * request that it refused. */
static void settle(struct backend *backend, const struct exchange *exchange,
                   const struct http_result *result, const struct answer *answer)
{
  struct amount took = exchange->most;
  bool never_arrived = !result->status && isnan(result->first_seconds) &&
                       result->problem != PROBLEM_CUT && result->problem != PROBLEM_FIRST_TIME &&
                       result->problem != PROBLEM_TOTAL_TIME;
  if (never_arrived || (result->status && result->status != 200 && !result->problem))
    took.tokens_in = took.tokens_out = 0;
  if (answer->tokens_in >= 0)
    took.tokens_in = answer->tokens_in;
  if (answer->tokens_out >= 0)
    took.tokens_out = answer->tokens_out;
  account_settle(backend->account, &exchange->most, &took);
  backend->account->retries += exchange->attempt > 0;
  backend->account->errors[answer->problem] += answer->problem != PROBLEM_NONE;
}

static void add_advice(struct answer *answer)
{
  const char *advice = problem_rows[answer->problem].advice;
  size_t size = strlen(answer->err.text);
  if (advice)
    snprintf(answer->err.text + size, sizeof answer->err.text - size, "; %s", advice);
}

/* What came back as an answer: ok, or with the sentence of what went wrong. */
static void read_result(struct backend *backend, struct exchange *exchange,
                        const struct http_result *result, struct answer *answer)
{
  const char *body = result->body.data ? result->body.data : "";
  *answer = (struct answer){.status = result->status, .tokens_in = -1, .tokens_out = -1,
                            .seconds = result->seconds, .first_seconds = result->first_seconds,
                            .attempt = exchange->attempt, .problem = result->problem};
  memcpy(answer->hash, exchange->chat.hash, sizeof answer->hash);
  if (result->problem) {
    err_set(&answer->err, EX_UNAVAILABLE, "%s", result->reason);
  } else if (result->status != 200) {
    char *text = chat_error_text(body);
    answer->problem = problem_of_status(result->status, body);
    err_set(&answer->err, problem_rows[answer->problem].is_reply ? EX_DATAERR : EX_UNAVAILABLE,
            "answered %d%s%s", result->status, *text ? ": " : "", text);
    free(text);
  } else {
    judge(&exchange->completion, exchange->chat.max_tokens, answer);
    if (!exchange->ticket) { /* what it is good for, the probe says */
      answer->is_ok = true;
      answer->problem = PROBLEM_NONE;
    }
  }
  if (answer->is_ok || answer->err.code != EX_UNAVAILABLE)
    return;
  err_prefix(&answer->err, "%s", exchange->ticket ? backend->url : backend->probe.url);
  add_advice(answer);
}

/* Is this failure worth another try, and when? Sets the exchange up for it. */
static bool may_retry(struct backend *backend, struct exchange *exchange,
                      const struct http_result *result, const struct answer *answer)
{
  const struct problem_row *row = &problem_rows[answer->problem];
  int64_t now = clock_ns();
  if (row->remedy == REMEDY_FORMAT && exchange->ticket && exchange->format < FORMAT_PLAIN) {
    exchange->format++; /* it costs nothing: nothing was made */
    if (backend->format < exchange->format)
      backend->format = exchange->format;
    return true;
  }
  if (row->remedy == REMEDY_FEWER)
    window_shrink(&backend->window, exchange->sent_ns, now);
  int tries = result->should_retry == 1 && row->tries == 0 && !row->is_reply ? 2 : row->tries;
  if (row->remedy == REMEDY_FORMAT || result->should_retry == 0 || exchange->attempt >= tries ||
      exchange->attempt >= backend->options.retries ||
      (answer->problem == PROBLEM_CROWDED && exchange->is_alone) || answer->problem == PROBLEM_QUOTA ||
      !retry_spend(&backend->retries))
    return false;
  exchange->attempt++;
  exchange->no_prompt_cache = exchange->no_prompt_cache || row->remedy == REMEDY_NO_CACHE;
  int64_t wait_ms = row->remedy == REMEDY_NO_CACHE ? 0
                    : retry_delay_ms(exchange->attempt, result->retry_after_ms, &backend->rng);
  exchange->not_before_ns = now + wait_ms * 1000000;
  if (result->retry_after_ms >= 0 && exchange->not_before_ns > backend->hold_ns)
    backend->hold_ns = exchange->not_before_ns;
  return true;
}

/* The server is not to be reached, or refuses: so it is with all that wait for the probe. */
static void fail_waiting(struct backend *backend, const struct answer *why)
{
  while (backend->exchange_count) {
    struct exchange *exchange = backend->exchanges[0];
    if (exchange->ticket) {
      struct answer answer = {.tokens_in = -1, .tokens_out = -1, .first_seconds = NAN,
                              .problem = why->problem, .err = why->err};
      push_ready(backend, exchange->ticket, &answer);
    }
    end_exchange(backend, exchange);
  }
}

/* A stage of the probe is over: the next one, or what was found out. */
static void go_on_probing(struct backend *backend, struct exchange *exchange,
                          const struct http_result *result, const struct answer *answer)
{
  enum problem problem = answer->problem;
  bool is_format = backend->probe.stage == PROBE_FORMAT && problem == PROBLEM_BROKEN;
  bool is_dead = result->problem || problem == PROBLEM_KEY || problem == PROBLEM_QUOTA ||
                 problem_rows[problem].remedy == REMEDY_WAIT ||
                 problem_rows[problem].remedy == REMEDY_FEWER;
  struct err ignored;
  if (is_dead && !is_format) {
    fail_waiting(backend, answer);
    return;
  }
  exchange->attempt = 0;
  probe_take(&backend->probe, result);
  if (backend->probe.stage != PROBE_DONE)
    return;
  use_facts(backend, &backend->probe.facts);
  server_save(backend->store, backend->base, backend->model, &backend->probe.facts, &ignored);
  end_exchange(backend, exchange);
}

static void conclude(struct backend *backend, struct exchange *exchange, struct http_result *result)
{
  struct answer answer;
  exchange->transfer = NULL;
  read_result(backend, exchange, result, &answer);
  settle(backend, exchange, result, &answer);
  if (answer.is_ok) {
    retry_earn(&backend->retries);
    window_grow(&backend->window);
  }
  answer.is_attempt = !answer.is_ok && may_retry(backend, exchange, result, &answer);
  bool is_again = answer.is_attempt;
  answer.body = exchange->record;
  exchange->record = NULL;
  answer.raw = buf_take(&result->body);
  completion_free(&exchange->completion);
  exchange->completion = (struct completion){0};
  if (exchange->ticket) {
    push_ready(backend, exchange->ticket, &answer);
    if (!is_again)
      end_exchange(backend, exchange);
    return;
  }
  struct buf body = {.data = answer.raw, .size = strlen(answer.raw)};
  result->body = body; /* lent to the probe */
  answer.is_attempt = true;
  bool is_told = answer.body || is_again;
  if (is_told)
    push_ready(backend, 0, &answer);
  if (!is_again)
    go_on_probing(backend, exchange, result, &answer);
  result->body = (struct buf){0};
  if (!is_told)
    answer_free(&answer);
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
    int64_t not_before = exchange->not_before_ns > backend->hold_ns ? exchange->not_before_ns
                                                                    : backend->hold_ns;
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
  (void)err;
  exchange->ticket = ++backend->last_ticket;
  chat_open(&exchange->chat, question, backend->model, backend->options.picture_side);
  int ticket = exchange->ticket;
  if (answer_from_record(backend, exchange))
    exchange_free(exchange);
  else
    VEC_PUSH(backend->exchanges, backend->exchange_count, backend->exchange_room) = exchange;
  return ticket;
}

static bool take_ready(struct backend *backend, int *ticket, struct answer *answer)
{
  if (!backend->ready_count)
    return false;
  *ticket = backend->ready[0].ticket;
  *answer = backend->ready[0].answer;
  backend->ready_count--;
  memmove(backend->ready, backend->ready + 1, sizeof *backend->ready * (size_t)backend->ready_count);
  return true;
}

static bool openai_poll(struct backend *backend, int timeout_ms, int *ticket, struct answer *answer)
{
  void *user;
  struct http_result result;
  if (take_ready(backend, ticket, answer))
    return true;
  if (!backend->exchange_count)
    return false;
  int64_t next = send_what_may_go(backend), wait = timeout_ms;
  if (next && next - clock_ns() < wait * 1000000)
    wait = (next - clock_ns()) / 1000000 + 1;
  http_wait(backend->http, wait > 0 ? (int)wait : 0);
  while (http_finished(backend->http, &user, &result))
    conclude(backend, user, &result);
  return take_ready(backend, ticket, answer);
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
    end_exchange(backend, exchange);
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
