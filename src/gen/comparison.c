/* comparison.c - see comparison.h
 * SPDX-License-Identifier: MIT */
#include "gen/comparison.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"

enum { STEP_MS = 10, PAGE_ITEMS = 1000 };

/* An item on its way through both sides. */
struct pair {
  const char *item;
  int first;    /* the side that begins */
  int ended;    /* sides that are at their end */
  bool is_over; /* the place is free */
};

struct comparison;

struct lane {
  struct comparison *comparison;
  struct gen *gen; /* opened when it is first needed: a server that the other side probed is known then */
  struct trials *trials;
  int number;
};

struct comparison {
  struct store *store;
  const struct comparison_options *options;
  struct lane sides[2];
  struct pair *pairs; /* as many as may be under way */
  int next, done;
  bool is_broken;
  struct err err;
};

static void note(struct comparison *comparison, const struct err *err)
{
  if (!comparison->is_broken)
    comparison->err = *err;
  comparison->is_broken = true;
}

static struct pair *pair_of(struct comparison *comparison, const char *item)
{
  for (int k = 0; k < comparison->options->jobs; k++)
    if (!comparison->pairs[k].is_over && !strcmp(comparison->pairs[k].item, item))
      return &comparison->pairs[k];
  return NULL;
}

/* A side of an item is at its end. The other one is started later: the gen that tells us is busy. */
static void end_side(struct comparison *comparison, const char *item)
{
  struct pair *pair = pair_of(comparison, item);
  if (pair)
    pair->ended++;
}

static void on_event(void *user, const struct gen_event *event)
{
  struct lane *side = user;
  struct err err;
  if (!trials_hear(side->trials, event, &err))
    note(side->comparison, &err);
  if (event->state == GEN_ITEM)
    end_side(side->comparison, event->item);
}

static bool open_side(struct lane *side, struct err *err)
{
  const struct comparison_options *options = side->comparison->options;
  const struct comparison_side *given = &options->sides[side->number];
  struct gen_options gen = options->gen;
  gen.templates = TEMPLATES_ALL;
  gen.is_trial = gen.tells_answers = true;
  gen.given[options->index] = given->text;
  gen.server.model = given->model ? given->model : gen.server.model;
  side->gen = gen_open(side->comparison->store, &gen, on_event, side, err);
  if (!side->gen)
    return false;
  const struct trials_options trials = {
    .backend = gen.backend, .model = gen_model(side->gen), .server = gen_server(side->gen),
    .picture_side = gen.server.picture_side, .first = options->index, .comparison = options->id,
    .side = side->number};
  side->trials = trials_open(side->comparison->store, &trials);
  return true;
}

/* Start a side of an item. What cannot even start has no trial; the pair is left out of the result. */
static void start(struct comparison *comparison, struct pair *pair, int number)
{
  struct lane *side = &comparison->sides[number];
  struct err err;
  if (!side->gen && !open_side(side, &err))
    note(comparison, &err);
  else if (!gen_start(side->gen, pair->item, comparison->options->seed, &err))
    pair->ended++;
}

/* Fill free places, and give every pair its second side when the first is at its end. */
static void advance(struct comparison *comparison, bool takes_more)
{
  const struct comparison_options *options = comparison->options;
  for (int k = 0; k < options->jobs && !comparison->is_broken; k++) {
    struct pair *pair = &comparison->pairs[k];
    if (!pair->is_over && pair->ended == 1 && pair->first < 2) {
      int second = 1 - pair->first;
      pair->first = 2; /* both were started */
      start(comparison, pair, second);
    }
    if (!pair->is_over && pair->ended == 2) {
      pair->is_over = true;
      options->done(options->user, pair->item, ++comparison->done);
    }
    if (pair->is_over && takes_more && comparison->next < options->count) {
      *pair = (struct pair){.item = options->items[comparison->next], .first = comparison->next % 2};
      comparison->next++;
      start(comparison, pair, pair->first);
    }
  }
}

static bool is_anything_under_way(const struct comparison *comparison)
{
  for (int k = 0; k < comparison->options->jobs; k++)
    if (!comparison->pairs[k].is_over)
      return true;
  return false;
}

static void close_side(struct comparison *comparison, struct lane *side)
{
  struct err err;
  if (!gen_close(side->gen, &err))
    note(comparison, &err);
  trials_close(side->trials);
}

bool comparison_run(struct store *store, const struct comparison_options *options, struct err *err)
{
  struct comparison comparison = {.store = store, .options = options};
  comparison.pairs = mem_zero((size_t)options->jobs, sizeof *comparison.pairs);
  for (int k = 0; k < options->jobs; k++)
    comparison.pairs[k].is_over = true;
  for (int s = 0; s < 2; s++)
    comparison.sides[s] = (struct lane){.comparison = &comparison, .number = s};
  do {
    bool is_ending = options->is_cancelled();
    if (is_ending)
      break;
    advance(&comparison, true);
    for (int s = 0; s < 2; s++)
      if (comparison.sides[s].gen)
        gen_step(comparison.sides[s].gen, STEP_MS);
  } while (!comparison.is_broken && is_anything_under_way(&comparison));
  for (int s = 0; s < 2; s++)
    close_side(&comparison, &comparison.sides[s]);
  free(comparison.pairs);
  if (comparison.is_broken)
    *err = comparison.err;
  return !comparison.is_broken;
}

/* ---- the sample */

struct ranked {
  uint64_t rank;
  char *key;
};

static int by_rank(const void *a, const void *b)
{
  const struct ranked *x = a, *y = b;
  return (x->rank > y->rank) - (x->rank < y->rank);
}

char **comparison_sample(struct store *store, int count, uint64_t seed, int *taken, struct err *err)
{
  struct ranked *all = NULL;
  int total = 0, room = 0;
  bool ok = true, is_more = true;
  for (int64_t from = -1; ok && is_more;) {
    struct item_page page = {0};
    ok = item_page_load(store, from, false, PAGE_ITEMS, NULL, &page, err);
    for (int k = 0; ok && k < page.count; k++) {
      VEC_PUSH(all, total, room) = (struct ranked){rng_mix64(seed ^ hash_str(page.rows[k].key)),
                                                   mem_strdup(page.rows[k].key)};
      from = page.rows[k].id;
    }
    is_more = ok && page.count == PAGE_ITEMS;
    item_page_free(&page);
  }
  if (total)
    qsort(all, (size_t)total, sizeof *all, by_rank);
  *taken = total < count ? total : count;
  char **keys = mem_zero((size_t)*taken + 1, sizeof *keys);
  for (int k = 0; k < total; k++) {
    if (k < *taken && ok)
      keys[k] = all[k].key;
    else
      free(all[k].key);
  }
  free(all);
  if (ok)
    return keys;
  free(keys);
  return NULL;
}
