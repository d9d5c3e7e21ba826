/* pairwise.c - see pairwise.h
 * SPDX-License-Identifier: MIT */
#include "model/pairwise.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "la/vec.h"

void pairwise_open(struct pairwise *pairwise, struct model *model, int layers)
{
  const struct dataset *data = model->data;
  int32_t batch = (int32_t)setting(model->settings, "batch");
  int dim = (int)setting(model->settings, "dim");
  int64_t nodes = (int64_t)data->users + data->items;
  size_t size = (size_t)nodes * (size_t)dim;
  *pairwise = (struct pairwise){
    .layers = layers, .dim = dim, .rho = setting(model->settings, "rho"),
    .l2 = setting_is(model->settings, "l2", "fro") ? L2_FRO : L2_SQ,
    .nodes = model_tensor(model, "nodes", nodes, dim),
  };
  bpr_init(&pairwise->bpr, data->users, data->items, dim, batch);
  pairwise->de = mem_aligned(size, sizeof(real));
  if (!layers)
    return;
  graph_build(data->users, data->items, data->sets[PHASE_TRAIN].start,
              data->sets[PHASE_TRAIN].item, &pairwise->graph);
  pairwise->e = mem_aligned(size, sizeof(real));
  pairwise->work = mem_aligned(2 * size, sizeof(real));
}

void pairwise_close(struct pairwise *pairwise)
{
  bpr_free(&pairwise->bpr);
  csr_free(&pairwise->graph);
  free(pairwise->e);
  free(pairwise->de);
  free(pairwise->work);
}

void pairwise_begin(struct pairwise *pairwise, struct model *model)
{
  int64_t first[] = {0, model->data->users}, rows[] = {model->data->users, model->data->items};
  for (int part = 0; part < 2; part++) {
    double size = (double)(rows[part] + pairwise->dim);
    if (pairwise->layers)
      tensor_uniform(model, pairwise->nodes, part, first[part], rows[part], sqrt(6 / size));
    else
      tensor_normal(model, pairwise->nodes, part, first[part], rows[part], sqrt(2 / size));
  }
}

const real *pairwise_vectors(struct pairwise *pairwise)
{
  if (!pairwise->layers)
    return pairwise->nodes->value;
  graph_propagate(&pairwise->graph, pairwise->layers, pairwise->dim, pairwise->nodes->value,
                  pairwise->e, pairwise->work);
  return pairwise->e;
}

/* Without layers de is the table's gradient already: it is copied by a swap of the buffers. */
double pairwise_backward(struct pairwise *pairwise, const struct batch *batch)
{
  struct tensor *nodes = pairwise->nodes;
  if (pairwise->layers) {
    graph_propagate(&pairwise->graph, pairwise->layers, pairwise->dim, pairwise->de, nodes->grad,
                    pairwise->work);
  } else {
    real *kept = nodes->grad;
    nodes->grad = pairwise->de;
    pairwise->de = kept;
  }
  return bpr_l2(&pairwise->bpr, batch, pairwise->l2, pairwise->rho, nodes->value, nodes->grad);
}

double pairwise_step(struct pairwise *pairwise, const struct batch *batch, double *parts)
{
  const real *e = pairwise_vectors(pairwise);
  la_zero(pairwise->de, pairwise->nodes->rows * pairwise->dim);
  bpr_sort(&pairwise->bpr, batch);
  double loss = bpr_loss(&pairwise->bpr, batch, e, pairwise->de);
  double l2 = pairwise->rho * pairwise_backward(pairwise, batch);
  parts[PART_REAL] += loss * batch->size;
  parts[PART_L2] += l2 * batch->size;
  return loss + l2;
}

void pairwise_embed(struct pairwise *pairwise, const struct model *model, struct embedding *out)
{
  const real *e = pairwise_vectors(pairwise);
  *out = (struct embedding){pairwise->dim, e, e + (int64_t)model->data->users * pairwise->dim};
}

bool pairwise_model_open(struct model *model, struct err *err)
{
  (void)err;
  model->state = mem_zero(1, sizeof(struct pairwise));
  pairwise_open(model->state, model, settings_has(model->settings, "layers")
                                       ? (int)setting(model->settings, "layers") : 0);
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
  return pairwise_step(model->state, batch, parts);
}

void pairwise_model_embed(struct model *model, int stage, struct embedding *out)
{
  (void)stage;
  pairwise_embed(model->state, model, out);
}
