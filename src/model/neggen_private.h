/* neggen_private.h - what the files of NegGen share: its state
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_NEGGEN_PRIVATE_H
#define MODEL_NEGGEN_PRIVATE_H

#include "model/causal.h"
#include "model/grounded.h"
#include "model/neggen_loss.h"
#include "model/opposites.h"
#include "model/pairwise.h"

enum stage { STAGE_BASE, STAGE_MODULE, STAGE_CONTINUED, STAGE_SWAPPED, STAGE_NOISE };

struct neggen {
  struct pairwise base;
  struct causal_shape shape;
  struct causal_weights w, grad;
  struct causal causal;
  struct neggen_hyper hyper;
  struct neggen_loss loss;
  struct opposites opposites;
  struct grounded grounded;     /* empty unless gen_loss=grounded */
  unsigned char *present;       /* [2 gather.room, tokens] */
  unsigned char *has_negative;  /* [items] */
  int32_t most;                 /* negatives that any item has, at least 1 */
  real *dy, *c, *v;             /* [2 gather.room, dim]; [items, dim]; [items, dim] */
  real *pull;                   /* [batch] of gen_loss=signed; else NULL */
  real *whole, *caused, *moved[MODALITIES]; /* [items, dim], see effects; NULL until asked for */
};

static inline bool neggen_is_base_only(int stage)
{
  return stage == STAGE_BASE || stage == STAGE_CONTINUED;
}

/* The module's input for the items that were taken. */
struct causal_input neggen_module_input(const struct model *model, struct neggen *neggen);

/* neggen_effects.c: V = I + lambda C of all items. */
void neggen_embed(struct model *model, int stage, struct embedding *out);
void neggen_embed_base(struct model *model, struct embedding *out);
/* Leaves c as embed does. */
bool neggen_effects(struct model *model, struct effects *out);
/* After embed: how much of an item's vector comes from the module. */
void neggen_diagnose(struct model *model, cJSON *out);

#endif
