/* result.c - what a finished stage is worth: validation, test once, controls, diagnostics
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "train/trainer.h"

#define TOP 20

static double recall_20(const struct evaluation *evaluation)
{
  return evaluation->by_mask[MASK_TRAIN_VALID].value[CUT_20][METRIC_RECALL];
}

static bool is_control(const struct stage_row *stage)
{
  return stage && (stage->flags & STAGE_CONTROL);
}

/* Of the model's own stages, the last: its result is the run's. */
static bool is_last_own(const struct trainer *trainer)
{
  const struct stage_row *stage = trainer->model.ops->stages ? trainer_stage(trainer) : NULL;
  return !stage || (!is_control(stage) && (!stage[1].name || is_control(&stage[1])));
}

static void put(cJSON *object, const char *name, cJSON *value)
{
  cJSON_DeleteItemFromObject(object, name);
  cJSON_AddItemToObject(object, name, value);
}

static cJSON *ablations(struct trainer *trainer)
{
  cJSON *object = json_get(trainer->results, "ablations");
  return object ? object : json_add_object(trainer->results, "ablations");
}

/* Share of users whose first 20 items are others without what the model adds to its base. */
static bool changed_users(struct trainer *trainer, const struct embedding *with,
                          const struct embedding *without, double *share, struct err *err)
{
  int32_t users = trainer->data.users, *all = mem_zero((size_t)users + 1, sizeof *all);
  int32_t *a = mem_zero((size_t)users * TOP + 1, sizeof *a);
  int32_t *b = mem_zero((size_t)users * TOP + 1, sizeof *b);
  int64_t changed = 0;
  for (int32_t u = 0; u < users; u++)
    all[u] = u;
  bool ok = rank_top(&trainer->data, with, MASK_TRAIN_VALID, all, users, TOP, a, err) &&
            rank_top(&trainer->data, without, MASK_TRAIN_VALID, all, users, TOP, b, err);
  for (int32_t u = 0; ok && u < users; u++)
    changed += memcmp(a + (int64_t)u * TOP, b + (int64_t)u * TOP, TOP * sizeof *a) != 0;
  *share = users ? (double)changed / users : 0;
  free(all);
  free(a);
  free(b);
  return ok;
}

/* What the module does to the ranking of the model as it is. */
static bool diagnose(struct trainer *trainer, const struct embedding *embedding, struct err *err)
{
  struct model *model = &trainer->model;
  struct embedding base;
  struct evaluation without;
  double share;
  if (!model->ops->embed_base)
    return true;
  cJSON *object = cJSON_CreateObject();
  put(trainer->results, "diagnostics", object);
  if (model->ops->diagnose)
    model->ops->diagnose(model, object);
  model->ops->embed_base(model, &base);
  if (!changed_users(trainer, embedding, &base, &share, err) ||
      !evaluate(&trainer->data, &base, PHASE_TEST, &without, err))
    return false;
  json_add_num(object, "users_changed", share);
  json_add_num(object, "pairs_harder", json_num(json_get(trainer->results, "parts"), "harder", NAN));
  json_add_num(ablations(trainer), "lambda_0", recall_20(&without));
  return true;
}

static bool put_own_result(struct trainer *trainer, const struct embedding *embedding,
                           const struct evaluation *valid, const struct evaluation *test,
                           struct err *err)
{
  cJSON *results = trainer->results, *masks = cJSON_CreateObject();
  cJSON_AddItemToObject(masks, "masks", evaluation_json(test, PHASE_TEST));
  put(results, "valid", evaluation_json(valid, PHASE_VALID));
  put(results, "test", masks);
  put(results, "users", cJSON_CreateNumber((double)test->users));
  put(results, "epochs",
      cJSON_CreateNumber((double)(trainer->at.epochs_before + trainer->at.epoch)));
  put(results, "best_epoch",
      cJSON_CreateNumber((double)(trainer->at.epochs_before + trainer->at.best_epoch)));
  trainer->at.own_epochs = trainer->at.epoch;
  struct effects effects = {0};
  if (trainer->model.ops->effects)
    trainer->model.ops->effects(&trainer->model, &effects);
  if (!trainer_save_model(trainer, embedding, &effects, err) ||
      (effects.whole && !trainer_save_influence(trainer, embedding, &effects, err)))
    return false;
  return diagnose(trainer, embedding, err);
}

static void put_stage(struct trainer *trainer, const struct stage_row *stage,
                      const struct evaluation *valid, const struct evaluation *test)
{
  cJSON *list = json_get(trainer->results, "stages"), *one = cJSON_CreateObject();
  if (!list)
    list = json_add_array(trainer->results, "stages");
  json_add_str(one, "stage", stage->name);
  json_add_bool(one, "control", is_control(stage));
  json_add_int(one, "epochs", trainer->at.epoch);
  json_add_int(one, "best_epoch", trainer->at.best_epoch);
  json_add_num(one, "valid_recall@20",
               valid->by_mask[MASK_TRAIN].value[CUT_20][METRIC_RECALL]);
  json_add_num(one, "test_recall@20", recall_20(test));
  json_add_num(one, "test_ndcg@20", test->by_mask[MASK_TRAIN_VALID].value[CUT_20][METRIC_NDCG]);
  cJSON_AddItemToArray(list, one);
  if (trainer->model.ops->embed_base && !is_last_own(trainer))
    json_add_num(ablations(trainer), stage->name, recall_20(test));
}

bool trainer_measure(struct trainer *trainer, struct err *err)
{
  struct model *model = &trainer->model;
  struct embedding embedding;
  struct evaluation valid, test;
  model->ops->embed(model, trainer->at.stage, &embedding);
  if (!evaluate(&trainer->data, &embedding, PHASE_VALID, &valid, err) ||
      !evaluate(&trainer->data, &embedding, PHASE_TEST, &test, err))
    return false;
  if (model->ops->stages)
    put_stage(trainer, trainer_stage(trainer), &valid, &test);
  return !is_last_own(trainer) || put_own_result(trainer, &embedding, &valid, &test, err);
}

cJSON *trainer_end_event(const struct trainer *trainer)
{
  cJSON *event = cJSON_CreateObject();
  json_add_str(event, "event", "end");
  json_add_str(event, "run", trainer->job->id);
  json_add_str(event, "model", trainer->request->model->name);
  json_add_str(event, "sampler", trainer->request->sampler->name);
  json_add_num(event, "seed", (double)trainer->request->seed);
  json_add_num(event, "seconds", trainer->at.seconds);
  for (const cJSON *row = trainer->results->child; row; row = row->next)
    cJSON_AddItemToObject(event, row->string, cJSON_Duplicate(row, true));
  return event;
}
