/* vbpr.c - matrix factorisation that sees what items look like (METHOD 4.3, as MMRec has it)
 *
 * A user is a vector of 2 dim; an item is a vector of dim of its own, followed by dim numbers
 * made from its features of all modalities: an item that nobody chose is not a blank.
 * SPDX-License-Identifier: MIT */
#include "model/pairwise.h"

static const struct setting_row settings[] = {
  SETTING_LR("0.001"), SETTING_RHO("0.01"), SETTING_L2, SETTING_DIM, SETTING_BATCH,
  SETTING_EPOCHS, SETTING_PATIENCE, {0},
};

static const struct stage_row stages[] = {
  {"train", "BPR against the sampled items", "lr", "epochs", "patience", 0, NULL},
  {0},
};

static const struct part_row parts[PARTS_MAX] = {{"real", -1}, {"l2", -1}};

static bool open_vbpr(struct model *model, struct err *err)
{
  (void)err;
  return pairwise_model_open(model, PAIRWISE_VBPR);
}

const struct model_ops model_vbpr = {
  .name = "vbpr",
  .help = "matrix factorisation with a part of every item made from its text and picture",
  .needs = NEEDS_FEATURES,
  .settings = settings,
  .stages = stages,
  .parts = parts,
  .open = open_vbpr,
  .close = pairwise_model_close,
  .begin = pairwise_model_begin,
  .step = pairwise_model_step,
  .embed = pairwise_model_embed,
};
