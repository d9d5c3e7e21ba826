/* resume.c - the trainer's checkpoints: all that the next step depends on
 * SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "la/vec.h"
#include "train/checkpoint.h"
#include "train/trainer.h"

enum { ARRAYS = 5 };
static const char *const array_names[ARRAYS] = {"value", "first", "second", "best", "kept"};

static real *array_of(const struct tensor *tensor, int k)
{
  real *const arrays[ARRAYS] = {tensor->value, tensor->first, tensor->second, tensor->best,
                                tensor->kept};
  return arrays[k];
}

/* Every array of every tensor as a block "nodes.value"; the numbers of steps as they are in memory. */
static int blocks_of(const struct model *model, struct block *blocks)
{
  int count = 0;
  for (int t = 0; t < model->tensor_count; t++)
    for (int k = 0; k < ARRAYS; k++) {
      const struct tensor *tensor = &model->tensors[t];
      if (!array_of(tensor, k))
        continue;
      struct block *block = &blocks[count++];
      *block = (struct block){.rows = tensor->rows, .cols = tensor->cols,
                              .data = array_of(tensor, k)};
      snprintf(block->name, sizeof block->name, "%s.%s", tensor->name, array_names[k]);
    }
  for (int t = 0; t < model->tensor_count; t++)
    if (model->tensors[t].moved) {
      struct block *block = &blocks[count++];
      *block = (struct block){.rows = model->tensors[t].rows, .cols = 1,
                              .data = (float *)(void *)model->tensors[t].moved};
      snprintf(block->name, sizeof block->name, "%s.moved", model->tensors[t].name);
    }
  return count;
}

/* The numbers of a position, by name. As text in base 16: the JSON library writes 15 digits when they
 * come to nearly the same number, and nearly is not the same bits. */
#define POSITION_NUMBERS(_) \
  _(stage) _(epoch) _(next_pair) _(step) _(epochs_before) _(best_epoch) _(best) \
  _(epoch_seconds) _(seconds) _(loss) _(own_epochs)

static void add_fingerprint(cJSON *header, const char *name, uint64_t fingerprint)
{
  char text[20];
  snprintf(text, sizeof text, "%016" PRIx64, fingerprint);
  json_add_str(header, name, text);
}

static cJSON *exact(double number)
{
  char text[40];
  snprintf(text, sizeof text, "%a", number);
  return cJSON_CreateString(text);
}

static double read_exact(const cJSON *text)
{
  return cJSON_IsString(text) ? strtod(text->valuestring, NULL)
         : text ? text->valuedouble : 0; /* of version 1 */
}

static cJSON *position_json(const struct position *at)
{
  cJSON *object = cJSON_CreateObject();
#define POSITION_ADD(name) cJSON_AddItemToObject(object, #name, exact((double)at->name));
  POSITION_NUMBERS(POSITION_ADD)
  cJSON *parts = json_add_array(object, "parts");
  for (int k = 0; k < PARTS_MAX; k++)
    cJSON_AddItemToArray(parts, exact(at->parts[k]));
  return object;
}

static void read_position(const cJSON *object, struct position *at)
{
#define POSITION_READ(name) at->name = (__typeof__(at->name))read_exact(json_get(object, #name));
  POSITION_NUMBERS(POSITION_READ)
  for (int k = 0; k < PARTS_MAX; k++)
    at->parts[k] = read_exact(cJSON_GetArrayItem(json_get(object, "parts"), k));
}

/* A step may have left numbers that are not finite, which only the next one's loss would tell. */
static bool check_values(const struct model *model, struct err *err)
{
  for (int t = 0; t < model->tensor_count; t++) {
    const struct tensor *tensor = &model->tensors[t];
    if (!isfinite(vec_max_abs(tensor->value, tensor->rows * tensor->cols)))
      return err_set(err, EX_SOFTWARE, "%s is not finite any more: the checkpoint before it is kept; "
                     "try a smaller lr", tensor->name);
  }
  return true;
}

bool trainer_save(struct trainer *trainer, struct err *err)
{
  struct block blocks[TENSORS_MAX * (ARRAYS + 1)];
  if (!check_values(&trainer->model, err))
    return false;
  int count = blocks_of(&trainer->model, blocks);
  char *path = job_path(trainer->job, "checkpoint");
  cJSON *header = cJSON_CreateObject();
  json_add_str(header, "model", trainer->model.ops->name);
  add_fingerprint(header, "data", trainer->fingerprint);
  cJSON_AddItemToObject(header, "position", position_json(&trainer->at));
  cJSON_AddItemToObject(header, "results", cJSON_Duplicate(trainer->results, true));
  bool ok = checkpoint_write(path, header, blocks, count, true, err);
  cJSON_Delete(header);
  free(path);
  trainer->saved_ns = clock_ns();
  return ok;
}

/* The newest checkpoint that can be read: a damaged one is told, and the one before is used. */
static cJSON *read_newest(struct trainer *trainer, struct block *blocks, int count,
                          struct err *err)
{
  char *path = job_path(trainer->job, "checkpoint"), *old = job_path(trainer->job, "checkpoint.old");
  struct err first;
  cJSON *header = NULL;
  if (!path_is_file(path) && !path_is_file(old))
    err->code = EX_NOINPUT;
  else if (!(header = checkpoint_read(path, blocks, count, &first))) {
    header = checkpoint_read(old, blocks, count, NULL);
    if (!header)
      *err = first;
    else if (path_is_file(path) && !trainer_note(trainer, err, "%s: the one before is used",
                                                 first.text)) {
      cJSON_Delete(header);
      header = NULL;
    }
  }
  free(path);
  free(old);
  return header;
}

bool trainer_restore(struct trainer *trainer, bool *was_there, struct err *err)
{
  struct block blocks[TENSORS_MAX * (ARRAYS + 1)];
  int count = blocks_of(&trainer->model, blocks);
  struct err why = {0};
  cJSON *header = read_newest(trainer, blocks, count, &why), *expected = cJSON_CreateObject();
  add_fingerprint(expected, "data", trainer->fingerprint);
  bool ok = header || why.code == EX_NOINPUT;
  *was_there = header != NULL;
  if (!ok && err)
    *err = why;
  if (header && !cJSON_Compare(json_get(header, "data"), json_get(expected, "data"), true))
    ok = err_set(err, EX_DATAERR, "the catalogue or its negatives changed since run %s began: "
                 "train anew", trainer->job->id);
  if (header && ok) {
    read_position(json_get(header, "position"), &trainer->at);
    cJSON_Delete(trainer->results);
    trainer->results = cJSON_Duplicate(json_get(header, "results"), true);
  }
  cJSON_Delete(expected);
  cJSON_Delete(header);
  return ok;
}

/* Values of all tensors and what they come to. */
static const char *const effect_names[] = {"effect.whole", "effect.text", "effect.image"};
enum { EFFECTS = 1 + MODALITIES };

/* The parts of the item side as blocks; none where there are none. */
static int effect_blocks(const struct trainer *trainer, const struct embedding *embedding,
                         const struct effects *effects, struct block *blocks)
{
  const real *parts[EFFECTS] = {effects->whole, effects->moved[TEXT], effects->moved[IMAGE]};
  if (!effects->whole)
    return 0;
  for (int k = 0; k < EFFECTS; k++) {
    blocks[k] = (struct block){.rows = trainer->data.items, .cols = embedding->dim,
                               .data = (float *)(size_t)parts[k]};
    snprintf(blocks[k].name, sizeof blocks[k].name, "%s", effect_names[k]);
  }
  return EFFECTS;
}

bool trainer_save_model(struct trainer *trainer, const struct embedding *embedding,
                        const struct effects *effects, struct err *err)
{
  struct block blocks[TENSORS_MAX + 2 + EFFECTS];
  int count = 0;
  const struct model *model = &trainer->model;
  blocks[count++] = (struct block){"out.users", trainer->data.users, embedding->dim,
                                   (float *)(size_t)embedding->users};
  blocks[count++] = (struct block){"out.items", trainer->data.items, embedding->dim,
                                   (float *)(size_t)embedding->items};
  for (int t = 0; t < model->tensor_count; t++) {
    const struct tensor *tensor = &model->tensors[t];
    blocks[count] = (struct block){.rows = tensor->rows, .cols = tensor->cols,
                                   .data = tensor->value};
    snprintf(blocks[count].name, sizeof blocks[count].name, "%s", tensor->name);
    count++;
  }
  count += effect_blocks(trainer, embedding, effects, blocks + count);
  char *path = job_path(trainer->job, "model");
  cJSON *header = train_request_json(trainer->request);
  add_fingerprint(header, "dataset", trainer->data.fingerprint);
  json_add_bool(header, "effects", effects->whole != NULL);
  bool ok = checkpoint_write(path, header, blocks, count, false, err);
  cJSON_Delete(header);
  free(path);
  return ok;
}

/* After the header is there. */
static bool load_effects(const char *path, struct run_model *out, struct err *err)
{
  struct block blocks[EFFECTS] = {0};
  if (!json_bool(out->header, "effects", false))
    return true;
  for (int k = 0; k < EFFECTS; k++)
    snprintf(blocks[k].name, sizeof blocks[k].name, "%s", effect_names[k]);
  cJSON *header = checkpoint_read(path, blocks, EFFECTS, err);
  out->effects = (struct effects){blocks[0].data, {blocks[1].data, blocks[2].data}, NULL};
  cJSON_Delete(header);
  return header != NULL;
}

bool run_model_load(struct store *store, const char *run, struct run_model *out, struct err *err)
{
  struct block blocks[] = {{.name = "out.users"}, {.name = "out.items"}};
  struct job_info info;
  *out = (struct run_model){0};
  if (!job_look(store_dir(store), "runs", run, &info, err))
    return false;
  enum job_state state = info.state;
  job_info_free(&info);
  char *path = mem_printf("%s/runs/%s/model", store_dir(store), run);
  bool ok = path_is_file(path) ||
            err_set(err, EX_DATAERR, "run %s has no model yet (it is %s)", run,
                    job_state_names[state]);
  ok = ok && dataset_load(store, &out->data, err);
  out->header = ok ? checkpoint_read(path, blocks, 2, err) : NULL;
  out->embedding = (struct embedding){(int)blocks[0].cols, blocks[0].data, blocks[1].data};
  ok = out->header != NULL && load_effects(path, out, err);
  free(path);
  cJSON *now = cJSON_CreateObject();
  add_fingerprint(now, "dataset", out->data.fingerprint);
  if (ok && !cJSON_Compare(json_get(out->header, "dataset"), json_get(now, "dataset"), true))
    ok = err_set(err, EX_DATAERR, "the catalogue changed since run %s was trained: train anew",
                 run);
  cJSON_Delete(now);
  if (!ok)
    run_model_free(out);
  return ok;
}

void run_model_free(struct run_model *model)
{
  if (model->data.pair_user)
    dataset_free(&model->data);
  free((void *)(size_t)model->embedding.users);
  free((void *)(size_t)model->embedding.items);
  free((void *)(size_t)model->effects.whole);
  for (int m = 0; m < MODALITIES; m++)
    free((void *)(size_t)model->effects.moved[m]);
  cJSON_Delete(model->header);
  *model = (struct run_model){0};
}
