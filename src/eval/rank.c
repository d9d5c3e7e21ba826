/* rank.c - see rank.h
 * SPDX-License-Identifier: MIT */
#include "eval/rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/gemm.h"
#include "la/topk.h"
#include "la/vec.h"

const char *const mask_names[MASKS] = {"train+valid", "train"};

#define BLOCK 64 /* users a thread ranks at a time */
#define TILE 512 /* items scored at a time: BLOCK * TILE scores stay in the cache */

/* One thread's workplace. */
struct ranker {
  real *users, *scores; /* [BLOCK, dim], [BLOCK, TILE] */
  struct topk top[BLOCK];
};

static struct ranker *ranker_new(int dim, int depth)
{
  struct ranker *ranker = mem_zero(1, sizeof *ranker);
  ranker->users = mem_aligned((size_t)BLOCK * (size_t)dim, sizeof(real));
  ranker->scores = mem_aligned((size_t)BLOCK * TILE, sizeof(real));
  for (int b = 0; b < BLOCK; b++)
    topk_init(&ranker->top[b], depth);
  return ranker;
}

static void ranker_free(struct ranker *ranker)
{
  for (int b = 0; b < BLOCK; b++)
    topk_free(&ranker->top[b]);
  free(ranker->users);
  free(ranker->scores);
  free(ranker);
}

/* Remove a user's items of a phase from the scores of items first .. first + n - 1. */
static void remove_items(const struct item_sets *sets, int32_t user, int32_t first, int n,
                         real *scores)
{
  const int32_t *item = sets->item + sets->start[user];
  int64_t low = 0, high = sets->start[user + 1] - sets->start[user], count = high;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (item[middle] < first)
      low = middle + 1;
    else
      high = middle;
  }
  for (; low < count && item[low] < first + n; low++)
    scores[item[low] - first] = -(real)INFINITY;
}

/* Rank a block of at most BLOCK users; the ids stay in ranker->top. */
static void rank_block(struct ranker *ranker, const struct dataset *data,
                       const struct embedding *e, enum mask mask, const int32_t *users, int count)
{
  for (int b = 0; b < count; b++)
    memcpy(ranker->users + (size_t)b * (size_t)e->dim, e->users + (int64_t)users[b] * e->dim,
           (size_t)e->dim * sizeof(real));
  for (int32_t first = 0; first < data->items; first += TILE) {
    int n = data->items - first < TILE ? data->items - first : TILE;
    la_tile_nt(count, n, e->dim, ranker->users, e->dim, e->items + (int64_t)first * e->dim,
                    e->dim, 0, ranker->scores, TILE);
    for (int b = 0; b < count; b++) {
      real *scores = ranker->scores + (size_t)b * TILE;
      remove_items(&data->sets[PHASE_TRAIN], users[b], first, n, scores);
      if (mask == MASK_TRAIN_VALID)
        remove_items(&data->sets[PHASE_VALID], users[b], first, n, scores);
      topk_push(&ranker->top[b], scores, first, n);
    }
  }
}

/* Finite and far from overflow: then no score can be otherwise. */
static bool check(const struct dataset *data, const struct embedding *e, struct err *err)
{
  double users = vec_max_abs(e->users, (int64_t)data->users * e->dim);
  double items = vec_max_abs(e->items, (int64_t)data->items * e->dim);
  if (users * items * e->dim < 1e37)
    return true;
  return err_set(err, EX_SOFTWARE,
                 "the model's vectors are not finite or too large to rank (|user| %g, |item| %g)",
                 users, items);
}

bool rank_top(const struct dataset *data, const struct embedding *embedding, enum mask mask,
              const int32_t *users, int64_t count, int depth, int32_t *out, struct err *err)
{
  if (!check(data, embedding, err))
    return false;
#pragma omp parallel
  {
    struct ranker *ranker = ranker_new(embedding->dim, depth);
    la_one_thread_here();
#pragma omp for schedule(dynamic, 1)
    for (int64_t first = 0; first < count; first += BLOCK) {
      int size = count - first < BLOCK ? (int)(count - first) : BLOCK;
      for (int b = 0; b < size; b++)
        topk_start(&ranker->top[b], depth);
      rank_block(ranker, data, embedding, mask, users + first, size);
      for (int b = 0; b < size; b++) {
        int32_t *row = out + (first + b) * depth;
        for (int k = topk_finish(&ranker->top[b], row); k < depth; k++)
          row[k] = -1;
      }
    }
    ranker_free(ranker);
  }
  return true;
}

/* The items of a user's ranking that the mask leaves, as hits or not. */
static int hits_of(const struct dataset *data, int32_t user, enum phase phase, enum mask mask,
                   const int32_t *ranking, int depth, bool is_hit[METRIC_DEPTH])
{
  int count = 0;
  for (int k = 0; k < depth && ranking[k] >= 0 && count < METRIC_DEPTH; k++)
    if (mask == MASK_TRAIN || !dataset_has(data, PHASE_VALID, user, ranking[k]))
      is_hit[count++] = dataset_has(data, phase, user, ranking[k]);
  return count;
}

static void measure_user(const struct dataset *data, int32_t user, enum phase phase,
                         const int32_t *ranking, int depth, struct metrics out[MASKS])
{
  int held = (int)dataset_size(data, phase, user);
  for (int mask = 0; mask < MASKS; mask++) {
    bool is_hit[METRIC_DEPTH];
    if (phase == PHASE_VALID && mask == MASK_TRAIN_VALID)
      continue;
    int count = hits_of(data, user, phase, (enum mask)mask, ranking, depth, is_hit);
    for (int c = 0; c < CUTS; c++)
      metrics_at(is_hit, count, held, metric_cuts[c], out[mask].value[c]);
  }
}

/* Ranked under the weaker mask, deep enough that METRIC_DEPTH items stay when the validation
 * items are taken out: one ranking serves both masks. */
bool evaluate(const struct dataset *data, const struct embedding *embedding, enum phase phase,
              struct evaluation *out, struct err *err)
{
  int32_t *users = mem_zero((size_t)data->users + 1, sizeof *users);
  int64_t count = 0;
  int depth = METRIC_DEPTH;
  for (int32_t u = 0; u < data->users; u++) {
    int valid = (int)dataset_size(data, PHASE_VALID, u);
    if (!dataset_size(data, phase, u))
      continue;
    users[count++] = u;
    if (phase == PHASE_TEST && METRIC_DEPTH + valid > depth)
      depth = METRIC_DEPTH + valid;
  }
  depth = depth < data->items ? depth : data->items;
  int32_t *ranking = mem_zero((size_t)count * (size_t)depth + 1, sizeof *ranking);
  struct metrics(*each)[MASKS] = mem_zero((size_t)count + 1, sizeof *each);
  bool ok = rank_top(data, embedding, MASK_TRAIN, users, count, depth, ranking, err);
  *out = (struct evaluation){.users = count};
  if (ok) {
#pragma omp parallel for schedule(dynamic, 64)
    for (int64_t k = 0; k < count; k++)
      measure_user(data, users[k], phase, ranking + k * depth, depth, each[k]);
    for (int64_t k = 0; k < count; k++)
      for (int mask = 0; mask < MASKS; mask++)
        metrics_add(&out->by_mask[mask], &each[k][mask]);
    for (int mask = 0; mask < MASKS; mask++)
      metrics_divide(&out->by_mask[mask], count);
  }
  free(each);
  free(ranking);
  free(users);
  return ok;
}

cJSON *evaluation_json(const struct evaluation *evaluation, enum phase phase)
{
  if (phase == PHASE_VALID)
    return metrics_json(&evaluation->by_mask[MASK_TRAIN]);
  cJSON *object = cJSON_CreateObject();
  for (int mask = 0; mask < MASKS; mask++)
    cJSON_AddItemToObject(object, mask_names[mask],
                          metrics_json(&evaluation->by_mask[mask]));
  return object;
}
