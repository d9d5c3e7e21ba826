/* replay.c - answers of before: of a file of recorded exchanges, or of the workspace's own record
 *
 * For demonstrations, tests, and for work on a prompt without a server: the parser, the checks and
 * the way of a candidate are those of a live answer. A question that was never asked has
 * the answer of the same template for the same item; what was recorded as a failure fails again.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/answers.h"
#include "backend/backends.h"
#include "backend/record.h"
#include "backend/replies.h"
#include "base/mem.h"
#include "store/request.h"

enum { EXCHANGES_OF_ITEM = 200 };

struct backend {
  struct store *store;
  char *model, *path; /* path NULL: the workspace's record */
  int picture_side;
  struct account *account; /* or NULL */
  struct replies replies;  /* of the file */
  struct answers answers;
  int last_ticket;
};

static void replay_close(struct backend *backend)
{
  answers_free(&backend->answers);
  replies_free(&backend->replies);
  free(backend->model);
  free(backend->path);
  free(backend);
}

static struct backend *replay_open(struct store *store, const struct backend_options *options,
                                   struct err *err)
{
  struct backend *backend = mem_zero(1, sizeof *backend);
  backend->store = store;
  backend->model = mem_strdup(options->model ? options->model : "");
  backend->path = mem_strdup(options->replies);
  backend->picture_side = options->picture_side;
  backend->account = options->account;
  if (!backend->path || replies_load(&backend->replies, backend->path, err))
    return backend;
  replay_close(backend);
  return NULL;
}

/* What the workspace keeps of an item, oldest first. */
static bool load_record(struct backend *backend, const char *item, struct replies *replies,
                        struct err *err)
{
  struct request **requests;
  int count;
  if (!requests_recent(backend->store, item, EXCHANGES_OF_ITEM, &requests, &count, err))
    return false;
  for (int k = count; k-- > 0;) {
    const struct request *request = requests[k];
    if (!request->reply || !request->status || strcmp(request->backend, "openai"))
      continue;
    struct reply_line line = {.id = mem_strdup(request->hash), .item = mem_strdup(item),
                              .template_name = mem_strdup(request->template_name),
                              .status = request->status, .body = mem_strdup(request->reply)};
    replies_add(replies, &line);
  }
  requests_free(requests, count);
  return true;
}

static void read_line(const struct reply_line *line, const struct chat *chat, struct answer *answer)
{
  *answer = (struct answer){.is_cached = true, .status = line->status, .tokens_in = -1,
                            .tokens_out = -1, .first_seconds = NAN};
  memcpy(answer->hash, chat->hash, sizeof answer->hash);
  if (line->status == 200 && line->body)
    record_body(line->body, chat->max_tokens, answer);
  else if (line->status)
    record_refusal(line->status, line->body ? line->body : "", answer);
  else
    err_set(&answer->err, EX_UNAVAILABLE, "%.900s", line->error);
}

static int replay_submit(struct backend *backend, const struct question *question, struct err *err)
{
  struct chat chat;
  struct answer answer;
  struct replies record = {0};
  const struct replies *replies = backend->path ? &backend->replies : &record;
  if (!backend->path && !load_record(backend, question->item->key, &record, err))
    return 0;
  chat_open(&chat, question, backend->model, backend->picture_side);
  const struct reply_line *line = replies_find(replies, chat.hash, question->item->key,
                                               question->template_name, question->attempt);
  if (line)
    read_line(line, &chat, &answer);
  else
    err_set(err, EX_UNAVAILABLE, "%s has no reply to %s of \"%s\"",
            backend->path ? backend->path : "the record", question->template_name, question->item->key);
  chat_free(&chat);
  replies_free(&record);
  if (!line)
    return 0;
  if (backend->account)
    backend->account->cached++;
  answers_push(&backend->answers, ++backend->last_ticket, &answer);
  return backend->last_ticket;
}

static bool replay_poll(struct backend *backend, int timeout_ms, int *ticket, struct answer *answer)
{
  (void)timeout_ms;
  return answers_take(&backend->answers, ticket, answer);
}

static void replay_cancel(struct backend *backend, int ticket)
{
  answers_drop(&backend->answers, ticket);
}

const struct backend_ops replay_ops = {
  .open = replay_open,
  .submit = replay_submit,
  .poll = replay_poll,
  .cancel = replay_cancel,
  .close = replay_close,
};
