/* lightgcn.c - vectors smoothed over the graph of users and items (METHOD 4.2)
 * SPDX-License-Identifier: MIT */
#include "model/pairwise.h"

static const struct setting_row settings[] = {
  SETTING_LR("0.002"), SETTING_RHO("0.004"), SETTING_L2, SETTING_LAYERS, SETTING_DIM,
  SETTING_BATCH, SETTING_EPOCHS, SETTING_PATIENCE, {0},
};

static const struct stage_row stages[] = {
  {"train", "BPR against the sampled items", "lr", "epochs", "patience", 0, NULL},
  {0},
};

static const struct part_row parts[PARTS_MAX] = {{"real", -1}, {"l2", -1}};

static bool open_lightgcn(struct model *model, struct err *err)
{
  (void)err;
  return pairwise_model_open(model, PAIRWISE_LIGHTGCN);
}

const struct model_ops model_lightgcn = {
  .name = "lightgcn",
  .help = "vectors propagated over the graph of users and items, BPR loss",
  .settings = settings,
  .stages = stages,
  .parts = parts,
  .open = open_lightgcn,
  .close = pairwise_model_close,
  .begin = pairwise_model_begin,
  .step = pairwise_model_step,
  .embed = pairwise_model_embed,
};
