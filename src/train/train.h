/* train.h - train a model on a workspace, as a run that can be stopped, killed and resumed
 *
 * A run is a job directory (store/job.h) under runs/. Everything random in it comes from the
 * seed, the stage, the epoch and the step, so that a run that was interrupted and resumed
 * ends with the same bits as one that was not, with any number of threads.
 *
 * Files beside those of every job: checkpoint (and .old), model (the best parameters and the
 * vectors of all users and items), influence.jsonl (of models that tell modalities apart: what
 * each does, by item and by user), metrics.json (the last event).
 * Events: start, epoch, note, resumed, stopped, error, end.
 * SPDX-License-Identifier: MIT */
#ifndef TRAIN_TRAIN_H
#define TRAIN_TRAIN_H

#include "base/setting.h"
#include "model/model.h"
#include "sampler/sampler.h"
#include "store/job.h"

struct train_request {
  const struct model_ops *model;
  const struct sampler_ops *sampler;
  uint64_t seed; /* below 2^53 */
  struct settings settings;
};

/* With the model's recommended settings. EX_USAGE: no such model or sampler. */
bool train_request_init(struct train_request *request, const char *model, const char *sampler,
                        uint64_t seed, struct err *err);
/* After all settings: those that were not given and follow from others. */
void train_request_follow(struct train_request *request);
/* At most so many epochs in every stage. */
void train_request_limit(struct train_request *request, int64_t epochs);
/* config.json of a run, and back. */
cJSON *train_request_json(const struct train_request *request);
bool train_request_from_json(struct train_request *request, const cJSON *config, struct err *err);

struct train_listener {
  void (*event)(void *user, const cJSON *event); /* each, after it was written; may be NULL */
  bool (*should_stop)(void *user);               /* asked before every step; may be NULL */
  void (*ready)(void *user);     /* data and model are there, training begins; may be NULL */
  void *user;
};

enum train_end { TRAIN_DONE, TRAIN_STOPPED, TRAIN_FAILED };

/* Train, or go on where the checkpoint stands. checkpoint_seconds: time between checkpoints; there is
 * one after the first epoch and at the end of every stage in any case, and none that is not
 * finite. On TRAIN_FAILED err is filled and, when the events
 * can be written, an `error` event is there. A run that has ended stays as it is: EX_USAGE. */
enum train_end train(struct store *store, struct job *job, const struct train_request *request,
                     const struct train_listener *listener, double checkpoint_seconds,
                     struct err *err);

/* What a finished run ranks with. */
struct run_model {
  struct dataset data;
  struct embedding embedding; /* owned */
  struct effects effects;     /* owned; whole is NULL where the model has none */
  cJSON *header;              /* model, stage, epochs, ... */
};
/* EX_NOINPUT: no such run; EX_DATAERR: it has not ended, or the catalogue changed since. */
bool run_model_load(struct store *store, const char *run, struct run_model *out, struct err *err);
void run_model_free(struct run_model *model);

#endif
