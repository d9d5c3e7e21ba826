/* offline.c - the offline engine behind the interface of backends
 *
 * It answers as soon as it is asked; poll only hands the answers over, in order.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "backend/answers.h"
#include "backend/backends.h"
#include "base/clock.h"
#include "base/mem.h"
#include "engine/engine.h"

struct backend {
  struct engine *engine;
  struct answers answers;
  int last_ticket;
};

static struct backend *offline_open(struct store *store, const struct backend_options *options,
                                    struct err *err)
{
  struct engine *engine = engine_open(store, options->keys, err);
  if (!engine)
    return NULL;
  struct backend *backend = mem_zero(1, sizeof *backend);
  backend->engine = engine;
  return backend;
}

static int offline_submit(struct backend *backend, const struct question *question, struct err *err)
{
  (void)err;
  double started = clock_seconds();
  struct answer answer = {.tokens_in = -1, .tokens_out = -1, .model = mem_strdup("offline")};
  answer.text = engine_answer(backend->engine, question->template_name, question->item,
                              question->easel, question->replies, question->seed,
                              question->attempt, &answer.err);
  answer.is_ok = answer.text != NULL;
  answer.seconds = clock_seconds() - started;
  answers_push(&backend->answers, ++backend->last_ticket, &answer);
  return backend->last_ticket;
}

static bool offline_poll(struct backend *backend, int timeout_ms, int *ticket,
                         struct answer *answer)
{
  (void)timeout_ms;
  return answers_take(&backend->answers, ticket, answer);
}

static void offline_cancel(struct backend *backend, int ticket)
{
  answers_drop(&backend->answers, ticket);
}

static void offline_close(struct backend *backend)
{
  answers_free(&backend->answers);
  engine_close(backend->engine);
  free(backend);
}

const struct backend_ops offline_ops = {
  .open = offline_open,
  .submit = offline_submit,
  .poll = offline_poll,
  .cancel = offline_cancel,
  .close = offline_close,
};
