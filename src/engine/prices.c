/* prices.c - an auction: what is in demand gets dearer (prices.h)
 * SPDX-License-Identifier: MIT */
#include "engine/prices.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "engine/rank.h"

enum { ITEMS_ASKED = 1200, SEEDS = 8, VALUES_MIN = 10, ROUNDS = 150, PER_BID = 24 };
static const double SHARE_MAX = .08, SLACK = 1.25, STEP = .04;

/* What one item would give for the values of one key, best first. */
struct bid {
  int32_t key;
  int count;
  float weight; /* how likely the key is changed at all */
  int32_t values[PER_BID];
  float scores[PER_BID];
};

struct auction {
  const struct statistics *statistics;
  struct bid *bids;
  int64_t count, room;
};

static void bid_add(struct auction *auction, const struct choice *choice, float weight,
                    bool has_users)
{
  int key = auction->statistics->values[choice->value].key;
  struct bid bid = {.key = key, .weight = weight};
  if (auction->statistics->keys[key].count < VALUES_MIN)
    return;
  for (int c = 0; c < choice->candidate_count && bid.count < PER_BID; c++) {
    if (!choice->candidates[c].is_less_shared && has_users)
      continue;
    bid.values[bid.count] = choice->candidates[c].value;
    bid.scores[bid.count++] = (float)choice->candidates[c].score;
  }
  if (bid.count)
    VEC_PUSH(auction->bids, auction->count, auction->room) = bid;
}

/* The keys that the item would have changed. */
static void ask_item(struct engine *engine, const struct item *item, uint64_t seed,
                     struct auction *auction)
{
  static const float by_rank[TEXT_KEYS_MAX] = {1, .45f, .2f, .05f}; /* few items change four */
  struct asked asked = {.engine = engine, .item = item,
                        .seed = rng_mix64(seed ^ hash_str(item->key))};
  bool has_users;
  struct choice text[TEXT_KEYS_MAX];
  struct forbidden forbidden = {0};
  struct options options;
  look_at_imported(&asked);
  has_users = engine->taste.users > 0;
  int count = rank_text(&asked, NULL, &forbidden, -1, text);
  for (int k = 0; k < count; k++) {
    bid_add(auction, &text[k], by_rank[k], has_users);
    choice_free(&text[k]);
  }
  rank_image(&asked, &forbidden, -1, -1, &options);
  if (options.count > 0)
    bid_add(auction, &options.choices[options.list[0].choice], 1, has_users);
  options_free(&options);
}

/* A twelfth of the changes; more where there are too few candidates for that. */
static double fair_share(const struct statistics *s, const struct key *key)
{
  int candidates = 0;
  for (int32_t v = key->first; v < key->first + key->count; v++)
    candidates += s->values[v].df >= key->df_min;
  return fmax(SHARE_MAX, SLACK / fmax(candidates, 1));
}

/* One round for a key: what each value is taken by, and dearer where that is too much. False when
 * all shares are fair. */
static bool raise_prices(const struct auction *auction, int key, double *taken)
{
  const struct statistics *s = auction->statistics;
  const struct key *k = &s->keys[key];
  double total = 0;
  bool is_raised = false;
  for (int32_t v = 0; v < k->count; v++)
    taken[v] = 0;
  for (int64_t b = 0; b < auction->count; b++) {
    const struct bid *bid = &auction->bids[b];
    int best = -1;
    double score = WORN_OUT;
    for (int c = 0; c < bid->count && bid->key == key; c++)
      if (bid->scores[c] - s->prices[bid->values[c]] > score) {
        score = bid->scores[c] - s->prices[bid->values[c]];
        best = c;
      }
    if (best >= 0) {
      taken[bid->values[best] - k->first] += (double)bid->weight;
      total += (double)bid->weight;
    }
  }
  double most = fair_share(s, k);
  for (int32_t v = 0; v < k->count; v++) {
    double share = total > 0 ? taken[v] / total : 0;
    if (taken[v] < 2 || share <= most)
      continue;
    s->prices[k->first + v] += (float)(STEP * fmin(share / most - 1 + .2, 2));
    is_raised = true;
  }
  return is_raised;
}

void prices_find(struct engine *engine, struct item *const *items, int64_t count)
{
  struct auction auction = {.statistics = engine->statistics};
  int64_t step = 1 + count / ITEMS_ASKED, asked = 0;
  for (uint64_t seed = 0; asked < ITEMS_ASKED && seed < SEEDS && count > 0; seed++)
    for (int64_t i = 0; i < count; i += step, asked++)
      ask_item(engine, items[i], seed, &auction);
  for (int key = 0; key < engine->statistics->key_count; key++) {
    double *taken = mem_zero((size_t)engine->statistics->keys[key].count + 1, sizeof *taken);
    for (int round = 0; round < ROUNDS && raise_prices(&auction, key, taken); round++)
      ;
    free(taken);
  }
  free(auction.bids);
  engine->look = (struct look){0};
}
