/* taste.c - lift of a value among the histories of an item's users
 *
 * h(a|i) = mean over u in U_i of (c_u[a] - 1) / (|tr(u)| - 1) is, summed the other way
 * round, a walk over the items j that have a: h = sum_j shared_j / |U_i| with shared_j =
 * sum over the users of both i and j of 1 / (|tr(u)| - 1). shared_j is gathered once an
 * item; then every value, on the item or not, costs df(a).
 * SPDX-License-Identifier: MIT */
#include "engine/taste.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

enum { SHRINK = 10, USERS_MAX = 4096, HOLDERS_MAX = 1 << 15 };

void taste_init(struct taste *taste, const struct statistics *statistics)
{
  size_t items = (size_t)statistics->item_count + 1;
  *taste = (struct taste){.statistics = statistics, .item = -1};
  taste->shared = mem_zero(items, sizeof *taste->shared);
  taste->touched = mem_zero(items, sizeof *taste->touched);
}

void taste_free(struct taste *taste)
{
  free(taste->shared);
  free(taste->touched);
}

static void forget(struct taste *taste)
{
  for (int64_t k = 0; k < taste->touched_count; k++)
    taste->shared[taste->touched[k]] = 0;
  taste->touched_count = taste->users = 0;
}

/* Of an item with very many users every n-th is asked. */
void taste_look(struct taste *taste, int64_t item)
{
  const struct statistics *s = taste->statistics;
  if (item == taste->item)
    return;
  forget(taste);
  taste->item = item;
  if (item < 0 || item >= s->item_count)
    return;
  int64_t from = s->item_users[item], to = s->item_users[item + 1];
  int64_t step = 1 + (to - from) / USERS_MAX;
  for (int64_t x = from; x < to; x += step) {
    int32_t u = s->users[x];
    int64_t first = s->user_items[u], last = s->user_items[u + 1];
    if (last - first < 2)
      continue;
    double weight = 1.0 / (double)(last - first - 1);
    taste->users++;
    for (int64_t y = first; y < last; y++) {
      int32_t j = s->items[y];
      if (j == item)
        continue;
      if (taste->shared[j] == 0)
        taste->touched[taste->touched_count++] = j;
      taste->shared[j] += weight;
    }
  }
}

/* The sum of shared over a value's items, by the shorter of two ways. */
static double shared_sum(const struct taste *taste, int32_t value)
{
  const struct statistics *s = taste->statistics;
  double sum = 0;
  if (taste->touched_count == 0)
    return 0;
  int64_t from = s->value_items[value], to = s->value_items[value + 1];
  if (to - from > HOLDERS_MAX && taste->touched_count < to - from) {
    for (int64_t k = 0; k < taste->touched_count; k++)
      if (statistics_item_has(s, taste->touched[k], value))
        sum += taste->shared[taste->touched[k]];
    return sum;
  }
  for (int64_t x = from; x < to; x++)
    sum += taste->shared[s->holders[x]];
  return sum;
}

struct evidence taste_evidence(const struct taste *taste, int32_t value)
{
  const struct statistics *s = taste->statistics;
  const struct value *v = &s->values[value];
  struct evidence e = {.lift = 1, .raw = 1};
  double users = (double)taste->users;
  e.p = s->pair_count ? (double)v->taken / (double)s->pair_count : 0;
  e.idf = v->df ? log((double)s->item_count / v->df) : 0;
  if (users > 0 && e.p > 0) {
    e.h = shared_sum(taste, value) / users;
    e.lift = (users * e.h + SHRINK * e.p) / ((users + SHRINK) * e.p);
    e.raw = e.h / e.p;
  }
  e.w = fmax(0, log(e.lift)) * e.idf;
  return e;
}
