/* gradients.c - backward passes against differences of the loss, in double
 *
 * The library here is the one that trains, compiled for double. Every gradient is compared
 * with (L(x + h) - L(x - h)) / 2h at some places of every tensor.
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "la/gemm.h"
#include "la/graph.h"
#include "model/causal.h"
#include "model/content.h"
#include "model/neggen_loss.h"

enum { USERS = 6, ITEMS = 9, NODES = USERS + ITEMS, BATCH = 14, DIM = 12, HEADS = 3, TOKENS = 3 };
static const int widths[TOKENS] = {5, 7, 3};

/* All parameters in one array, and where each begins. */
enum part { PART_NODES, PART_P, PART_TOKEN = PART_P + TOKENS, PART_QKV = PART_TOKEN + TOKENS,
            PART_QKV_BIAS, PART_OUT, PART_OUT_BIAS, PART_W1, PART_B1, PART_W2, PART_B2, PARTS };

struct problem {
  real *value, *grad;
  int64_t start[PARTS + 1];
  real *x[TOKENS], *x_neg[TOKENS];
  unsigned char present[2 * ITEMS * TOKENS], has[ITEMS];
  int32_t place[ITEMS], user[BATCH], item[BATCH], other[BATCH];
  struct graph graph;
  struct causal_shape shape;
  real pull[BATCH];
  bool has_pull;
  int layers;
  bool has_mask, has_module;
  enum l2_kind l2;
  double rho;
  struct neggen_hyper hyper;
};

static struct rng rng;

static real *random_reals(int64_t n, double scale)
{
  real *x = mem_aligned((size_t)n + 1, sizeof *x);
  for (int64_t k = 0; k < n; k++)
    x[k] = (real)(scale * rng_gauss(&rng));
  return x;
}

static void make_parameters(struct problem *p)
{
  const int64_t square = DIM * DIM;
  int64_t size[PARTS] = {[PART_NODES] = NODES * DIM, [PART_QKV] = 3 * square,
                         [PART_QKV_BIAS] = 3 * DIM, [PART_OUT] = square, [PART_OUT_BIAS] = DIM,
                         [PART_W1] = square, [PART_B1] = DIM, [PART_W2] = square, [PART_B2] = DIM};
  for (int m = 0; m < TOKENS; m++) {
    size[PART_P + m] = DIM * widths[m];
    size[PART_TOKEN + m] = DIM;
  }
  for (int k = 0; k < PARTS; k++)
    p->start[k + 1] = p->start[k] + size[k];
  p->value = random_reals(p->start[PARTS], 0.4);
  p->grad = mem_aligned((size_t)p->start[PARTS], sizeof(real));
}

static void make_problem(struct problem *p)
{
  int64_t start[USERS + 1] = {0};
  int32_t edges[USERS * ITEMS];
  *p = (struct problem){.layers = 2, .l2 = L2_FRO, .rho = 0.05,
                        .hyper = {0.4, 0.3, 0.2, 1.1, 0.8, ALIGN_PAIR, true, GEN_FREE, 0, 0},
                        .has_module = true,
                        .shape = {{TOKENS, DIM, HEADS}, TOKENS,
                                  {widths[0], widths[1], widths[2]}, false}};
  make_parameters(p);
  for (int m = 0; m < TOKENS; m++) {
    p->x[m] = random_reals(ITEMS * widths[m], 1);
    p->x_neg[m] = random_reals(ITEMS * widths[m], 1);
  }
  for (int32_t u = 0; u < USERS; u++) {
    start[u + 1] = start[u];
    for (int32_t i = 0; i < ITEMS; i++)
      if ((u * 5 + i * 3) % 4 < 2)
        edges[start[u + 1]++] = i;
  }
  graph_build(USERS, ITEMS, start, edges, &p->graph);
  for (int32_t i = 0; i < ITEMS; i++) {
    p->has[i] = 1;
    p->place[i] = ITEMS - 1 - i; /* any order */
  }
  memset(p->present, 1, sizeof p->present);
  for (int b = 0; b < BATCH; b++) {
    p->user[b] = (int32_t)rng_below(&rng, USERS);
    p->item[b] = (int32_t)rng_below(&rng, ITEMS);
    p->other[b] = (int32_t)rng_below(&rng, ITEMS);
    p->pull[b] = b % 4 ? (real)(2 * rng_unif(&rng) - 1) : 0;
  }
}

static void free_problem(struct problem *p)
{
  free(p->value);
  free(p->grad);
  for (int m = 0; m < TOKENS; m++) {
    free(p->x[m]);
    free(p->x_neg[m]);
  }
  graph_free(&p->graph);
}

static struct causal_weights weights_of(const struct problem *p, real *at)
{
  struct causal_weights w = {
    .attention = {at + p->start[PART_QKV], at + p->start[PART_QKV_BIAS], at + p->start[PART_OUT],
                  at + p->start[PART_OUT_BIAS]},
    .w1 = at + p->start[PART_W1], .b1 = at + p->start[PART_B1],
    .w2 = at + p->start[PART_W2], .b2 = at + p->start[PART_B2]};
  for (int m = 0; m < TOKENS; m++) {
    w.project[m] = at + p->start[PART_P + m];
    w.token[m] = at + p->start[PART_TOKEN + m];
  }
  return w;
}

static double module_loss(struct problem *p, struct bpr *bpr, const struct batch *batch,
                          const real *e, real *de)
{
  struct causal causal;
  struct neggen_loss loss;
  struct neggen_parts parts;
  struct causal_shape shape = p->shape;
  struct causal_weights w = weights_of(p, p->value), grad = weights_of(p, p->grad);
  struct causal_input features = {.n = ITEMS, .present = p->has_mask ? p->present : NULL};
  for (int m = 0; m < TOKENS; m++) {
    features.x[m].together = p->x[m];
    features.x_neg[m].together = p->x_neg[m];
  }
  real *dy = mem_aligned(2 * ITEMS * DIM, sizeof *dy);
  causal_init(&causal, &shape, ITEMS);
  neggen_loss_init(&loss, DIM, ITEMS, BATCH, p->hyper.align == ALIGN_INFONCE);
  causal_forward(&causal, &shape, &w, &features);
  struct neggen_input in = {e, causal.y, ITEMS, p->place, p->has, p->has_pull ? p->pull : NULL};
  neggen_loss_step(&loss, bpr, batch, &p->hyper, &in, de, dy, &parts);
  causal_backward(&causal, &shape, &w, &features, dy, &grad);
  causal_free(&causal);
  neggen_loss_free(&loss);
  free(dy);
  return p->hyper.gamma * parts.gen + p->hyper.eta * parts.real + p->hyper.alpha * parts.align +
         parts.content;
}

/* The loss; its gradient to p->grad. */
static double loss_of(struct problem *p)
{
  struct bpr bpr;
  struct batch batch = {BATCH, p->user, p->item, p->other, BATCH + 5, 0};
  size_t size = NODES * DIM;
  real *e = mem_aligned(size, sizeof *e), *de = mem_aligned(size, sizeof *de);
  graph_propagate(&p->graph, p->layers, DIM, p->value, e);
  bpr_init(&bpr, USERS, ITEMS, DIM, BATCH);
  bpr_sort(&bpr, &batch);
  double loss = p->has_module ? module_loss(p, &bpr, &batch, e, de)
                              : bpr_loss(&bpr, &batch, e, de);
  graph_propagate(&p->graph, p->layers, DIM, de, p->grad);
  loss += p->rho * bpr_l2(&bpr, &batch, p->l2, p->rho, p->value, p->grad);
  bpr_free(&bpr);
  free(e);
  free(de);
  return loss;
}

/* Compare at up to 25 places of each tensor. Errors are relative to the tensor's largest gradient. */
static void check(struct problem *p)
{
  const double h = 1e-5;
  loss_of(p);
  real *grad = mem_aligned((size_t)p->start[PARTS], sizeof *grad);
  memcpy(grad, p->grad, (size_t)p->start[PARTS] * sizeof *grad);
  for (int part = 0; part < (p->has_module ? PARTS : 1); part++) {
    int64_t first = p->start[part], size = p->start[part + 1] - first;
    double most = 1e-6, worst = 0;
    for (int64_t k = first; k < first + size; k++)
      most = fmax(most, fabs((double)grad[k]));
    for (int64_t k = first; k < first + size; k += size / 25 + 1) {
      double kept = (double)p->value[k];
      p->value[k] = (real)(kept + h);
      double above = loss_of(p);
      p->value[k] = (real)(kept - h);
      double below = loss_of(p);
      p->value[k] = (real)kept;
      worst = fmax(worst, fabs((above - below) / (2 * h) - (double)grad[k]));
    }
    if (!(worst / most < 2e-7 + 1e-9 / most))
      fail_msg("tensor %d: the gradient is off by %g of %g", part, worst, most);
  }
  free(grad);
  free_problem(p);
}

static void bpr_on_lightgcn_with_both_conventions_of_l2(void **state)
{
  struct problem p;
  (void)state;
  for (int kind = L2_FRO; kind <= L2_SQ; kind++)
    for (int layers = 1; layers <= 3; layers++) {
      make_problem(&p);
      p.has_module = false;
      p.l2 = (enum l2_kind)kind;
      p.layers = layers;
      check(&p);
    }
}

static void neggen_with_every_alignment(void **state)
{
  struct problem p;
  (void)state;
  for (int align = ALIGN_PAIR; align <= ALIGN_LINEAR; align++) {
    make_problem(&p);
    p.hyper.align = (enum align_kind)align;
    check(&p);
  }
}

static void neggen_with_missing_modalities_and_an_item_without_any(void **state)
{
  struct problem p;
  (void)state;
  for (int align = ALIGN_PAIR; align <= ALIGN_INFONCE; align++) {
    make_problem(&p);
    p.has_mask = true;
    p.hyper.align = (enum align_kind)align;
    for (int k = 0; k < 2; k++) { /* x and x- alike */
      p.present[(k * ITEMS + 1) * TOKENS] = 0;
      p.present[(k * ITEMS + 4) * TOKENS + 1] = p.present[(k * ITEMS + 4) * TOKENS + 2] = 0;
      memset(p.present + (k * ITEMS + 6) * TOKENS, 0, TOKENS);
    }
    check(&p);
  }
}

static void neggen_with_negatives_of_some_items_only(void **state)
{
  struct problem p;
  (void)state;
  for (int align = ALIGN_PAIR; align <= ALIGN_LINEAR; align++) {
    make_problem(&p);
    p.hyper.align = (enum align_kind)align;
    for (int32_t i = 0; i < ITEMS; i += 2) {
      p.has[i] = 0;
      for (int m = 0; m < TOKENS; m++) {
        int64_t at = p.place[i] * widths[m];
        memcpy(p.x_neg[m] + at, p.x[m] + at, (size_t)widths[m] * sizeof(real));
      }
    }
    check(&p);
  }
}

static void neggen_with_negatives_that_share_the_way_of_c(void **state)
{
  struct problem p;
  (void)state;
  for (int k = 0; k < 4; k++) {
    make_problem(&p);
    p.hyper.gen = GEN_SHARED;
    p.shape.is_content = k & 1;
    p.has_pull = k & 2;
    check(&p);
  }
}

static void neggen_with_c_alone_ranking_and_kept_small(void **state)
{
  struct problem p;
  (void)state;
  for (int k = 0; k < 2; k++) {
    make_problem(&p);
    p.shape.is_content = k;
    p.hyper.content = 0.7;
    p.hyper.content_l2 = 0.3;
    check(&p);
  }
}

static void neggen_with_all_modalities_in_one_token(void **state)
{
  struct problem p;
  (void)state;
  make_problem(&p);
  p.shape.attention.tokens = 1;
  p.hyper.align = ALIGN_LINEAR;
  check(&p);
}

static void neggen_against_the_base_vector_of_the_sampled_item(void **state)
{
  struct problem p;
  (void)state;
  make_problem(&p);
  p.hyper.is_real_full = false;
  p.l2 = L2_SQ;
  check(&p);
}

/* ---- VBPR: the table's items end in what is made from the features of those that were taken */

enum { HALF = DIM / 2, SIDES = 2, TAKEN = 7 };
static const int32_t taken[TAKEN] = {0, 1, 3, 4, 5, 6, 8};

struct vbpr_problem {
  real *parameters[2 + SIDES]; /* nodes, b, W_m; and their gradients */
  real *grads[2 + SIDES];
  real *x[SIDES];
  int32_t user[BATCH], item[BATCH], other[BATCH];
  enum l2_kind l2;
};

static double vbpr_loss(struct vbpr_problem *p)
{
  struct bpr bpr;
  struct batch batch = {BATCH, p->user, p->item, p->other, BATCH + 5, 0};
  struct content_shape shape = {HALF, SIDES, {widths[0], widths[1]}};
  struct content_weights w = {{p->parameters[2], p->parameters[3]}, p->parameters[1]};
  struct content_weights grad = {{p->grads[2], p->grads[3]}, p->grads[1]};
  struct content_input in = {TAKEN, USERS, taken, {{p->x[0], NULL}, {p->x[1], NULL}}};
  memset(p->grads[0], 0, NODES * DIM * sizeof(real));
  content_forward(&shape, &w, &in, p->parameters[0]);
  bpr_init(&bpr, USERS, ITEMS, DIM, BATCH);
  bpr_sort(&bpr, &batch);
  double loss = bpr_loss(&bpr, &batch, p->parameters[0], p->grads[0]);
  loss += 0.05 * bpr_l2(&bpr, &batch, p->l2, 0.05, p->parameters[0], p->grads[0]);
  content_backward(&shape, &in, p->grads[0], &grad);
  bpr_free(&bpr);
  return loss;
}

static void check_vbpr(enum l2_kind l2)
{
  const int64_t size[2 + SIDES] = {NODES * DIM, HALF, HALF * widths[0], HALF * widths[1]};
  struct vbpr_problem p = {.l2 = l2};
  for (int k = 0; k < 2 + SIDES; k++) {
    p.parameters[k] = random_reals(size[k], 0.4);
    p.grads[k] = mem_aligned((size_t)size[k], sizeof(real));
  }
  for (int m = 0; m < SIDES; m++)
    p.x[m] = random_reals(TAKEN * widths[m], 1);
  for (int b = 0; b < BATCH; b++) {
    p.user[b] = (int32_t)rng_below(&rng, USERS);
    p.item[b] = taken[rng_below(&rng, TAKEN)];
    p.other[b] = taken[rng_below(&rng, TAKEN)];
  }
  for (int k = 0; k < 2 + SIDES; k++)
    for (int64_t at = 0; at < size[k]; at += size[k] / 25 + 1) {
      real kept = p.parameters[k][at];
      vbpr_loss(&p);
      double grad = (double)p.grads[k][at];
      p.parameters[k][at] = kept + (real)1e-5;
      double above = vbpr_loss(&p);
      p.parameters[k][at] = kept - (real)1e-5;
      double below = vbpr_loss(&p);
      p.parameters[k][at] = kept;
      if (!(fabs((above - below) / 2e-5 - grad) < 1e-8))
        fail_msg("tensor %d at %d: %g, and by differences %g", k, (int)at, grad,
                 (above - below) / 2e-5);
    }
  for (int k = 0; k < 2 + SIDES; k++) {
    free(p.parameters[k]);
    free(p.grads[k]);
  }
  for (int m = 0; m < SIDES; m++)
    free(p.x[m]);
}

static void vbpr_with_both_conventions_of_l2(void **state)
{
  (void)state;
  check_vbpr(L2_FRO);
  check_vbpr(L2_SQ);
}

static int setup(void **state)
{
  struct err err;
  (void)state;
  rng = (struct rng){11};
  return la_start(&err) ? 0 : -1;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(bpr_on_lightgcn_with_both_conventions_of_l2),
    cmocka_unit_test(vbpr_with_both_conventions_of_l2),
    cmocka_unit_test(neggen_with_every_alignment),
    cmocka_unit_test(neggen_with_missing_modalities_and_an_item_without_any),
    cmocka_unit_test(neggen_with_negatives_of_some_items_only),
    cmocka_unit_test(neggen_with_negatives_that_share_the_way_of_c),
    cmocka_unit_test(neggen_with_c_alone_ranking_and_kept_small),
    cmocka_unit_test(neggen_with_all_modalities_in_one_token),
    cmocka_unit_test(neggen_against_the_base_vector_of_the_sampled_item),
  };
  return cmocka_run_group_tests_name("gradients", tests, setup, NULL);
}
