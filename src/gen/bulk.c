/* bulk.c - see bulk.h
 * SPDX-License-Identifier: MIT */
#include "gen/bulk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"

enum { PAGE_ITEMS = 256, STEP_MS = 25, SEEDS_LOOKED_THROUGH = 100000, HELD_MAX = 6400 };

/* The keys of the items asked for, in import order or as named. */
struct feed {
  struct store *store;
  const struct bulk_options *options;
  struct item_page page;
  int at; /* in the page, or in options->items */
  int64_t last_id;
  bool is_failed;
};

static void feed_start(struct feed *feed, struct store *store, const struct bulk_options *options)
{
  *feed = (struct feed){.store = store, .options = options, .last_id = -1};
}

static const char *next_key(struct feed *feed, struct err *err)
{
  const struct bulk_options *options = feed->options;
  if (options->item_count)
    return feed->at < options->item_count ? options->items[feed->at++] : NULL;
  if (feed->at == feed->page.count) {
    item_page_free(&feed->page);
    feed->at = 0;
    if (!item_page_load(feed->store, feed->last_id, false, PAGE_ITEMS, options->where, &feed->page,
                        err)) {
      feed->is_failed = true;
      return NULL;
    }
  }
  if (!feed->page.count)
    return NULL;
  feed->last_id = feed->page.rows[feed->at].id;
  return feed->page.rows[feed->at++].key;
}

/* Which part an item is in depends on its key alone. */
static bool is_in_shard(const struct bulk_options *options, const char *key)
{
  return options->shards < 2 ||
         hash_str(key) % (uint64_t)options->shards == (uint64_t)options->shard - 1;
}

/* The next key, borrowed until the one after it; NULL at the end, or with an error in *err. */
static const char *feed_next(struct feed *feed, struct err *err)
{
  const char *key = next_key(feed, err);
  while (key && !is_in_shard(feed->options, key))
    key = next_key(feed, err);
  return key;
}

static void feed_end(struct feed *feed) { item_page_free(&feed->page); }

static bool count_named(struct store *store, const struct bulk_options *options, struct err *err)
{
  for (int k = 0; k < options->item_count; k++) {
    struct item *item = item_find(store, options->items[k], err);
    if (!item)
      return false;
    item_free(item);
  }
  return true;
}

bool bulk_count(struct store *store, const struct bulk_options *options, int64_t *total,
                struct err *err)
{
  struct store_counts counts;
  struct feed feed;
  bool is_walked = options->shards > 1 || (options->where && !options->item_count);
  *total = is_walked ? 0 : options->item_count;
  if (options->item_count && !count_named(store, options, err))
    return false;
  if (!options->item_count && !is_walked) {
    if (!store_count(store, &counts, err))
      return false;
    *total = counts.items;
  }
  feed_start(&feed, store, options);
  while (is_walked && feed_next(&feed, err))
    ++*total;
  feed_end(&feed);
  if (feed.is_failed)
    return false;
  *total *= options->count;
  return true;
}

/* A candidate that is to be made. */
struct task {
  char *key;
  uint64_t seed;
};

struct bulk {
  struct store *store;
  const struct bulk_options *options;
  struct bulk_totals *totals;
  struct gen *gen;
  struct feed feed;
  char *key;     /* of the item at hand; NULL: take the next one */
  int made;      /* candidates of it that were begun or are there */
  uint64_t seed; /* of its next one */
  bool is_fed;
  struct task *held; /* they wait for other candidates of their items, from which they are to differ */
  int held_count, held_room;
  int failures;  /* of one kind, in a row */
  char *kind;    /* that kind, or NULL */
  struct err failure;
};

static void tell(struct bulk *bulk, const struct gen_event *event)
{
  if (bulk->options->listener)
    bulk->options->listener(bulk->options->user, event, bulk->totals);
}

char *bulk_failure_kind(const struct gen_event *event)
{
  const struct negative *negative = event->negative;
  if (!event->reason)
    return NULL;
  if (event->problem)
    return mem_strdup(problem_rows[event->problem].name);
  for (int k = 0; negative && k < negative->check_count; k++)
    if (!negative->checks[k].is_passed && !negative->checks[k].is_flag)
      return mem_printf("check %s", negative->checks[k].name);
  size_t size = strcspn(event->reason, "\"0123456789");
  while (size && strchr(" :", event->reason[size - 1]))
    size--;
  return mem_strndup(event->reason, size);
}

/* How often a model has failed in this way, without a different end between. */
static void count_in_a_row(struct bulk *bulk, const struct gen_event *event)
{
  char *kind = bulk->options->gen.backend->needs_model ? bulk_failure_kind(event) : NULL;
  bool is_same = kind && bulk->kind && !strcmp(kind, bulk->kind);
  bulk->failures = is_same ? bulk->failures + 1 : kind != NULL;
  free(bulk->kind);
  bulk->kind = kind;
}

static void count_item(struct bulk *bulk, const struct gen_event *event)
{
  struct bulk_totals *totals = bulk->totals;
  bool is_good = !event->reason && (!event->negative || event->negative->is_valid ||
                                    event->negative->is_draft);
  totals->done++;
  totals->valid += is_good;
  totals->failed += !is_good;
  totals->requests = gen_requests(bulk->gen);
  totals->rounds = gen_rounds(bulk->gen);
  totals->valid_repaired += is_good && event->negative && event->negative->rounds.repairs > 0;
  if (event->negative && !isnan(event->negative->balance)) {
    totals->balance_sum += event->negative->balance;
    totals->balance_count++;
  }
  if (!is_good) {
    totals->failure_code = event->code ? event->code : EX_DATAERR;
    err_set(&bulk->failure, totals->failure_code, "%s", event->reason ? event->reason : "not valid");
  }
}

static void on_event(void *user, const struct gen_event *event)
{
  struct bulk *bulk = user;
  if (event->state == GEN_ITEM) {
    count_item(bulk, event);
    count_in_a_row(bulk, event);
  } else if (event->state == GEN_WAITING) {
    bulk->totals->done++;
    bulk->totals->waiting++;
  }
  tell(bulk, event);
}

/* Is the candidate of this seed there? Who names items and a part of the templates wants a new one
 * in any case. */
static bool is_there(struct bulk *bulk, uint64_t seed)
{
  const struct bulk_options *options = bulk->options;
  bool is_part = options->gen.templates != TEMPLATES_ALL;
  if (options->item_count && is_part && !options->is_again && !options->seeds)
    return false;
  if (gen_is_whole(bulk->gen))
    return negative_exists(bulk->store, bulk->key, options->gen.backend->name,
                           gen_model(bulk->gen), gen_templates(bulk->gen), seed);
  return !options->is_again && gen_has_draft(bulk->gen, bulk->key, seed);
}

/* The next candidate to be made: bulk->key and *seed. False at the end. */
static bool next_task(struct bulk *bulk, uint64_t *seed, struct err *err)
{
  const struct bulk_options *options = bulk->options;
  while (!options->is_cancelled || !options->is_cancelled()) {
    if (!bulk->key || bulk->made == options->count) {
      const char *key = feed_next(&bulk->feed, err);
      free(bulk->key);
      bulk->key = mem_strdup(key);
      bulk->made = 0;
      if (!key)
        return false;
      bulk->seed = options->seeds ? options->seeds[bulk->feed.at - 1] : options->seed;
    }
    bool is_known = is_there(bulk, bulk->seed);
    *seed = bulk->seed++;
    if (is_known && options->is_again && bulk->seed - options->seed < SEEDS_LOOKED_THROUGH)
      continue;
    bulk->made++;
    if (!is_known)
      return true;
    bulk->totals->cached++;
    bulk->totals->done++;
  }
  return false;
}

static bool take_held(struct bulk *bulk, struct task *task)
{
  int k = 0;
  while (k < bulk->held_count && gen_is_under_way_for(bulk->gen, bulk->held[k].key))
    k++;
  if (k == bulk->held_count)
    return false;
  *task = bulk->held[k];
  for (bulk->held_count--; k < bulk->held_count; k++)
    bulk->held[k] = bulk->held[k + 1];
  return true;
}

/* The next candidate that can begin; false when there is none now. The caller frees its key. */
static bool take_task(struct bulk *bulk, struct task *task, struct err *err)
{
  if (take_held(bulk, task))
    return true;
  while (!bulk->is_fed && bulk->held_count < HELD_MAX) {
    uint64_t seed;
    bulk->is_fed = !next_task(bulk, &seed, err);
    if (bulk->is_fed)
      break;
    *task = (struct task){mem_strdup(bulk->key), seed};
    if (!gen_is_under_way_for(bulk->gen, task->key))
      return true;
    VEC_PUSH(bulk->held, bulk->held_count, bulk->held_room) = *task;
  }
  return false;
}

/* What could not even begin is a failed item as well, but none of the model's. */
static void start_one(struct bulk *bulk, const struct task *task)
{
  struct err err = {0};
  if (gen_start(bulk->gen, task->key, task->seed, &err))
    return;
  struct gen_event event = {.state = GEN_ITEM, .item = task->key, .reason = err.text,
                            .code = err.code};
  count_item(bulk, &event);
  tell(bulk, &event);
}

/* The tokens of a few items stand for all. */
static void dry_run(struct bulk *bulk, struct err *err)
{
  enum { SAMPLE = 16 };
  struct bulk_estimate *estimate = &bulk->totals->estimate;
  struct gen_estimate sum = {.is_measured = true};
  int64_t tasks = 0, looked_at = 0;
  uint64_t seed;
  for (; next_task(bulk, &seed, err); tasks++)
    if (tasks < SAMPLE && bulk->options->gen.backend->needs_model)
      looked_at += gen_estimate(bulk->gen, bulk->key, &sum);
  bulk->totals->requests = tasks * gen_template_count(bulk->gen);
  if (!looked_at)
    return;
  *estimate = (struct bulk_estimate){
    .tokens_in = sum.tokens_in * tasks / looked_at,
    .tokens_out = sum.tokens_out * tasks / looked_at,
    .is_measured = sum.is_measured,
  };
}

/* Keep `jobs` chains under way until there is no more, or somebody says so. */
static bool work(struct bulk *bulk, struct err *err)
{
  const struct bulk_options *options = bulk->options;
  while (!options->is_cancelled || !options->is_cancelled()) {
    struct task task;
    while (gen_under_way(bulk->gen) < options->jobs && take_task(bulk, &task, err)) {
      start_one(bulk, &task);
      free(task.key);
    }
    if (!gen_step(bulk->gen, STEP_MS) && bulk->is_fed && !bulk->held_count)
      break;
    if (gen_is_broken(bulk->gen, err))
      return false;
    bulk->totals->is_stopped = true;
    if (bulk->failures && bulk->failures >= options->max_failures && options->max_failures)
      return err_set(err, bulk->failure.code, "stopped after %d failures in a row (%s): %.800s",
                     bulk->failures, bulk->kind, bulk->failure.text);
    if (gen_account(bulk->gen)->is_spent)
      return account_shortage(gen_account(bulk->gen), err);
    bulk->totals->is_stopped = false;
  }
  return !bulk->feed.is_failed;
}

bool bulk_run(struct store *store, const struct bulk_options *options, struct bulk_totals *totals,
              struct err *err)
{
  struct bulk bulk = {.store = store, .options = options, .totals = totals};
  struct gen_options gen_options = options->gen;
  double started = clock_seconds();
  *totals = (struct bulk_totals){.total = totals->total};
  gen_options.is_silent = options->is_dry_run;
  bulk.gen = gen_open(store, &gen_options, on_event, &bulk, err);
  if (!bulk.gen)
    return false;
  feed_start(&bulk.feed, store, options);
  bool ok = true;
  if (options->is_dry_run)
    dry_run(&bulk, err);
  else
    ok = work(&bulk, err);
  if (!options->is_dry_run)
    totals->requests = gen_requests(bulk.gen);
  struct err broken = {0};
  if (!gen_close(bulk.gen, &broken) && ok) {
    *err = broken;
    ok = false;
  }
  feed_end(&bulk.feed);
  for (int k = 0; k < bulk.held_count; k++)
    free(bulk.held[k].key);
  free(bulk.held);
  free(bulk.key);
  free(bulk.kind);
  totals->seconds = clock_seconds() - started;
  return ok;
}

double bulk_balance(const struct bulk_totals *totals)
{
  return totals->balance_count ? totals->balance_sum / (double)totals->balance_count : NAN;
}
