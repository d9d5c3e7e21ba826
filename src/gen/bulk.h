/* bulk.h - many items through the templates: which, what is left of them, how it went
 *
 * What a candidate depends on (item as it is, backend, model, templates, seed) is asked of
 * the workspace first: where one is there, nothing is made. So a job that was stopped goes
 * on when it is started again. The failure of an item never stops the others; a model that
 * fails in the same way again and again, a budget that is used up, or a workspace that cannot be
 * written, does.
 * SPDX-License-Identifier: MIT */
#ifndef GEN_BULK_H
#define GEN_BULK_H

#include "gen/gen.h"

/* What a dry run says of the requests that are left. */
struct bulk_estimate {
  int64_t tokens_in, tokens_out;
  bool is_measured; /* by what this model took before; else by the length of the prompts */
};

struct bulk_totals {
  int64_t total;  /* candidates asked for */
  int64_t done;   /* of them: valid + failed + cached + waiting */
  int64_t valid;  /* made, all checks passed; of a part of the templates: answered */
  int64_t failed; /* not made, or made and not valid */
  int64_t cached; /* were there already */
  int64_t waiting; /* for an answer that comes another time */
  int64_t requests;
  struct gen_rounds rounds;
  int64_t valid_repaired; /* of the valid ones: not without a repair round */
  double seconds;
  double balance_sum; /* over balance_count candidates of which it is defined */
  int64_t balance_count;
  int failure_code;   /* of the last failure, 0: none */
  struct bulk_estimate estimate; /* of a dry run */
  bool is_stopped;    /* by a failure again and again, or because the budget is used up: see the error */
};

/* As gen_listener, with the counts so far. */
typedef void bulk_listener(void *user, const struct gen_event *event,
                           const struct bulk_totals *totals);

struct bulk_options {
  struct gen_options gen;
  const char *const *items; /* keys; none: all items, or those that `where` matches */
  int item_count;
  const char *where; /* as in the items view: title, key or an attribute holds it; NULL: all */
  int count;         /* candidates an item */
  uint64_t seed;     /* of the first of them; the next one has the next seed */
  const uint64_t *seeds; /* of each item named, instead; NULL: none */
  int shard, shards; /* only the items of this part, from 1, of so many; shards 0: all */
  bool is_again;     /* make new ones, with seeds that are free */
  bool is_dry_run;   /* count, make nothing */
  int jobs;          /* under way at once */
  int max_failures;  /* of one kind, in a row, of a model; 0: no limit */
  bool (*is_cancelled)(void);
  bulk_listener *listener;
  void *user;
};

/* How many candidates are asked for, before any is made. False when an item is not there. */
bool bulk_count(struct store *store, const struct bulk_options *options, int64_t *total,
                struct err *err);
/* Make them; totals->total is what bulk_count said, the rest is filled in. False: it could not
 * begin, or had to end; cancelled is no failure. */
bool bulk_run(struct store *store, const struct bulk_options *options, struct bulk_totals *totals,
              struct err *err);
/* What kind of failure an item's end is, for counting: the problem, the check that failed first, or the
 * reason without what differs from item to item. The caller frees; NULL when it did not fail. */
char *bulk_failure_kind(const struct gen_event *event);
/* Mean balance of what was made; NAN when it is not defined of any. */
double bulk_balance(const struct bulk_totals *totals);

#endif
