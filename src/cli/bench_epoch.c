/* bench_epoch.c - an epoch of LightGCN, and a full ranking, on a made-up catalogue
 *
 * Of the size of MovieLens-100K: 943 users, 1,663 items, 80,000 training pairs, few items
 * popular; vectors of 64, two layers, batches of 2,048.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "cli/bench.h"
#include "la/adam.h"
#include "la/gemm.h"
#include "la/graph.h"
#include "la/scalar.h"
#include "model/model.h"
#include "sampler/sampler.h"

enum { USERS = 943, ITEMS = 1663, PAIRS = 80000, DIM = 64, BATCH = 2048, LAYERS = 2 };

struct state {
  struct dataset data;
  struct settings settings;
  struct model model;
  struct sampler sampler;
  struct graph graph;
  int64_t step;
  int32_t other[BATCH];
  real *plain[6]; /* the twin's value, first, second, vectors, gradient, work */
  real *scores;
};

/* Pairs with many of few items; a tenth of them held out. */
static void make_data(double scale, struct dataset *data)
{
  struct interactions all = {.count = (int64_t)(PAIRS * scale / 0.9) + 4,
                             .user_count = (int32_t)(USERS * scale) + 2,
                             .item_count = (int32_t)(ITEMS * scale) + 2};
  struct rng rng = rng_stream(1, RNG_PAIRS, 0);
  all.user = mem_zero((size_t)all.count, sizeof *all.user);
  all.item = mem_zero((size_t)all.count, sizeof *all.item);
  all.phase = mem_zero((size_t)all.count, sizeof *all.phase);
  for (int64_t e = 0; e < all.count; e++) {
    all.user[e] = (int32_t)(e * all.user_count / all.count);
    all.item[e] = (int32_t)(rng_unif(&rng) * rng_unif(&rng) * all.item_count);
    all.phase[e] = e % 10 == 9 ? PHASE_TEST : PHASE_TRAIN;
  }
  dataset_build(&all, data);
  free(all.user);
  free(all.item);
  free(all.phase);
}

static void close_bench(void *opaque)
{
  struct state *state = opaque;
  model_close(&state->model);
  sampler_close(&state->sampler);
  graph_free(&state->graph);
  dataset_free(&state->data);
  for (size_t k = 0; k < COUNT_OF(state->plain); k++)
    free(state->plain[k]);
  free(state->scores);
  free(state);
}

static struct state *open_state(double scale, struct err *err)
{
  struct state *state = mem_zero(1, sizeof *state);
  make_data(scale, &state->data);
  settings_init(&state->settings, model_lightgcn.settings);
  if (!la_start(err) || !model_open(&state->model, &model_lightgcn, &state->data, NULL,
                                    &state->settings, 1, err)) {
    close_bench(state);
    return NULL;
  }
  state->model.ops->begin(&state->model, 0);
  sampler_open(&state->sampler, &sampler_uniform, &state->data);
  graph_build(state->data.users, state->data.items, state->data.sets[PHASE_TRAIN].start,
              state->data.sets[PHASE_TRAIN].item, &state->graph);
  size_t size = (size_t)graph_nodes(&state->graph) * DIM;
  for (size_t k = 0; k < COUNT_OF(state->plain); k++)
    state->plain[k] = mem_aligned(2 * size, sizeof(real));
  memcpy(state->plain[0], state->model.tensors[0].value, size * sizeof(real));
  return state;
}

static int64_t batches(const struct state *state) { return (state->data.pairs + BATCH - 1) / BATCH; }

static void *open_epoch(double scale, double *bytes, double *flops, struct err *err)
{
  struct state *state = open_state(scale, err);
  if (!state)
    return NULL;
  double products = 2.0 * LAYERS * (double)batches(state);
  double edges = 2.0 * (double)state->graph.edges, rows = (double)graph_nodes(&state->graph);
  *bytes = products * (edges * (DIM + 2) + 3 * rows * DIM) * sizeof(real) +
           28.0 * rows * DIM * (double)batches(state);
  *flops = products * 2 * edges * DIM;
  return state;
}

static struct batch take_batch(struct state *state, int64_t first)
{
  int64_t left = state->data.pairs - first;
  struct batch batch = {.size = (int32_t)(left < BATCH ? left : BATCH), .nominal = BATCH,
                        .user = state->data.pair_user + first,
                        .item = state->data.pair_item + first, .other = state->other};
  sampler_batch(&state->sampler, (uint64_t)first, batch.user, batch.size, state->other);
  return batch;
}

static bool run_epoch(void *opaque, struct err *err)
{
  struct state *state = opaque;
  struct tensor *nodes = &state->model.tensors[0];
  double parts[PARTS_MAX] = {0}, loss = 0;
  for (int64_t first = 0; first < state->data.pairs; first += BATCH) {
    struct batch batch = take_batch(state, first);
    state->model.lr = 0.004;
    state->model.step = ++state->step;
    loss = state->model.ops->step(&state->model, 0, &batch, parts);
    tensor_move(&state->model, nodes);
  }
  return isfinite(loss) || err_set(err, EX_SOFTWARE, "bench epoch: the loss is not finite");
}

/* ---- the same by plain loops */

static void propagate_plainly(const struct graph *graph, const real *x, real *out, real *work)
{
  int64_t size = graph_nodes(graph) * DIM;
  memcpy(out, x, (size_t)size * sizeof(real));
  memcpy(work, x, (size_t)size * sizeof(real));
  for (int l = 0; l < LAYERS; l++) {
    real *to = work + size;
    memset(to, 0, (size_t)size * sizeof(real));
    for (int64_t p = 0; p < graph_nodes(graph); p++)
      for (int64_t e = graph->start[p]; e < graph->start[p + 1]; e++) {
        int64_t a = graph->node[p], b = graph->node[graph->place[e]];
        real value = graph->scale[p] * graph->scale[graph->place[e]];
        for (int k = 0; k < DIM; k++)
          to[a * DIM + k] += value * work[b * DIM + k];
      }
    for (int64_t k = 0; k < size; k++)
      out[k] += to[k];
    memcpy(work, to, (size_t)size * sizeof(real));
  }
  for (int64_t k = 0; k < size; k++)
    out[k] /= LAYERS + 1;
}

static void pairs_plainly(const struct state *state, const struct batch *batch, const real *e,
                          real *grad)
{
  for (int32_t b = 0; b < batch->size; b++) {
    int64_t u = batch->user[b], i = state->data.users + batch->item[b],
            j = state->data.users + batch->other[b];
    double margin = 0;
    for (int k = 0; k < DIM; k++)
      margin += (double)(e[u * DIM + k] * (e[i * DIM + k] - e[j * DIM + k]));
    real g = (real)(-scalar_sigmoid(-margin) / batch->size);
    for (int k = 0; k < DIM; k++) {
      grad[u * DIM + k] += g * (e[i * DIM + k] - e[j * DIM + k]);
      grad[i * DIM + k] += g * e[u * DIM + k];
      grad[j * DIM + k] -= g * e[u * DIM + k];
    }
  }
}

static void adam_plainly(int64_t size, int64_t t, real *value, real *first, real *second,
                         const real *grad)
{
  double scale = 1 - pow(ADAM_B1, (double)t), second_scale = 1 - pow(ADAM_B2, (double)t);
  for (int64_t k = 0; k < size; k++) {
    first[k] = (real)(ADAM_B1 * (double)first[k] + (1 - ADAM_B1) * (double)grad[k]);
    second[k] = (real)(ADAM_B2 * (double)second[k] +
                       (1 - ADAM_B2) * (double)grad[k] * (double)grad[k]);
    value[k] -= (real)(0.004 * ((double)first[k] / scale) /
                       (sqrt((double)second[k] / second_scale) + ADAM_EPS));
  }
}

static bool run_plainly(void *opaque, struct err *err)
{
  struct state *state = opaque;
  int64_t size = graph_nodes(&state->graph) * DIM, step = 0;
  real **p = state->plain;
  (void)err;
  for (int64_t first = 0; first < state->data.pairs; first += BATCH) {
    struct batch batch = take_batch(state, first);
    propagate_plainly(&state->graph, p[0], p[3], p[5]);
    memset(p[4], 0, (size_t)size * sizeof(real));
    pairs_plainly(state, &batch, p[3], p[4]);
    propagate_plainly(&state->graph, p[4], p[3], p[5]);
    adam_plainly(size, ++step, p[0], p[1], p[2], p[3]);
  }
  return true;
}

/* The sparse products, and nothing else. */
static bool run_products(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
  for (int64_t k = 0; k < 2 * batches(state); k++)
    graph_propagate(&state->graph, LAYERS, DIM, state->plain[0], state->plain[3]);
  return true;
}

const struct bench bench_epoch = {
  .name = "epoch",
  .help = "LightGCN, 943 users, 1,663 items, 80,000 pairs",
  .limit_help = "its sparse products alone",
  .twin_help = "plain loops on one thread",
  .open = open_epoch,
  .run = run_epoch,
  .twin = run_plainly,
  .limit = run_products,
  .close = close_bench,
};

/* ---- full ranking */

static void *open_rank(double scale, double *bytes, double *flops, struct err *err)
{
  struct state *state = open_state(scale, err);
  if (!state)
    return NULL;
  state->scores = mem_aligned((size_t)state->data.users * (size_t)state->data.items, sizeof(real));
  *flops = 2.0 * state->data.users * state->data.items * DIM;
  *bytes = ((double)state->data.users + state->data.items) * DIM * sizeof(real);
  return state;
}

static bool run_rank(void *opaque, struct err *err)
{
  struct state *state = opaque;
  struct embedding embedding;
  struct evaluation evaluation;
  state->model.ops->embed(&state->model, 0, &embedding);
  return evaluate(&state->data, &embedding, PHASE_TEST, &evaluation, err);
}

/* The product that makes all scores. */
static bool run_scores(void *opaque, struct err *err)
{
  struct state *state = opaque;
  struct embedding embedding;
  (void)err;
  state->model.ops->embed(&state->model, 0, &embedding);
  la_gemm_nt(state->data.users, state->data.items, DIM, embedding.users, DIM, embedding.items, DIM,
             0, state->scores, state->data.items);
  return true;
}

const struct bench bench_rank = {
  .name = "rank",
  .help = "all 1,663 items for 943 users, both masks",
  .limit_help = "the matrix product of the scores alone",
  .open = open_rank,
  .run = run_rank,
  .limit = run_scores,
  .close = close_bench,
};
