/* neggen.c - NegGen: a base model, and what an item's intervened attributes cause (METHOD 5)
 *
 * First the base (LightGCN, MF or VBPR) is trained to its best epoch. Then the causal module comes in: for
 * every item, c from the features of the item and of its generated negative, so that the
 * item side of a score is i + lambda c; trained against the generated negative, against a
 * sampled item, and with an alignment of c to i. Items without a valid negative have
 * x- := x and no weight in the terms of the negative.
 *
 * Controls start from the same base and differ in one thing: no module at all, negatives of
 * other items, or noise of the same length. Without them nothing could be said of what the
 * content of the negatives does.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "la/vec.h"
#include "model/neggen_private.h"
#include "model/neggen_settings.h"

enum part {
  PART_GEN = PAIRWISE_PARTS,
  PART_ALIGN,
  PART_HARDER,
  PART_COS_C,
  PART_COS_N,
  PART_WEIGHTED,
  PART_CONTENT,
};

/* c is made from what the item is, and its negative goes the same way. */
static bool is_shared(const struct settings *settings)
{
  enum gen_loss gen_loss = (enum gen_loss)setting(settings, "gen_loss");
  return gen_loss == GEN_LOSS_SHARED || gen_loss == GEN_LOSS_SIGNED;
}

static void load_hyper(const struct settings *settings, struct neggen_hyper *hyper)
{
  *hyper = (struct neggen_hyper){
    .lambda = setting(settings, "lambda"), .alpha = setting(settings, "alpha"),
    .tau = setting(settings, "tau"), .gamma = setting(settings, "gamma"),
    .eta = setting(settings, "eta"), .align = (enum align_kind)setting(settings, "align"),
    .is_real_full = setting_is(settings, "real", "full"),
    .gen = is_shared(settings) ? GEN_SHARED : GEN_FREE,
    .content = setting(settings, "content_bpr"), .content_l2 = setting(settings, "content_l2"),
  };
  if (setting_is(settings, "causal", "off"))
    hyper->lambda = hyper->alpha = hyper->content = hyper->content_l2 = 0;
  if (setting(settings, "gen_loss") == GEN_LOSS_GROUNDED)
    hyper->gamma = 0; /* the negative is a real item instead */
}

/* A weight and where its gradient goes. */
static void add_weight(struct model *model, const char *name, int64_t rows, int64_t cols,
                       real **value, real **grad)
{
  struct tensor *tensor = model_tensor(model, name, rows, cols);
  *value = tensor->value;
  *grad = tensor->grad;
}

static void add_weights(struct model *model, struct neggen *neggen)
{
  static const char *const projections[MODALITIES] = {"P_text", "P_image"};
  static const char *const tokens[MODALITIES] = {"p_text", "p_image"};
  struct causal_weights *w = &neggen->w, *g = &neggen->grad;
  int64_t d = neggen->shape.attention.dim;
  for (int m = 0; m < MODALITIES; m++) {
    add_weight(model, projections[m], d, neggen->shape.width[m], &w->project[m], &g->project[m]);
    add_weight(model, tokens[m], 1, d, &w->token[m], &g->token[m]);
  }
  add_weight(model, "W_qkv", 3 * d, d, &w->attention.qkv, &g->attention.qkv);
  add_weight(model, "b_qkv", 1, 3 * d, &w->attention.qkv_bias, &g->attention.qkv_bias);
  add_weight(model, "W_out", d, d, &w->attention.out, &g->attention.out);
  add_weight(model, "b_out", 1, d, &w->attention.out_bias, &g->attention.out_bias);
  add_weight(model, "W_1", d, d, &w->w1, &g->w1);
  add_weight(model, "b_1", 1, d, &w->b1, &g->b1);
  add_weight(model, "W_2", d, d, &w->w2, &g->w2);
  add_weight(model, "b_2", 1, d, &w->b2, &g->b2);
}

/* Row `item` of the stacked presence of bags, at place k of n; one token is there when any modality
 * is. */
static void set_present(const struct features *features, int tokens, unsigned char *present,
                        int64_t n, int64_t k, int32_t item)
{
  unsigned char *own = present + k * tokens, *negative = present + (n + k) * tokens;
  memset(own, 0, (size_t)tokens);
  for (int m = 0; m < MODALITIES; m++)
    own[tokens == 1 ? 0 : m] |= features->present[m][item] != 0;
  memcpy(negative, own, (size_t)tokens);
}

static void open_buffers(struct model *model, struct neggen *neggen)
{
  size_t items = (size_t)model->data->items, d = (size_t)neggen->shape.attention.dim;
  int32_t batch = (int32_t)setting(model->settings, "batch");
  size_t room = (size_t)neggen->base.gather.room;
  neggen->present = mem_zero(2 * room + 1, MODALITIES);
  neggen->has_negative = mem_zero(items + 1, 1);
  for (int32_t i = 0; i < model->data->items; i++) {
    int32_t count = opposites_count(&neggen->opposites, i);
    neggen->has_negative[i] = count > 0;
    neggen->most = count > neggen->most ? count : neggen->most;
  }
  neggen->dy = mem_aligned(2 * room * d, sizeof(real));
  neggen->c = mem_aligned(items * d, sizeof(real));
  neggen->v = mem_aligned(items * d, sizeof(real));
  if (model_pulls(model->settings))
    neggen->pull = mem_aligned((size_t)batch + 1, sizeof(real));
  causal_init(&neggen->causal, &neggen->shape, 0);
  neggen_loss_init(&neggen->loss, (int)d, (int32_t)room, batch,
                   neggen->hyper.align == ALIGN_INFONCE);
}

static bool open_neggen(struct model *model, struct err *err)
{
  const struct features *features = model->features;
  int dim = (int)setting(model->settings, "dim"), heads = (int)setting(model->settings, "heads");
  if (dim % heads)
    return err_set(err, EX_USAGE, "dim (%d) must be a multiple of heads (%d)", dim, heads);
  if (!features->negative_count)
    return err_set(err, EX_DATAERR, "there are no valid negatives to train with: run neggen "
                   "generate WS --all first");
  struct neggen *neggen = mem_zero(1, sizeof *neggen);
  model->state = neggen;
  pairwise_open(&neggen->base, model, (enum pairwise_kind)setting(model->settings, "base"));
  for (int t = 0; t < model->base_tensors; t++)
    model_keeps(&model->tensors[t]);
  int tokens = setting_is(model->settings, "attention", "single") ? 1 : MODALITIES;
  neggen->shape.attention = (struct attention_shape){tokens, neggen->base.dim, heads};
  neggen->shape.modalities = MODALITIES;
  neggen->shape.is_content = is_shared(model->settings);
  neggen->most = 1;
  opposites_init(&neggen->opposites, features);
  for (int m = 0; m < MODALITIES; m++)
    neggen->shape.width[m] = features->dim[m];
  load_hyper(model->settings, &neggen->hyper);
  add_weights(model, neggen);
  open_buffers(model, neggen);
  return true;
}

static void close_neggen(struct model *model)
{
  struct neggen *neggen = model->state;
  pairwise_close(&neggen->base);
  causal_free(&neggen->causal);
  neggen_loss_free(&neggen->loss);
  opposites_free(&neggen->opposites);
  grounded_free(&neggen->grounded);
  free(neggen->present);
  free(neggen->has_negative);
  for (int m = 0; m < MODALITIES; m++)
    free(neggen->moved[m]);
  free(neggen->whole);
  free(neggen->caused);
  free(neggen->dy);
  free(neggen->pull);
  free(neggen->c);
  free(neggen->v);
  free(neggen);
}

/* The negatives of this stage: those that were asked for, or those of a control. */
static void prepare(struct model *model, int stage)
{
  struct neggen *neggen = model->state;
  enum gen_loss gen_loss = (enum gen_loss)setting(model->settings, "gen_loss");
  enum opposites_kind kind = stage == STAGE_SWAPPED ? OPPOSITES_SWAPPED
                             : stage == STAGE_NOISE ? OPPOSITES_NOISE
                             : (enum opposites_kind)setting(model->settings, "negatives");
  if (stage == STAGE_BASE || stage == STAGE_CONTINUED)
    return;
  opposites_choose(&neggen->opposites, kind, model->seed);
  if (gen_loss == GEN_LOSS_SHARED)
    opposites_centre(&neggen->opposites, model->data->item_count);
  if (gen_loss == GEN_LOSS_GROUNDED)
    grounded_build(&neggen->grounded, model->data, &neggen->opposites);
}

/* ---- training */

static void begin_module(struct model *model, struct neggen *neggen)
{
  double d = neggen->shape.attention.dim;
  for (int t = model->base_tensors; t < model->tensor_count; t++) {
    struct tensor *tensor = &model->tensors[t];
    double bound = 1 / sqrt(d);
    if (tensor->value == neggen->w.attention.qkv)
      bound = sqrt(6 / (4 * d));
    else if (tensor->value == neggen->w.attention.qkv_bias ||
             tensor->value == neggen->w.attention.out_bias)
      bound = 0;
    for (int m = 0; m < MODALITIES; m++)
      if (tensor->value == neggen->w.project[m] || tensor->value == neggen->w.token[m])
        bound = neggen->shape.width[m] ? 1 / sqrt((double)neggen->shape.width[m]) : 0;
    tensor_uniform(model, tensor, 0, 0, tensor->rows, bound);
  }
}

static void begin(struct model *model, int stage)
{
  struct neggen *neggen = model->state;
  if (stage == STAGE_BASE)
    pairwise_begin(&neggen->base, model);
  else if (stage != STAGE_CONTINUED)
    begin_module(model, neggen);
}

struct causal_input neggen_module_input(const struct model *model, struct neggen *neggen)
{
  const struct gather *gather = &neggen->base.gather;
  struct causal_input in = {.n = gather->count, .present = neggen->present};
  opposites_take(&neggen->opposites, gather, in.x_neg);
  for (int m = 0; m < MODALITIES; m++)
    in.x[m] = gather->x[m];
  for (int32_t k = 0; k < gather->count; k++)
    set_present(model->features, neggen->shape.attention.tokens, neggen->present, gather->count, k,
                gather_item(gather, k));
  return in;
}

/* Which way the negative of each pair pulls its user; NULL where that is not asked. */
static const real *find_pulls(const struct model *model, struct neggen *neggen,
                              const struct batch *batch)
{
  unsigned moved = opposites_moved(&neggen->opposites);
  if (!neggen->pull)
    return NULL;
#pragma omp parallel for schedule(static)
  for (int32_t b = 0; b < batch->size; b++) {
    int32_t place, from = opposites_seen(&neggen->opposites, batch->item[b], &place);
    neggen->pull[b] =
      (real)pulls_of(model->pulls, batch->user[b], batch->item[b], from, place, moved);
  }
  return neggen->pull;
}

static double module_step(struct model *model, struct neggen *neggen, const struct batch *drawn,
                          double *parts)
{
  struct batch grounded = grounded_batch(&neggen->grounded, model->data, drawn);
  const struct batch *batch = &grounded;
  struct pairwise *base = &neggen->base;
  const struct neggen_hyper *hyper = &neggen->hyper;
  struct neggen_parts sum;
  const real *e = pairwise_ready(base, model, batch);
  opposites_draw(&neggen->opposites, rng_mix64(batch->seed ^ RNG_NEGATIVES));
  struct causal_input features = neggen_module_input(model, neggen);
  causal_forward(&neggen->causal, &neggen->shape, &neggen->w, &features);
  struct neggen_input in = {e, neggen->causal.y, (int32_t)features.n, base->gather.place,
                            neggen->has_negative, find_pulls(model, neggen, batch)};
  la_zero(neggen->dy, 2 * features.n * base->dim);
  neggen_loss_step(&neggen->loss, &base->bpr, batch, hyper, &in, base->de, neggen->dy, &sum);
  causal_backward(&neggen->causal, &neggen->shape, &neggen->w, &features, neggen->dy,
                  &neggen->grad);
  double l2 = base->rho * pairwise_backward(base, batch);
  parts[PART_REAL] += sum.real * batch->size;
  parts[PART_L2] += l2 * batch->size;
  parts[PART_GEN] += sum.gen * batch->size;
  parts[PART_ALIGN] += sum.align * batch->size;
  parts[PART_CONTENT] += sum.content * batch->size;
  parts[PART_HARDER] += sum.harder;
  parts[PART_COS_C] += sum.cos_c;
  parts[PART_COS_N] += sum.cos_n;
  parts[PART_WEIGHTED] += sum.weighted;
  return hyper->gamma * sum.gen + hyper->eta * sum.real + hyper->alpha * sum.align +
         sum.content + l2;
}

static double step(struct model *model, int stage, const struct batch *batch, double *parts)
{
  struct neggen *neggen = model->state;
  return neggen_is_base_only(stage) ? pairwise_step(&neggen->base, model, batch, parts)
                             : module_step(model, neggen, batch, parts);
}

/* In the order of enum stage. */
static const struct stage_row stages[] = {
  {"base", "the base alone to its best epoch", "base_lr", "base_epochs", "base_patience", STAGE_BASE_ONLY,
   NULL},
  {"module", "the causal module, and the base with it", "lr", "epochs", "patience",
   STAGE_FROM_KEPT, "keep"},
  {"continued", "control: the base alone for as many epochs", "lr", "epochs", "patience",
   STAGE_BASE_ONLY | STAGE_FROM_KEPT | STAGE_CONTROL | STAGE_AS_LONG, "keep"},
  {"swapped", "control: with the negatives of other items", "lr", "epochs", "patience",
   STAGE_FROM_KEPT | STAGE_CONTROL, "keep"},
  {"noise", "control: with noise as far from the item as its negative", "lr", "epochs",
   "patience", STAGE_FROM_KEPT | STAGE_CONTROL, "keep"},
  {0},
};

static const struct part_row parts[PARTS_MAX] = {
  {"real", -1},  {"l2", -1},      {"gen", -1},    {"align", -1},
  {"harder", PART_WEIGHTED}, {"cos_c", PART_WEIGHTED}, {"cos_n", PART_WEIGHTED}, {NULL, -1},
  {"content", -1},
};

const struct model_ops model_neggen = {
  .name = "neggen",
  .help = "a base model and a causal module trained with generated negatives",
  .needs = NEEDS_FEATURES | NEEDS_NEGATIVES,
  .settings = neggen_settings,
  .stages = stages,
  .parts = parts,
  .follow = neggen_follow,
  .open = open_neggen,
  .close = close_neggen,
  .prepare = prepare,
  .begin = begin,
  .step = step,
  .embed = neggen_embed,
  .embed_base = neggen_embed_base,
  .effects = neggen_effects,
  .diagnose = neggen_diagnose,
};
