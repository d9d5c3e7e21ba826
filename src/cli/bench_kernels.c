/* bench_kernels.c - the kernels of the trainer, each beside plain loops and the machine's limit
 *
 * Shapes are those of an epoch on 19,445 users and 7,050 items with vectors of 64.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "cli/bench.h"
#include "cli/bench_catalogue.h"
#include "cli/bench_machine.h"
#include "la/adam.h"
#include "la/gemm.h"
#include "la/graph.h"
#include "la/topk.h"

enum { DIM = 64, ROWS = 4096, BLOCK = 256, USERS = 64, TOP = 50 };

struct state {
  struct machine *machine;
  struct bench_figures figures;
  struct dataset data;
  struct graph graph;
  struct topk top;
  int64_t n, width; /* numbers of a table; columns of a product, or scores of a user */
  int64_t step;
  real *a, *b, *c, *d; /* [n] or as the kernel wants */
};

static real *random_reals(int64_t n)
{
  struct rng rng = rng_stream(3, RNG_PAIRS, (uint64_t)n);
  real *x = mem_aligned((size_t)n, sizeof *x);
  for (int64_t k = 0; k < n; k++)
    x[k] = (real)(rng_unif(&rng) - 0.5);
  return x;
}

static struct state *new_state(struct err *err)
{
  if (!la_start(err))
    return NULL;
  struct state *state = mem_zero(1, sizeof *state);
  state->machine = machine_new();
  return state;
}

static void close_state(void *opaque)
{
  struct state *state = opaque;
  machine_free(state->machine);
  dataset_free(&state->data);
  graph_free(&state->graph);
  topk_free(&state->top);
  free(state->a);
  free(state->b);
  free(state->c);
  free(state->d);
  free(state);
}

static bool read_cache(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
  machine_read_cache(state->machine, state->figures.bytes);
  return true;
}

static bool read_memory(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
  machine_read_memory(state->machine, state->figures.bytes);
  return true;
}

static bool compute(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
  machine_compute(state->machine, state->figures.flops);
  return true;
}

/* ---- a hop over the graph */

static void *open_spmm(const struct bench_request *request, struct bench_figures *figures,
                       struct err *err)
{
  struct state *state = new_state(err);
  if (!state)
    return NULL;
  if (!bench_catalogue(request, &state->data, err)) {
    close_state(state);
    return NULL;
  }
  graph_build(state->data.users, state->data.items, state->data.sets[PHASE_TRAIN].start,
              state->data.sets[PHASE_TRAIN].item, &state->graph);
  state->n = graph_nodes(&state->graph) * DIM;
  state->a = random_reals(state->n);
  state->b = random_reals(state->n);
  figures->bytes = 2.0 * (double)state->graph.edges * (DIM + DIM / 16) * sizeof(real) +
                   3.0 * (double)state->n * sizeof(real);
  figures->flops = 2.0 * (double)state->graph.edges * DIM;
  state->figures = *figures;
  return state;
}

static bool run_spmm(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
  graph_propagate(&state->graph, 1, DIM, state->a, state->b);
  return true;
}

static bool twin_spmm(void *opaque, struct err *err)
{
  struct state *state = opaque;
  const struct graph *graph = &state->graph;
  (void)err;
  memcpy(state->b, state->a, (size_t)state->n * sizeof(real));
  for (int64_t p = 0; p < graph_nodes(graph); p++)
    for (int64_t e = graph->start[p]; e < graph->start[p + 1]; e++) {
      int64_t to = graph->node[p], from = graph->node[graph->place[e]];
      real value = graph->scale[p] * graph->scale[graph->place[e]];
      for (int k = 0; k < DIM; k++)
        state->b[to * DIM + k] += value * state->a[from * DIM + k];
    }
  for (int64_t k = 0; k < state->n; k++)
    state->b[k] *= (real)0.5;
  return true;
}

const struct bench bench_spmm = {
  .name = "spmm",
  .help = "one hop of vectors of 64 over the graph",
  .limit_help = "as many bytes read from the cache of a core",
  .twin_help = "plain loops on one thread",
  .open = open_spmm,
  .run = run_spmm,
  .twin = twin_spmm,
  .limit = read_cache,
  .close = close_state,
};

/* ---- the projection of features */

static void *open_sgemm(const struct bench_request *request, struct bench_figures *figures,
                        struct err *err)
{
  struct state *state = new_state(err);
  if (!state)
    return NULL;
  state->width = (int64_t)((double)(request->width[TEXT] + request->width[IMAGE]) * request->scale) + 1;
  state->a = random_reals(ROWS * state->width);
  state->b = random_reals(DIM * state->width);
  state->c = random_reals(ROWS * DIM);
  figures->bytes = (double)((ROWS + DIM) * state->width + ROWS * DIM) * sizeof(real);
  figures->flops = 2.0 * ROWS * DIM * (double)state->width;
  state->figures = *figures;
  return state;
}

static bool run_sgemm(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
  la_gemm_nt(ROWS, DIM, state->width, state->a, state->width, state->b, state->width, 0, state->c,
             DIM);
  return true;
}

static bool twin_sgemm(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
  for (int64_t r = 0; r < ROWS; r++)
    for (int64_t c = 0; c < DIM; c++) {
      real sum = 0;
      for (int64_t k = 0; k < state->width; k++)
        sum += state->a[r * state->width + k] * state->b[c * state->width + k];
      state->c[r * DIM + c] = sum;
    }
  return true;
}

/* As the models do it: blocks of rows, each by one thread. */
static bool run_narrow(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
#pragma omp parallel
  {
    la_one_thread_here();
#pragma omp for schedule(dynamic, 1)
    for (int64_t r = 0; r < ROWS; r += BLOCK)
      la_tile_nt(BLOCK, DIM, state->width, state->a + r * state->width, state->width, state->b,
                 state->width, 0, state->c + r * DIM, DIM);
  }
  return true;
}

const struct bench bench_narrow = {
  .name = "narrow",
  .help = "the features of 4,096 items, projected to 64 as the models do it",
  .limit_help = "as many multiply-adds in registers",
  .twin_help = "plain loops on one thread",
  .open = open_sgemm,
  .run = run_narrow,
  .twin = twin_sgemm,
  .limit = compute,
  .close = close_state,
};

const struct bench bench_sgemm = {
  .name = "sgemm",
  .help = "the same by OpenBLAS",
  .limit_help = "as many multiply-adds in registers",
  .twin_help = "plain loops on one thread",
  .open = open_sgemm,
  .run = run_sgemm,
  .twin = twin_sgemm,
  .limit = compute,
  .close = close_state,
};

/* ---- the best of many scores, on one thread */

static void *open_topk(const struct bench_request *request, struct bench_figures *figures,
                       struct err *err)
{
  struct state *state = new_state(err);
  if (!state)
    return NULL;
  state->width = (int64_t)((double)request->items * request->scale) + 1;
  state->a = random_reals(USERS * state->width);
  state->b = random_reals(state->width);
  topk_init(&state->top, TOP);
  figures->bytes = (double)(USERS * state->width) * sizeof(real);
  state->figures = *figures;
  return state;
}

static bool run_topk(void *opaque, struct err *err)
{
  struct state *state = opaque;
  int32_t best[TOP];
  (void)err;
  for (int64_t u = 0; u < USERS; u++) {
    topk_start(&state->top, TOP);
    topk_push(&state->top, state->a + u * state->width, 0, (int)state->width);
    topk_finish(&state->top, best);
  }
  return true;
}

/* Every score must be looked at. */
static bool pass_by(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
  for (int64_t u = 0; u < USERS; u++) {
    topk_start(&state->top, TOP);
    state->top.bar = 1;
    topk_push(&state->top, state->a + u * state->width, 0, (int)state->width);
  }
  return true;
}

static int descending(const void *a, const void *b)
{
  real x = *(const real *)a, y = *(const real *)b;
  return (x < y) - (x > y);
}

static bool twin_topk(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
  for (int64_t u = 0; u < USERS; u++) {
    memcpy(state->b, state->a + u * state->width, (size_t)state->width * sizeof(real));
    qsort(state->b, (size_t)state->width, sizeof(real), descending);
  }
  return true;
}

const struct bench bench_topk = {
  .name = "topk",
  .help = "the best 50 of 7,050 scores, for 64 users, on one thread",
  .limit_help = "the scores compared with a number that none beats",
  .twin_help = "all of them sorted",
  .open = open_topk,
  .run = run_topk,
  .twin = twin_topk,
  .limit = pass_by,
  .close = close_state,
};

/* ---- the optimiser */

static void *open_adam(const struct bench_request *request, struct bench_figures *figures,
                       struct err *err)
{
  struct state *state = new_state(err);
  if (!state)
    return NULL;
  state->n = ((int64_t)((double)(request->users + request->items) * request->scale) + 1) * DIM;
  state->a = random_reals(state->n);
  state->b = mem_aligned((size_t)state->n, sizeof(real));
  state->c = mem_aligned((size_t)state->n, sizeof(real));
  state->d = random_reals(state->n);
  figures->bytes = 28.0 * (double)state->n;
  figures->flops = 12.0 * (double)state->n;
  state->figures = *figures;
  return state;
}

static bool run_adam(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
  adam_step(1e-3, ++state->step, state->n, state->a, state->b, state->c, state->d);
  return true;
}

static bool twin_adam(void *opaque, struct err *err)
{
  struct state *state = opaque;
  double t = (double)++state->step, scale = 1 - pow(ADAM_B1, t), second = 1 - pow(ADAM_B2, t);
  (void)err;
  for (int64_t k = 0; k < state->n; k++) {
    double g = (double)state->d[k];
    state->b[k] = (real)(ADAM_B1 * (double)state->b[k] + (1 - ADAM_B1) * g);
    state->c[k] = (real)(ADAM_B2 * (double)state->c[k] + (1 - ADAM_B2) * g * g);
    state->a[k] -= (real)(1e-3 * ((double)state->b[k] / scale) /
                          (sqrt((double)state->c[k] / second) + ADAM_EPS));
  }
  return true;
}

const struct bench bench_adam = {
  .name = "adam",
  .help = "one step of Adam on vectors of 64 of all nodes",
  .limit_help = "as many bytes read from memory",
  .twin_help = "a plain loop on one thread, in double",
  .open = open_adam,
  .run = run_adam,
  .twin = twin_adam,
  .limit = read_memory,
  .close = close_state,
};
