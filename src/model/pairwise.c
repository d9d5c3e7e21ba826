/* pairwise.c - see pairwise.h
 * SPDX-License-Identifier: MIT */
#include "model/pairwise.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/vec.h"

static void open_graph(struct pairwise *pairwise, const struct model *model, size_t size)
{
  const struct dataset *data = model->data;
  pairwise->layers = (int)setting(model->settings, "layers");
  graph_build(data->users, data->items, data->sets[PHASE_TRAIN].start,
              data->sets[PHASE_TRAIN].item, &pairwise->graph);
  graph_rows_init(&pairwise->in_use, &pairwise->graph);
  pairwise->e = mem_aligned(size, sizeof(real));
  pairwise->de = mem_aligned(size, sizeof(real));
}

/* Without a graph a step uses the rows of its batch alone. */
static void open_table(struct pairwise *pairwise)
{
  pairwise->e = pairwise->nodes->value;
  pairwise->de = pairwise->nodes->grad;
  model_moves_late(pairwise->nodes);
}

static void open_content(struct pairwise *pairwise, struct model *model)
{
  static const char *const names[MODALITIES] = {"W_text", "W_image"};
  const struct features *features = model->features;
  int half = pairwise->dim / 2;
  pairwise->content = (struct content_shape){.half = half, .sides = MODALITIES};
  for (int m = 0; m < MODALITIES; m++) {
    struct tensor *w = model_tensor(model, names[m], half, features->dim[m]);
    pairwise->content.width[m] = features->dim[m];
    pairwise->w.w[m] = w->value;
    pairwise->grad.w[m] = w->grad;
  }
  struct tensor *b = model_tensor(model, "b", 1, half);
  pairwise->w.b = b->value;
  pairwise->grad.b = b->grad;
}

void pairwise_open(struct pairwise *pairwise, struct model *model, enum pairwise_kind kind)
{
  const struct dataset *data = model->data;
  int32_t batch = (int32_t)setting(model->settings, "batch");
  int dim = (int)setting(model->settings, "dim") * (kind == PAIRWISE_VBPR ? 2 : 1);
  int64_t nodes = (int64_t)data->users + data->items;
  size_t size = (size_t)nodes * (size_t)dim;
  *pairwise = (struct pairwise){
    .kind = kind, .dim = dim, .rho = setting(model->settings, "rho"),
    .l2 = setting_is(model->settings, "l2", "fro") ? L2_FRO : L2_SQ,
    .nodes = model_tensor(model, "nodes", nodes, dim),
  };
  bpr_init(&pairwise->bpr, data->users, data->items, dim, batch);
  if (model->features)
    gather_init(&pairwise->gather, model->features, batch);
  if (kind == PAIRWISE_LIGHTGCN)
    open_graph(pairwise, model, size);
  else
    open_table(pairwise);
  if (kind == PAIRWISE_VBPR)
    open_content(pairwise, model);
  model->base_tensors = model->tensor_count;
}

void pairwise_close(struct pairwise *pairwise)
{
  bpr_free(&pairwise->bpr);
  graph_free(&pairwise->graph);
  graph_rows_free(&pairwise->in_use);
  gather_free(&pairwise->gather);
  if (pairwise->layers) {
    free(pairwise->e);
    free(pairwise->de);
  }
}

/* W Xavier-normal as one matrix over all features, b 0; the items' half of content too, until it
 * is made. */
static void begin_content(struct pairwise *pairwise, struct model *model)
{
  const struct content_shape *shape = &pairwise->content;
  double width = 0;
  for (int m = 0; m < shape->sides; m++)
    width += shape->width[m];
  for (int m = 0; m < shape->sides; m++)
    tensor_normal(model, pairwise->nodes + 1 + m, 0, 0, shape->half,
                  sqrt(2 / (shape->half + width)));
  memset(pairwise->w.b, 0, (size_t)shape->half * sizeof(real));
  for (int64_t row = model->data->users; row < pairwise->nodes->rows; row++)
    memset(pairwise->nodes->value + row * pairwise->dim + shape->half, 0,
           (size_t)shape->half * sizeof(real));
}

void pairwise_begin(struct pairwise *pairwise, struct model *model)
{
  int64_t first[] = {0, model->data->users}, rows[] = {model->data->users, model->data->items};
  for (int part = 0; part < 2; part++) {
    bool is_half = part && pairwise->kind == PAIRWISE_VBPR;
    double size = (double)(rows[part] + (is_half ? pairwise->content.half : pairwise->dim));
    if (pairwise->kind == PAIRWISE_MF)
      tensor_normal(model, pairwise->nodes, part, first[part], rows[part], sqrt(2 / size));
    else
      tensor_uniform(model, pairwise->nodes, part, first[part], rows[part], sqrt(6 / size));
  }
  if (pairwise->kind == PAIRWISE_VBPR)
    begin_content(pairwise, model);
}

/* The items that were taken, as content.h wants them. */
static struct content_input content_input(const struct pairwise *pairwise)
{
  const struct gather *gather = &pairwise->gather;
  struct content_input in = {.count = gather->count, .first = pairwise->bpr.users,
                             .item = gather->item};
  for (int m = 0; m < MODALITIES; m++)
    in.x[m] = gather->x[m];
  return in;
}

/* The items' halves that are made from features, of those that were gathered. */
static void make_content(struct pairwise *pairwise)
{
  struct content_input in = content_input(pairwise);
  content_forward(&pairwise->content, &pairwise->w, &in, pairwise->nodes->value);
}

/* is_adding: gradients will be added to pairwise->de. */
static const real *make_ready(struct pairwise *pairwise, const struct model *model,
                              const struct batch *batch, bool is_adding)
{
  const struct scatter *nodes = &pairwise->bpr.scatter;
  if (pairwise->gather.features)
    gather_batch(&pairwise->gather, batch);
  bpr_sort(&pairwise->bpr, batch);
  if (pairwise->layers) {
    graph_rows_set(&pairwise->in_use, &pairwise->graph, nodes->row, nodes->count);
    graph_propagate_to(&pairwise->graph, &pairwise->in_use, pairwise->layers, pairwise->dim,
                       pairwise->nodes->value, pairwise->e);
    scatter_zero(nodes, pairwise->dim, pairwise->de);
  } else {
    tensor_touch(model, pairwise->nodes, nodes, is_adding);
  }
  if (pairwise->kind == PAIRWISE_VBPR)
    make_content(pairwise);
  return pairwise->e;
}

const real *pairwise_ready(struct pairwise *pairwise, const struct model *model,
                           const struct batch *batch)
{
  return make_ready(pairwise, model, batch, true);
}

double pairwise_backward(struct pairwise *pairwise, const struct batch *batch)
{
  struct tensor *nodes = pairwise->nodes;
  if (pairwise->layers)
    graph_propagate_from(&pairwise->graph, &pairwise->in_use, pairwise->layers, pairwise->dim,
                         pairwise->de, nodes->grad);
  double l2 = bpr_l2(&pairwise->bpr, batch, pairwise->l2, pairwise->rho, nodes->value,
                     nodes->grad);
  if (pairwise->kind == PAIRWISE_VBPR) {
    struct content_input in = content_input(pairwise);
    content_backward(&pairwise->content, &in, nodes->grad, &pairwise->grad);
  }
  return l2;
}

/* Without graph and content the rows of a batch can move as soon as their gradients are there: every row
 * is taken once. Returns R. */
static double move_rows(struct pairwise *pairwise, const struct model *model, const struct batch *batch)
{
  enum { ROWS = 32 };
  struct bpr *bpr = &pairwise->bpr;
  struct lazy_table table = tensor_lazily(pairwise->nodes);
  struct adam_rates rates = adam_rates(model->lr, model->step);
  const struct scatter *nodes = &bpr->scatter;
  int32_t blocks = (nodes->count + ROWS - 1) / ROWS;
  double scale[3], square[3] = {0}, *squares = mem_zero(3 * (size_t)blocks + 1, sizeof *squares);
  bpr_l2_scale(bpr, batch, pairwise->l2, pairwise->rho, table.theta, scale);
  real *scratch = la_scratch((int64_t)la_threads() * ROWS * table.dim);
#pragma omp parallel for schedule(static)
  for (int32_t block = 0; block < blocks; block++) {
    int32_t first = block * ROWS, end = nodes->count - first < ROWS ? nodes->count : first + ROWS;
    real *grad = scratch + (int64_t)omp_get_thread_num() * ROWS * table.dim;
    for (int32_t p = end; p < end + ROWS && p < nodes->count; p++)
      lazy_adam_fetch(&table, nodes->row[p]);
    bpr_row_gradients(bpr, batch->size, scale, table.theta, first, end, grad, squares + 3 * block);
    for (int32_t p = first; p < end; p++)
      lazy_adam_row(&table, rates, model->step, nodes->row[p], grad + (int64_t)(p - first) * table.dim);
  }
  for (int32_t k = 0; k < 3 * blocks; k++)
    square[k % 3] += squares[k];
  free(squares);
  pairwise->nodes->has_moved = true;
  return pairwise->rho == 0 ? 0 : bpr_l2_value(batch, pairwise->l2, square);
}

double pairwise_step(struct pairwise *pairwise, const struct model *model,
                     const struct batch *batch, double *parts)
{
  bool is_plain = pairwise->kind == PAIRWISE_MF;
  const real *e = make_ready(pairwise, model, batch, !is_plain);
  double loss = is_plain ? bpr_pairs(&pairwise->bpr, batch, e)
                         : bpr_loss(&pairwise->bpr, batch, e, pairwise->de);
  double l2 = pairwise->rho * (is_plain ? move_rows(pairwise, model, batch)
                                        : pairwise_backward(pairwise, batch));
  parts[PART_REAL] += loss * batch->size;
  parts[PART_L2] += l2 * batch->size;
  return loss + l2;
}

void pairwise_embed(struct pairwise *pairwise, const struct model *model, struct embedding *out)
{
  const real *e = pairwise->e;
  if (pairwise->kind == PAIRWISE_VBPR) {
    gather_range(&pairwise->gather, 0, model->data->items);
    make_content(pairwise);
  }
  if (pairwise->layers)
    graph_propagate(&pairwise->graph, pairwise->layers, pairwise->dim, pairwise->nodes->value,
                    pairwise->e);
  *out = (struct embedding){pairwise->dim, e, e + (int64_t)model->data->users * pairwise->dim};
}

bool pairwise_model_open(struct model *model, enum pairwise_kind kind)
{
  model->state = mem_zero(1, sizeof(struct pairwise));
  pairwise_open(model->state, model, kind);
  return true;
}

void pairwise_model_close(struct model *model)
{
  pairwise_close(model->state);
  free(model->state);
}

void pairwise_model_begin(struct model *model, int stage)
{
  (void)stage;
  pairwise_begin(model->state, model);
}

double pairwise_model_step(struct model *model, int stage, const struct batch *batch,
                           double *parts)
{
  (void)stage;
  return pairwise_step(model->state, model, batch, parts);
}

void pairwise_model_embed(struct model *model, int stage, struct embedding *out)
{
  (void)stage;
  pairwise_embed(model->state, model, out);
}
