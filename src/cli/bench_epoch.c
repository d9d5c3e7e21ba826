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
};

static bool is_graph(const struct state *state) { return state->request.model == &model_lightgcn; }

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

/* Tables with their gradients, moments and best values; vectors and strips of a graph; pairs. */
static double memory_of(const struct state *state, const struct bench_request *asked)
{
  const struct dataset *data = &state->trainer.data;
  double nodes = (double)data->users + data->items, pairs = (double)data->pairs;
  double dim = dim_of(state), batch = setting(&state->request.settings, "batch");
  double width = asked->width[TEXT] + asked->width[IMAGE];
  double bytes = PROGRAM + 40 * pairs + 40 * nodes + 3 * batch * (dim + 8) * sizeof(real);
  if (state->request.model == &model_vbpr)
    dim *= 2;
  bytes += 5 * nodes * dim * sizeof(real);
  if (state->request.model != &model_mf && state->request.model != &model_vbpr)
    bytes += 3 * nodes * dim * sizeof(real) + la_threads() * nodes * 128 + 8 * pairs;
  if (state->request.model->needs) /* features, those of a batch, twice with the negatives */
    bytes += 4 * width * (double)data->items * sizeof(real) + 40 * width * dim;
  if (state->request.model == &model_neggen) /* what the module has in between */
    bytes += (double)data->items * dim * sizeof(real) * 64;
  if (!asked->is_alone) /* the twin's tables; the machine's caches, or the limit's rows */
    bytes += 7 * nodes * dim * sizeof(real) + (width + 1) * 2 * batch * sizeof(real);
  return bytes;
}

static void count_work(struct state *state)
{
  double nodes = (double)state->trainer.data.users + state->trainer.data.items;
  double dim = dim_of(state), steps = (double)batches(state), pairs = (double)state->trainer.data.pairs;
  struct bench_figures *figures = &state->figures;
  if (is_graph(state)) {
    double hops = 2 * setting(&state->request.settings, "layers") * steps;
    figures->bytes = hops * (2.0 * (double)state->graph.edges * (dim + dim / 16) + 4 * nodes * dim) *
                       sizeof(real) + 28 * nodes * dim * steps;
    figures->flops = hops * 2 * (double)state->graph.edges * dim + 12 * nodes * dim * steps;
  } else if (state->row_count) {
    double products = state->request.model == &model_neggen ? 4 : 2;
    figures->flops = products * 2 * (double)(state->row_count * state->width * state->out) * steps;
    figures->bytes = products * (double)(state->row_count * state->width) * sizeof(real) * steps;
  } else { /* three rows of a pair are read, their moments too, and all are written */
    figures->bytes = pairs * 3 * dim * sizeof(real) * 6;
    figures->flops = pairs * 3 * dim * 16;
  }
}

/* Distinct items of a batch: as many random rows are multiplied by the limit. */
static void open_products(struct state *state, const struct bench_request *asked)
{
  int32_t items = state->trainer.data.items, batch = (int32_t)setting(&state->request.settings, "batch");
  unsigned char *seen = mem_zero((size_t)items + 1, 1);
  struct rng rng = rng_stream(4, RNG_PAIRS, 0);
  for (int32_t b = 0; b < 2 * batch; b++) {
    int32_t item = b % 2 ? state->trainer.data.trained[rng_below(&rng, (uint64_t)state->trainer.data.trained_count)]
                         : state->trainer.data.pair_item[rng_below(&rng, (uint64_t)state->trainer.data.pairs)];
    state->row_count += !seen[item];
    seen[item] = 1;
  }
  free(seen);
  state->width = asked->width[TEXT] + asked->width[IMAGE];
  state->out = dim_of(state);
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
    open_products(state, asked);
  }
  if (!ok || !trainer_open(trainer, err)) {
    close_epoch(state);
    return NULL;
  }
  begin(trainer);
  state->machine = machine_new();
  if (is_graph(state))
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
    bench_plain_open(&state->plain, &state->trainer, is_graph(state) ? &state->graph : NULL);
  bench_plain_epoch(&state->plain);
  return true;
}

/* What no other way could do without: the hops, the products, or the rows. */
static bool run_limit(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
  if (!is_graph(state) && !state->row_count) {
    machine_read_cache(state->machine, state->figures.bytes);
    return true;
  }
  const struct tensor *nodes = &state->trainer.model.tensors[0];
  for (int64_t k = 0; is_graph(state) && k < 2 * batches(state); k++)
    graph_propagate(&state->graph, (int)setting(&state->request.settings, "layers"), dim_of(state),
                    nodes->value, nodes->best);
  int sides = state->request.model == &model_neggen ? 2 : 1;
  for (int64_t k = 0; state->row_count && k < sides * batches(state); k++) {
    la_gemm_nt(state->row_count, state->out, state->width, state->rows, state->width, state->weights,
               state->width, 0, state->projected, state->out);
    la_gemm_tn(state->out, state->width, state->row_count, state->projected, state->out, state->rows,
               state->width, 0, state->weights, state->width);
  }
  return true;
}

const struct bench bench_epoch = {
  .name = "epoch",
  .help = "an epoch of --model without its ranking, on 119,674 pairs",
  .limit_help = "its sparse products, its projections, or (mf) the bytes of its rows alone",
  .twin_help = "plain loops on one thread (mf, lightgcn)",
  .open = open_epoch,
  .run = run_epoch,
  .twin = run_plainly,
  .limit = run_limit,
  .close = close_epoch,
};
