/* pairwise.h - matrix factorisation and LightGCN: BPR on one table of nodes
 *
 * With no layer the table's rows are the vectors (MF); with layers the rows are propagated
 * over the graph first (LightGCN). NegGen stands on this, too.
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_PAIRWISE_H
#define MODEL_PAIRWISE_H

#include "model/graph.h"
#include "model/model.h"

enum pairwise_part { PART_REAL, PART_L2, PAIRWISE_PARTS };

struct pairwise {
  int layers, dim;
  enum l2_kind l2;
  double rho;
  struct tensor *nodes; /* [users + items, dim] */
  struct csr graph;     /* empty without layers */
  struct bpr bpr;
  real *e, *de, *work;  /* [nodes, dim], the same, [2, nodes, dim] */
};

/* Adds the tensor "nodes" to the model; reads dim, batch, l2, rho of its settings. */
void pairwise_open(struct pairwise *pairwise, struct model *model, int layers);
void pairwise_close(struct pairwise *pairwise);
/* Xavier: uniform for graphs, normal for MF (METHOD 4.4). The tables of users and of items each have
 * their own bound. */
void pairwise_begin(struct pairwise *pairwise, struct model *model);
/* The propagated vectors [nodes, dim]. */
const real *pairwise_vectors(struct pairwise *pairwise);
/* Back from the gradient of the vectors (pairwise->de) to that of the table, and its L2. Returns R. */
double pairwise_backward(struct pairwise *pairwise, const struct batch *batch);
/* A whole step of BPR; sums are added to parts. */
double pairwise_step(struct pairwise *pairwise, const struct batch *batch, double *parts);
void pairwise_embed(struct pairwise *pairwise, const struct model *model, struct embedding *out);

/* The operations of a model that is this and nothing more: its state is a struct pairwise, its layers
 * the setting of that name (none: 0). */
bool pairwise_model_open(struct model *model, struct err *err);
void pairwise_model_close(struct model *model);
void pairwise_model_begin(struct model *model, int stage);
double pairwise_model_step(struct model *model, int stage, const struct batch *batch,
                           double *parts);
void pairwise_model_embed(struct model *model, int stage, struct embedding *out);

#endif
