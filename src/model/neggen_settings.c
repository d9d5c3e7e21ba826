/* neggen_settings.c - see neggen_settings.h
 * SPDX-License-Identifier: MIT */
#include "model/neggen_settings.h"

#include <stddef.h>

#include "engine/pull.h"
#include "model/neggen_loss.h"
#include "model/opposites.h"
#include "model/pairwise.h"

void neggen_follow(struct settings *settings)
{
  static const char *const names[][2] = {{"lr", "base_lr"}, {"rho", "rho"}, {"l2", "l2"}};
  static const struct model_ops *const bases[] = {&model_mf, &model_lightgcn, &model_vbpr};
  struct settings own;
  settings_init(&own, bases[(int)setting(settings, "base")]->settings);
  for (size_t k = 0; k < sizeof names / sizeof *names; k++)
    settings_follow(settings, names[k][1], setting(&own, names[k][0]));
  if (!setting_is(settings, "form", "released"))
    return;
  settings_follow(settings, "eta", 0);
  settings_follow(settings, "align", ALIGN_LINEAR);
  settings_follow(settings, "attention", 1);
}

const struct setting_row neggen_settings[] = {
  {"base", SETTING_CHOICE, "lightgcn", 0, 0, PAIRWISE_KINDS,
   "the model that the module stands on; unless they are given, base_lr, rho and l2 are its own"},
  {"form", SETTING_CHOICE, "stable", 0, 0, "stable|released",
   "released: unless they are given, eta=0, align=linear, attention=single"},
  {"causal", SETTING_CHOICE, "on", 0, 0, "on|off",
   "off: c := 0 (lambda and alpha are 0); the base and the generated term remain"},
  {"negatives", SETTING_CHOICE, "generated", 0, 0, OPPOSITES_KINDS,
   "what the module sees: generated, those of other items, noise as long, or one modality moved"},
  {"candidates", SETTING_INT, "4", 1, 64, NULL,
   "negatives of an item at most, the newest; a step draws one of them"},
  {"gen_loss", SETTING_CHOICE, "free", 0, 0, "free|shared|signed|grounded",
   "the generated negative: a free vector; on the way of c, centred (shared), or above or below as the "
   "user's history has it (signed); or the real items nearest to it"},
  {"pull", SETTING_CHOICE, "lift", 0, 0, PULL_KINDS,
   "gen_loss=signed: the history speaks by the lift of a value, or by how much more often than by chance, in "
   "units of chance"},
  {"lambda", SETTING_REAL, "0.4", 0, 100, NULL, "share of the causal vector c in an item's score"},
  {"alpha", SETTING_REAL, "0.01", 0, 100, NULL, "weight of the alignment of c with the item"},
  {"tau", SETTING_REAL, "0.2", 0.001, 100, NULL, "temperature of the alignment"},
  {"gamma", SETTING_REAL, "1", 0, 100, NULL, "weight of ranking above the generated negative"},
  {"eta", SETTING_REAL, "1", 0, 100, NULL, "weight of ranking above the sampled item"},
  {"align", SETTING_CHOICE, "pair", 0, 0, "pair|infonce|linear",
   "alignment: c against n (pair), against the batch (infonce), or unbounded as released (linear)"},
  {"content_bpr", SETTING_REAL, "0", 0, 100, NULL,
   "weight of ranking by c alone above the sampled item, for items that nobody took"},
  {"content_l2", SETTING_REAL, "0", 0, 100, NULL, "weight of the L2 of c"},
  {"real", SETTING_CHOICE, "full", 0, 0, "full|base",
   "the sampled item's score has its own c (full) or not (base)"},
  {"attention", SETTING_CHOICE, "modalities", 0, 0, "modalities|single",
   "a token a modality, or one token for all as released: then attention is affine"},
  {"heads", SETTING_INT, "8", 1, 64, NULL, "heads of the attention over modalities; divides dim"},
  {"controls", SETTING_CHOICE, "on", 0, 0, "on|off",
   "train the controls, too: base continued, negatives swapped, noise"},
  SETTING_LR("0.001"),
  {"epochs", SETTING_INT, "20", 1, 100000, NULL, "epochs of the module at most"},
  {"patience", SETTING_INT, "8", 1, 100000, NULL,
   "stop the module when so many epochs brought no better Recall@20 on validation"},
  {"keep", SETTING_CHOICE, "best", 0, 0, "best|last",
   "the epoch of the module that is kept: the best by Recall@20 on validation, or the last of `epochs`"},
  {"base_lr", SETTING_REAL, "0.002", 1e-6, 1, NULL, "step length of Adam for the base"},
  {"base_epochs", SETTING_INT, "1000", 1, 100000, NULL, "epochs of the base at most"},
  {"base_patience", SETTING_INT, "20", 1, 100000, NULL,
   "stop the base when so many epochs brought no better Recall@20 on validation"},
  SETTING_RHO("0.004"), SETTING_L2, SETTING_LAYERS, SETTING_DIM, SETTING_BATCH, {0},
};
