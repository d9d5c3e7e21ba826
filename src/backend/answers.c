/* answers.c - see answers.h
 * SPDX-License-Identifier: MIT */
#include "backend/answers.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct waiting_answer {
  int ticket;
  struct answer answer;
};

void answers_push(struct answers *answers, int ticket, const struct answer *answer)
{
  VEC_PUSH(answers->list, answers->count, answers->room) = (struct waiting_answer){ticket, *answer};
}

static void take_out(struct answers *answers, int at)
{
  answers->count--;
  memmove(answers->list + at, answers->list + at + 1,
          sizeof *answers->list * (size_t)(answers->count - at));
}

bool answers_take(struct answers *answers, int *ticket, struct answer *answer)
{
  if (!answers->count)
    return false;
  *ticket = answers->list[0].ticket;
  *answer = answers->list[0].answer;
  take_out(answers, 0);
  return true;
}

void answers_drop(struct answers *answers, int ticket)
{
  for (int k = answers->count; k-- > 0;)
    if (answers->list[k].ticket == ticket) {
      answer_free(&answers->list[k].answer);
      take_out(answers, k);
    }
}

void answers_free(struct answers *answers)
{
  while (answers->count)
    answer_free(&answers->list[--answers->count].answer);
  free(answers->list);
  *answers = (struct answers){0};
}
