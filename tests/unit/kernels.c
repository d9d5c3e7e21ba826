/* kernels.c - fast kernels against plain twins, on odd shapes, with one thread and with several
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "la/adam.h"
#include "la/gemm.h"
#include "la/graph.h"
#include "la/lazy_adam.h"
#include "la/scatter.h"
#include "la/topk.h"
#include "la/vec.h"
#include "model/causal.h"
#include "model/lockfree.h"

static struct rng rng;

static real *random_reals(int64_t n)
{
  real *x = mem_aligned((size_t)n + 1, sizeof *x);
  for (int64_t k = 0; k < n; k++)
    x[k] = (real)rng_gauss(&rng);
  return x;
}

static int setup(void **state)
{
  struct err err;
  (void)state;
  rng = (struct rng){7};
  return la_start(&err) ? 0 : -1;
}

/* The tests of one shape run what they test with 1 and with 3 threads, into two outputs. */
static void same_bits(const real *a, const real *b, int64_t n)
{
  assert_memory_equal(a, b, (size_t)n * sizeof *a);
}

static void near_reals(const real *got, const double *want, int64_t n, double scale)
{
  for (int64_t k = 0; k < n; k++)
    if (!(fabs((double)got[k] - want[k]) <= 1e-5 * scale))
      fail_msg("[%lld] is %g, wanted %g", (long long)k, (double)got[k], want[k]);
}

/* ---- products */

enum product { NN, NT, TN };

static void plain_product(enum product kind, int64_t m, int64_t n, int64_t k, const real *a,
                          int64_t lda, const real *b, int64_t ldb, double *c)
{
  for (int64_t r = 0; r < m; r++)
    for (int64_t s = 0; s < n; s++) {
      c[r * n + s] = 0;
      for (int64_t e = 0; e < k; e++)
        c[r * n + s] += (double)(kind == TN ? a[e * lda + r] : a[r * lda + e]) *
                        (double)(kind == NT ? b[s * ldb + e] : b[e * ldb + s]);
    }
}

typedef void product(int64_t m, int64_t n, int64_t k, const real *a, int64_t lda, const real *b,
                     int64_t ldb, real beta, real *c, int64_t ldc);
static product *const products[] = {la_gemm_nn, la_gemm_nt, la_gemm_tn};
static product *const tiles[] = {la_tile_nn, la_tile_nt, la_tile_tn};

/* By the calling thread. Rows of A that stand anywhere are the same as those of a matrix. */
static void tile_product(enum product kind, int64_t m, int64_t n, int64_t k, const real *a, int64_t lda,
                         const real *b, int64_t ldb, real beta, real *c, int64_t ldc)
{
  int64_t rows = kind == TN ? k : m, width = kind == TN ? m : k, size = m * ldc;
  const real **row = mem_zero((size_t)rows + 1, sizeof *row);
  real *work = random_reals(rows * width + 1), *again = random_reals(size);
  struct la_rows anywhere = {.row = row};
  memcpy(again, c, (size_t)size * sizeof *c);
  for (int64_t r = 0; r < rows; r++)
    row[r] = a + r * lda;
  tiles[kind](m, n, k, a, lda, b, ldb, beta, c, ldc);
  if (kind == NN)
    la_rows_nn(m, n, k, &anywhere, b, ldb, beta, again, ldc, work);
  else if (kind == TN)
    la_rows_tn(m, n, k, &anywhere, b, ldb, beta, again, ldc, work);
  if (kind != NT)
    same_bits(c, again, size);
  free(row);
  free(work);
  free(again);
}

static void check_tile(enum product kind, int64_t m, int64_t n, int64_t k, real beta)
{
  int64_t lda = (kind == TN ? m : k) + 3, ldb = (kind == NT ? k : n) + 1, ldc = n + 5;
  real *a = random_reals((kind == TN ? k : m) * lda), *b = random_reals((kind == NT ? n : k) * ldb);
  real *c = random_reals(m * ldc), *was = random_reals(m * ldc);
  double *want = mem_zero((size_t)(m * n) + 1, sizeof *want);
  memcpy(was, c, (size_t)(m * ldc) * sizeof *c);
  plain_product(kind, m, n, k, a, lda, b, ldb, want);
  tile_product(kind, m, n, k, a, lda, b, ldb, beta, c, ldc);
  for (int64_t r = 0; r < m; r++) {
    for (int64_t s = 0; s < n; s++)
      want[r * n + s] += (double)(beta * was[r * ldc + s]);
    near_reals(c + r * ldc, want + r * n, n, 4 * sqrt((double)k) + 1);
    same_bits(c + r * ldc + n, was + r * ldc + n, ldc - n); /* nothing is written beside it */
  }
  void *all[] = {a, b, c, was, want};
  for (size_t i = 0; i < COUNT_OF(all); i++)
    free(all[i]);
}

/* By the registers of AVX-512, where there are such, and by OpenBLAS. */
static void products_of_one_thread_match_with_rows_anywhere(void **state)
{
  static const int64_t shapes[][3] = {{1, 1, 1},     {7, 5, 3},     {128, 64, 384}, {131, 192, 64}, {6, 128, 129},
                                      {53, 65, 257}, {96, 63, 128}, {384, 64, 100}, {3, 700, 13},   {5, 4, 0}};
  (void)state;
  for (int is_forbidden = 0; is_forbidden <= 1; is_forbidden++) {
    narrow_forbid(is_forbidden);
    for (size_t s = 0; s < COUNT_OF(shapes); s++)
      for (int kind = NN; kind <= TN; kind++)
        for (int beta = 0; beta <= 4; beta++)
          check_tile((enum product)kind, shapes[s][0], shapes[s][1], shapes[s][2], (real)beta / 2);
  }
  narrow_forbid(false);
}

static void check_product(enum product kind, int64_t m, int64_t n, int64_t k)
{
  int64_t lda = (kind == TN ? m : k) + 3, ldb = (kind == NT ? k : n) + 1, ldc = n + 5;
  real *a = random_reals((kind == TN ? k : m) * lda), *b = random_reals((kind == NT ? n : k) * ldb);
  real *one = random_reals(m * ldc), *three = random_reals(m * ldc);
  double *want = mem_zero((size_t)(m * n) + 1, sizeof *want);
  plain_product(kind, m, n, k, a, lda, b, ldb, want);
  memcpy(three, one, (size_t)(m * ldc) * sizeof *one);
  for (int beta = 0; beta <= 1; beta++) { /* over what is there, then added to it */
    la_set_threads(1);
    products[kind](m, n, k, a, lda, b, ldb, (real)beta, one, ldc);
    la_set_threads(3);
    products[kind](m, n, k, a, lda, b, ldb, (real)beta, three, ldc);
    same_bits(one, three, m * ldc);
    for (int64_t r = 0; r < m; r++) {
      for (int64_t s = 0; beta && s < n; s++)
        want[r * n + s] *= 2;
      near_reals(one + r * ldc, want + r * n, n, 4 * sqrt((double)k) + 1);
    }
  }
  free(a);
  free(b);
  free(one);
  free(three);
  free(want);
}

static void products_of_odd_shapes_match_and_do_not_depend_on_threads(void **state)
{
  static const int64_t shapes[][3] = {{1, 1, 1},   {7, 5, 3},      {255, 64, 64}, {257, 63, 65},
                                      {700, 3, 9}, {64, 1030, 100}, {64, 65, 2600}, {3, 700, 513}, {5, 4, 0}};
  (void)state;
  for (size_t s = 0; s < COUNT_OF(shapes); s++)
    for (int kind = NN; kind <= TN; kind++)
      check_product((enum product)kind, shapes[s][0], shapes[s][1], shapes[s][2]);
}

/* ---- sparse products */

/* Users without items, and items that nobody has, among them. */
static void random_graph(int32_t users, int32_t items, int per_user, struct graph *graph)
{
  int64_t *start = mem_zero((size_t)users + 1, sizeof *start);
  int32_t *item = mem_zero((size_t)(users * per_user) + 1, sizeof *item);
  for (int32_t u = 0; u < users; u++) {
    start[u + 1] = start[u];
    for (int32_t i = 1; i < items && u % 9; i++)
      if (rng_below(&rng, (uint64_t)items) < (uint64_t)per_user / 2 + (uint64_t)(u % 3) &&
          start[u + 1] < start[u] + per_user)
        item[start[u + 1]++] = i;
  }
  graph_build(users, items, start, item, graph);
  free(start);
  free(item);
}

/* y = A x by the values of the edges. */
static void plain_hop(const struct graph *graph, int dim, const double *x, double *y)
{
  memset(y, 0, (size_t)(graph_nodes(graph) * dim) * sizeof *y);
  for (int64_t p = 0; p < graph_nodes(graph); p++)
    for (int64_t e = graph->start[p]; e < graph->start[p + 1]; e++) {
      int32_t q = graph->place[e];
      double value = (double)graph->scale[p] * (double)graph->scale[q];
      for (int k = 0; k < dim; k++)
        y[graph->node[p] * dim + k] += value * x[graph->node[q] * dim + k];
    }
}

static void plain_propagate(const struct graph *graph, int layers, int dim, const real *x,
                            double *out)
{
  int64_t n = graph_nodes(graph) * dim;
  double *from = mem_zero((size_t)n, sizeof *from), *to = mem_zero((size_t)n, sizeof *to);
  for (int64_t k = 0; k < n; k++)
    out[k] = from[k] = (double)x[k];
  for (int l = 0; l < layers; l++) {
    plain_hop(graph, dim, from, to);
    for (int64_t k = 0; k < n; k++)
      out[k] += from[k] = to[k];
  }
  for (int64_t k = 0; k < n; k++)
    out[k] /= layers + 1;
  free(from);
  free(to);
}

static void propagation_of_any_width_matches_and_does_not_depend_on_threads(void **state)
{
  static const int widths[] = {1, 8, 15, 16, 63, 64, 65, 100, 130};
  struct graph graph;
  (void)state;
  random_graph(90, 41, 12, &graph);
  for (size_t w = 0; w < COUNT_OF(widths); w++)
    for (int layers = 0; layers <= 3; layers++) {
      int dim = widths[w];
      int64_t n = graph_nodes(&graph) * dim;
      real *x = random_reals(n), *y = random_reals(n), *again = random_reals(n);
      double *want = mem_zero((size_t)n, sizeof *want);
      plain_propagate(&graph, layers, dim, x, want);
      la_set_threads(1);
      graph_propagate(&graph, layers, dim, x, y);
      la_set_threads(3);
      graph_propagate(&graph, layers, dim, x, again);
      same_bits(y, again, n);
      near_reals(y, want, n, 1);
      void *all[] = {x, y, again, want};
      for (size_t k = 0; k < COUNT_OF(all); k++)
        free(all[k]);
    }
  graph_free(&graph);
}

/* Every `share`-th node. Behind them, in `in`: which nodes they are. */
static int32_t choose_nodes(const struct graph *graph, int share, int32_t *node, bool *in)
{
  int32_t count = 0;
  for (int32_t k = 0; k < graph_nodes(graph); k++)
    if ((in[k] = rng_below(&rng, (uint64_t)share) == 0))
      node[count++] = k;
  return count;
}

/* Of the rows asked for nothing is missing, and no other row is written. */
static void check_rows_asked_for(const struct graph *graph, const struct graph_rows *rows,
                                 const bool *in, int layers, int dim)
{
  int64_t n = graph_nodes(graph) * dim;
  real *x = random_reals(n), *whole = random_reals(n), *one = random_reals(n),
       *three = mem_aligned((size_t)n, sizeof *three), *before = mem_aligned((size_t)n, sizeof *before);
  memcpy(three, one, (size_t)n * sizeof *one);
  memcpy(before, one, (size_t)n * sizeof *one);
  graph_propagate(graph, layers, dim, x, whole);
  la_set_threads(1);
  graph_propagate_to(graph, rows, layers, dim, x, one);
  la_set_threads(3);
  graph_propagate_to(graph, rows, layers, dim, x, three);
  same_bits(one, three, n);
  for (int64_t k = 0; k < graph_nodes(graph); k++)
    same_bits(one + k * dim, (in[k] ? whole : before) + k * dim, dim);
  real *all[] = {x, whole, one, three, before};
  for (size_t k = 0; k < COUNT_OF(all); k++)
    free(all[k]);
}

/* What stands in the other rows of x is not read. */
static void check_rows_given(const struct graph *graph, const struct graph_rows *rows, const bool *in,
                             int layers, int dim)
{
  int64_t n = graph_nodes(graph) * dim;
  real *x = random_reals(n), *sparse = random_reals(n), *one = random_reals(n),
       *three = random_reals(n);
  double *want = mem_zero((size_t)n, sizeof *want);
  memcpy(sparse, x, (size_t)n * sizeof *x);
  for (int64_t k = 0; k < n; k++)
    if (!in[k / dim]) {
      x[k] = (real)NAN;
      sparse[k] = 0;
    }
  plain_propagate(graph, layers, dim, sparse, want);
  la_set_threads(1);
  graph_propagate_from(graph, rows, layers, dim, x, one);
  la_set_threads(3);
  graph_propagate_from(graph, rows, layers, dim, x, three);
  same_bits(one, three, n);
  near_reals(one, want, n, 1);
  void *all[] = {x, sparse, one, three, want};
  for (size_t k = 0; k < COUNT_OF(all); k++)
    free(all[k]);
}

static void propagation_from_and_to_some_rows_is_that_of_all(void **state)
{
  static const int widths[] = {1, 16, 63, 64}, shares[] = {1, 2, 7, 1000};
  struct graph graph;
  struct graph_rows rows;
  int32_t node[131];
  bool in[131];
  (void)state;
  random_graph(90, 41, 12, &graph);
  graph_rows_init(&rows, &graph);
  for (size_t s = 0; s < COUNT_OF(shares); s++) {
    int32_t count = choose_nodes(&graph, shares[s], node, in);
    graph_rows_set(&rows, &graph, node, count);
    for (size_t w = 0; w < COUNT_OF(widths); w++)
      for (int layers = 1; layers <= 4; layers++) {
        check_rows_asked_for(&graph, &rows, in, layers, widths[w]);
        check_rows_given(&graph, &rows, in, layers, widths[w]);
      }
  }
  graph_rows_free(&rows);
  graph_free(&graph);
}

static void propagation_is_its_own_transpose(void **state)
{
  struct graph graph;
  random_graph(50, 30, 9, &graph);
  int64_t n = graph_nodes(&graph) * 16;
  double left = 0, right = 0;
  (void)state;
  real *x = random_reals(n), *y = random_reals(n), *ax = random_reals(n), *ay = random_reals(n);
  graph_propagate(&graph, 3, 16, x, ax);
  graph_propagate(&graph, 3, 16, y, ay);
  for (int64_t k = 0; k < n; k++) {
    left += (double)ax[k] * (double)y[k];
    right += (double)x[k] * (double)ay[k];
  }
  assert_true(fabs(left - right) < 1e-3);
  real *all[] = {x, y, ax, ay};
  for (size_t k = 0; k < COUNT_OF(all); k++)
    free(all[k]);
  graph_free(&graph);
}

/* ---- NegGen's module */

enum { MODULE_ITEMS = 2500, MODULE_DIM = 16 };

struct module {
  struct causal_shape shape;
  struct causal_weights w, grad;
  real *weights, *grads; /* all of them, one behind the other */
  int64_t size;
};

static void module_weights(const struct causal_shape *shape, real *at, struct causal_weights *w)
{
  int64_t square = MODULE_DIM * MODULE_DIM;
  for (int m = 0; m < shape->modalities; m++) {
    w->project[m] = at;
    w->token[m] = at += MODULE_DIM * shape->width[m];
    at += MODULE_DIM;
  }
  w->attention = (struct attention_weights){at, at + 3 * square, at + 3 * square + 3 * MODULE_DIM,
                                            at + 4 * square + 3 * MODULE_DIM};
  at += 4 * (square + MODULE_DIM);
  w->w1 = at;
  w->b1 = at + square;
  w->w2 = at + square + MODULE_DIM;
  w->b2 = at + 2 * square + MODULE_DIM;
}

static void module_open(struct module *module)
{
  *module = (struct module){.shape = {{2, MODULE_DIM, 2}, 2, {37, 5}, false}};
  module->size = MODULE_DIM * (37 + 5 + 2) + 6 * MODULE_DIM * (MODULE_DIM + 1);
  module->weights = random_reals(module->size);
  for (int64_t k = 0; k < module->size; k++)
    module->weights[k] *= (real)0.2; /* so that no softmax is a switch */
  module->grads = mem_aligned((size_t)module->size, sizeof(real));
  module_weights(&module->shape, module->weights, &module->w);
  module_weights(&module->shape, module->grads, &module->grad);
}

/* Forward and backward of items first .. first + n - 1: y to y, the gradients to grads. */
static void module_pass(struct module *module, const struct causal_input *all, int64_t first, int64_t n,
                        const real *dy, real *y, real *grads)
{
  struct causal causal;
  struct causal_input in = {.n = n};
  int64_t size = n * MODULE_DIM;
  real *slope = mem_aligned((size_t)(2 * size), sizeof *slope);
  for (int m = 0; m < 2; m++) {
    int64_t skipped = first * module->shape.width[m];
    in.x[m].together = all->x[m].together ? all->x[m].together + skipped : NULL;
    in.x_neg[m].together = all->x_neg[m].together ? all->x_neg[m].together + skipped : NULL;
    in.x[m].row = all->x[m].row;
    in.x_neg[m].row = all->x_neg[m].row;
  }
  memcpy(slope, dy + first * MODULE_DIM, (size_t)size * sizeof *dy);
  memcpy(slope + size, dy + (MODULE_ITEMS + first) * MODULE_DIM, (size_t)size * sizeof *dy);
  causal_init(&causal, &module->shape, n);
  causal_forward(&causal, &module->shape, &module->w, &in);
  memcpy(y, causal.y, (size_t)(2 * size) * sizeof *y);
  causal_backward(&causal, &module->shape, &module->w, &in, slope, &module->grad);
  memcpy(grads, module->grads, (size_t)module->size * sizeof *grads);
  causal_free(&causal);
  free(slope);
}

static void the_module_goes_through_blocks_of_rows_alike_with_any_number_of_threads(void **state)
{
  struct module module;
  struct causal_input together = {0}, apart = {0};
  const int64_t rows = 2 * MODULE_ITEMS * MODULE_DIM;
  const real **row[4];
  (void)state;
  module_open(&module);
  for (int k = 0; k < 4; k++) {
    struct rows *one = k < 2 ? &together.x[k] : &together.x_neg[k - 2];
    int64_t width = module.shape.width[k % 2];
    one->together = random_reals(MODULE_ITEMS * width);
    row[k] = mem_zero(MODULE_ITEMS, sizeof *row[k]);
    for (int64_t i = 0; i < MODULE_ITEMS; i++)
      row[k][i] = one->together + i * width;
    (k < 2 ? apart.x : apart.x_neg)[k % 2].row = row[k];
  }
  real *dy = random_reals(rows), *y[3], *grads[3];
  for (int k = 0; k < 3; k++) {
    y[k] = random_reals(rows);
    grads[k] = random_reals(module.size);
  }
  la_set_threads(1);
  module_pass(&module, &together, 0, MODULE_ITEMS, dy, y[0], grads[0]);
  la_set_threads(3);
  module_pass(&module, &together, 0, MODULE_ITEMS, dy, y[1], grads[1]);
  module_pass(&module, &apart, 0, MODULE_ITEMS, dy, y[2], grads[2]);
  for (int k = 1; k < 3; k++) {
    same_bits(y[0], y[k], rows);
    same_bits(grads[0], grads[k], module.size);
  }
  /* The gradient of all is that of the first 40 and that of the others. */
  module_pass(&module, &together, 0, 40, dy, y[1], grads[1]);
  module_pass(&module, &together, 40, MODULE_ITEMS - 40, dy, y[2], grads[2]);
  double *sum = mem_zero((size_t)module.size, sizeof *sum), most = 0;
  for (int64_t k = 0; k < module.size; k++) {
    sum[k] = (double)grads[1][k] + (double)grads[2][k];
    most = fmax(most, fabs(sum[k]));
  }
  near_reals(grads[0], sum, module.size, most);
  for (int k = 0; k < 4; k++) {
    free((real *)(size_t)(k < 2 ? together.x : together.x_neg)[k % 2].together);
    free(row[k]);
  }
  void *all[] = {dy, y[0], y[1], y[2], grads[0], grads[1], grads[2], sum, module.weights, module.grads};
  for (size_t k = 0; k < COUNT_OF(all); k++)
    free(all[k]);
}

/* ---- the rest */

static void the_best_k_are_those_of_a_full_sort_with_ties_by_id(void **state)
{
  static const int sizes[] = {1, 31, 32, 33, 100, 1000, 5000};
  (void)state;
  for (size_t s = 0; s < COUNT_OF(sizes); s++)
    for (int k = 1; k <= 70; k += 23) {
      int n = sizes[s], want = 0;
      int32_t got[70];
      struct topk top;
      real *scores = mem_aligned((size_t)n, sizeof *scores);
      for (int e = 0; e < n; e++) /* many ties, some removed */
        scores[e] = rng_below(&rng, 7) ? (real)rng_below(&rng, 40) : -(real)INFINITY;
      topk_init(&top, k);
      for (int first = 0; first < n; first += 77)
        topk_push(&top, scores + first, first, n - first < 77 ? n - first : 77);
      int count = topk_finish(&top, got);
      for (double value = 39; value >= 0 && want < k; value--)
        for (int e = 0; e < n && want < k; e++)
          if ((double)scores[e] == value)
            assert_int_equal(got[want++], e);
      assert_int_equal(count, want);
      topk_free(&top);
      free(scores);
    }
}

static void scattered_rows_add_up_in_any_order_of_the_index(void **state)
{
  enum { ROWS = 40, SIZE = 300, DIM = 5 };
  struct scatter scatter;
  double want[ROWS * DIM] = {0};
  (void)state;
  scatter_init(&scatter, ROWS, SIZE);
  for (int turn = 0; turn < 3; turn++) {
    int32_t index[SIZE], size = SIZE - 100 * turn;
    real *from = random_reals(SIZE * DIM), to[ROWS * DIM] = {0}, again[ROWS * DIM] = {0};
    memset(want, 0, sizeof want);
    for (int32_t e = 0; e < size; e++) {
      index[e] = (int32_t)rng_below(&rng, ROWS / 2) * 2;
      for (int k = 0; k < DIM; k++)
        want[index[e] * DIM + k] += (double)from[e * DIM + k];
    }
    scatter_sort(&scatter, index, size);
    la_set_threads(1);
    scatter_add(&scatter, DIM, from, to);
    la_set_threads(3);
    scatter_add(&scatter, DIM, from, again);
    same_bits(to, again, ROWS * DIM);
    near_reals(to, want, ROWS * DIM, 10);
    for (int32_t k = 1; k < scatter.count; k++)
      assert_true(scatter.row[k] > scatter.row[k - 1]);
    free(from);
  }
  scatter_free(&scatter);
}

static void sums_match_and_do_not_depend_on_threads(void **state)
{
  enum { ROWS = 1000, COLS = 7, LD = 9 };
  (void)state;
  real *x = random_reals(ROWS * LD), one[COLS], three[COLS];
  double want[COLS] = {0}, square = 0;
  for (int r = 0; r < ROWS; r++)
    for (int c = 0; c < COLS; c++)
      want[c] += (double)x[r * LD + c];
  for (int k = 0; k < ROWS * LD; k++)
    square += (double)x[k] * (double)x[k];
  la_set_threads(1);
  la_column_sums(x, ROWS, COLS, LD, one);
  double first = la_square(x, ROWS * LD);
  la_set_threads(3);
  la_column_sums(x, ROWS, COLS, LD, three);
  assert_true(first == la_square(x, ROWS * LD));
  assert_true(fabs(first - square) < 1e-6 * square);
  same_bits(one, three, COLS);
  near_reals(one, want, COLS, 100);
  free(x);
}

static void the_largest_number_is_none_when_one_is_not_finite(void **state)
{
  real x[100];
  (void)state;
  for (int k = 0; k < 100; k++)
    x[k] = (real)(k - 70);
  assert_true(vec_max_abs(x, 100) == 70);
  x[33] = (real)INFINITY;
  assert_true(isnan(vec_max_abs(x, 100)));
  x[33] = (real)NAN;
  assert_true(isnan(vec_max_abs(x, 100)));
  assert_true(vec_max_abs(x, 33) == 70);
}

static void adam_matches_its_formula_on_many_numbers(void **state)
{
  enum { SIZE = 40001 };
  double m = 0, v = 0, theta;
  (void)state;
  real *x = random_reals(SIZE), *first = mem_aligned(SIZE, sizeof *x),
       *second = mem_aligned(SIZE, sizeof *x);
  theta = (double)x[SIZE - 1];
  for (int t = 1; t <= 20; t++) {
    real *g = random_reals(SIZE);
    double last = (double)g[SIZE - 1];
    adam_step(0.01, t, SIZE, x, first, second, g);
    m = 0.9 * m + 0.1 * last;
    v = 0.999 * v + 0.001 * last * last;
    theta -= 0.01 * (m / (1 - pow(0.9, t))) / (sqrt(v / (1 - pow(0.999, t))) + 1e-8);
    free(g);
  }
  assert_true(fabs(theta - (double)x[SIZE - 1]) < 1e-5);
  free(x);
  free(first);
  free(second);
}

/* Rows used at random, two of them never, one once at the beginning and one rarely, against all at every
 * step. */
static void rows_that_move_late_end_where_all_others_do(void **state)
{
  enum { ROWS = 12, DIM = 19, SIZE = ROWS * DIM, STEPS = 700 };
  int32_t moved[2][ROWS] = {0};
  (void)state;
  real *x = random_reals(SIZE), *late[2], *m[3], *v[3], *g = mem_aligned(SIZE, sizeof *g);
  for (int k = 0; k < 3; k++) {
    m[k] = mem_aligned(SIZE, sizeof *x);
    v[k] = mem_aligned(SIZE, sizeof *x);
  }
  for (int k = 0; k < 2; k++) {
    late[k] = mem_aligned(SIZE, sizeof *x);
    memcpy(late[k], x, SIZE * sizeof *x);
  }
  for (int t = 1; t <= STEPS; t++) {
    int32_t row[ROWS], count = 0;
    memset(g, 0, SIZE * sizeof *g);
    for (int32_t r = 2; r < ROWS; r++)
      if (r == 2 ? t == 1 : r == 3 ? t % 230 == 0 : rng_below(&rng, 40) < (uint64_t)r)
        row[count++] = r;
    for (int32_t k = 0; k < count; k++)
      for (int c = 0; c < DIM; c++)
        g[row[k] * DIM + c] = (real)(rng_gauss(&rng) * (c ? 0.1 : 1e-7));
    adam_step(0.01, t, SIZE, x, m[2], v[2], g);
    for (int k = 0; k < 2; k++) {
      real *grad = random_reals(SIZE); /* what is left of other steps */
      struct lazy_table table = {DIM, late[k], m[k], v[k], grad, moved[k]};
      la_set_threads(1 + 2 * k);
      lazy_adam_wake(&table, 0.01, t - 1, row, count);
      for (int32_t e = 0; e < count; e++)
        for (int c = 0; c < DIM; c++)
          grad[row[e] * DIM + c] += g[row[e] * DIM + c];
      lazy_adam_step(&table, 0.01, t, row, count);
      if (t == STEPS / 2 || t == STEPS)
        lazy_adam_settle(&table, 0.01, t, ROWS);
      free(grad);
    }
  }
  same_bits(late[0], late[1], SIZE);
  for (int k = 0; k < SIZE; k++)
    if (!(fabs((double)(x[k] - late[0][k])) < 2e-5))
      fail_msg("[%d] is %g late, %g else", k, (double)late[0][k], (double)x[k]);
  real *all[] = {x, g, late[0], late[1], m[0], m[1], m[2], v[0], v[1], v[2]};
  for (size_t k = 0; k < COUNT_OF(all); k++)
    free(all[k]);
}

static void rows_gathered_at_once_have_the_gradients_of_loss_and_l2(void **state)
{
  enum { USERS = 40, ITEMS = 30, NODES = USERS + ITEMS, DIM = 19, PAIRS = 300 };
  int32_t user[PAIRS], item[PAIRS], other[PAIRS];
  struct batch batch = {PAIRS, user, item, other, PAIRS + 9, 0};
  struct bpr bpr;
  (void)state;
  for (int b = 0; b < PAIRS; b++) {
    user[b] = (int32_t)rng_below(&rng, USERS);
    item[b] = (int32_t)rng_below(&rng, ITEMS);
    other[b] = (int32_t)rng_below(&rng, ITEMS);
  }
  real *nodes = random_reals(NODES * DIM), *apart = random_reals(NODES * DIM);
  bpr_init(&bpr, USERS, ITEMS, DIM, PAIRS);
  bpr_sort(&bpr, &batch);
  for (int kind = L2_FRO; kind <= L2_SQ; kind++) {
    double scale[3], square[3], want[DIM];
    memset(apart, 0, NODES * DIM * sizeof *apart);
    double loss = bpr_loss(&bpr, &batch, nodes, apart);
    double value = bpr_l2(&bpr, &batch, (enum l2_kind)kind, 0.3, nodes, apart);
    assert_true(bpr_pairs(&bpr, &batch, nodes) == loss);
    bpr_l2_scale(&bpr, &batch, (enum l2_kind)kind, 0.3, nodes, scale);
    real *at_once = random_reals(bpr.scatter.count * DIM);
    bpr_row_gradients(&bpr, PAIRS, scale, nodes, 0, bpr.scatter.count, at_once, square);
    for (int32_t p = 0; p < bpr.scatter.count; p++) {
      for (int k = 0; k < DIM; k++)
        want[k] = (double)apart[bpr.scatter.row[p] * DIM + k];
      near_reals(at_once + p * DIM, want, DIM, 1);
    }
    assert_true(fabs(bpr_l2_value(&batch, (enum l2_kind)kind, square) - value) < 1e-9);
    free(at_once);
  }
  bpr_free(&bpr);
  free(nodes);
  free(apart);
}

/* The same pairs one after the other, by the gradients of the loss. */
static double plain_pairs(const struct lockfree *l, const struct batch *batch, double *x, double *sum)
{
  double loss = 0;
  for (int32_t b = 0; b < batch->size; b++) {
    int64_t row[] = {batch->user[b], l->users + batch->item[b], l->users + batch->other[b]};
    double g[3][64], margin = 0;
    for (int k = 0; k < l->dim; k++)
      margin += x[row[0] * l->dim + k] * (x[row[1] * l->dim + k] - x[row[2] * l->dim + k]);
    double slope = 1 / (1 + exp(margin));
    loss += log1p(exp(-margin));
    for (int k = 0; k < l->dim; k++) {
      double u = x[row[0] * l->dim + k], i = x[row[1] * l->dim + k], j = x[row[2] * l->dim + k];
      g[0][k] = slope * (i - j) - l->rho * u;
      g[1][k] = slope * u - l->rho * i;
      g[2][k] = -slope * u - l->rho * j;
    }
    for (int r = 0; r < 3; r++) {
      for (int k = 0; k < l->dim; k++)
        sum[row[r]] += g[r][k] * g[r][k] / l->dim;
      for (int k = 0; k < l->dim; k++)
        x[row[r] * l->dim + k] += l->lr / sqrt(1 + sum[row[r]]) * g[r][k];
    }
  }
  return loss;
}

static void pairs_without_steps_move_as_their_gradients_say(void **state)
{
  enum { USERS = 9, ITEMS = 7, DIM = 21, SIZE = (USERS + ITEMS) * DIM, PAIRS = 200 };
  int32_t user[PAIRS], item[PAIRS], other[PAIRS];
  double want[SIZE], sum[USERS + ITEMS] = {0}, l2;
  struct batch batch = {PAIRS, user, item, other, PAIRS, 0};
  (void)state;
  real *x = random_reals(SIZE), *squares = mem_aligned(SIZE, sizeof *x);
  for (int k = 0; k < SIZE; k++)
    want[k] = (double)(x[k] *= (real)0.3);
  for (int b = 0; b < PAIRS; b++) {
    user[b] = (int32_t)rng_below(&rng, USERS);
    item[b] = (int32_t)rng_below(&rng, ITEMS);
    other[b] = (item[b] + 1 + (int32_t)rng_below(&rng, ITEMS - 1)) % ITEMS;
  }
  struct lockfree lockfree = {DIM, USERS, 0.1, 0.02, x, squares};
  double loss = plain_pairs(&lockfree, &batch, want, sum);
  la_set_threads(1);
  assert_true(fabs(lockfree_pass(&lockfree, &batch, &l2) - loss) < 1e-4 * loss);
  near_reals(x, want, SIZE, 10);
  for (int r = 0; r < USERS + ITEMS; r++)
    assert_true(fabs((double)squares[r * DIM] - sum[r]) < 1e-3 * sum[r]);
  free(x);
  free(squares);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(rows_that_move_late_end_where_all_others_do),
    cmocka_unit_test(pairs_without_steps_move_as_their_gradients_say),
    cmocka_unit_test(products_of_odd_shapes_match_and_do_not_depend_on_threads),
    cmocka_unit_test(products_of_one_thread_match_with_rows_anywhere),
    cmocka_unit_test(propagation_of_any_width_matches_and_does_not_depend_on_threads),
    cmocka_unit_test(propagation_from_and_to_some_rows_is_that_of_all),
    cmocka_unit_test(propagation_is_its_own_transpose),
    cmocka_unit_test(rows_gathered_at_once_have_the_gradients_of_loss_and_l2),
    cmocka_unit_test(the_module_goes_through_blocks_of_rows_alike_with_any_number_of_threads),
    cmocka_unit_test(the_best_k_are_those_of_a_full_sort_with_ties_by_id),
    cmocka_unit_test(scattered_rows_add_up_in_any_order_of_the_index),
    cmocka_unit_test(sums_match_and_do_not_depend_on_threads),
    cmocka_unit_test(the_largest_number_is_none_when_one_is_not_finite),
    cmocka_unit_test(adam_matches_its_formula_on_many_numbers),
  };
  return cmocka_run_group_tests_name("kernels", tests, setup, NULL);
}
