/* offline.c - the offline engine behind the interface of backends
 *
 * It answers as soon as it is asked; poll only hands the answers over, in order.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "backend/backends.h"
#include "base/clock.h"
#include "base/mem.h"
#include "engine/engine.h"

struct ready {
  int ticket;
  struct answer answer;
};

struct backend {
  struct engine *engine;
  struct ready *ready;
  int ready_count, ready_room, last_ticket;
};

static struct backend *offline_open(struct store *store, const struct backend_options *options,
                                    struct err *err)
{
  (void)options;
  struct engine *engine = engine_open(store, err);
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
  VEC_PUSH(backend->ready, backend->ready_count, backend->ready_room) =
    (struct ready){++backend->last_ticket, answer};
  return backend->last_ticket;
}

static void take_out(struct backend *backend, int at)
{
  backend->ready_count--;
  for (int k = at; k < backend->ready_count; k++)
    backend->ready[k] = backend->ready[k + 1];
}

static bool offline_poll(struct backend *backend, int timeout_ms, int *ticket,
                         struct answer *answer)
{
  (void)timeout_ms;
  if (!backend->ready_count)
    return false;
  *ticket = backend->ready[0].ticket;
  *answer = backend->ready[0].answer;
  take_out(backend, 0);
  return true;
}

static void offline_cancel(struct backend *backend, int ticket)
{
  for (int k = 0; k < backend->ready_count; k++)
    if (backend->ready[k].ticket == ticket) {
      answer_free(&backend->ready[k].answer);
      take_out(backend, k);
      return;
    }
}

static void offline_close(struct backend *backend)
{
  while (backend->ready_count)
    offline_cancel(backend, backend->ready[0].ticket);
  free(backend->ready);
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
