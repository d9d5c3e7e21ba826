/* epoch.c - one pass over the training pairs, and what came of it
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "la/vec.h"
#include "train/trainer.h"

enum { AHEAD = 32 }; /* pairs that are fetched before they are needed */

/* The stages after the first share one seed: a control sees the same pairs in the same order,
 * against the same sampled items, as the model does. */
static uint64_t stage_seed(const struct trainer *trainer)
{
  return rng_mix64(trainer->request->seed + (trainer->at.stage > 0));
}

/* From the last place to the first, each changes with one before it or itself; where from is known before
 * it is needed, and fetched. */
static void shuffle(struct trainer *trainer)
{
  struct rng rng = rng_stream(stage_seed(trainer) + (uint64_t)trainer->at.epoch, RNG_SHUFFLE, 0);
  uint32_t *order = trainer->order, pairs = (uint32_t)trainer->data.pairs, other[AHEAD];
  for (uint32_t k = 0; k < pairs; k++)
    order[k] = k;
  for (uint32_t k = pairs - 1; k > 0;) {
    uint32_t count = k < AHEAD ? k : AHEAD;
    for (uint32_t j = 0; j < count; j++) {
      other[j] = (uint32_t)rng_below(&rng, (uint64_t)(k - j) + 1);
      __builtin_prefetch(order + other[j], 1);
    }
    for (uint32_t j = 0; j < count; j++, k--) {
      uint32_t kept = order[k];
      order[k] = order[other[j]];
      order[other[j]] = kept;
    }
  }
  trainer->window_end = 0;
}

static int64_t batch_room(const struct trainer *trainer)
{
  return (int64_t)setting(trainer->model.settings, "batch");
}

/* What a batch draws from; its number in the stage, from 0. */
static uint64_t batch_seed(const struct trainer *trainer, int64_t number)
{
  return stage_seed(trainer) ^ rng_mix64((uint64_t)number);
}

/* One block of a batch that begins at `first` of the window. */
static void fill_block(struct trainer *trainer, int64_t first, int32_t size, uint64_t seed,
                       int32_t block)
{
  int32_t *user = trainer->user + first, *item = trainer->item + first;
  const uint32_t *order = trainer->order + trainer->window + first;
  int32_t begin = block * SAMPLER_BLOCK;
  int32_t end = size - begin < SAMPLER_BLOCK ? size : begin + SAMPLER_BLOCK;
  for (int32_t b = begin; b < end; b++) {
    uint32_t later = order[b + AHEAD < end ? b + AHEAD : b];
    __builtin_prefetch(trainer->data.pair_user + later);
    __builtin_prefetch(trainer->data.pair_item + later);
    user[b] = trainer->data.pair_user[order[b]];
    item[b] = trainer->data.pair_item[order[b]];
  }
  sampler_block(&trainer->sampler, seed, block, user, size, trainer->other + first);
}

/* Look up the pairs of the batches that come next, and draw their samples: all threads have something
 * to do, once for several batches. */
static void fill_window(struct trainer *trainer)
{
  int64_t room = batch_room(trainer), left = trainer->data.pairs - trainer->at.next_pair;
  int64_t size = left < trainer->window_room ? left : trainer->window_room;
  int64_t blocks = (room + SAMPLER_BLOCK - 1) / SAMPLER_BLOCK, batches = (size + room - 1) / room;
  trainer->window = trainer->at.next_pair;
  trainer->window_end = trainer->window + size;
#pragma omp parallel for schedule(dynamic, 1)
  for (int64_t k = 0; k < batches * blocks; k++) {
    int64_t number = k / blocks, first = number * room;
    int32_t count = (int32_t)(size - first < room ? size - first : room);
    if (k % blocks * SAMPLER_BLOCK < count)
      fill_block(trainer, first, count, batch_seed(trainer, trainer->at.step + number),
                 (int32_t)(k % blocks));
  }
}

/* A model that moves its tensors pair by pair takes all that is there as one batch. */
static struct batch next_batch(struct trainer *trainer)
{
  int64_t room = batch_room(trainer);
  if (trainer->at.next_pair >= trainer->window_end)
    fill_window(trainer);
  int64_t at = trainer->at.next_pair - trainer->window;
  int64_t left = trainer->window_end - trainer->at.next_pair;
  return (struct batch){
    .size = (int32_t)(left < room || trainer->model.tensors[0].moves_itself ? left : room),
    .user = trainer->user + at, .item = trainer->item + at, .other = trainer->other + at,
    .nominal = (double)room, .seed = batch_seed(trainer, trainer->at.step),
  };
}

int trainer_tensors(const struct trainer *trainer)
{
  return trainer_stage(trainer)->flags & STAGE_BASE_ONLY ? trainer->model.base_tensors
                                                    : trainer->model.tensor_count;
}

/* The loss is not finite: say which part, and how large the tables grew. */
static enum train_end diverged(struct trainer *trainer, double loss, const double *parts,
                               struct err *err)
{
  const struct stage_row *stage = trainer_stage(trainer);
  char list[200] = "";
  for (int k = 0; k < PARTS_MAX; k++)
    if (trainer->model.ops->parts[k].name)
      snprintf(list + strlen(list), sizeof list - strlen(list), ", %s %g",
               trainer->model.ops->parts[k].name, parts[k] / (double)trainer->data.pairs);
  const struct tensor *nodes = &trainer->model.tensors[0];
  err_set(err, EX_SOFTWARE,
          "the loss is not finite at step %lld of stage %s (loss %g%s, largest number of %s %g): "
          "try a smaller %s, now %g",
          (long long)trainer->at.step, stage->name, loss, list, nodes->name,
          vec_max_abs(nodes->value, nodes->rows * nodes->cols), stage->lr,
          setting(trainer->model.settings, stage->lr));
  return TRAIN_FAILED;
}

static enum train_end one_step(struct trainer *trainer, struct err *err)
{
  struct model *model = &trainer->model;
  struct batch batch = next_batch(trainer);
  model->lr = setting(model->settings, trainer_stage(trainer)->lr);
  trainer->at.step += (batch.size + batch_room(trainer) - 1) / batch_room(trainer);
  model->step = trainer->at.step;
  double loss = model->ops->step(model, trainer->at.stage, &batch, trainer->at.parts);
  if (!isfinite(loss))
    return diverged(trainer, loss, trainer->at.parts, err);
  for (int t = 0; t < trainer_tensors(trainer); t++)
    tensor_move(model, &model->tensors[t]);
  trainer->at.loss += loss * batch.size;
  trainer->at.next_pair += batch.size;
  return TRAIN_DONE;
}

static cJSON *parts_json(const struct trainer *trainer)
{
  cJSON *object = cJSON_CreateObject();
  for (int k = 0; k < PARTS_MAX; k++) {
    const struct part_row *row = &trainer->model.ops->parts[k];
    double per = row->per < 0 ? (double)trainer->data.pairs : trainer->at.parts[row->per];
    if (row->name && (row->per >= 0 || trainer->at.parts[k] != 0))
      json_add_num(object, row->name, per > 0 ? trainer->at.parts[k] / per : 0);
  }
  return object;
}

static bool tell_epoch(struct trainer *trainer, const struct evaluation *valid, bool is_best,
                       struct err *err)
{
  const struct stage_row *stage = trainer_stage(trainer);
  const struct position *at = &trainer->at;
  cJSON *event = cJSON_CreateObject();
  json_add_str(event, "event", "epoch");
  json_add_str(event, "stage", stage->name);
  json_add_bool(event, "control", stage->flags & STAGE_CONTROL);
  json_add_int(event, "epoch", at->epochs_before + at->epoch);
  json_add_int(event, "stage_epoch", at->epoch);
  json_add_num(event, "loss", at->loss / (double)trainer->data.pairs);
  cJSON_AddItemToObject(event, "parts", parts_json(trainer));
  if (trainer->has_valid) {
    cJSON *object = json_add_object(event, "valid");
    const double *at_20 = valid->by_mask[MASK_TRAIN].value[CUT_20];
    json_add_num(object, "recall@20", at_20[METRIC_RECALL]);
    json_add_num(object, "ndcg@20", at_20[METRIC_NDCG]);
  }
  json_add_bool(event, "best", is_best);
  json_add_num(event, "seconds", at->epoch_seconds);
  return trainer_event(trainer, event, err);
}

/* The parts of the model's best epoch stay with its results. */
static void keep_parts(struct trainer *trainer)
{
  if (trainer_stage(trainer)->flags & STAGE_CONTROL)
    return;
  cJSON_DeleteItemFromObject(trainer->results, "parts");
  cJSON_AddItemToObject(trainer->results, "parts", parts_json(trainer));
}

static bool is_kept(const struct trainer *trainer, double recall)
{
  const struct position *at = &trainer->at;
  const char *keep = trainer_stage(trainer)->keep;
  return !trainer->has_valid || at->best_epoch == 0 || recall > at->best ||
         (keep && setting_is(trainer->model.settings, keep, "last"));
}

/* Evaluate on validation, keep the best, tell, and make ready for the next epoch. */
static enum train_end end_epoch(struct trainer *trainer, int64_t started_ns, struct err *err)
{
  struct model *model = &trainer->model;
  struct position *at = &trainer->at;
  struct embedding embedding;
  struct evaluation valid;
  at->epoch++;
  for (int t = 0; t < trainer_tensors(trainer); t++)
    tensor_settle(model, &model->tensors[t]);
  model->ops->embed(model, at->stage, &embedding);
  if (!evaluate(&trainer->data, &embedding, PHASE_VALID, &valid, err))
    return TRAIN_FAILED;
  double recall = valid.by_mask[MASK_TRAIN].value[CUT_20][METRIC_RECALL];
  bool is_best = is_kept(trainer, recall);
  if (is_best) {
    at->best = recall;
    at->best_epoch = at->epoch;
    for (int t = 0; t < trainer_tensors(trainer); t++) {
      struct tensor *tensor = &model->tensors[t];
      memcpy(tensor->best, tensor->value,
             (size_t)(tensor->rows * tensor->cols) * sizeof(real));
    }
    keep_parts(trainer);
  }
  at->epoch_seconds += (double)(clock_ns() - started_ns) / 1e9;
  if (!tell_epoch(trainer, &valid, is_best, err))
    return TRAIN_FAILED;
  at->seconds += at->epoch_seconds;
  at->epoch_seconds = 0;
  at->next_pair = 0;
  at->loss = 0;
  memset(at->parts, 0, sizeof at->parts);
  return TRAIN_DONE;
}

enum train_end trainer_pass(struct trainer *trainer, struct err *err)
{
  int64_t started_ns = clock_ns();
  shuffle(trainer);
  while (trainer->at.next_pair < trainer->data.pairs) {
    if (trainer->listener->should_stop && trainer->listener->should_stop(trainer->listener->user)) {
      trainer->at.epoch_seconds += (double)(clock_ns() - started_ns) / 1e9;
      return TRAIN_STOPPED;
    }
    enum train_end end = one_step(trainer, err);
    if (end != TRAIN_DONE)
      return end;
  }
  trainer->at.epoch_seconds += (double)(clock_ns() - started_ns) / 1e9;
  return TRAIN_DONE;
}

enum train_end trainer_epoch(struct trainer *trainer, struct err *err)
{
  enum train_end end = trainer_pass(trainer, err);
  return end == TRAIN_DONE ? end_epoch(trainer, clock_ns(), err) : end;
}
