/* run.h - training runs as others see them: a list, a curve, a form, a start, a stop
 *
 * A run is a process of its own and a directory (store/job.h). Nothing here waits: the
 * interface polls the child it started, and reads a run's events when their file has grown.
 * SPDX-License-Identifier: MIT */
#ifndef TRAIN_RUN_H
#define TRAIN_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/child.h"
#include "base/setting.h"
#include "store/item.h"
#include "store/job.h"

/* One epoch. parts are not kept here: they stand in the event. */
struct run_point {
  int64_t epoch;       /* over all of the model's stages; of a control: its own epochs follow the base's */
  int64_t stage_epoch;
  int stage;           /* index into run.stages */
  bool is_control, is_best;
  double loss, recall, ndcg; /* NAN where there is no validation */
  double seconds;
};

struct run_stage {
  char *name;
  bool is_control;
};

/* What the events of a run say so far. */
struct run {
  char *id;
  enum job_state state;
  pid_t pid;
  char *model, *sampler;
  uint64_t seed;
  cJSON *config;
  struct run_point *points;
  int point_count, point_room;
  struct run_stage *stages;
  int stage_count, stage_room;
  int64_t epochs, best_epoch; /* of the model's own stages */
  double best_valid;          /* its Recall@20; NAN: none yet */
  double test[2];             /* Recall@20 under masks train+valid and train; NAN before the end */
  char *note, *error;         /* newest of each, or NULL */
  cJSON *end;                 /* the `end` event, or NULL */
  struct job_tail tail;
};

/* Read a run, all events so far. */
bool run_open(struct run *run, const char *workspace, const char *id, struct err *err);
/* Take in what was added since, and whether it still runs. True when something changed. */
bool run_update(struct run *run, const char *workspace);
void run_close(struct run *run);
/* All runs of a workspace, oldest first; NULL and 0 when there are none. */
struct run *runs_load(const char *workspace, int *count);
void runs_free(struct run *runs, int count);

/* What a launch form asks for, beside the settings of the model. Values are texts, as on the command
 * line; `choices` are separated by "|". */
struct run_option {
  const char *name, *choices, *fallback, *help;
};
extern const struct run_option run_options[]; /* model, sampler, epochs, seed; ends with NULL */
/* The settings of a model by name, ends with a row whose name is NULL; NULL: no such model. */
const struct setting_row *run_settings(const char *model);

/* name=value: an option above, or a setting. */
struct run_choice {
  const char *name, *value;
};
/* Start `neggen train WS --detach`: it checks the request, says the run's id on child->out (a line),
 * or what is wrong on child->error, and ends; the run goes on in a process of its own. */
bool run_launch(struct child *child, const char *workspace, const struct run_choice *choices,
                int count, struct err *err);
/* The same for a run that was stopped. */
bool run_relaunch(struct child *child, const char *workspace, const char *id, struct err *err);
/* Ask it to stop: it writes a checkpoint and ends. */
bool run_stop(const char *workspace, const char *id, struct err *err);

/* What a run says of one item, beside the balance of its negative. */
struct run_influence {
  char *run;                /* its id */
  double value[MODALITIES]; /* mean move of a user's score, eval/influence.h */
  double share[MODALITIES]; /* of their sum */
  enum modality most;       /* which decides */
  double evenness;          /* in [0, 1] */
};
/* By the newest run that has ended and knows; false when there is none, the item was not trained on,
 * or nothing moves it. The catalogue may have changed since; then it is as it was. Reads a few bytes:
 * fit for the interface. */
bool run_influence_load(const char *workspace, const char *item, struct run_influence *out);
void run_influence_free(struct run_influence *influence);

#endif
