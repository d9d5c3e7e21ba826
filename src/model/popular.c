/* popular.c - everybody gets what most chose: the floor under every model
 *
 * score(u, i) = training interactions of i, as vectors of one number. Nothing is trained.
 * SPDX-License-Identifier: MIT */
#include "model/model.h"

static bool open_popular(struct model *model, struct err *err)
{
  (void)err;
  model_tensor(model, "users", model->data->users, 1);
  model_tensor(model, "items", model->data->items, 1);
  return true;
}

static void close_popular(struct model *model) { (void)model; }

static void begin(struct model *model, int stage)
{
  (void)stage;
  for (int32_t u = 0; u < model->data->users; u++)
    model->tensors[0].value[u] = 1;
  for (int32_t i = 0; i < model->data->items; i++)
    model->tensors[1].value[i] = (real)model->data->item_count[i];
}

static void embed(struct model *model, int stage, struct embedding *out)
{
  (void)stage;
  *out = (struct embedding){1, model->tensors[0].value, model->tensors[1].value};
}

static const struct setting_row settings[] = {{0}};

const struct model_ops model_popular = {
  .name = "popular",
  .help = "the items with most training interactions, the same for everybody",
  .settings = settings,
  .open = open_popular,
  .close = close_popular,
  .begin = begin,
  .embed = embed,
};
