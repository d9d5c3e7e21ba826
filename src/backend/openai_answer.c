/* openai_answer.c - what comes back from a server: answers, failures, stages of the probe
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/openai_private.h"
#include "base/clock.h"
#include "base/mem.h"

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
  backend->account->retries += exchange->retry.attempt > 0;
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
                            .attempt = exchange->retry.attempt, .problem = result->problem};
  memcpy(answer->hash, exchange->chat.hash, sizeof answer->hash);
  if (result->problem) {
    err_set(&answer->err, EX_UNAVAILABLE, "%s", result->reason);
  } else if (result->status != 200) {
    record_refusal(result->status, body, answer);
  } else {
    record_judge(&exchange->completion, exchange->chat.max_tokens, answer);
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
  if (row->remedy == REMEDY_FORMAT && exchange->ticket && exchange->format < FORMAT_PLAIN) {
    exchange->format++; /* it costs nothing: nothing was made */
    if (backend->format < exchange->format)
      backend->format = exchange->format;
    return true;
  }
  if (row->remedy == REMEDY_FEWER)
    window_shrink(&backend->window, exchange->sent_ns, clock_ns());
  if ((answer->problem == PROBLEM_CROWDED && exchange->is_alone) ||
      !retry_next(&backend->rule, answer->problem, result->should_retry, result->retry_after_ms,
                  &exchange->retry))
    return false;
  exchange->no_prompt_cache = exchange->no_prompt_cache || row->remedy == REMEDY_NO_CACHE;
  if (result->retry_after_ms >= 0 && exchange->retry.not_before_ns > backend->hold_ns)
    backend->hold_ns = exchange->retry.not_before_ns;
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
      answers_push(&backend->answers, exchange->ticket, &answer);
    }
    exchange_end(backend, exchange);
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
  exchange->retry.attempt = 0;
  probe_take(&backend->probe, result);
  if (backend->probe.stage != PROBE_DONE)
    return;
  openai_use_facts(backend, &backend->probe.facts);
  server_save(backend->store, backend->base, backend->model, &backend->probe.facts, &ignored);
  exchange_end(backend, exchange);
}

void exchange_conclude(struct backend *backend, struct exchange *exchange, struct http_result *result)
{
  struct answer answer;
  exchange->transfer = NULL;
  read_result(backend, exchange, result, &answer);
  settle(backend, exchange, result, &answer);
  if (answer.is_ok) {
    retry_earn(&backend->rule.budget);
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
    answers_push(&backend->answers, exchange->ticket, &answer);
    if (!is_again)
      exchange_end(backend, exchange);
    return;
  }
  struct buf body = {.data = answer.raw, .size = strlen(answer.raw)};
  result->body = body; /* lent to the probe */
  answer.is_attempt = true;
  bool is_told = answer.body || is_again;
  if (is_told)
    answers_push(&backend->answers, 0, &answer);
  if (!is_again)
    go_on_probing(backend, exchange, result, &answer);
  result->body = (struct buf){0};
  if (!is_told)
    answer_free(&answer);
}
