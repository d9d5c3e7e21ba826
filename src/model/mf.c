/* mf.c - matrix factorisation with BPR (METHOD 4.1)
 * SPDX-License-Identifier: MIT */
#include "model/lockfree.h"
#include "model/pairwise.h"

#define FAST_LR 0.1
#define FAST_RHO 0.01

static const struct setting_row settings[] = {
  SETTING_LR("0.0015"), SETTING_RHO("0.03"), SETTING_L2, SETTING_DIM, SETTING_BATCH,
  SETTING_EPOCHS, SETTING_PATIENCE,
  {"fast", SETTING_CHOICE, "off", 0, 0, "off|on",
   "pairs move rows at once, by Adagrad, threads without locks: not reproducible; l2 is sq; unless given, "
   "lr is 0.1 and rho 0.01"},
  {0},
};

static const struct stage_row stages[] = {
  {"train", "BPR against the sampled items", "lr", "epochs", "patience", 0, NULL},
  {0},
};

static const struct part_row parts[PARTS_MAX] = {{"real", -1}, {"l2", -1}};

static bool open_mf(struct model *model, struct err *err)
{
  (void)err;
  pairwise_model_open(model, PAIRWISE_MF);
  model->tensors[0].moves_itself = setting_is(model->settings, "fast", "on");
  return true;
}

static void follow(struct settings *asked)
{
  if (!setting_is(asked, "fast", "on"))
    return;
  settings_follow(asked, "lr", FAST_LR);
  settings_follow(asked, "rho", FAST_RHO);
}

static double step(struct model *model, int stage, const struct batch *batch, double *sums)
{
  const struct tensor *nodes = &model->tensors[0];
  struct lockfree lockfree = {(int)nodes->cols, model->data->users, model->lr,
                              setting(model->settings, "rho"), nodes->value, nodes->second};
  double l2;
  if (!nodes->moves_itself)
    return pairwise_model_step(model, stage, batch, sums);
  double loss = lockfree_pass(&lockfree, batch, &l2);
  sums[PART_REAL] += loss;
  sums[PART_L2] += lockfree.rho * l2;
  return (loss + lockfree.rho * l2) / batch->size;
}

const struct model_ops model_mf = {
  .name = "mf",
  .help = "matrix factorisation: a vector for every user and item, BPR loss",
  .settings = settings,
  .stages = stages,
  .parts = parts,
  .follow = follow,
  .open = open_mf,
  .close = pairwise_model_close,
  .begin = pairwise_model_begin,
  .step = step,
  .embed = pairwise_model_embed,
};
