/* taste.c - see taste.h
 * SPDX-License-Identifier: MIT */
#include "taste.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

enum { GROUPS = 20, DAY = 24 * 3600 };

static const int weights[LIKES] = {4, 4, 2, 2};
/* First and third like: of the picture; second and fourth: of the text. */
static const enum key like_keys[LIKES][3] = {
  {KEY_COLOR, KEY_COLOR, KEY_COLOR},
  {KEY_MATERIAL, KEY_MATERIAL, KEY_THEME},
  {KEY_PATTERN, KEY_BACKGROUND, KEY_TONE},
  {KEY_STYLE, KEY_ERA, KEY_THEME},
};

static int any_liked_value(struct rng *rng, enum key key)
{
  int value;
  do
    value = (int)rng_below(rng, (uint64_t)key_rows[key].count);
  while (!(key_rows[key].liked & (1u << value)));
  return value;
}

static struct like any_like(struct rng *rng, int place)
{
  enum key key = like_keys[place][rng_below(rng, 3)];
  return (struct like){{key, any_liked_value(rng, key)}, weights[place]};
}

static bool is_liked_twice(const struct user *user)
{
  for (int a = 0; a < LIKES; a++)
    for (int b = 0; b < a; b++)
      if (user->likes[a].pair.key == user->likes[b].pair.key &&
          user->likes[a].pair.value == user->likes[b].pair.value)
        return true;
  return false;
}

void tastes_deal(struct user users[USERS], uint64_t seed)
{
  struct rng rng = world_rng(seed, FOR_TASTE, 0);
  struct user groups[GROUPS];
  for (int g = 0; g < GROUPS; g++)
    do
      for (int k = 0; k < LIKES; k++)
        groups[g].likes[k] = any_like(&rng, k);
    while (is_liked_twice(&groups[g]));
  for (int u = 0; u < USERS; u++) {
    const struct user *group = &groups[rng_below(&rng, GROUPS)];
    do
      for (int k = 0; k < LIKES; k++)
        users[u].likes[k] = rng_below(&rng, 5) ? group->likes[k] : any_like(&rng, k);
    while (is_liked_twice(&users[u]));
    snprintf(users[u].id, sizeof users[u].id, "u%03d", (u + 1) % 1000);
  }
}

int taste_score(const struct user *user, const struct item *item)
{
  int score = 0;
  for (int k = 0; k < LIKES; k++)
    score += item_has(item, user->likes[k].pair) ? user->likes[k].weight : 0;
  return score;
}

/* Draw an index in proportion to the odds; -1 when all are 0. */
static int draw(struct rng *rng, const uint64_t odds[ITEMS])
{
  uint64_t sum = 0;
  for (int i = 0; i < ITEMS; i++)
    sum += odds[i];
  if (!sum)
    return -1;
  uint64_t at = rng_below(rng, sum);
  for (int i = 0; i < ITEMS; i++) {
    if (at < odds[i])
      return i;
    at -= odds[i];
  }
  return -1;
}

/* How famous each item is, by a random rank. */
static void fame_deal(uint64_t fame[ITEMS], uint64_t seed)
{
  struct rng rng = world_rng(seed, FOR_FAME, 0);
  int rank[ITEMS];
  for (int i = 0; i < ITEMS; i++)
    rank[i] = i;
  world_shuffle(&rng, rank, ITEMS);
  for (int i = 0; i < ITEMS; i++)
    fame[i] = (1u << 20) / (unsigned)(rank[i] + 30);
}

static int rating_of(struct rng *rng, int score)
{
  int down = (int)rng_below(rng, 3);
  return score >= 6 ? 5 - down / 2 : score ? 5 - down : 4 - down;
}

/* What one user took: `off` items off taste, the rest on. */
static int visit_all(struct visit *visits, int u, const struct user *user,
                     const struct item items[ITEMS], const uint64_t fame[ITEMS], int count,
                     int off, struct rng *rng)
{
  uint64_t odds[2][ITEMS];
  for (int i = 0; i < ITEMS; i++) {
    uint64_t score = (uint64_t)taste_score(user, &items[i]);
    odds[0][i] = score ? 0 : fame[i];
    odds[1][i] = fame[i] * score * score * score;
  }
  int64_t time = 1672531200 + (int64_t)rng_below(rng, 420 * DAY); /* from 2023 on */
  int order[VISITS_MAX], made = 0;
  for (int k = 0; k < count; k++)
    order[k] = k;
  world_shuffle(rng, order, count);
  for (int k = 0; k < count; k++) {
    bool is_on = order[k] >= off;
    int i = draw(rng, odds[is_on]);
    if (i < 0)
      continue;
    odds[is_on][i] = 0;
    time += 600 + (int64_t)rng_below(rng, 20 * DAY);
    visits[made++] =
      (struct visit){u, i, rating_of(rng, taste_score(user, &items[i])), time};
  }
  return made;
}

static int by_time(const void *a, const void *b)
{
  const struct visit *va = a, *vb = b;
  if (va->time != vb->time)
    return va->time < vb->time ? -1 : 1;
  return va->user != vb->user ? va->user - vb->user : va->item - vb->item;
}

struct visit *visits_make(const struct user users[USERS], const struct item items[ITEMS],
                          uint64_t seed, int *count)
{
  struct visit *visits = mem_alloc(sizeof *visits * USERS * VISITS_MAX);
  uint64_t fame[ITEMS];
  fame_deal(fame, seed);
  int made = 0, wanted = 0, off_so_far = 0;
  for (int u = 0; u < USERS; u++) {
    struct rng rng = world_rng(seed, FOR_VISITS, u);
    int n = VISITS_MIN + (int)rng_below(&rng, VISITS_MAX - VISITS_MIN + 1);
    wanted += n;
    int off = wanted * OFF_TASTE_PERCENT / 100 - off_so_far;
    off_so_far += off;
    made += visit_all(visits + made, u, &users[u], items, fame, n, off, &rng);
  }
  qsort(visits, (size_t)made, sizeof *visits, by_time);
  *count = made;
  return visits;
}
