/* prices.c - an auction: what is in demand gets dearer (prices.h)
 * SPDX-License-Identifier: MIT */
#include "engine/prices.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "engine/expect.h"
#include "engine/follow.h"
#include "engine/rank.h"
#include "media/hue.h"

enum { ITEMS_ASKED = 2048, VALUES_MIN = 10, CANDIDATES_MAX = 100, ROUNDS = 200, PER_BID = 32 };
static const float UNEXPECTED = .1f; /* weight of a key beyond the count that is expected */
static const double SHARE_MAX = .08, SLACK = 1.12, STEP = .03;

/* What one item would give for the values of one key, best first. */
struct bid {
  int32_t key;
  int count;
  float weight; /* how likely the key is changed at all */
  int32_t values[PER_BID];
  int32_t follow[PER_BID]; /* what follows each in a coupled key; -1: nothing */
  float scores[PER_BID];
  int32_t hues[2];   /* colours that may follow an edit of the picture, the one or the other; -1: none */
  float hue_weight;  /* how likely each */
};

struct auction {
  const struct engine *engine;
  const struct statistics *statistics;
  float *prices;
  struct bid *bids;
  int64_t count, room;
  double *taken; /* [values] weight of the changes that lead to each */
};

static int candidate_count(const struct statistics *s, const struct key *key)
{
  int count = 0;
  for (int32_t v = key->first; v < key->first + key->count; v++)
    count += s->values[v].df >= key->df_min;
  return count;
}

bool prices_hold(const struct statistics *s, int key)
{
  return s->keys[key].count >= VALUES_MIN && candidate_count(s, &s->keys[key]) <= CANDIDATES_MAX;
}

static int32_t follow_of(const struct auction *auction, int32_t old, int32_t value)
{
  const struct statistics *s = auction->statistics;
  int32_t own, follower = -1;
  for (int64_t c = 0; c < s->couple_count && follower < 0; c++)
    if (s->couples[c].from == s->values[value].key)
      follower = follower_of(auction->engine, old, value, s->couples[c].to, &own);
  return follower;
}

/* Where an edit of the picture may turn its colour, it turns to a neighbour on the circle of hues. How
 * often was counted on posters of films. */
static void expect_hues(const struct auction *auction, int key, struct bid *bid)
{
  static const float how_often[IMAGE_KEYS] = {
    [IMAGE_BRIGHTNESS] = .25f, [IMAGE_WARMTH] = .6f, [IMAGE_SATURATION] = .15f};
  const struct statistics *s = auction->statistics;
  const struct engine *engine = auction->engine;
  int image = s->keys[key].modality == IMAGE ? image_key_named(s->keys[key].name) : -1;
  int color_key = statistics_key(s, IMAGE, image_keys[IMAGE_COLOR].name);
  int color = engine->look.has_picture ? look_class(engine, IMAGE_COLOR) : HUE_MONOCHROME;
  if (image < 0 || image == IMAGE_COLOR || color == HUE_MONOCHROME || color_key < 0)
    return;
  for (int k = 0; k < 2; k++) {
    int hue = (color + (k ? 1 : HUE_FAMILIES - 1)) % HUE_FAMILIES;
    bid->hues[k] = statistics_value(s, color_key, image_keys[IMAGE_COLOR].classes[hue]);
  }
  bid->hue_weight = how_often[image] / 2;
}

static void bid_add(struct auction *auction, const struct choice *choice, float weight,
                    bool has_users)
{
  const struct statistics *s = auction->statistics;
  int key = s->values[choice->value].key;
  struct bid bid = {.key = key, .weight = weight, .hues = {-1, -1}};
  expect_hues(auction, key, &bid);
  for (int c = 0; c < choice->candidate_count && bid.count < PER_BID; c++) {
    const struct candidate *candidate = &choice->candidates[c];
    if (!candidate->is_less_shared && has_users)
      continue;
    bid.values[bid.count] = candidate->value;
    bid.follow[bid.count] = follow_of(auction, choice->value, candidate->value);
    bid.scores[bid.count++] = (float)candidate->score;
  }
  if (bid.count)
    VEC_PUSH(auction->bids, auction->count, auction->room) = bid;
}

/* The keys that the item would have changed. */
static void ask_item(struct engine *engine, const struct item *item, uint64_t seed,
                     struct auction *auction)
{
  struct asked asked = {.engine = engine, .item = item,
                        .seed = rng_mix64(seed ^ hash_str(item->key))};
  bool has_users;
  struct choice text[TEXT_KEYS_MAX];
  struct forbidden forbidden = {0};
  struct options options;
  look_at_imported(&asked);
  has_users = engine->taste.users > 0;
  int count = rank_text(&asked, NULL, &forbidden, -1, text);
  int expected = expected_count(&asked, text, count);
  for (int k = 0; k < count; k++) {
    bid_add(auction, &text[k], k < expected ? 1 : UNEXPECTED, has_users);
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
  return fmax(SHARE_MAX, SLACK / fmax(candidate_count(s, key), 1));
}

/* What a bid takes at the prices of now; -1: it is worn out. */
static int best_of(const struct auction *auction, const struct bid *bid)
{
  int best = -1;
  double score = WORN_OUT;
  for (int c = 0; c < bid->count; c++) {
    double now = (double)bid->scores[c] - (double)auction->prices[bid->values[c]];
    if (now > score) {
      score = now;
      best = c;
    }
  }
  return best;
}

static void take_all(const struct auction *auction)
{
  memset(auction->taken, 0, (size_t)auction->statistics->value_count * sizeof *auction->taken);
  for (int64_t b = 0; b < auction->count; b++) {
    const struct bid *bid = &auction->bids[b];
    int best = best_of(auction, bid);
    if (best < 0)
      continue;
    auction->taken[bid->values[best]] += (double)bid->weight;
    if (bid->follow[best] >= 0)
      auction->taken[bid->follow[best]] += (double)bid->weight;
    for (int k = 0; k < 2; k++)
      if (bid->hues[k] >= 0)
        auction->taken[bid->hues[k]] += (double)(bid->weight * bid->hue_weight);
  }
}

/* What is taken too often gets dearer. False when all shares are fair. */
static bool raise_prices(const struct auction *auction)
{
  const struct statistics *s = auction->statistics;
  bool is_raised = false;
  take_all(auction);
  for (int k = 0; k < s->key_count; k++) {
    const struct key *key = &s->keys[k];
    double total = 0, most = 0;
    if (!prices_hold(s, k))
      continue;
    for (int32_t v = key->first; v < key->first + key->count; v++)
      total += auction->taken[v];
    most = fair_share(s, key);
    for (int32_t v = key->first; v < key->first + key->count; v++) {
      double share = total > 0 ? auction->taken[v] / total : 0;
      if (auction->taken[v] < 1.5 || share <= most)
        continue;
      auction->prices[v] += (float)(STEP * fmin(share / most - 1 + .2, 2));
      is_raised = true;
    }
  }
  return is_raised;
}

void prices_find(struct engine *engine, struct item *const *items, int64_t count, uint64_t seed)
{
  const struct statistics *s = engine->statistics;
  struct auction auction = {.engine = engine, .statistics = s, .prices = engine->prices};
  memset(engine->prices, 0, (size_t)s->value_count * sizeof *engine->prices);
  auction.taken = mem_zero((size_t)s->value_count + 1, sizeof *auction.taken);
  for (int64_t i = 0; i < count; i += 1 + (count - 1) / ITEMS_ASKED)
    ask_item(engine, items[i], seed, &auction);
  for (int round = 0; round < ROUNDS && raise_prices(&auction); round++)
    ;
  free(auction.taken);
  free(auction.bids);
  engine->look = (struct look){0};
}
