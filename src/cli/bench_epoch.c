/* bench_epoch.c - an epoch of a model: the trainer's own steps, without the ranking after it
 *
 * On a workspace, or on a made-up catalogue of any size, so that growth can be drawn. What features
 * there are is made up, too. The memory is stated before it is taken.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "cli/bench_catalogue.h"
#include "cli/bench_machine.h"
#include "cli/bench_plain.h"
#include "la/gemm.h"
#include "la/graph.h"
#include "la/vec.h"
#include "model/rows.h"
#include "train/trainer.h"

#define PROGRAM 3e7 /* bytes of the program, its libraries and their buffers */

struct state {
  struct train_request request;
  struct train_listener listener;
  struct trainer trainer;
  struct machine *machine;
  struct bench_figures figures;
  struct graph graph;      /* of the limit and the twin */
  struct bench_plain plain;
  real *rows, *weights, *projected; /* of the limit's products */
  int64_t row_count, width, out;
  double edges;            /* of the distinct users and items of a batch */
  double gathered, moved;  /* bytes of a step's hops, and of its optimiser */
};

/* The model's vectors are propagated over the graph. */
static bool is_graph(const struct state *state)
{
  const struct settings *settings = &state->request.settings;
  return state->request.model == &model_lightgcn ||
         (state->request.model == &model_neggen && setting_is(settings, "base", "lightgcn"));
}

static bool has_plain_graph(const struct state *state) { return state->request.model == &model_lightgcn; }

static int dim_of(const struct state *state) { return (int)setting(&state->request.settings, "dim"); }

static int64_t batches(const struct state *state)
{
  int64_t batch = (int64_t)setting(&state->request.settings, "batch");
  return (state->trainer.data.pairs + batch - 1) / batch;
}

static bool read_request(const struct bench_request *asked, struct train_request *request,
                         struct err *err)
{
  if (!train_request_init(request, asked->model, "uniform", 1, err))
    return false;
  for (int k = 0; k < asked->set_count; k++)
    if (!settings_assign(&request->settings, asked->sets[k], err))
      return false;
  train_request_follow(request);
  return true;
}

/* Features of items and of their negatives, and what comes of them: weights with their gradients, moments
 * and best values, and the gradients of the parts that are added up; blocks of rows. */
static double features_memory(const struct state *state, const struct bench_request *asked)
{
  double width = asked->width[TEXT] + asked->width[IMAGE], dim = dim_of(state);
  double items = state->trainer.data.items, batch = setting(&state->request.settings, "batch");
  double room = 2 * batch < items ? 2 * batch : items;
  double reals = 2 * width * items + 13 * width * dim + la_threads() * ROWS_BLOCK * (width + 32 * dim);
  if (state->request.model == &model_neggen) /* what the module has in between */
    reals += (32 * room + 3 * items) * dim + 10 * 8 * dim * dim;
  if (!asked->is_alone)
    reals += room * (width + dim) + width * dim;
  return reals * sizeof(real);
}

/* Tables with their gradients, moments and best values; vectors and strips of a graph; pairs. */
static double memory_of(const struct state *state, const struct bench_request *asked)
{
  const struct dataset *data = &state->trainer.data;
  double nodes = (double)data->users + data->items, pairs = (double)data->pairs;
  double dim = dim_of(state), batch = setting(&state->request.settings, "batch");
  double bytes = PROGRAM + 40 * pairs + 40 * nodes + 6 * batch * (dim + 8) * sizeof(real);
  if (state->request.model == &model_vbpr)
    dim *= 2;
  bytes += (state->request.model == &model_neggen ? 6 : 5) * nodes * dim * sizeof(real);
  if (is_graph(state))
    bytes += 2 * nodes * dim * sizeof(real) + la_threads() * nodes * 128 + 16 * pairs;
  if (state->request.model->needs)
    bytes += features_memory(state, asked);
  if (!asked->is_alone) /* the twin's tables; what the limits read */
    bytes += (state->request.model->needs ? 0 : 7 * nodes * dim * sizeof(real)) +
             (is_graph(state) ? MACHINE_MEMORY : 0);
  return bytes;
}

/* Hops over all edges, but for the last one forwards and the first one back: there are only those of the
 * batch. And 28 bytes of every number of the tables that move. */
static void count_hops(struct state *state)
{
  const struct dataset *data = &state->trainer.data;
  double nodes = (double)data->users + data->items, dim = dim_of(state);
  double edges = 2 * (double)data->sets[PHASE_TRAIN].start[data->users];
  double whole = 2 * (setting(&state->request.settings, "layers") - 1);
  state->gathered = (whole * edges + 2 * state->edges) * (dim + dim / 16) * sizeof(real);
  state->moved = 28 * nodes * dim;
}

static void count_work(struct state *state)
{
  double dim = dim_of(state), steps = (double)batches(state), pairs = (double)state->trainer.data.pairs;
  struct bench_figures *figures = &state->figures;
  if (is_graph(state))
    count_hops(state);
  if (has_plain_graph(state)) {
    figures->bytes = (state->gathered + state->moved) * steps;
    figures->flops = (state->gathered / sizeof(real) + 12 * state->moved / 28) * steps;
  } else if (state->row_count) {
    double products = state->request.model == &model_neggen ? 4 : 2;
    figures->flops = products * 2 * (double)(state->row_count * state->width * state->out) * steps;
    figures->bytes = products * (double)(state->row_count * state->width) * sizeof(real) * steps;
    figures->has_floor = state->request.model == &model_neggen;
  } else { /* three rows of a pair are read, their moments too, and all are written */
    figures->bytes = pairs * 3 * dim * sizeof(real) * 6;
    figures->flops = pairs * 3 * dim * 16;
  }
}

/* Count a node of a batch once: its edges, too. */
static bool see(struct state *state, unsigned char *seen, int64_t node)
{
  const struct dataset *data = &state->trainer.data;
  bool is_new = !seen[node];
  seen[node] = 1;
  if (is_new && node < data->users)
    state->edges += (double)dataset_size(data, PHASE_TRAIN, (int32_t)node);
  else if (is_new)
    state->edges += data->item_count[node - data->users];
  return is_new;
}

/* The distinct users and items of a batch like those that are trained on. */
static int64_t look_at_batch(struct state *state)
{
  const struct dataset *data = &state->trainer.data;
  int32_t batch = (int32_t)setting(&state->request.settings, "batch");
  unsigned char *seen = mem_zero((size_t)data->users + (size_t)data->items + 1, 1);
  struct rng rng = rng_stream(4, RNG_PAIRS, 0);
  int64_t items = 0;
  for (int32_t b = 0; b < batch; b++) {
    uint64_t pair = rng_below(&rng, (uint64_t)data->pairs);
    int32_t other = data->trained[rng_below(&rng, (uint64_t)data->trained_count)];
    see(state, seen, data->pair_user[pair]);
    items += see(state, seen, (int64_t)data->users + data->pair_item[pair]);
    items += see(state, seen, (int64_t)data->users + other);
  }
  free(seen);
  return items;
}

/* As many random rows as a batch has items are multiplied by the limit. */
static void open_products(struct state *state, const struct bench_request *asked)
{
  struct rng rng = rng_stream(5, RNG_PAIRS, 0);
  state->width = asked->width[TEXT] + asked->width[IMAGE];
  state->out = dim_of(state);
  if (asked->is_alone)
    return;
  state->rows = mem_aligned((size_t)(state->row_count * state->width), sizeof(real));
  state->weights = mem_aligned((size_t)(state->out * state->width), sizeof(real));
  state->projected = mem_aligned((size_t)(state->row_count * state->out), sizeof(real));
  for (int64_t k = 0; k < state->row_count * state->width; k++)
    state->rows[k] = (real)(rng_unif(&rng) - 0.5);
}

/* NegGen is measured in the stage of its module, from a base that is not trained. */
static void begin(struct trainer *trainer)
{
  trainer_begin_stage(trainer);
  if (trainer->model.ops != &model_neggen)
    return;
  for (int t = 0; t < trainer->model.tensor_count; t++) {
    struct tensor *tensor = &trainer->model.tensors[t];
    if (tensor->kept)
      memcpy(tensor->kept, tensor->value, (size_t)(tensor->rows * tensor->cols) * sizeof(real));
  }
  trainer->at.stage = 1;
  trainer_begin_stage(trainer);
}

static void close_epoch(void *opaque)
{
  struct state *state = opaque;
  trainer_close(&state->trainer);
  machine_free(state->machine);
  graph_free(&state->graph);
  bench_plain_close(&state->plain);
  free(state->rows);
  free(state->weights);
  free(state->projected);
  free(state);
}

static void *open_epoch(const struct bench_request *asked, struct bench_figures *figures,
                        struct err *err)
{
  struct state *state = mem_zero(1, sizeof *state);
  struct trainer *trainer = &state->trainer;
  *trainer = (struct trainer){.request = &state->request, .listener = &state->listener};
  bool ok = read_request(asked, &state->request, err) && bench_catalogue(asked, &trainer->data, err);
  state->figures.memory = ok ? memory_of(state, asked) : 0;
  if (ok && state->request.model->needs) {
    bench_features(asked, &trainer->data, &trainer->features);
    trainer->has_features = true;
  }
  if (ok) {
    int64_t items = look_at_batch(state);
    if (state->request.model->needs) {
      state->row_count = items;
      open_products(state, asked);
    }
  }
  if (!ok || !trainer_open(trainer, err)) {
    close_epoch(state);
    return NULL;
  }
  begin(trainer);
  state->machine = machine_new();
  if (has_plain_graph(state))
    graph_build(trainer->data.users, trainer->data.items, trainer->data.sets[PHASE_TRAIN].start,
                trainer->data.sets[PHASE_TRAIN].item, &state->graph);
  count_work(state);
  state->figures.has_no_twin = state->row_count > 0; /* its kernels have one each */
  *figures = state->figures;
  return state;
}

static bool run_epoch(void *opaque, struct err *err)
{
  struct state *state = opaque;
  state->trainer.at.next_pair = 0;
  state->trainer.at.epoch++;
  return trainer_pass(&state->trainer, err) == TRAIN_DONE;
}

static bool run_plainly(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
  if (!state->plain.value)
    bench_plain_open(&state->plain, &state->trainer, has_plain_graph(state) ? &state->graph : NULL);
  bench_plain_epoch(&state->plain);
  return true;
}

/* Projections of the items' features, and the gradients of their weights, by OpenBLAS. */
static void multiply_features(struct state *state)
{
  int sides = state->request.model == &model_neggen ? 2 : 1;
  for (int64_t k = 0; k < sides * batches(state); k++) {
    la_gemm_nt(state->row_count, state->out, state->width, state->rows, state->width, state->weights,
               state->width, 0, state->projected, state->out);
    la_gemm_tn(state->out, state->width, state->row_count, state->projected, state->out, state->rows,
               state->width, 0, state->weights, state->width);
  }
}

/* What no other way could do without: the bytes of the hops, the projections, or the bytes of rows. */
static bool run_limit(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
  if (has_plain_graph(state)) {
    machine_read_cache(state->machine, state->gathered * (double)batches(state));
    machine_read_memory(state->machine, state->moved * (double)batches(state));
  } else if (state->row_count) {
    multiply_features(state);
  } else {
    machine_read_cache(state->machine, state->figures.bytes);
  }
  return true;
}

/* Two sides of two tokens an item are multiplied with Wq, Wk, Wv; one vector a side with three squares
 * more (Wo and both layers of the MLP). Forward once, back twice. */
static double module_flops(const struct state *state)
{
  double square = (double)dim_of(state) * dim_of(state), rows = (double)state->row_count;
  return 3 * 2 * rows * (2 * 2 * 3 * square + 2 * 3 * square);
}

/* All products at the speed of multiply-adds; the base's hops. */
static bool run_floor(void *opaque, struct err *err)
{
  struct state *state = opaque;
  double steps = (double)batches(state);
  (void)err;
  machine_compute(state->machine, state->figures.flops + module_flops(state) * steps);
  if (is_graph(state)) {
    machine_read_cache(state->machine, state->gathered * steps);
    machine_read_memory(state->machine, state->moved * steps);
  }
  return true;
}

const struct bench bench_epoch = {
  .name = "epoch",
  .help = "an epoch of --model without its ranking, on 119,674 pairs",
  .limit_help = "the bytes of its hops and its optimiser, its projections by OpenBLAS, or (mf) the bytes of its "
                "rows",
  .floor_help = "the multiply-adds of its products, the bytes of its hops and its optimiser",
  .twin_help = "plain loops on one thread (mf, lightgcn)",
  .open = open_epoch,
  .run = run_epoch,
  .twin = run_plainly,
  .limit = run_limit,
  .floor = run_floor,
  .close = close_epoch,
};
