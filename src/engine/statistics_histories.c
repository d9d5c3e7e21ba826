/* statistics_histories.c - who took what in training, kept both ways
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "engine/statistics_private.h"

static int by_number(const void *a, const void *b)
{
  int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return (x > y) - (x < y);
}

/* Training items of each user, sorted, once each; then users of each item. */
void statistics_lay_histories(struct statistics *s, const struct interactions *all)
{
  s->user_count = all->user_count;
  s->user_items = mem_zero((size_t)s->user_count + 2, sizeof *s->user_items);
  s->item_users = mem_zero((size_t)s->item_count + 2, sizeof *s->item_users);
  s->items = mem_zero((size_t)all->count + 1, sizeof *s->items);
  for (int64_t x = 0; x < all->count; x++)
    if (all->phase[x] == PHASE_TRAIN && all->item[x] < s->item_count)
      s->user_items[all->user[x] + 2]++;
  for (int64_t u = 0; u < s->user_count; u++)
    s->user_items[u + 2] += s->user_items[u + 1];
  for (int64_t x = 0; x < all->count; x++)
    if (all->phase[x] == PHASE_TRAIN && all->item[x] < s->item_count)
      s->items[s->user_items[all->user[x] + 1]++] = all->item[x];
  int64_t kept = 0, from = 0;
  for (int64_t u = 0; u < s->user_count; u++) {
    int64_t to = s->user_items[u + 1];
    qsort(s->items + from, (size_t)(to - from), sizeof *s->items, by_number);
    s->user_items[u] = kept;
    for (int64_t x = from; x < to; x++)
      if (x == from || s->items[x] != s->items[x - 1])
        s->items[kept++] = s->items[x];
    from = to;
  }
  s->user_items[s->user_count] = s->pair_count = kept;
  for (int64_t x = 0; x < kept; x++)
    s->item_users[s->items[x] + 2]++;
  for (int64_t i = 0; i < s->item_count; i++)
    s->item_users[i + 2] += s->item_users[i + 1];
  s->users = mem_zero((size_t)kept + 1, sizeof *s->users);
  for (int64_t u = 0; u < s->user_count; u++)
    for (int64_t x = s->user_items[u]; x < s->user_items[u + 1]; x++)
      s->users[s->item_users[s->items[x] + 1]++] = (int32_t)u;
}
