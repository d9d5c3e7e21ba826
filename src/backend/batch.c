/* batch.c - answers from the record alone: a question without one waits for another time
 *
 * What waits is handed to who writes it down, for a batch file. When its answer has come into the
 * record, the same question finds it there.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "backend/answers.h"
#include "backend/backends.h"
#include "backend/record.h"
#include "base/mem.h"

struct backend {
  struct store *store;
  char *model;
  int picture_side;
  const struct later *later; /* NULL: what waits just waits */
  struct account *account;   /* or NULL */
  struct answers answers;
  int last_ticket;
};

static bool batch_check(const struct backend_options *options, struct err *err)
{
  return (options->model && *options->model) ||
         err_set(err, EX_USAGE, "a batch file is for one model: --model NAME");
}

static struct backend *batch_open(struct store *store, const struct backend_options *options,
                                  struct err *err)
{
  if (!batch_check(options, err))
    return NULL;
  struct backend *backend = mem_zero(1, sizeof *backend);
  backend->store = store;
  backend->model = mem_strdup(options->model);
  backend->picture_side = options->picture_side;
  backend->later = options->later;
  backend->account = options->account;
  return backend;
}

static int batch_submit(struct backend *backend, const struct question *question, struct err *err)
{
  struct chat chat;
  struct answer answer = {.is_waiting = true};
  bool ok = true;
  chat_open(&chat, question, backend->model, backend->picture_side);
  if (record_find(backend->store, &chat, &answer)) {
    if (backend->account)
      backend->account->cached++;
  } else {
    ok = !backend->later || backend->later->take(backend->later->user, question, &chat, err);
    answer = (struct answer){.is_waiting = true};
  }
  if (ok)
    answers_push(&backend->answers, ++backend->last_ticket, &answer);
  chat_free(&chat);
  return ok ? backend->last_ticket : 0;
}

static bool batch_poll(struct backend *backend, int timeout_ms, int *ticket, struct answer *answer)
{
  (void)timeout_ms;
  return answers_take(&backend->answers, ticket, answer);
}

static void batch_cancel(struct backend *backend, int ticket)
{
  answers_drop(&backend->answers, ticket);
}

static void batch_close(struct backend *backend)
{
  answers_free(&backend->answers);
  free(backend->model);
  free(backend);
}

const struct backend_ops batch_ops = {
  .check = batch_check,
  .open = batch_open,
  .submit = batch_submit,
  .poll = batch_poll,
  .cancel = batch_cancel,
  .close = batch_close,
};
