/* run.c - see run.h
 * SPDX-License-Identifier: MIT */
#include "train/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "eval/rank.h"
#include "model/model.h"

static void set_text(char **to, const char *text)
{
  free(*to);
  *to = mem_strdup(text);
}

static int stage_index(struct run *run, const char *name, bool is_control)
{
  for (int s = 0; s < run->stage_count; s++)
    if (!strcmp(run->stages[s].name, name))
      return s;
  VEC_PUSH(run->stages, run->stage_count, run->stage_room) =
    (struct run_stage){mem_strdup(name), is_control};
  return run->stage_count - 1;
}

static bool is_watched(const struct run *run, const char *name)
{
  const struct model_ops *ops = run->model ? model_named(run->model) : NULL;
  for (int k = 0; ops && ops->parts && k < PARTS_MAX; k++)
    if (ops->parts[k].name && !strcmp(ops->parts[k].name, name))
      return ops->parts[k].per >= 0;
  return true;
}

/* -1: there are too many. */
static int part_index(struct run *run, const char *name)
{
  for (int k = 0; k < run->part_count; k++)
    if (!strcmp(run->parts[k].name, name))
      return k;
  if (run->part_count == RUN_PARTS)
    return -1;
  run->parts[run->part_count] = (struct run_part){mem_strdup(name), is_watched(run, name)};
  return run->part_count++;
}

static void take_parts(struct run *run, const cJSON *event, float parts[RUN_PARTS])
{
  const cJSON *part;
  for (int k = 0; k < RUN_PARTS; k++)
    parts[k] = NAN;
  cJSON_ArrayForEach(part, json_get(event, "parts")) {
    int k = cJSON_IsNumber(part) ? part_index(run, part->string) : -1;
    if (k >= 0)
      parts[k] = (float)part->valuedouble;
  }
}

/* Epochs of the stage that are behind where the run was resumed were trained again. */
static void take_resumed(struct run *run, const cJSON *event)
{
  const char *name = json_str(event, "stage");
  int stage = name ? stage_index(run, name, json_bool(event, "control", false)) : -1;
  int64_t epoch = (int64_t)json_num(event, "stage_epoch", 0);
  int kept = 0;
  for (int k = 0; k < run->point_count; k++) {
    const struct run_point *point = &run->points[k];
    if (stage < 0 || point->stage < stage || (point->stage == stage && point->stage_epoch <= epoch))
      run->points[kept++] = *point;
  }
  run->point_count = kept;
}

static void take_epoch(struct run *run, const cJSON *event)
{
  const char *name = json_str(event, "stage");
  const cJSON *valid = json_get(event, "valid");
  bool is_control = json_bool(event, "control", false);
  struct run_point point = {
    .epoch = (int64_t)json_num(event, "epoch", 0),
    .stage_epoch = (int64_t)json_num(event, "stage_epoch", 0),
    .stage = stage_index(run, name ? name : "", is_control),
    .is_control = is_control,
    .is_best = json_bool(event, "best", false),
    .loss = json_num(event, "loss", NAN),
    .recall = json_num(valid, "recall@20", NAN),
    .ndcg = json_num(valid, "ndcg@20", NAN),
    .seconds = json_num(event, "seconds", NAN),
  };
  take_parts(run, event, point.parts);
  VEC_PUSH(run->points, run->point_count, run->point_room) = point;
}

/* The newest own stage's best; the numbers of the list. */
static void count(struct run *run)
{
  run->epochs = run->best_epoch = 0;
  run->best_valid = NAN;
  for (int k = 0; k < run->point_count; k++) {
    const struct run_point *point = &run->points[k];
    if (point->is_control)
      continue;
    run->epochs = point->epoch;
    if (point->is_best) {
      run->best_epoch = point->epoch;
      run->best_valid = point->recall;
    }
  }
}

static void take_end(struct run *run, const cJSON *event)
{
  cJSON_Delete(run->end);
  run->end = cJSON_Duplicate(event, true);
  run->best_valid = json_num(json_get(event, "valid"), "recall@20", run->best_valid);
  for (int mask = 0; mask < MASKS; mask++)
    run->test[mask] = json_num(json_get(json_get(json_get(event, "test"), "masks"),
                                        mask_names[mask]), "recall@20", NAN);
}

static void take(struct run *run, const cJSON *event)
{
  const char *name = json_str(event, "event");
  if (!name)
    return;
  if (!strcmp(name, "epoch"))
    take_epoch(run, event);
  else if (!strcmp(name, "resumed"))
    take_resumed(run, event);
  else if (!strcmp(name, "note"))
    set_text(&run->note, json_str(event, "text"));
  else if (!strcmp(name, "error"))
    set_text(&run->error, json_str(event, "text"));
  count(run);
  if (!strcmp(name, "end"))
    take_end(run, event);
}

bool run_update(struct run *run, const char *workspace)
{
  struct job_info info;
  bool has_changed = false;
  for (cJSON *event; (event = job_tail_next(&run->tail)); has_changed = true) {
    take(run, event);
    cJSON_Delete(event);
  }
  if (job_look(workspace, "runs", run->id, &info, NULL)) {
    has_changed |= info.state != run->state;
    run->state = info.state;
    run->pid = info.pid;
    job_info_free(&info);
  }
  return has_changed;
}

bool run_open(struct run *run, const char *workspace, const char *id, struct err *err)
{
  struct job_info info;
  *run = (struct run){.best_valid = NAN, .test = {NAN, NAN}};
  if (!job_look(workspace, "runs", id, &info, err))
    return false;
  run->id = mem_strdup(id);
  run->config = info.config;
  info.config = NULL;
  job_info_free(&info);
  set_text(&run->model, json_str(run->config, "model"));
  set_text(&run->sampler, json_str(run->config, "sampler"));
  run->seed = (uint64_t)json_num(run->config, "seed", 0);
  job_tail_open(&run->tail, workspace, "runs", id);
  run_update(run, workspace);
  return true;
}

void run_close(struct run *run)
{
  for (int s = 0; s < run->stage_count; s++)
    free(run->stages[s].name);
  free(run->stages);
  for (int k = 0; k < run->part_count; k++)
    free(run->parts[k].name);
  free(run->points);
  free(run->id);
  free(run->model);
  free(run->sampler);
  free(run->note);
  free(run->error);
  cJSON_Delete(run->config);
  cJSON_Delete(run->end);
  job_tail_close(&run->tail);
  *run = (struct run){0};
}

struct run *runs_load(const char *workspace, int *count)
{
  int ids, room = 0;
  char **id = job_ids(workspace, "runs", &ids);
  struct run *runs = NULL;
  *count = 0;
  for (int k = 0; k < ids; k++) {
    struct run run;
    if (run_open(&run, workspace, id[k], NULL))
      VEC_PUSH(runs, *count, room) = run;
    free(id[k]);
  }
  free(id);
  return runs;
}

void runs_free(struct run *runs, int count)
{
  for (int k = 0; k < count; k++)
    run_close(&runs[k]);
  free(runs);
}
