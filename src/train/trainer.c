/* trainer.c - a run from its request to its end: data, stages, checkpoints, events
 * SPDX-License-Identifier: MIT */
#include "train/trainer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/rng.h"
#include "la/gemm.h"

/* Pairs of several batches are looked up at once, but no more than so many. */
#define WINDOW_PAIRS 32768

bool trainer_event(struct trainer *trainer, cJSON *event, struct err *err)
{
  cJSON *copy = cJSON_Duplicate(event, true);
  bool ok = job_event(trainer->job, event, err);
  if (ok && trainer->listener->event)
    trainer->listener->event(trainer->listener->user, copy);
  cJSON_Delete(copy);
  return ok;
}

bool trainer_note(struct trainer *trainer, struct err *err, const char *format, ...)
{
  char text[1200];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  cJSON *event = cJSON_CreateObject();
  json_add_str(event, "event", "note");
  json_add_str(event, "text", text);
  return trainer_event(trainer, event, err);
}

/* ---- the beginning */

static uint64_t features_fingerprint(const struct features *features, bool with_negatives)
{
  uint64_t hash = 0;
  if (with_negatives)
    hash = hash_fnv1a(features->has_negative, (size_t)features->item_count);
  for (int m = 0; m < features->modality_count; m++) {
    size_t size = (size_t)features->item_count * (size_t)features->dim[m] * sizeof(float);
    hash = rng_mix64(hash ^ hash_fnv1a(features->x[m], size));
    if (with_negatives) {
      size_t more = (size_t)features->more_start[features->item_count] * (size_t)features->dim[m];
      hash = rng_mix64(hash ^ hash_fnv1a(features->x_neg[m], size));
      hash = rng_mix64(hash ^ hash_fnv1a(features->more[m], more * sizeof(float)));
    }
  }
  return hash;
}

static bool open_data(struct trainer *trainer, struct err *err)
{
  if (!dataset_load(trainer->store, &trainer->data, err))
    return false;
  trainer->fingerprint = trainer->data.fingerprint;
  for (int32_t u = 0; u < trainer->data.users; u++)
    trainer->has_valid |= dataset_size(&trainer->data, PHASE_VALID, u) > 0;
  if (!(trainer->request->model->needs & NEEDS_FEATURES))
    return true;
  const struct settings *settings = &trainer->request->settings;
  int most = settings_has(settings, "candidates") ? (int)setting(settings, "candidates")
                                                   : FEATURES_CANDIDATES;
  trainer->has_features = features_load_training(trainer->store, most, &trainer->features, err);
  if (!trainer->has_features)
    return false;
  if (model_pulls(settings)) {
    enum pull_kind kind = (enum pull_kind)setting(settings, "pull");
    if (!(trainer->pulls = pulls_open(trainer->store, most, kind, err)))
      return false;
  }
  trainer->fingerprint ^= features_fingerprint(&trainer->features,
                                               trainer->request->model->needs & NEEDS_NEGATIVES);
  return true;
}

bool trainer_open(struct trainer *trainer, struct err *err)
{
  const struct train_request *request = trainer->request;
  trainer->results = cJSON_CreateObject();
  if (!la_start(err) ||
      !model_open(&trainer->model, request->model, &trainer->data,
                  trainer->has_features ? &trainer->features : NULL, trainer->pulls,
                  &request->settings, request->seed, err))
    return false;
  sampler_open(&trainer->sampler, request->sampler, &trainer->data);
  if (!request->model->stages)
    return true;
  if (trainer->data.pairs > UINT32_MAX)
    return err_set(err, EX_DATAERR, "there are %lld training interactions; at most %u can be trained on",
                   (long long)trainer->data.pairs, UINT32_MAX);
  int64_t batch = (int64_t)setting(&request->settings, "batch");
  int64_t batches = WINDOW_PAIRS / batch > 1 ? WINDOW_PAIRS / batch : 1;
  size_t room = (size_t)(batches * batch);
  trainer->window_room = batches * batch;
  trainer->order = mem_aligned((size_t)trainer->data.pairs + 1, sizeof *trainer->order);
  trainer->user = mem_zero(room + 1, sizeof *trainer->user);
  trainer->item = mem_zero(room + 1, sizeof *trainer->item);
  trainer->other = mem_zero(room + 1, sizeof *trainer->other);
  return true;
}

void trainer_close(struct trainer *trainer)
{
  model_close(&trainer->model);
  sampler_close(&trainer->sampler);
  if (trainer->has_features)
    features_free(&trainer->features);
  pulls_free(trainer->pulls);
  if (trainer->data.pair_user)
    dataset_free(&trainer->data);
  cJSON_Delete(trainer->results);
  free(trainer->order);
  free(trainer->user);
  free(trainer->item);
  free(trainer->other);
}

static bool tell_start(struct trainer *trainer, struct err *err)
{
  cJSON *event = train_request_json(trainer->request);
  json_add_str(event, "event", "start");
  json_add_str(event, "run", trainer->job->id);
  json_add_int(event, "users", trainer->data.users);
  json_add_int(event, "items", trainer->data.items);
  json_add_int(event, "train", trainer->data.pairs);
  json_add_int(event, "valid", trainer->data.sets[PHASE_VALID].start[trainer->data.users]);
  json_add_int(event, "test", trainer->data.sets[PHASE_TEST].start[trainer->data.users]);
  if (trainer->request->model->needs & NEEDS_NEGATIVES)
    json_add_int(event, "negatives", trainer->features.negative_count);
  cJSON *stages = json_add_array(event, "stages");
  for (const struct stage_row *row = trainer->model.ops->stages; row && row->name; row++)
    cJSON_AddItemToArray(stages, cJSON_CreateString(row->name));
  return trainer_event(trainer, event, err) &&
         (trainer->has_valid || trainer_note(trainer, err, "no validation interactions: the last "
                                             "of at most %d epochs is kept",
                                             EPOCHS_WITHOUT_VALIDATION));
}

static bool tell_resumed(struct trainer *trainer, struct err *err)
{
  cJSON *event = cJSON_CreateObject();
  json_add_str(event, "event", "resumed");
  json_add_str(event, "run", trainer->job->id);
  json_add_str(event, "stage", trainer_stage(trainer)->name);
  json_add_bool(event, "control", trainer_stage(trainer)->flags & STAGE_CONTROL);
  json_add_int(event, "epoch", trainer->at.epochs_before + trainer->at.epoch);
  json_add_int(event, "stage_epoch", trainer->at.epoch);
  return trainer_event(trainer, event, err);
}

/* ---- stages */

static void prepare_stage(struct trainer *trainer)
{
  if (trainer->model.ops->prepare)
    trainer->model.ops->prepare(&trainer->model, trainer->at.stage);
}

void trainer_begin_stage(struct trainer *trainer)
{
  struct model *model = &trainer->model;
  const struct stage_row *stage = trainer_stage(trainer);
  prepare_stage(trainer);
  model->ops->begin(model, trainer->at.stage);
  for (int t = 0; t < model->tensor_count; t++) {
    struct tensor *tensor = &model->tensors[t];
    size_t bytes = (size_t)(tensor->rows * tensor->cols) * sizeof(real);
    memset(tensor->first, 0, bytes);
    memset(tensor->second, 0, bytes);
    tensor->touched = NULL;
    if (tensor->moved)
      memset(tensor->moved, 0, (size_t)tensor->rows * sizeof *tensor->moved);
    if ((stage->flags & STAGE_FROM_KEPT) && tensor->kept)
      memcpy(tensor->value, tensor->kept, bytes);
  }
}

static int64_t epoch_limit(const struct trainer *trainer)
{
  const struct stage_row *stage = trainer_stage(trainer);
  int64_t limit = stage->flags & STAGE_AS_LONG
                    ? trainer->at.own_epochs
                    : (int64_t)setting(trainer->model.settings, stage->epochs);
  return !trainer->has_valid && limit > EPOCHS_WITHOUT_VALIDATION ? EPOCHS_WITHOUT_VALIDATION
                                                                   : limit;
}

static bool is_finished(const struct trainer *trainer)
{
  const struct stage_row *stage = trainer_stage(trainer);
  const struct position *at = &trainer->at;
  return at->epoch >= epoch_limit(trainer) ||
         (!(stage->flags & STAGE_AS_LONG) &&
          at->epoch - at->best_epoch >= setting(trainer->model.settings, stage->patience));
}

/* Behind the last stage there is a row without a name. */
static bool is_wanted(const struct trainer *trainer, const struct stage_row *stage)
{
  return stage->name && (!(stage->flags & STAGE_CONTROL) ||
                         setting_is(trainer->model.settings, "controls", "on"));
}

/* Load the best values, measure them, and stand before the next stage. */
static bool end_stage(struct trainer *trainer, struct err *err)
{
  struct model *model = &trainer->model;
  const struct stage_row *stage = trainer_stage(trainer);
  int64_t started_ns = clock_ns();
  for (int t = 0; t < model->tensor_count; t++) {
    struct tensor *tensor = &model->tensors[t];
    size_t bytes = (size_t)(tensor->rows * tensor->cols) * sizeof(real);
    if (t < trainer_tensors(trainer))
      memcpy(tensor->value, tensor->best, bytes);
    if (tensor->kept && trainer->at.stage == 0)
      memcpy(tensor->kept, tensor->best, bytes);
  }
  if (!trainer_measure(trainer, err))
    return false;
  trainer->at.seconds += (double)(clock_ns() - started_ns) / 1e9;
  struct position next = {.stage = trainer->at.stage + 1, .seconds = trainer->at.seconds,
                          .own_epochs = trainer->at.own_epochs,
                          .epochs_before = trainer->at.epochs_before};
  if (!(stage->flags & STAGE_CONTROL))
    next.epochs_before += trainer->at.epoch;
  trainer->at = next;
  if (is_wanted(trainer, trainer_stage(trainer)))
    trainer_begin_stage(trainer);
  return trainer_save(trainer, err);
}

static enum train_end run_stages(struct trainer *trainer, struct err *err)
{
  while (is_wanted(trainer, trainer_stage(trainer))) {
    while (!is_finished(trainer)) {
      enum train_end end = trainer_epoch(trainer, err);
      if (end != TRAIN_DONE)
        return end;
      bool is_first = trainer->at.stage == 0 && trainer->at.epoch == 1; /* there is none yet */
      bool is_due = (double)(clock_ns() - trainer->saved_ns) / 1e9 >= trainer->checkpoint_seconds;
      if ((is_first || is_due) && !trainer_save(trainer, err))
        return TRAIN_FAILED;
    }
    if (!end_stage(trainer, err))
      return TRAIN_FAILED;
  }
  return TRAIN_DONE;
}

/* ---- the end */

static bool stop_here(struct trainer *trainer, struct err *err)
{
  cJSON *event = cJSON_CreateObject();
  json_add_str(event, "event", "stopped");
  json_add_str(event, "run", trainer->job->id);
  json_add_str(event, "stage", trainer_stage(trainer)->name);
  json_add_int(event, "epoch", trainer->at.epochs_before + trainer->at.epoch);
  if (trainer_save(trainer, err))
    return trainer_event(trainer, event, err);
  cJSON_Delete(event);
  return false;
}

static bool finish(struct trainer *trainer, struct err *err)
{
  cJSON *event = trainer_end_event(trainer);
  char *path = job_path(trainer->job, "metrics.json"), *text = json_pretty(event);
  bool ok = path_keep(path, text, strlen(text), err);
  free(path);
  free(text);
  if (!ok) {
    cJSON_Delete(event);
    return false;
  }
  return trainer_event(trainer, event, err);
}

/* Data, model, and the place to go on from. */
static bool open_run(struct trainer *trainer, struct err *err)
{
  int64_t started_ns = clock_ns();
  bool was_there = false;
  if (!open_data(trainer, err) || !trainer_open(trainer, err))
    return false;
  if (!trainer->model.ops->stages)
    trainer->model.ops->begin(&trainer->model, 0);
  else if (!trainer_restore(trainer, &was_there, err))
    return false;
  else if (!was_there)
    trainer_begin_stage(trainer);
  else if (is_wanted(trainer, trainer_stage(trainer)))
    prepare_stage(trainer);
  trainer->saved_ns = clock_ns();
  trainer->at.seconds += (double)(trainer->saved_ns - started_ns) / 1e9;
  return was_there ? tell_resumed(trainer, err) : tell_start(trainer, err);
}

static enum train_end run(struct trainer *trainer, struct err *err)
{
  enum train_end end = TRAIN_DONE;
  if (!open_run(trainer, err))
    return TRAIN_FAILED;
  if (trainer->listener->ready)
    trainer->listener->ready(trainer->listener->user);
  if (trainer->model.ops->stages)
    end = run_stages(trainer, err);
  else if (!trainer_measure(trainer, err))
    return TRAIN_FAILED;
  if (end == TRAIN_STOPPED && !stop_here(trainer, err))
    return TRAIN_FAILED;
  if (end == TRAIN_DONE && !finish(trainer, err))
    return TRAIN_FAILED;
  return end;
}

enum train_end train(struct store *store, struct job *job, const struct train_request *request,
                     const struct train_listener *listener, double checkpoint_seconds,
                     struct err *err)
{
  struct trainer trainer = {.store = store, .job = job, .request = request, .listener = listener,
                            .checkpoint_seconds = checkpoint_seconds};
  enum train_end end = run(&trainer, err);
  if (end == TRAIN_FAILED) {
    cJSON *event = cJSON_CreateObject();
    json_add_str(event, "event", "error");
    json_add_str(event, "text", err->text);
    json_add_int(event, "code", err->code);
    trainer_event(&trainer, event, NULL);
  }
  trainer_close(&trainer);
  return end;
}
