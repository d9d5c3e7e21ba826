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
#include "model/causal.h"
#include "model/neggen_loss.h"
#include "model/pairwise.h"

enum stage { STAGE_BASE, STAGE_MODULE, STAGE_CONTINUED, STAGE_SWAPPED, STAGE_NOISE };

enum part {
  PART_GEN = PAIRWISE_PARTS,
  PART_ALIGN,
  PART_HARDER,
  PART_COS_C,
  PART_COS_N,
  PART_WEIGHTED,
};

struct neggen {
  struct pairwise base;
  struct causal_shape shape;
  struct causal_weights w, grad;
  struct causal causal;
  struct neggen_hyper hyper;
  struct neggen_loss loss;
  real *x_neg[MODALITIES];      /* [gather.room, width] */
  unsigned char *present;       /* [2 gather.room, tokens] */
  real *control[MODALITIES];    /* [items, width] negatives of a control, or NULL */
  unsigned char *all_present;   /* [2 items, tokens] */
  unsigned char *has_negative;  /* [items] */
  real *dy, *v;                 /* [2 items, dim]; [items, dim] */
};

static void load_hyper(const struct settings *settings, struct neggen_hyper *hyper)
{
  *hyper = (struct neggen_hyper){
    .lambda = setting(settings, "lambda"), .alpha = setting(settings, "alpha"),
    .tau = setting(settings, "tau"), .gamma = setting(settings, "gamma"),
    .eta = setting(settings, "eta"), .align = (enum align_kind)setting(settings, "align"),
    .is_real_full = setting_is(settings, "real", "full"),
  };
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

/* Row `item` of the stacked presence of bags, at place k of n. */
static void set_present(const struct features *features, unsigned char *present, int64_t n,
                        int64_t k, int32_t item)
{
  for (int m = 0; m < MODALITIES; m++)
    present[k * MODALITIES + m] = present[(n + k) * MODALITIES + m] = features->present[m][item];
}

static void open_buffers(struct model *model, struct neggen *neggen)
{
  size_t items = (size_t)model->data->items, d = (size_t)neggen->shape.attention.dim;
  int32_t batch = (int32_t)setting(model->settings, "batch");
  size_t room = (size_t)neggen->base.gather.room;
  for (int m = 0; m < MODALITIES; m++)
    neggen->x_neg[m] = mem_aligned(room * (size_t)neggen->shape.width[m], sizeof(real));
  neggen->present = mem_zero(2 * room + 1, MODALITIES);
  neggen->all_present = mem_zero(2 * items + 1, MODALITIES);
  neggen->has_negative = mem_zero(items + 1, 1);
  for (int32_t i = 0; i < model->data->items; i++) {
    set_present(model->features, neggen->all_present, model->data->items, i, i);
    neggen->has_negative[i] = model->features->has_negative[i] != 0;
  }
  neggen->dy = mem_aligned(2 * items * d, sizeof(real));
  neggen->v = mem_aligned(items * d, sizeof(real));
  causal_init(&neggen->causal, &neggen->shape, model->data->items);
  neggen_loss_init(&neggen->loss, (int)d, model->data->items, batch,
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
  neggen->shape.attention = (struct attention_shape){MODALITIES, neggen->base.dim, heads};
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
  for (int m = 0; m < MODALITIES; m++) {
    free(neggen->x_neg[m]);
    free(neggen->control[m]);
  }
  free(neggen->present);
  free(neggen->all_present);
  free(neggen->has_negative);
  free(neggen->dy);
  free(neggen->v);
  free(neggen);
}

/* ---- negatives of the controls */

/* Every item that has a negative takes that of the next one in a random order. */
static void swap_negatives(const struct model *model, struct neggen *neggen)
{
  const struct features *f = model->features;
  int32_t count = 0, *order = mem_zero((size_t)model->data->items + 1, sizeof *order);
  struct rng rng = rng_stream(model->seed, RNG_ABLATION, STAGE_SWAPPED);
  for (int32_t i = 0; i < model->data->items; i++)
    if (f->has_negative[i])
      order[count++] = i;
  for (int32_t k = count - 1; k > 0; k--) {
    int32_t other = (int32_t)rng_below(&rng, (uint64_t)k + 1), kept = order[k];
    order[k] = order[other];
    order[other] = kept;
  }
  for (int32_t k = 0; k < count; k++)
    for (int m = 0; m < MODALITIES; m++) {
      int32_t item = order[k], other = order[(k + 1) % count];
      size_t width = (size_t)f->dim[m];
      if (f->present[m][item] && f->present[m][other])
        memcpy(neggen->control[m] + (size_t)item * width, f->x_neg[m] + (size_t)other * width,
               width * sizeof(real));
    }
  free(order);
}

/* x- := x + noise, as far away as the generated negative, in a random direction. */
static void add_noise(const struct model *model, struct neggen *neggen)
{
  const struct features *f = model->features;
  struct rng rng = rng_stream(model->seed, RNG_ABLATION, STAGE_NOISE);
  for (int m = 0; m < MODALITIES; m++) {
    int width = f->dim[m];
    real *noise = mem_aligned((size_t)width, sizeof *noise);
    for (int32_t i = 0; i < model->data->items; i++) {
      const real *x = f->x[m] + (int64_t)i * width, *negative = f->x_neg[m] + (int64_t)i * width;
      double moved = 0;
      for (int k = 0; k < width; k++) {
        moved += ((double)negative[k] - (double)x[k]) * ((double)negative[k] - (double)x[k]);
        noise[k] = (real)rng_gauss(&rng);
      }
      real scale = (real)sqrt(moved / vec_square(noise, width));
      for (int k = 0; k < width; k++)
        neggen->control[m][(int64_t)i * width + k] = x[k] + scale * noise[k];
    }
    free(noise);
  }
}

/* The negatives of this stage: the generated ones, or those of a control. */
static void prepare(struct model *model, int stage)
{
  struct neggen *neggen = model->state;
  bool is_control = stage == STAGE_SWAPPED || stage == STAGE_NOISE;
  for (int m = 0; m < MODALITIES; m++) {
    size_t size = (size_t)model->data->items * (size_t)neggen->shape.width[m];
    free(neggen->control[m]);
    neggen->control[m] = NULL;
    if (!is_control)
      continue;
    neggen->control[m] = mem_aligned(size, sizeof(real));
    memcpy(neggen->control[m], model->features->x_neg[m], size * sizeof(real));
  }
  if (stage == STAGE_SWAPPED)
    swap_negatives(model, neggen);
  else if (stage == STAGE_NOISE)
    add_noise(model, neggen);
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

static const real *negatives_of_stage(const struct model *model, const struct neggen *neggen, int m)
{
  return neggen->control[m] ? neggen->control[m] : model->features->x_neg[m];
}

/* The module's input for the items that were taken; of all items nothing is copied. */
static struct causal_input module_input(const struct model *model, struct neggen *neggen)
{
  const struct gather *gather = &neggen->base.gather;
  struct causal_input in = {.n = gather->count, .present = neggen->all_present};
  for (int m = 0; m < MODALITIES; m++) {
    in.x[m] = gather->x[m];
    in.x_neg[m] = negatives_of_stage(model, neggen, m);
  }
  if (!gather->item)
    return in;
  in.present = neggen->present;
  for (int32_t k = 0; k < gather->count; k++)
    set_present(model->features, neggen->present, gather->count, k, gather->item[k]);
  for (int m = 0; m < MODALITIES; m++) {
    int64_t width = neggen->shape.width[m];
    const real *from = in.x_neg[m];
#pragma omp parallel for schedule(static)
    for (int32_t k = 0; k < gather->count; k++)
      memcpy(neggen->x_neg[m] + k * width, from + gather->item[k] * width,
             (size_t)width * sizeof(real));
    in.x_neg[m] = neggen->x_neg[m];
  }
  return in;
}

static double module_step(struct model *model, struct neggen *neggen, const struct batch *batch,
                          double *parts)
{
  struct pairwise *base = &neggen->base;
  const struct neggen_hyper *hyper = &neggen->hyper;
  struct neggen_parts sum;
  gather_batch(&base->gather, batch);
  const real *e = pairwise_vectors(base);
  struct causal_input features = module_input(model, neggen);
  causal_forward(&neggen->causal, &neggen->shape, &neggen->w, &features);
  struct neggen_input in = {e, neggen->causal.y, (int32_t)features.n, base->gather.place,
                            neggen->has_negative};
  la_zero(base->de, base->nodes->rows * base->dim);
  la_zero(neggen->dy, 2 * features.n * base->dim);
  bpr_sort(&base->bpr, batch);
  neggen_loss_step(&neggen->loss, &base->bpr, batch, hyper, &in, base->de, neggen->dy, &sum);
  causal_backward(&neggen->causal, &neggen->shape, &neggen->w, &features, neggen->dy,
                  &neggen->grad);
  double l2 = base->rho * pairwise_backward(base, batch);
  parts[PART_REAL] += sum.real * batch->size;
  parts[PART_L2] += l2 * batch->size;
  parts[PART_GEN] += sum.gen * batch->size;
  parts[PART_ALIGN] += sum.align * batch->size;
  parts[PART_HARDER] += sum.harder;
  parts[PART_COS_C] += sum.cos_c;
  parts[PART_COS_N] += sum.cos_n;
  parts[PART_WEIGHTED] += sum.weighted;
  return hyper->gamma * sum.gen + hyper->eta * sum.real + hyper->alpha * sum.align + l2;
}

static bool is_base_only(int stage) { return stage == STAGE_BASE || stage == STAGE_CONTINUED; }

static double step(struct model *model, int stage, const struct batch *batch, double *parts)
{
  struct neggen *neggen = model->state;
  return is_base_only(stage) ? pairwise_step(&neggen->base, model, batch, parts)
                             : module_step(model, neggen, batch, parts);
}

static void embed_base(struct model *model, struct embedding *out)
{
  struct neggen *neggen = model->state;
  pairwise_embed(&neggen->base, model, out);
}

/* V = I + lambda C of all items. */
static void embed(struct model *model, int stage, struct embedding *out)
{
  struct neggen *neggen = model->state;
  embed_base(model, out);
  if (is_base_only(stage))
    return;
  gather_all(&neggen->base.gather);
  struct causal_input features = module_input(model, neggen);
  causal_forward(&neggen->causal, &neggen->shape, &neggen->w, &features);
  int64_t size = (int64_t)model->data->items * out->dim;
  memcpy(neggen->v, out->items, (size_t)size * sizeof(real));
  vec_axpy(neggen->v, (real)neggen->hyper.lambda, neggen->causal.y, size);
  out->items = neggen->v;
}

/* After embed: how much of an item's vector comes from the module. */
static void diagnose(struct model *model, cJSON *out)
{
  const struct neggen *neggen = model->state;
  struct embedding base;
  embed_base(model, &base);
  double share = 0;
  int64_t counted = 0;
  for (int64_t i = 0; i < model->data->items; i++) {
    double c = sqrt(vec_square(neggen->causal.y + i * base.dim, base.dim));
    double own = sqrt(vec_square(base.items + i * base.dim, base.dim));
    if (own < REAL_TINY)
      continue; /* never trained: nothing to compare with */
    share += neggen->hyper.lambda * c / own;
    counted++;
  }
  json_add_num(out, "lambda_c_over_i", counted ? share / (double)counted : NAN);
}

/* What was not given for the base is what its own model recommends. */
static void follow_base(struct settings *settings)
{
  static const char *const names[][2] = {{"lr", "base_lr"}, {"rho", "rho"}, {"l2", "l2"}};
  static const struct model_ops *const bases[] = {&model_mf, &model_lightgcn, &model_vbpr};
  struct settings own;
  settings_init(&own, bases[(int)setting(settings, "base")]->settings);
  for (size_t k = 0; k < sizeof names / sizeof *names; k++)
    settings_follow(settings, names[k][1], setting(&own, names[k][0]));
}

static const struct setting_row settings[] = {
  {"base", SETTING_CHOICE, "lightgcn", 0, 0, PAIRWISE_KINDS,
   "the model that the module stands on; unless they are given, base_lr, rho and l2 are its own"},
  {"lambda", SETTING_REAL, "0.4", 0, 100, NULL, "share of the causal vector c in an item's score"},
  {"alpha", SETTING_REAL, "0.01", 0, 100, NULL, "weight of the alignment of c with the item"},
  {"tau", SETTING_REAL, "0.2", 0.001, 100, NULL, "temperature of the alignment"},
  {"gamma", SETTING_REAL, "1", 0, 100, NULL, "weight of ranking above the generated negative"},
  {"eta", SETTING_REAL, "1", 0, 100, NULL, "weight of ranking above the sampled item"},
  {"align", SETTING_CHOICE, "pair", 0, 0, "pair|infonce|linear",
   "alignment: c against n (pair), against the batch (infonce), or unbounded as released (linear)"},
  {"real", SETTING_CHOICE, "full", 0, 0, "full|base",
   "the sampled item's score has its own c (full) or not (base)"},
  {"heads", SETTING_INT, "8", 1, 64, NULL, "heads of the attention over modalities; divides dim"},
  {"controls", SETTING_CHOICE, "on", 0, 0, "on|off",
   "train the controls, too: base continued, negatives swapped, noise"},
  SETTING_LR("0.001"),
  {"epochs", SETTING_INT, "20", 1, 100000, NULL, "epochs of the module at most"},
  {"patience", SETTING_INT, "8", 1, 100000, NULL,
   "stop the module when so many epochs brought no better Recall@20 on validation"},
  {"base_lr", SETTING_REAL, "0.002", 1e-6, 1, NULL, "step length of Adam for the base"},
  {"base_epochs", SETTING_INT, "1000", 1, 100000, NULL, "epochs of the base at most"},
  {"base_patience", SETTING_INT, "20", 1, 100000, NULL,
   "stop the base when so many epochs brought no better Recall@20 on validation"},
  SETTING_RHO("0.004"), SETTING_L2, SETTING_LAYERS, SETTING_DIM, SETTING_BATCH, {0},
};

/* In the order of enum stage. */
static const struct stage_row stages[] = {
  {"base", "the base alone to its best epoch", "base_lr", "base_epochs", "base_patience", STAGE_BASE_ONLY},
  {"module", "the causal module, and the base with it", "lr", "epochs", "patience",
   STAGE_FROM_KEPT},
  {"continued", "control: the base alone for as many epochs", "lr", "epochs", "patience",
   STAGE_BASE_ONLY | STAGE_FROM_KEPT | STAGE_CONTROL | STAGE_AS_LONG},
  {"swapped", "control: with the negatives of other items", "lr", "epochs", "patience",
   STAGE_FROM_KEPT | STAGE_CONTROL},
  {"noise", "control: with noise as far from the item as its negative", "lr", "epochs",
   "patience", STAGE_FROM_KEPT | STAGE_CONTROL},
  {0},
};

static const struct part_row parts[PARTS_MAX] = {
  {"real", -1},  {"l2", -1},      {"gen", -1},    {"align", -1},
  {"harder", PART_WEIGHTED}, {"cos_c", PART_WEIGHTED}, {"cos_n", PART_WEIGHTED}, {NULL, -1},
};

const struct model_ops model_neggen = {
  .name = "neggen",
  .help = "a base model and a causal module trained with generated negatives",
  .needs = NEEDS_FEATURES | NEEDS_NEGATIVES,
  .settings = settings,
  .stages = stages,
  .parts = parts,
  .follow = follow_base,
  .open = open_neggen,
  .close = close_neggen,
  .prepare = prepare,
  .begin = begin,
  .step = step,
  .embed = embed,
  .embed_base = embed_base,
  .diagnose = diagnose,
};
