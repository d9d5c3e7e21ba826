/* engine.c - open the statistics and the encoders, answer by the template's name
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "engine/cache.h"
#include "engine/engine_private.h"
#include "engine/prices.h"
#include "store/interaction.h"

static struct statistics *count_all(struct store *store, struct err *err)
{
  struct interactions interactions;
  int64_t count;
  struct item **items = items_all(store, &count, err);
  struct statistics *statistics = NULL;
  if (!items)
    return NULL;
  if (interactions_load(store, &interactions, err)) {
    statistics = statistics_build(items, count, &interactions);
    interactions_free(&interactions);
  }
  items_free(items, count);
  return statistics;
}

/* From the cache, else counted and kept. A workspace that cannot be written to works without. */
struct statistics *statistics_open(struct store *store, struct err *err)
{
  char inputs[SHA256_HEX];
  struct err ignored;
  cache_inputs(store, inputs);
  struct statistics *statistics = cache_load(store, inputs);
  if (!statistics && (statistics = count_all(store, err)))
    cache_save(store, inputs, statistics, &ignored);
  return statistics;
}

/* The prices of a seed, found when it is first asked about. */
static bool prices_need(struct engine *engine, uint64_t seed, struct err *err)
{
  int64_t count;
  if (engine->has_prices && engine->prices_seed == seed)
    return true;
  struct item **items = items_all(engine->store, &count, err);
  if (!items)
    return false;
  prices_find(engine, items, count, seed);
  items_free(items, count);
  engine->prices_seed = seed;
  engine->has_prices = true;
  return true;
}

struct engine *engine_open(struct store *store, enum engine_keys keys, struct err *err)
{
  struct engine *engine = mem_zero(1, sizeof *engine);
  engine->store = store;
  engine->keys = keys;
  engine->has_borders = store_borders(store, &engine->borders);
  engine->statistics = statistics_open(store, err);
  engine->encoders = engine->statistics ? encoders_open(store, err) : NULL;
  if (!engine->encoders) {
    engine_close(engine);
    return NULL;
  }
  engine->prices = mem_zero((size_t)engine->statistics->value_count + 1, sizeof *engine->prices);
  engine->counts = beside_counts_new(engine->statistics);
  taste_init(&engine->taste, engine->statistics);
  return engine;
}

void engine_close(struct engine *engine)
{
  if (!engine)
    return;
  taste_free(&engine->taste);
  free(engine->prices);
  beside_counts_free(engine->counts);
  encoders_free(engine->encoders);
  statistics_free(engine->statistics);
  free(engine);
}

char *engine_answer(struct engine *engine, const char *template_name, const struct item *item,
                    struct easel *easel, const char *const replies[2], uint64_t seed, int attempt,
                    struct err *err)
{
  struct asked asked = {.engine = engine, .item = item, .easel = easel, .attempt = attempt, .turn = seed};
  asked.seed = rng_mix64(seed ^ hash_str(item->key));
  bool is_describe = strcmp(template_name, "describe") == 0;
  if (!is_describe && engine->keys == ENGINE_TOP && !prices_need(engine, seed, err))
    return NULL;
  look_at(&asked);
  if (is_describe)
    return describe_answer(&asked, err);
  if (strcmp(template_name, "mask") == 0)
    return mask_answer(&asked, replies[0], err);
  if (strcmp(template_name, "complete") == 0)
    return complete_answer(&asked, replies[1], err);
  return err_set(err, EX_SOFTWARE, "the offline engine knows no template \"%s\"", template_name),
         NULL;
}
