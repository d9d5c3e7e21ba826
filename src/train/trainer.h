/* trainer.h - the state of a run, shared by the files of train/
 * SPDX-License-Identifier: MIT */
#ifndef TRAIN_TRAINER_H
#define TRAIN_TRAINER_H

#include "train/train.h"

/* Without validation nothing says when to stop. */
enum { EPOCHS_WITHOUT_VALIDATION = 50 };

/* Where the run stands. All of it is in a checkpoint. */
struct position {
  int stage;
  int64_t epoch;       /* of the stage: finished ones */
  int64_t next_pair;   /* of the epoch under way, in its shuffled order */
  int64_t step;        /* of the stage, for Adam */
  int64_t epochs_before; /* finished ones of the model's own stages before this one */
  int64_t best_epoch;  /* of the stage; 0: none yet */
  double best;         /* its Recall@20 on validation */
  double epoch_seconds, seconds; /* spent in the epoch under way; in all before it */
  double loss, parts[PARTS_MAX]; /* sums over the pairs of the epoch under way */
  int64_t own_epochs;  /* the model's last own stage: its epochs, for STAGE_AS_LONG */
};

struct trainer {
  struct store *store;
  struct job *job;
  const struct train_request *request;
  const struct train_listener *listener;
  struct dataset data;
  struct features features;
  struct pulls *pulls; /* NULL unless the model asks */
  bool has_features;
  uint64_t fingerprint; /* of everything that is trained on */
  struct sampler sampler;
  struct model model;
  struct position at;
  cJSON *results;    /* what finished stages found: stages[], valid, test, ... */
  uint32_t *order;   /* [pairs] of the epoch */
  int32_t *user, *item, *other;   /* [window_room] pairs that come next: */
  int64_t window_room, window, window_end; /* from place `window` of the order to its end */
  bool has_valid;
  double checkpoint_seconds;
  int64_t saved_ns;  /* clock at the last checkpoint */
};

static inline const struct stage_row *trainer_stage(const struct trainer *trainer)
{
  return &trainer->model.ops->stages[trainer->at.stage];
}

/* Model, sampler and buffers, once data (and features) are there; and all of it freed, data and
 * features with it. */
bool trainer_open(struct trainer *trainer, struct err *err);
void trainer_close(struct trainer *trainer);
/* Stand at the start of the stage at.stage. */
void trainer_begin_stage(struct trainer *trainer);
/* The first so many tensors are trained in this stage. */
int trainer_tensors(const struct trainer *trainer);
/* Write an event and tell the listener. Deletes it. */
bool trainer_event(struct trainer *trainer, cJSON *event, struct err *err);
bool trainer_note(struct trainer *trainer, struct err *err, const char *format, ...)
  __attribute__((format(printf, 3, 4)));

/* epoch.c: the steps of one epoch, from where it stands; TRAIN_STOPPED between two of them. */
enum train_end trainer_pass(struct trainer *trainer, struct err *err);
/* These, and what comes of them. */
enum train_end trainer_epoch(struct trainer *trainer, struct err *err);

/* resume.c */
bool trainer_save(struct trainer *trainer, struct err *err);
/* *was_there: there was a checkpoint, and the trainer stands where it stood. */
bool trainer_restore(struct trainer *trainer, bool *was_there, struct err *err);
/* The file `model`: best parameters and vectors. */
bool trainer_save_model(struct trainer *trainer, const struct embedding *embedding,
                        const struct effects *effects, struct err *err);
/* influence.c: the file `influence.jsonl`. */
bool trainer_save_influence(struct trainer *trainer, const struct embedding *embedding,
                            const struct effects *effects, struct err *err);

/* result.c: measure a finished stage, whose best values are in the tensors; into results. */
bool trainer_measure(struct trainer *trainer, struct err *err);
/* The `end` event. */
cJSON *trainer_end_event(const struct trainer *trainer);

#endif
