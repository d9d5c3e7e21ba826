/* model.c - see model.h
 * SPDX-License-Identifier: MIT */
#include "model/model.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "la/adam.h"
#include "la/lazy_adam.h"

#define MODEL_ENTRY(name) &model_##name,
const struct model_ops *const models[] = {MODELS(MODEL_ENTRY) NULL};

const struct model_ops *model_named(const char *name)
{
  for (const struct model_ops *const *row = models; *row; row++)
    if (!strcmp((*row)->name, name))
      return *row;
  return NULL;
}

bool model_pulls(const struct settings *settings)
{
  return settings_has(settings, "gen_loss") && setting_is(settings, "gen_loss", "signed");
}

bool model_open(struct model *model, const struct model_ops *ops, const struct dataset *data,
                const struct features *features, const struct pulls *pulls,
                const struct settings *settings, uint64_t seed, struct err *err)
{
  *model = (struct model){.ops = ops, .data = data, .features = features, .pulls = pulls,
                          .settings = settings, .seed = seed};
  if (ops->open(model, err))
    return true;
  model_close(model);
  return false;
}

void model_close(struct model *model)
{
  if (model->ops && model->state)
    model->ops->close(model);
  for (int t = 0; t < model->tensor_count; t++) {
    struct tensor *tensor = &model->tensors[t];
    free(tensor->value);
    free(tensor->grad);
    free(tensor->first);
    free(tensor->second);
    free(tensor->best);
    free(tensor->kept);
    free(tensor->moved);
  }
  *model = (struct model){0};
}

struct tensor *model_tensor(struct model *model, const char *name, int64_t rows, int64_t cols)
{
  size_t size = (size_t)rows * (size_t)cols;
  assert(model->tensor_count < TENSORS_MAX);
  struct tensor *tensor = &model->tensors[model->tensor_count++];
  *tensor = (struct tensor){
    .name = name, .rows = rows, .cols = cols,
    .value = mem_aligned(size, sizeof(real)), .grad = mem_aligned(size, sizeof(real)),
    .first = mem_aligned(size, sizeof(real)), .second = mem_aligned(size, sizeof(real)),
    .best = mem_aligned(size, sizeof(real)),
  };
  return tensor;
}

void model_keeps(struct tensor *tensor)
{
  tensor->kept = mem_aligned((size_t)tensor->rows * (size_t)tensor->cols, sizeof(real));
}

void model_moves_late(struct tensor *tensor)
{
  tensor->moved = mem_zero((size_t)tensor->rows + 1, sizeof *tensor->moved);
}

struct lazy_table tensor_lazily(const struct tensor *tensor)
{
  return (struct lazy_table){(int)tensor->cols, tensor->value, tensor->first, tensor->second,
                             tensor->grad, tensor->moved};
}

void tensor_touch(const struct model *model, struct tensor *tensor, const struct scatter *rows,
                  bool is_adding)
{
  struct lazy_table table = tensor_lazily(tensor);
  if (!is_adding)
    table.grad = NULL;
  lazy_adam_wake(&table, model->lr, model->step - 1, rows->row, rows->count);
  tensor->touched = rows;
}

void tensor_settle(const struct model *model, struct tensor *tensor)
{
  struct lazy_table table = tensor_lazily(tensor);
  if (tensor->touched)
    lazy_adam_settle(&table, model->lr, model->step, tensor->rows);
}

void tensor_move(const struct model *model, struct tensor *tensor)
{
  struct lazy_table table = tensor_lazily(tensor);
  bool has_moved = tensor->has_moved || tensor->moves_itself;
  tensor->has_moved = false;
  if (has_moved)
    return;
  if (tensor->touched)
    lazy_adam_step(&table, model->lr, model->step, tensor->touched->row, tensor->touched->count);
  else
    adam_step(model->lr, model->step, tensor->rows * tensor->cols, tensor->value, tensor->first,
              tensor->second, tensor->grad);
}

static struct rng stream_of(const struct model *model, const struct tensor *tensor, int part)
{
  return rng_stream(model->seed, RNG_INIT, (uint64_t)(tensor - model->tensors) * 4 + (uint64_t)part);
}

void tensor_uniform(const struct model *model, struct tensor *tensor, int part, int64_t first,
                    int64_t rows, double bound)
{
  struct rng rng = stream_of(model, tensor, part);
  for (int64_t k = first * tensor->cols; k < (first + rows) * tensor->cols; k++)
    tensor->value[k] = (real)((2 * rng_unif(&rng) - 1) * bound);
}

void tensor_normal(const struct model *model, struct tensor *tensor, int part, int64_t first,
                   int64_t rows, double sd)
{
  struct rng rng = stream_of(model, tensor, part);
  for (int64_t k = first * tensor->cols; k < (first + rows) * tensor->cols; k++)
    tensor->value[k] = (real)(rng_gauss(&rng) * sd);
}
