/* prices.c - an auction: what is in demand gets dearer (prices.h)
 * SPDX-License-Identifier: MIT */
#include "engine/prices.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "engine/rank.h"

enum { ITEMS_ASKED = 1200, VALUES_MIN = 10, ROUNDS = 150, PER_BID = 24 };
static const double SHARE_MAX = .1, STEP = .04;

/* What one item would give for the values of one key, best first. */
struct bid {
  int32_t key;
  int count;
  int32_t values[PER_BID];
  float scores[PER_BID];
};

struct auction {
  const struct statistics *statistics;
  struct bid *bids;
  int64_t count, room;
};

static void bid_add(struct auction *auction, const struct choice *choice)
{
  int key = auction->statistics->values[choice->value].key;
  struct bid bid = {.key = key};
  if (auction->statistics->keys[key].count < VALUES_MIN)
    return;
  for (int c = 0; c < choice->candidate_count && bid.count < PER_BID; c++) {
    if (!choice->candidates[c].is_less_shared)
      continue;
    bid.values[bid.count] = choice->candidates[c].value;
    bid.scores[bid.count++] = (float)choice->candidates[c].score;
  }
  if (bid.count)
    VEC_PUSH(auction->bids, auction->count, auction->room) = bid;
}

/* The keys that the item would have changed. */
static void ask_item(struct engine *engine, const struct item *item, struct auction *auction)
{
  struct asked asked = {.engine = engine, .item = item,
                        .seed = rng_mix64(hash_str(item->key))};
  struct choice text[TEXT_KEYS_MAX];
  struct forbidden forbidden = {0};
  struct options options;
  look_at_imported(&asked);
  int count = rank_text(&asked, NULL, &forbidden, -1, text);
  for (int k = 0; k < count; k++) {
    bid_add(auction, &text[k]);
    choice_free(&text[k]);
  }
  rank_image(&asked, &forbidden, -1, -1, &options);
  if (options.count > 0)
    bid_add(auction, &options.choices[options.list[0].choice]);
  options_free(&options);
}

/* One round for a key: what each value is taken by, and dearer where that is too much. False when
 * all shares are fair. */
static bool raise_prices(const struct auction *auction, int key, int32_t *taken)
{
  const struct statistics *s = auction->statistics;
  const struct key *k = &s->keys[key];
  int64_t total = 0;
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
      taken[bid->values[best] - k->first]++;
      total++;
    }
  }
  for (int32_t v = 0; v < k->count; v++) {
    double share = total ? (double)taken[v] / (double)total : 0;
    if (taken[v] < 2 || share <= SHARE_MAX)
      continue;
    s->prices[k->first + v] += (float)(STEP * fmin(share / SHARE_MAX - 1 + .2, 2));
    is_raised = true;
  }
  return is_raised;
}

void prices_find(struct engine *engine, struct item *const *items, int64_t count)
{
  struct auction auction = {.statistics = engine->statistics};
  for (int64_t i = 0; i < count; i += 1 + count / ITEMS_ASKED)
    ask_item(engine, items[i], &auction);
  for (int key = 0; key < engine->statistics->key_count; key++) {
    int32_t *taken = mem_zero((size_t)engine->statistics->keys[key].count + 1, sizeof *taken);
    for (int round = 0; round < ROUNDS && raise_prices(&auction, key, taken); round++)
      ;
    free(taken);
  }
  free(auction.bids);
  engine->look = (struct look){0};
}
