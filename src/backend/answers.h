/* answers.h - answers that wait to be taken, in the order in which they came
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_ANSWERS_H
#define BACKEND_ANSWERS_H

#include "backend/backend.h"

struct answers {
  struct waiting_answer *list;
  int count, room;
};

/* Its texts belong to the list from now on. */
void answers_push(struct answers *answers, int ticket, const struct answer *answer);
/* The oldest one; its texts are the caller's. False: there is none. */
bool answers_take(struct answers *answers, int *ticket, struct answer *answer);
void answers_drop(struct answers *answers, int ticket);
void answers_free(struct answers *answers);

#endif
