/* bench_eval.c - a full ranking: every user who has held-out items, both masks, all metrics
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "base/rng.h"
#include "cli/bench_catalogue.h"
#include "eval/rank.h"
#include "la/gemm.h"

enum { DIM = 64, TOP = 50 };

struct state {
  struct dataset data;
  struct embedding embedding;
  real *vectors, *scores;
  int64_t *order;
};

static void close_eval(void *opaque)
{
  struct state *state = opaque;
  dataset_free(&state->data);
  free(state->vectors);
  free(state->scores);
  free(state->order);
  free(state);
}

static void *open_eval(const struct bench_request *request, struct bench_figures *figures,
                       struct err *err)
{
  struct state *state = mem_zero(1, sizeof *state);
  struct rng rng = rng_stream(5, RNG_PAIRS, 0);
  if (!la_start(err) || !bench_catalogue(request, &state->data, err)) {
    close_eval(state);
    return NULL;
  }
  double users = state->data.users, items = state->data.items;
  size_t size = (size_t)(users + items) * DIM;
  state->vectors = mem_aligned(size, sizeof(real));
  for (size_t k = 0; k < size; k++)
    state->vectors[k] = (real)(rng_unif(&rng) - 0.5);
  state->embedding = (struct embedding){DIM, state->vectors,
                                        state->vectors + (size_t)state->data.users * DIM};
  state->scores = mem_aligned((size_t)state->data.items, sizeof(real));
  state->order = mem_zero((size_t)state->data.items + 1, sizeof *state->order);
  figures->flops = 2 * users * items * DIM;
  figures->bytes = (double)size * sizeof(real);
  return state;
}

static bool run_eval(void *opaque, struct err *err)
{
  struct state *state = opaque;
  struct evaluation evaluation;
  return evaluate(&state->data, &state->embedding, PHASE_TEST, &evaluation, err);
}

/* The products that make all scores, in blocks of users and of items that stay in the cache. */
static bool run_scores(void *opaque, struct err *err)
{
  enum { USERS = 64, ITEMS = 512 };
  struct state *state = opaque;
  int32_t users = state->data.users, items = state->data.items;
  (void)err;
#pragma omp parallel
  {
    real *scores = mem_aligned((size_t)USERS * ITEMS, sizeof *scores);
    la_one_thread_here();
#pragma omp for schedule(dynamic, 1)
    for (int32_t u = 0; u < users; u += USERS)
      for (int32_t i = 0; i < items; i += ITEMS)
        la_tile_nt(users - u < USERS ? users - u : USERS, items - i < ITEMS ? items - i : ITEMS, DIM,
                   state->vectors + (int64_t)u * DIM, DIM, state->embedding.items + (int64_t)i * DIM, DIM,
                   0, scores, ITEMS);
    free(scores);
  }
  return true;
}

static int descending(const void *a, const void *b)
{
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x < y) - (x > y);
}

/* Plain scores, and all of them sorted, with the items in their lower halves. */
static bool run_plainly(void *opaque, struct err *err)
{
  struct state *state = opaque;
  (void)err;
  for (int64_t u = 0; u < state->data.users; u++) {
    for (int64_t i = 0; i < state->data.items; i++) {
      real score = 0;
      for (int64_t k = 0; k < DIM; k++)
        score += state->embedding.users[u * DIM + k] * state->embedding.items[i * DIM + k];
      bool is_masked = dataset_has(&state->data, PHASE_TRAIN, (int32_t)u, (int32_t)i);
      state->order[i] = ((int64_t)((double)score * 1e6) - (is_masked ? INT32_MAX : 0)) * (1 << 24) - i;
    }
    qsort(state->order, (size_t)state->data.items, sizeof *state->order, descending);
  }
  return true;
}

const struct bench bench_eval = {
  .name = "eval",
  .help = "the best 50 of all items for all users, and the metrics",
  .limit_help = "the matrix products of the scores alone",
  .twin_help = "plain loops and a sort, on one thread",
  .open = open_eval,
  .run = run_eval,
  .twin = run_plainly,
  .limit = run_scores,
  .close = close_eval,
};
