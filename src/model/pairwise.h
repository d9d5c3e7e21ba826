/* pairwise.h - matrix factorisation, LightGCN, VBPR: BPR on one table of nodes
 *
 * The table's rows are the vectors (MF), or are propagated over the graph first (LightGCN), or
 * those of items end in a part that is made from their features (VBPR, content.h). NegGen
 * stands on any of them.
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_PAIRWISE_H
#define MODEL_PAIRWISE_H

#include "la/graph.h"
#include "model/content.h"
#include "model/gather.h"
#include "model/model.h"

enum pairwise_part { PART_REAL, PART_L2, PAIRWISE_PARTS };

#define PAIRWISE_KINDS "mf|lightgcn|vbpr"
enum pairwise_kind { PAIRWISE_MF, PAIRWISE_LIGHTGCN, PAIRWISE_VBPR };

struct pairwise {
  enum pairwise_kind kind;
  int layers, dim; /* hops; length of a vector: with VBPR twice the setting "dim" */
  enum l2_kind l2;
  double rho;
  struct tensor *nodes; /* [users + items, dim] */
  struct graph graph;   /* empty without layers */
  struct graph_rows in_use; /* of the graph, by the batch */
  struct bpr bpr;
  real *e, *de;         /* [nodes, dim]; without layers the table's own, its gradient */
  struct gather gather; /* of models with features; else empty */
  struct content_shape content; /* of VBPR, and these */
  struct content_weights w, grad;
};

/* Adds the tensor "nodes" to the model, and with VBPR those of the content; reads dim, batch, l2, rho
 * (and layers) of its settings. The model's base_tensors are these. */
void pairwise_open(struct pairwise *pairwise, struct model *model, enum pairwise_kind kind);
void pairwise_close(struct pairwise *pairwise);
/* Xavier: normal for MF, else uniform (METHOD 4.4). The tables of users and of items each have
 * their own bound. */
void pairwise_begin(struct pairwise *pairwise, struct model *model);
/* Make ready for a batch: its distinct items are gathered, its nodes sorted (bpr.scatter), the
 * gradients of their vectors 0. Returns the vectors [nodes, dim], of which those of the batch are up to
 * date. */
const real *pairwise_ready(struct pairwise *pairwise, const struct model *model,
                           const struct batch *batch);
/* Back from the gradient of the vectors (pairwise->de) to that of the table, and its L2. Returns R. */
double pairwise_backward(struct pairwise *pairwise, const struct batch *batch);
/* A whole step of BPR; sums are added to parts. */
double pairwise_step(struct pairwise *pairwise, const struct model *model,
                     const struct batch *batch, double *parts);
void pairwise_embed(struct pairwise *pairwise, const struct model *model, struct embedding *out);

/* The operations of a model that is this and nothing more: its state is a struct pairwise, made by an
 * `open` of its own. */
bool pairwise_model_open(struct model *model, enum pairwise_kind kind);
void pairwise_model_close(struct model *model);
void pairwise_model_begin(struct model *model, int stage);
double pairwise_model_step(struct model *model, int stage, const struct batch *batch,
                           double *parts);
void pairwise_model_embed(struct model *model, int stage, struct embedding *out);

#endif
