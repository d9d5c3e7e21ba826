/* twin.c - see twin.h
 * SPDX-License-Identifier: MIT */
#include "gen/twin.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "store/interaction.h"

/* Training pairs both ways as lists: items of a user, users of an item. */
struct lists {
  int64_t *start; /* [count + 1] */
  int32_t *other;
};

struct twins {
  const struct encoders *encoders;
  int32_t item_count, user_count;
  struct lists items_of, users_of;
};

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
  return twins;
}

void twins_free(struct twins *twins)
{
  if (!twins)
    return;
  free(twins->items_of.start);
  free(twins->items_of.other);
  free(twins->users_of.start);
  free(twins->users_of.other);
  free(twins);
}

static double cosine(const struct twins *twins, int64_t item, const float *const vectors[MODALITIES])
{
  double dot = 0, xx = 0, yy = 0;
  for (int m = 0; m < MODALITIES; m++) {
    const float *x = vectors[m], *y = encoders_row(twins->encoders, (enum modality)m, item);
    int dim = encoders_dim(twins->encoders, (enum modality)m);
    for (int k = 0; k < dim; k++) {
      double a = x ? x[k] : 0, b = y ? y[k] : 0;
      dot += a * b;
      xx += a * a;
      yy += b * b;
    }
  }
  return xx > 0 && yy > 0 ? dot / sqrt(xx * yy) : 0;
}

double twins_nearest(const struct twins *twins, int64_t item, const float *const vectors[MODALITIES],
                     int64_t *who)
{
  double best = NAN;
  if (item >= twins->item_count)
    return best;
  char *is_seen = mem_zero((size_t)twins->item_count + 1, 1);
  is_seen[item] = 1;
  for (int64_t p = twins->users_of.start[item]; p < twins->users_of.start[item + 1]; p++) {
    int32_t user = twins->users_of.other[p];
    for (int64_t q = twins->items_of.start[user]; q < twins->items_of.start[user + 1]; q++) {
      int32_t other = twins->items_of.other[q];
      if (is_seen[other])
        continue;
      is_seen[other] = 1;
      double c = cosine(twins, other, vectors);
      if (!(c <= best)) {
        best = c;
        *who = other;
      }
    }
  }
  free(is_seen);
  return best;
}
