/* trials.h - write down what becomes of templates: the record of the workbench
 *
 * Hears the events of a gen that tells its answers, puts each template's questions and answers
 * together, and keeps them as rows (store/trial.h) when their item is at its end.
 * SPDX-License-Identifier: MIT */
#ifndef GEN_TRIALS_H
#define GEN_TRIALS_H

#include "gen/gen.h"
#include "store/trial.h"

struct trials_options {
  const struct backend_row *backend;
  const char *model, *server;  /* as gen_model and gen_server say; borrowed */
  int picture_side;            /* to which pictures are scaled down */
  enum template_index first;   /* templates before it are not written down */
  int64_t comparison;          /* 0: none */
  int side;
  void (*saved)(void *user, const struct trial *trial); /* or NULL */
  void *user;
};

struct trials;

struct trials *trials_open(struct store *store, const struct trials_options *options);
void trials_close(struct trials *trials); /* what has no end yet is not kept */
/* False when it could not be kept. */
bool trials_hear(struct trials *trials, const struct gen_event *event, struct err *err);

/* What a question or an answer is as JSON: an element of a trial's messages and rounds. */
cJSON *trial_messages(const struct gen_question *question, int picture_side);
cJSON *trial_round(const struct gen_event *event);

#endif
