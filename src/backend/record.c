/* record.c - see record.h
 * SPDX-License-Identifier: MIT */
#include "backend/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/request.h"

enum { ANSWERS_LOOKED_AT = 5 };

void record_judge(struct completion *completion, int max_tokens, struct answer *answer)
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

void record_refusal(int status, const char *body, struct answer *answer)
{
  char *text = chat_error_text(body);
  answer->problem = problem_of_status(status, body);
  err_set(&answer->err, problem_rows[answer->problem].is_reply ? EX_DATAERR : EX_UNAVAILABLE,
          "answered %d%s%s", status, *text ? ": " : "", text);
  free(text);
}

void record_body(const char *body, int max_tokens, struct answer *answer)
{
  struct completion completion;
  completion_start(&completion);
  completion_feed(&completion, body, strlen(body));
  record_judge(&completion, max_tokens, answer);
  completion_free(&completion);
  answer->raw = mem_strdup(body);
}

bool record_read(const char *reply, const struct chat *chat, struct answer *answer)
{
  *answer = (struct answer){.is_cached = true, .status = 200, .first_seconds = NAN};
  record_body(reply, chat->max_tokens, answer);
  memcpy(answer->hash, chat->hash, sizeof answer->hash);
  if (answer->is_ok || problem_rows[answer->problem].is_reply)
    return true;
  answer_free(answer);
  return false;
}

bool record_find(struct store *store, const struct chat *chat, struct answer *answer)
{
  struct request **requests;
  struct err ignored;
  int count;
  bool is_found = false;
  if (!requests_answered(store, chat->hash, ANSWERS_LOOKED_AT, &requests, &count, &ignored))
    return false;
  for (int k = 0; k < count && !is_found; k++) {
    is_found = record_read(requests[k]->reply, chat, answer);
    if (is_found)
      answer->body = mem_strdup(requests[k]->body);
  }
  requests_free(requests, count);
  return is_found;
}
