/* bench_catalogue.c - see bench_catalogue.h
 * SPDX-License-Identifier: MIT */
#include "cli/bench_catalogue.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

enum { HELD_OUT = 10 };

static void make_up(const struct bench_request *request, struct dataset *data)
{
  double scale = request->scale;
  int64_t pairs = (int64_t)((double)request->pairs * scale) + 2;
  struct interactions all = {.count = pairs + pairs / HELD_OUT,
                             .user_count = (int32_t)((double)request->users * scale) + 2,
                             .item_count = (int32_t)((double)request->items * scale) + 2};
  struct rng rng = rng_stream(1, RNG_PAIRS, 0);
  all.user = mem_zero((size_t)all.count, sizeof *all.user);
  all.item = mem_zero((size_t)all.count, sizeof *all.item);
  all.phase = mem_zero((size_t)all.count, sizeof *all.phase);
  for (int64_t e = 0; e < all.count; e++) {
    double unit = rng_unif(&rng);
    all.user[e] = (int32_t)(unit * unit * all.user_count); /* few users are busy */
    all.item[e] = (int32_t)(rng_unif(&rng) * rng_unif(&rng) * all.item_count);
    all.phase[e] = e % (HELD_OUT + 1) == HELD_OUT ? PHASE_TEST : PHASE_TRAIN;
  }
  dataset_build(&all, data);
  free(all.user);
  free(all.item);
  free(all.phase);
}

bool bench_catalogue(const struct bench_request *request, struct dataset *data, struct err *err)
{
  if (!request->workspace) {
    make_up(request, data);
    return true;
  }
  struct store *store = store_open(request->workspace, STORE_READ, err);
  bool ok = store && dataset_load(store, data, err);
  store_close(store);
  return ok;
}

static float *random_rows(struct rng *rng, int64_t count)
{
  float *rows = mem_aligned((size_t)count, sizeof *rows);
  for (int64_t k = 0; k < count; k++)
    rows[k] = (float)(rng_unif(rng) - 0.5);
  return rows;
}

void bench_features(const struct bench_request *request, const struct dataset *data,
                    struct features *features)
{
  struct rng rng = rng_stream(2, RNG_PAIRS, 0);
  size_t items = (size_t)data->items;
  *features = (struct features){.item_count = data->items, .modality_count = MODALITIES,
                                .has_negative = mem_alloc(items), .negative_count = data->items};
  memset(features->has_negative, 1, items);
  features->more_start = mem_zero(items + 1, sizeof *features->more_start);
  for (int m = 0; m < MODALITIES; m++) {
    features->dim[m] = request->width[m];
    features->x[m] = random_rows(&rng, (int64_t)items * request->width[m]);
    features->x_neg[m] = random_rows(&rng, (int64_t)items * request->width[m]);
    features->present[m] = mem_alloc(items);
    memset(features->present[m], 1, items);
    features->unit[m] = 1;
    features->source[m] = mem_strdup("random");
  }
}
