/* twin.c - see twin.h
 * SPDX-License-Identifier: MIT */
#include "gen/twin.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "la/real.h"
#include "store/interaction.h"

/* Training pairs both ways as lists: items of a user, users of an item. */
struct lists {
  int64_t *start; /* [count + 1] */
  int32_t *other;
};

struct twins {
  const struct encoders *encoders;
  int32_t item_count, user_count;
  float *squares; /* [item_count] of the items' vectors of all modalities */
  struct lists items_of, users_of;
};

LA_CLONES static float dot(const float *x, const float *y, int dim)
{
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int k = 0; k < dim; k++)
    sum += x[k] * y[k];
  return sum;
}

/* Over all modalities; what is missing counts as 0. */
static float inner(const struct encoders *encoders, const float *const x[MODALITIES],
                   const float *const y[MODALITIES])
{
  float sum = 0;
  for (int m = 0; m < MODALITIES; m++)
    if (x[m] && y[m])
      sum += dot(x[m], y[m], encoders_dim(encoders, (enum modality)m));
  return sum;
}

static void rows_of(const struct twins *twins, int64_t item, const float *out[MODALITIES])
{
  for (int m = 0; m < MODALITIES; m++)
    out[m] = encoders_row(twins->encoders, (enum modality)m, item);
}

static struct lists make_lists(const struct interactions *all, const int32_t *from,
                               const int32_t *to, int32_t count)
{
  struct lists lists = {.start = mem_zero((size_t)count + 2, sizeof *lists.start),
                        .other = mem_zero((size_t)all->count + 1, sizeof *lists.other)};
  for (int64_t k = 0; k < all->count; k++)
    if (all->phase[k] == PHASE_TRAIN)
      lists.start[from[k] + 2]++;
  for (int32_t n = 2; n <= count + 1; n++)
    lists.start[n] += lists.start[n - 1];
  for (int64_t k = 0; k < all->count; k++)
    if (all->phase[k] == PHASE_TRAIN)
      lists.other[lists.start[from[k] + 1]++] = to[k];
  return lists;
}

struct twins *twins_open(struct store *store, const struct encoders *encoders, struct err *err)
{
  struct interactions all;
  if (!interactions_load(store, &all, err))
    return NULL;
  struct twins *twins = mem_zero(1, sizeof *twins);
  twins->encoders = encoders;
  twins->item_count = all.item_count;
  twins->user_count = all.user_count;
  twins->items_of = make_lists(&all, all.user, all.item, all.user_count);
  twins->users_of = make_lists(&all, all.item, all.user, all.item_count);
  interactions_free(&all);
  twins->squares = mem_zero((size_t)twins->item_count + 1, sizeof *twins->squares);
  for (int32_t i = 0; i < twins->item_count; i++) {
    const float *rows[MODALITIES];
    rows_of(twins, i, rows);
    twins->squares[i] = inner(encoders, rows, rows);
  }
  return twins;
}

void twins_free(struct twins *twins)
{
  if (!twins)
    return;
  free(twins->squares);
  free(twins->items_of.start);
  free(twins->items_of.other);
  free(twins->users_of.start);
  free(twins->users_of.other);
  free(twins);
}

double twins_nearest(const struct twins *twins, int64_t item, const float *const vectors[MODALITIES],
                     int64_t *who)
{
  double best = NAN;
  if (item >= twins->item_count)
    return best;
  float square = inner(twins->encoders, vectors, vectors);
  char *is_seen = mem_zero((size_t)twins->item_count + 1, 1);
  is_seen[item] = 1;
  for (int64_t p = twins->users_of.start[item]; p < twins->users_of.start[item + 1]; p++) {
    int32_t user = twins->users_of.other[p];
    for (int64_t q = twins->items_of.start[user]; q < twins->items_of.start[user + 1]; q++) {
      int32_t other = twins->items_of.other[q];
      if (is_seen[other])
        continue;
      is_seen[other] = 1;
      const float *rows[MODALITIES];
      rows_of(twins, other, rows);
      double both = (double)square * (double)twins->squares[other];
      double c = both > 0 ? (double)inner(twins->encoders, vectors, rows) / sqrt(both) : 0;
      if (!(c <= best)) {
        best = c;
        *who = other;
      }
    }
  }
  free(is_seen);
  return best;
}
