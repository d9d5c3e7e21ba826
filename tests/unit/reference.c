/* reference.c - the arithmetic of models against the reference vectors
 *
 * Compiled twice: with the float code that trains (within 2e-5), and with the same code in
 * double (within 1e-9).
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "eval/metrics.h"
#include "fixture.h"
#include "la/adam.h"
#include "la/graph.h"
#include "la/scalar.h"
#include "la/topk.h"
#include "model/bpr.h"
#include "model/causal.h"
#include "model/content.h"
#include "model/neggen_loss.h"

enum { USERS = 5, ITEMS = 6, NODES = USERS + ITEMS, DIM = 8, HEADS = 2 };

static char path[200];
static const char *under(const char *section, const char *name)
{
  snprintf(path, sizeof path, "%s.%s", section, name);
  return path;
}

static void stable_scalars_match(void **state)
{
  size_t n;
  double slope;
  (void)state;
  double *x = fixture_numbers("scalars.x", &n), *sigmoid = fixture_numbers("scalars.sigmoid", NULL),
         *softplus = fixture_numbers("scalars.softplus", NULL);
  for (size_t k = 0; k < n; k++) {
    assert_true(fabs(scalar_sigmoid(x[k]) - sigmoid[k]) <= 1e-11 * fmax(sigmoid[k], 1e-300));
    assert_true(fabs(scalar_softplus(x[k], &slope) - softplus[k]) <= 1e-11 * fmax(softplus[k], 1e-300));
    assert_true(fabs(slope - sigmoid[k]) <= 1e-11 * fmax(sigmoid[k], 1e-300));
  }
  free(x);
  free(sigmoid);
  free(softplus);
}

/* ---- ranking and metrics */

static void rank_user(const char *user, int32_t *ranking, int *count)
{
  size_t n, masked;
  struct topk top;
  real *scores = fixture_reals(under(user, "scores"), &n);
  int32_t *mask = fixture_ints(under(user, "masked"), &masked);
  for (size_t k = 0; k < masked; k++)
    scores[mask[k]] = -(real)INFINITY;
  topk_init(&top, 50);
  topk_push(&top, scores, 0, 7); /* in pieces */
  topk_push(&top, scores + 7, 7, (int)n - 7);
  *count = topk_finish(&top, ranking);
  topk_free(&top);
  free(scores);
  free(mask);
}

static void ranking_and_metrics_match(void **state)
{
  size_t cuts;
  double mean[5][METRICS] = {{0}}, users = 0;
  (void)state;
  int32_t *cut = fixture_ints("metrics.K", &cuts);
  for (int u = 0; u < 5; u++) {
    char user[40];
    size_t want_count, held_count;
    int32_t ranking[50];
    int count;
    bool is_hit[50] = {0};
    snprintf(user, sizeof user, "metrics.users.%d", u);
    rank_user(user, ranking, &count);
    int32_t *want = fixture_ints(under(user, "ranking"), &want_count);
    assert_int_equal(count, want_count);
    assert_memory_equal(ranking, want, want_count * sizeof *want);
    free(want);
    int32_t *held = fixture_ints(under(user, "held_out"), &held_count);
    for (int k = 0; k < count; k++)
      for (size_t h = 0; h < held_count; h++)
        is_hit[k] |= ranking[k] == held[h];
    free(held);
    if (!held_count)
      continue;
    users++;
    for (size_t c = 0; c < cuts; c++) {
      double value[METRICS];
      metrics_at(is_hit, count, (int)held_count, cut[c], value);
      for (int m = 0; m < METRICS; m++) {
        char name[60];
        snprintf(name, sizeof name, "metrics.%d.%s", cut[c], metric_names[m]);
        assert_true(fabs(value[m] - fixture_number(under(user, name))) < 1e-11);
        mean[c][m] += value[m];
      }
    }
  }
  for (size_t c = 0; c < cuts; c++)
    for (int m = 0; m < METRICS; m++) {
      snprintf(path, sizeof path, "metrics.mean.%d.%s", cut[c], metric_names[m]);
      assert_true(fabs(mean[c][m] / users - fixture_number(path)) < 1e-11);
    }
  free(cut);
}

/* ---- the toy catalogue */

struct toy {
  struct batch batch;
  int32_t *user, *item, *other;
  struct graph graph;
};

static void open_toy(struct toy *toy)
{
  size_t n, edges;
  int64_t start[USERS + 1] = {0};
  int32_t item[64];
  toy->user = fixture_ints("toy.batch_u", &n);
  toy->item = fixture_ints("toy.batch_i", NULL);
  toy->other = fixture_ints("toy.batch_j", NULL);
  toy->batch = (struct batch){(int32_t)n, toy->user, toy->item, toy->other, (double)n, 0};
  int32_t *edge = fixture_ints("toy.edges", &edges);
  edges /= 2;
  for (int32_t u = 0, k = 0; u < USERS; u++) {
    for (int32_t i = 0; i < ITEMS; i++)
      for (size_t e = 0; e < edges; e++)
        if (edge[2 * e] == u && edge[2 * e + 1] == i)
          item[k++] = i;
    start[u + 1] = k;
  }
  free(edge);
  graph_build(USERS, ITEMS, start, item, &toy->graph);
}

static void close_toy(struct toy *toy)
{
  free(toy->user);
  free(toy->item);
  free(toy->other);
  graph_free(&toy->graph);
}

static void the_normalised_adjacency_matches(void **state)
{
  struct toy toy;
  size_t n;
  (void)state;
  open_toy(&toy);
  double *want = fixture_numbers("toy.norm_adj_values", &n);
  assert_int_equal(toy.graph.edges, n / 3);
  for (size_t k = 0; k < n; k += 3) {
    int64_t u = (int64_t)want[k], i = USERS + (int64_t)want[k + 1];
    int found = 0;
    for (int32_t p = 0; p < NODES; p++)
      for (int64_t e = toy.graph.start[p]; e < toy.graph.start[p + 1]; e++) {
        int32_t q = toy.graph.place[e], a = toy.graph.node[p], b = toy.graph.node[q];
        double value = (double)toy.graph.scale[p] * (double)toy.graph.scale[q];
        found += ((a == u && b == i) || (a == i && b == u)) && fabs(value - want[k + 2]) < 1e-7;
      }
    assert_int_equal(found, 2);
  }
  free(want);
  close_toy(&toy);
}

/* The tables of users and items, one below the other. */
static real *load_nodes(const char *section)
{
  real *nodes = mem_aligned(NODES * DIM, sizeof *nodes);
  real *users = fixture_reals(under(section, "U"), NULL);
  real *items = fixture_reals(under(section, "I"), NULL);
  memcpy(nodes, users, USERS * DIM * sizeof *nodes);
  memcpy(nodes + USERS * DIM, items, ITEMS * DIM * sizeof *nodes);
  free(users);
  free(items);
  return nodes;
}

static void check_mf(const char *section, enum l2_kind kind)
{
  struct toy toy;
  struct bpr bpr;
  char params[60];
  open_toy(&toy);
  snprintf(params, sizeof params, "%s.params", section);
  real *nodes = load_nodes(params), *grad = mem_aligned(NODES * DIM, sizeof *grad);
  double rho = fixture_number(under(section, "rho"));
  bpr_init(&bpr, USERS, ITEMS, DIM, toy.batch.size);
  bpr_sort(&bpr, &toy.batch);
  double loss = bpr_loss(&bpr, &toy.batch, nodes, grad);
  loss += rho * bpr_l2(&bpr, &toy.batch, kind, rho, nodes, grad);
  fixture_near_number(under(section, "loss"), loss);
  fixture_near(under(section, "grad.U"), grad, USERS * DIM);
  fixture_near(under(section, "grad.I"), grad + USERS * DIM, ITEMS * DIM);
  bpr_free(&bpr);
  free(nodes);
  free(grad);
  close_toy(&toy);
}

static void mf_matches_with_both_conventions_of_l2(void **state)
{
  (void)state;
  check_mf("mf_bpr_fro", L2_FRO);
  check_mf("mf_bpr_sq", L2_SQ);
}

/* The users' rows, and the items' with room for what is made from features. */
static real *load_vbpr_nodes(void)
{
  real *nodes = mem_aligned(NODES * 2 * DIM, sizeof *nodes);
  real *users = fixture_reals("vbpr.params.U", NULL), *items = fixture_reals("vbpr.params.I", NULL);
  memcpy(nodes, users, USERS * 2 * DIM * sizeof *nodes);
  for (int i = 0; i < ITEMS; i++)
    memcpy(nodes + (USERS + i) * 2 * DIM, items + i * DIM, DIM * sizeof *nodes);
  free(users);
  free(items);
  return nodes;
}

/* The gradient of items, and that nothing is left where the made half stands. */
static void near_vbpr_items(const real *grad)
{
  real items[ITEMS * DIM];
  for (int i = 0; i < ITEMS; i++)
    for (int k = 0; k < DIM; k++) {
      items[i * DIM + k] = grad[(USERS + i) * 2 * DIM + k];
      assert_true(grad[(USERS + i) * 2 * DIM + DIM + k] == 0);
    }
  fixture_near("vbpr.grad.I", items, ITEMS * DIM);
}

static void vbpr_matches(void **state)
{
  struct toy toy;
  struct bpr bpr;
  struct content_shape shape = {DIM, 1, {5}};
  (void)state;
  open_toy(&toy);
  real *nodes = load_vbpr_nodes(), *grad = mem_aligned(NODES * 2 * DIM, sizeof *grad);
  real *x = fixture_reals("features.x.0", NULL), dw[DIM * 5], db[DIM];
  struct content_weights w = {{fixture_reals("vbpr.params.W", NULL)},
                              fixture_reals("vbpr.params.b", NULL)};
  struct content_input in = {.count = ITEMS, .first = USERS, .x = {{x, NULL}}};
  double rho = fixture_number("vbpr.rho");
  content_forward(&shape, &w, &in, nodes);
  bpr_init(&bpr, USERS, ITEMS, 2 * DIM, toy.batch.size);
  bpr_sort(&bpr, &toy.batch);
  double loss = bpr_loss(&bpr, &toy.batch, nodes, grad);
  loss += rho * bpr_l2(&bpr, &toy.batch, L2_FRO, rho, nodes, grad);
  content_backward(&shape, &in, grad, &(struct content_weights){{dw}, db});
  fixture_near_number("vbpr.loss", loss);
  fixture_near("vbpr.grad.U", grad, USERS * 2 * DIM);
  near_vbpr_items(grad);
  fixture_near("vbpr.grad.W", dw, DIM * 5);
  fixture_near("vbpr.grad.b", db, DIM);
  bpr_free(&bpr);
  real *all[] = {nodes, grad, x, w.w[0], w.b};
  for (size_t k = 0; k < COUNT_OF(all); k++)
    free(all[k]);
  close_toy(&toy);
}

static void lightgcn_matches(void **state)
{
  struct toy toy;
  struct bpr bpr;
  (void)state;
  open_toy(&toy);
  int layers = (int)fixture_number("lightgcn.layers");
  double rho = fixture_number("lightgcn.rho");
  size_t size = NODES * DIM;
  real *e0 = fixture_reals("lightgcn.E0", NULL), *e = mem_aligned(size, sizeof *e),
       *de = mem_aligned(size, sizeof *de), *de0 = mem_aligned(size, sizeof *de0);
  graph_propagate(&toy.graph, layers, DIM, e0, e);
  fixture_near("lightgcn.E", e, size);
  bpr_init(&bpr, USERS, ITEMS, DIM, toy.batch.size);
  bpr_sort(&bpr, &toy.batch);
  double loss = bpr_loss(&bpr, &toy.batch, e, de);
  graph_propagate(&toy.graph, layers, DIM, de, de0);
  loss += rho * bpr_l2(&bpr, &toy.batch, L2_FRO, rho, e0, de0);
  fixture_near_number("lightgcn.loss", loss);
  fixture_near("lightgcn.dE0", de0, size);
  bpr_free(&bpr);
  free(e0);
  free(e);
  free(de);
  free(de0);
  close_toy(&toy);
}

/* ---- attention */

/* Wq, Wk, Wv one below the other, and so the biases; out and its bias. */
static struct attention_weights load_attention(const char *section)
{
  struct attention_weights w = {
    .qkv = mem_aligned(3 * DIM * DIM, sizeof(real)),
    .qkv_bias = mem_aligned(3 * DIM, sizeof(real)),
    .out = fixture_reals(under(section, "Wo"), NULL),
    .out_bias = fixture_reals(under(section, "bo"), NULL),
  };
  for (int k = 0; k < 3; k++) {
    char weight[] = "W.", bias[] = "b.";
    weight[1] = bias[1] = "qkv"[k];
    real *one = fixture_reals(under(section, weight), NULL);
    memcpy(w.qkv + k * DIM * DIM, one, DIM * DIM * sizeof *one);
    free(one);
    one = fixture_reals(under(section, bias), NULL);
    memcpy(w.qkv_bias + k * DIM, one, DIM * sizeof *one);
    free(one);
  }
  return w;
}

static struct attention_weights new_attention(void)
{
  return (struct attention_weights){
    mem_aligned(3 * DIM * DIM, sizeof(real)), mem_aligned(3 * DIM, sizeof(real)),
    mem_aligned(DIM * DIM, sizeof(real)), mem_aligned(DIM, sizeof(real))};
}

static void free_attention(struct attention_weights *w)
{
  free(w->qkv);
  free(w->qkv_bias);
  free(w->out);
  free(w->out_bias);
}

static void near_attention(const char *section, const struct attention_weights *grad)
{
  fixture_near(under(section, "Wq"), grad->qkv, DIM * DIM);
  fixture_near(under(section, "Wk"), grad->qkv + DIM * DIM, DIM * DIM);
  fixture_near(under(section, "Wv"), grad->qkv + 2 * DIM * DIM, DIM * DIM);
  fixture_near(under(section, "bq"), grad->qkv_bias, DIM);
  fixture_near(under(section, "bk"), grad->qkv_bias + DIM, DIM);
  fixture_near(under(section, "bv"), grad->qkv_bias + 2 * DIM, DIM);
  fixture_near(under(section, "Wo"), grad->out, DIM * DIM);
  fixture_near(under(section, "bo"), grad->out_bias, DIM);
}

static unsigned char *load_mask(const char *name, size_t *count)
{
  if (!fixture_get(name))
    return NULL;
  int32_t *numbers = fixture_ints(name, count);
  unsigned char *mask = mem_zero(*count + 1, 1);
  for (size_t k = 0; k < *count; k++)
    mask[k] = (unsigned char)numbers[k];
  free(numbers);
  return mask;
}

/* As forward takes them; the biases are the same. */
static struct attention_weights turned(const struct attention_weights *w)
{
  struct attention_weights to = *w;
  to.qkv = mem_aligned(3 * DIM * DIM, sizeof *to.qkv);
  to.out = mem_aligned(DIM * DIM, sizeof *to.out);
  rows_turn(w->qkv, 3 * DIM, DIM, to.qkv);
  rows_turn(w->out, DIM, DIM, to.out);
  return to;
}

static void check_attention(const char *section)
{
  size_t z_size, out_size, masked;
  struct attention attention;
  char grad_section[60];
  struct attention_weights w = load_attention("attention_params"), grad = new_attention(),
                           forwards = turned(&w);
  real *z = fixture_reals(under(section, "X"), &z_size);
  real *up = fixture_reals(under(section, "upstream"), &out_size);
  unsigned char *mask = load_mask(under(section, "mask"), &masked);
  struct attention_shape shape = {(int)(z_size / out_size), DIM, HEADS};
  int64_t bags = (int64_t)out_size / DIM;
  real *out = mem_aligned(out_size, sizeof *out), *dz = mem_aligned(z_size, sizeof *dz),
       *work = mem_aligned((size_t)attention_work(&shape, bags), sizeof *work);
  attention_init(&attention, &shape, bags);
  attention_forward(&attention, &shape, &forwards, 0, bags, z, mask, out);
  fixture_near(under(section, "a"), out, out_size);
  fixture_near(under(section, "weights"), attention.weights,
               (size_t)(bags * HEADS * shape.tokens * shape.tokens));
  attention_backward(&attention, &shape, &w, 0, bags, z, mask, up, dz, 0, &grad, work);
  fixture_near(under(section, "dX"), dz, z_size);
  snprintf(grad_section, sizeof grad_section, "%s.grad", section);
  near_attention(grad_section, &grad);
  attention_free(&attention);
  free(forwards.qkv);
  free(forwards.out);
  free_attention(&w);
  free_attention(&grad);
  free(z);
  free(up);
  free(out);
  free(dz);
  free(work);
  free(mask);
}

static void attention_matches_with_two_tokens_and_with_three_of_which_some_miss(void **state)
{
  (void)state;
  check_attention("attention_m2");
  check_attention("attention_m3_mask");
}

/* ---- NegGen */

struct module {
  struct causal_shape shape;
  struct causal_weights w, grad;
  real *nodes, *x[2], *x_neg[2];
};

static void open_module(struct module *module)
{
  module->shape = (struct causal_shape){{2, DIM, HEADS}, 2, {5, 4}, false};
  module->nodes = load_nodes("neggen_params");
  module->w.attention = load_attention("neggen_params");
  module->grad.attention = new_attention();
  real **weights[] = {&module->w.project[0], &module->w.project[1], &module->w.token[0],
                      &module->w.token[1], &module->w.w1, &module->w.b1, &module->w.w2,
                      &module->w.b2};
  real **grads[] = {&module->grad.project[0], &module->grad.project[1], &module->grad.token[0],
                    &module->grad.token[1], &module->grad.w1, &module->grad.b1, &module->grad.w2,
                    &module->grad.b2};
  static const char *const names[] = {"P0", "P1", "p0", "p1", "W1", "b1", "W2", "b2"};
  for (size_t k = 0; k < COUNT_OF(names); k++) {
    size_t size;
    *weights[k] = fixture_reals(under("neggen_params", names[k]), &size);
    *grads[k] = mem_aligned(size, sizeof(real));
  }
  for (int m = 0; m < 2; m++) {
    size_t size;
    char name[30];
    snprintf(name, sizeof name, "features.x.%d", m);
    module->x[m] = fixture_reals(name, &size);
    snprintf(name, sizeof name, "features.x_neg.%d", m);
    module->x_neg[m] = fixture_reals(name, NULL);
  }
}

static void close_module(struct module *module)
{
  struct causal_weights *both[] = {&module->w, &module->grad};
  for (int k = 0; k < 2; k++) {
    free_attention(&both[k]->attention);
    for (int m = 0; m < 2; m++) {
      free(both[k]->project[m]);
      free(both[k]->token[m]);
    }
    free(both[k]->w1);
    free(both[k]->b1);
    free(both[k]->w2);
    free(both[k]->b2);
  }
  for (int m = 0; m < 2; m++) {
    free(module->x[m]);
    free(module->x_neg[m]);
  }
  free(module->nodes);
}

static void the_causal_vectors_of_all_items_match(void **state)
{
  struct module module;
  struct causal causal;
  real scores[USERS * ITEMS];
  (void)state;
  open_module(&module);
  causal_init(&causal, &module.shape, ITEMS);
  struct causal_input in = {ITEMS, {{module.x[0], NULL}, {module.x[1], NULL}},
                            {{module.x_neg[0], NULL}, {module.x_neg[1], NULL}}, NULL};
  causal_forward(&causal, &module.shape, &module.w, &in);
  fixture_near("neggen_items.c", causal.y, ITEMS * DIM);
  fixture_near("neggen_items.n", causal.y + ITEMS * DIM, ITEMS * DIM);
  for (int u = 0; u < USERS; u++)
    for (int i = 0; i < ITEMS; i++) {
      scores[u * ITEMS + i] = 0;
      for (int k = 0; k < DIM; k++)
        scores[u * ITEMS + i] += module.nodes[u * DIM + k] *
                                 (module.nodes[(USERS + i) * DIM + k] +
                                  (real)0.4 * causal.y[i * DIM + k]);
    }
  fixture_near("neggen_items.scores_all_mf", scores, USERS * ITEMS);
  causal_free(&causal);
  close_module(&module);
}

/* Features of the distinct items of the batch, as a training step has them: x, x_neg of both. */
static void gather(const struct module *module, const struct scatter *distinct,
                   const unsigned char *has_negative, real *out[4])
{
  for (int m = 0; m < 2; m++) {
    size_t width = (size_t)module->shape.width[m], bytes = width * sizeof(real);
    out[m] = mem_aligned((size_t)distinct->count * width, sizeof(real));
    out[2 + m] = mem_aligned((size_t)distinct->count * width, sizeof(real));
    for (size_t k = 0; k < (size_t)distinct->count; k++) {
      size_t item = (size_t)distinct->row[k];
      const real *negative = has_negative[item] ? module->x_neg[m] : module->x[m];
      memcpy(out[m] + k * width, module->x[m] + item * width, bytes);
      memcpy(out[2 + m] + k * width, negative + item * width, bytes); /* none: x- := x */
    }
  }
}

static struct neggen_hyper load_hyper(const char *section)
{
  char name[60];
  const char *align = json_str(fixture_get(under(section, "hyper")), "align");
  struct neggen_hyper hyper = {.is_real_full = true};
  snprintf(name, sizeof name, "%s.hyper", section);
  hyper.lambda = fixture_number(under(name, "lam"));
  hyper.alpha = fixture_number(under(name, "alpha"));
  hyper.tau = fixture_number(under(name, "tau"));
  hyper.gamma = fixture_number(under(name, "gamma_gen"));
  hyper.eta = fixture_number(under(name, "eta_real"));
  hyper.align = !strcmp(align, "pair") ? ALIGN_PAIR
                : !strcmp(align, "infonce") ? ALIGN_INFONCE : ALIGN_LINEAR;
  return hyper;
}

static void near_module(const char *section, const struct causal_weights *grad)
{
  char name[60];
  snprintf(name, sizeof name, "%s.grad", section);
  near_attention(name, &grad->attention);
  fixture_near(under(name, "P0"), grad->project[0], DIM * 5);
  fixture_near(under(name, "P1"), grad->project[1], DIM * 4);
  fixture_near(under(name, "p0"), grad->token[0], DIM);
  fixture_near(under(name, "p1"), grad->token[1], DIM);
  fixture_near(under(name, "W1"), grad->w1, DIM * DIM);
  fixture_near(under(name, "W2"), grad->w2, DIM * DIM);
  fixture_near(under(name, "b1"), grad->b1, DIM);
  fixture_near(under(name, "b2"), grad->b2, DIM);
}

/* The presence of the distinct items' modalities, stacked for x and x-; NULL: all. */
static unsigned char *stack_mask(const char *section, const struct scatter *distinct)
{
  size_t size;
  const char *name = under(section, "mask");
  bool has_mask = cJSON_HasObjectItem(fixture_get(section), "mask");
  unsigned char *mask = has_mask ? load_mask(name, &size) : NULL;
  if (!mask)
    return NULL;
  unsigned char *out = mem_zero(4 * (size_t)distinct->count, 1);
  for (int32_t k = 0; k < 2 * distinct->count; k++)
    memcpy(out + 2 * k, mask + 2 * distinct->row[k % distinct->count], 2);
  free(mask);
  return out;
}

static void check_neggen(const char *section)
{
  struct toy toy;
  struct module module;
  struct bpr bpr;
  struct causal causal;
  struct neggen_loss loss;
  struct neggen_parts parts;
  struct scatter distinct;
  int32_t both[64], place[ITEMS];
  unsigned char has[ITEMS];
  size_t size = NODES * DIM;
  open_toy(&toy);
  open_module(&module);
  struct neggen_hyper hyper = load_hyper(section);
  const cJSON *spec = json_get(fixture_get(section), "hyper");
  bool is_lightgcn = !strcmp(json_str(spec, "base"), "lightgcn");
  int layers = (int)json_num(spec, "L", 0), n = toy.batch.size;
  double rho = json_num(spec, "rho", 0);
  for (int i = 0; i < ITEMS; i++)
    has[i] = !cJSON_HasObjectItem(fixture_get(section), "has_neg") ||
             cJSON_GetArrayItem(fixture_get(under(section, "has_neg")), i)->valueint;

  scatter_init(&distinct, ITEMS, 64);
  memcpy(both, toy.item, (size_t)n * sizeof *both);
  memcpy(both + n, toy.other, (size_t)n * sizeof *both);
  scatter_sort(&distinct, both, 2 * n);
  for (int32_t k = 0; k < distinct.count; k++)
    place[distinct.row[k]] = k;
  real *x[4], *e = mem_aligned(size, sizeof *e),
              *de = mem_aligned(size, sizeof *de), *de0 = mem_aligned(size, sizeof *de0),
              *dy = mem_aligned(2 * ITEMS * DIM, sizeof *dy);
  gather(&module, &distinct, has, x);
  unsigned char *mask = stack_mask(section, &distinct);
  graph_propagate(&toy.graph, is_lightgcn ? layers : 0, DIM, module.nodes, e);
  causal_init(&causal, &module.shape, distinct.count);
  struct causal_input features = {distinct.count, {{x[0], NULL}, {x[1], NULL}},
                                  {{x[2], NULL}, {x[3], NULL}}, mask};
  causal_forward(&causal, &module.shape, &module.w, &features);

  struct neggen_input in = {e, causal.y, distinct.count, place, has, NULL};
  bpr_init(&bpr, USERS, ITEMS, DIM, n);
  neggen_loss_init(&loss, DIM, ITEMS, n, hyper.align == ALIGN_INFONCE);
  bpr_sort(&bpr, &toy.batch);
  neggen_loss_step(&loss, &bpr, &toy.batch, &hyper, &in, de, dy, &parts);
  causal_backward(&causal, &module.shape, &module.w, &features, dy, &module.grad);
  graph_propagate(&toy.graph, is_lightgcn ? layers : 0, DIM, de, de0);
  double r = bpr_l2(&bpr, &toy.batch, L2_FRO, rho, module.nodes, de0);

  fixture_near_number(under(section, "parts.L_gen"), hyper.gamma * parts.gen);
  fixture_near_number(under(section, "parts.L_real"), hyper.eta * parts.real);
  fixture_near_number(under(section, "parts.L_align"), parts.align);
  if (rho > 0)
    fixture_near_number(under(section, "parts.R"), r);
  fixture_near_number(under(section, "loss"), hyper.gamma * parts.gen + hyper.eta * parts.real +
                                                hyper.alpha * parts.align + rho * r);
  fixture_near(under(section, "grad.U"), de0, USERS * DIM);
  fixture_near(under(section, "grad.I"), de0 + USERS * DIM, ITEMS * DIM);
  near_module(section, &module.grad);

  real *all[] = {x[0], x[1], x[2], x[3], e, de, de0, dy};
  for (size_t k = 0; k < COUNT_OF(all); k++)
    free(all[k]);
  free(mask);
  causal_free(&causal);
  neggen_loss_free(&loss);
  bpr_free(&bpr);
  scatter_free(&distinct);
  close_module(&module);
  close_toy(&toy);
}

static void neggen_matches_on_mf(void **state)
{
  (void)state;
  check_neggen("neggen_pair_mf");
}

static void neggen_matches_on_lightgcn_with_infonce(void **state)
{
  (void)state;
  check_neggen("neggen_infonce_lightgcn");
}

static void neggen_matches_with_the_released_loss(void **state)
{
  (void)state;
  check_neggen("neggen_released");
}

static void neggen_matches_with_a_missing_modality(void **state)
{
  (void)state;
  check_neggen("neggen_missing_modality");
}

static void neggen_matches_when_only_some_items_have_a_negative(void **state)
{
  (void)state;
  check_neggen("neggen_partial_coverage");
}

static void adam_matches_step_by_step(void **state)
{
  size_t n;
  (void)state;
  real *theta = fixture_reals("adam.theta0", &n), *m = mem_aligned(n, sizeof *m),
       *v = mem_aligned(n, sizeof *v);
  for (int t = 0; t < 5; t++) {
    char step[40];
    snprintf(step, sizeof step, "adam.steps.%d", t);
    real *g = fixture_reals(under(step, "grad"), NULL);
    adam_step(1e-3, t + 1, (int64_t)n, theta, m, v, g);
    fixture_near(under(step, "theta"), theta, n);
    fixture_near(under(step, "m"), m, n);
    fixture_near(under(step, "v"), v, n);
    free(g);
  }
  free(theta);
  free(m);
  free(v);
}

static int end(void **state)
{
  (void)state;
  fixture_close();
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(stable_scalars_match),
    cmocka_unit_test(ranking_and_metrics_match),
    cmocka_unit_test(the_normalised_adjacency_matches),
    cmocka_unit_test(mf_matches_with_both_conventions_of_l2),
    cmocka_unit_test(lightgcn_matches),
    cmocka_unit_test(vbpr_matches),
    cmocka_unit_test(attention_matches_with_two_tokens_and_with_three_of_which_some_miss),
    cmocka_unit_test(the_causal_vectors_of_all_items_match),
    cmocka_unit_test(neggen_matches_on_mf),
    cmocka_unit_test(neggen_matches_on_lightgcn_with_infonce),
    cmocka_unit_test(neggen_matches_with_the_released_loss),
    cmocka_unit_test(neggen_matches_with_a_missing_modality),
    cmocka_unit_test(neggen_matches_when_only_some_items_have_a_negative),
    cmocka_unit_test(adam_matches_step_by_step),
  };
  return cmocka_run_group_tests_name("reference", tests, NULL, end);
}
