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

enum { RUN_PARTS = 8 };

/* One epoch. */
struct run_point {
  int64_t epoch;       /* over all of the model's stages; of a control: its own epochs follow the base's */
  int64_t stage_epoch;
  int stage;           /* index into run.stages */
  bool is_control, is_best;
  double loss, recall, ndcg; /* NAN where there is no validation */
  double seconds;
  float parts[RUN_PARTS];    /* by run.parts; NAN: not in this epoch */
};

struct run_stage {
  char *name;
  bool is_control;
};

/* A part of the loss, or a number that the model watches beside it. */
struct run_part {
  char *name;
  bool is_watched;
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
  struct run_part parts[RUN_PARTS];
  int part_count;
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

/* What a run is asked for beside the settings of its model, and at what pace it goes, which changes
 * nothing of its result: options of `neggen train`, and rows of the launch form. Name, letter,
 * type, operand (of a choice "a|b"), fallback (NULL: the help says which), least, most, help. */
#define RUN_OPTIONS(_)                                                                         \
  _(model, 'm', CHOICE, MODEL_NAMES, "neggen", 0, 0, "what is trained")                        \
  _(sampler, 's', CHOICE, SAMPLER_NAMES, "uniform", 0, 0,                                      \
    "which item stands against the one chosen")                                                \
  _(seed, 0, INT, "N", "1", 0, 9007199254740991.0, "of everything random in the run")
#define RUN_PACE(_)                                                                            \
  _(threads, 0, INT, "N", "0", 0, 1024, "threads (0: one a processor)")                        \
  _(nice, 0, INT, "N", NULL, 0, 19, "give way to other programs (in the background: 10)")      \
  _(checkpoint, 0, REAL, "SECONDS", "30", 0, 86400, "time between two checkpoints")
/* The same for a form; they end with a row whose name is NULL. */
extern const struct setting_row run_options[], run_pace[];
/* The settings of a model by name, ends with a row whose name is NULL; NULL: no such model. */
const struct setting_row *run_settings(const char *model);
/* Those that were not given and follow from others. */
void run_settings_follow(const char *model, struct settings *settings);
/* One line about a choice of an option (a model, a sampler); NULL: there is none. */
const char *run_choice_help(const char *option, const char *choice);

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
/* Remove it with all that it wrote. EX_BUSY: it is running. */
bool run_delete(const char *workspace, const char *id, struct err *err);

/* How long a run at work may take, in seconds: `least` if nothing gets better any more, `most` if every
 * stage takes all the epochs that it may. */
struct run_left {
  double least, most;
  int stage, stages;       /* the one under way, from 1, of so many */
  int64_t epochs;          /* that it takes at most */
};
/* By the newest epochs; stages that were not seen yet are taken to be as slow. False: nothing is known. */
bool run_time_left(const struct run *run, struct run_left *left);

/* The end of what a run printed in the background, whole lines; NULL: it has no log. The caller frees. */
char *run_log_tail(const char *workspace, const char *id);

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
