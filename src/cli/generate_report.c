/* generate_report.c - how a run of `generate` went, for people and as JSON
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/figures.h"
#include "cli/generation.h"
#include "cli/rounds.h"
#include "cli/spending.h"

enum { REASONS_SHOWN = 5, REASON_BYTES = 120 };

static int by_count(const void *a, const void *b)
{
  const struct reason *x = a, *y = b;
  return (x->count < y->count) - (x->count > y->count);
}

static void print_reasons(struct generation *g)
{
  if (g->reason_count)
    qsort(g->reasons, (size_t)g->reason_count, sizeof *g->reasons, by_count);
  for (int k = 0; k < g->reason_count && k < REASONS_SHOWN; k++)
    printf("  %5lld x %.*s\n", (long long)g->reasons[k].count, REASON_BYTES, g->reasons[k].example);
  if (g->reason_count > REASONS_SHOWN)
    printf("  and %d other reasons\n", g->reason_count - REASONS_SHOWN);
}

static void print_spending(const struct generation *g)
{
  char *text = spending_text(&g->account);
  if (*text)
    printf("%s\n", text);
  free(text);
}

/* One candidate: a line; why it failed is said at the end. */
static void print_one(const struct generation *g)
{
  const struct bulk_totals *totals = &g->totals;
  const char *item = g->bulk.item_count ? g->bulk.items[0] : "the item";
  double balance = bulk_balance(totals);
  if (totals->cached)
    printf("%s has this candidate already; --again makes another one\n", item);
  if (!g->last_id)
    return;
  const char *what = !g->is_last_draft ? totals->valid ? "valid" : "not valid"
                     : totals->failed  ? "a draft, not valid" : "a draft";
  printf("%s: candidate %lld, %s", item, (long long)g->last_id, what);
  if (!isnan(balance))
    printf(", balance %.2f", balance);
  printf(" (%lld questions, %.1f s)\n", (long long)totals->requests, totals->seconds);
  rounds_print(totals);
  print_spending(g);
}

static void print_totals(struct generation *g)
{
  const struct bulk_totals *totals = &g->totals;
  char all[FIGURE], valid[FIGURE], failed[FIGURE], cached[FIGURE], requests[FIGURE];
  double balance = bulk_balance(totals);
  int64_t made = totals->valid + totals->failed;
  const char *good = g->bulk.gen.templates >> COMPLETE & 1 ? "valid" : "answered"; /* drafts pass no checks */
  printf("%s of %s candidates: %s %s, %s failed, %s there already\n", figure(totals->done, valid),
         figure(totals->total, all), figure(totals->valid, cached), good,
         figure(totals->failed, failed), figure(totals->cached, requests));
  print_reasons(g);
  printf("%s questions to the %s, %.1f s", figure(totals->requests, requests), g->server.row->title,
         totals->seconds);
  double rate = totals->seconds > 0 ? (double)made / totals->seconds : 0;
  if (made > 1)
    printf(" (%.*f items/s)", rate < 10 ? 2 : 0, rate);
  if (!isnan(balance))
    printf(", mean balance %.2f", balance);
  puts("");
  rounds_print(totals);
  print_spending(g);
}

static void print_estimate(const struct generation *g)
{
  char in[FIGURE], out[FIGURE];
  const struct bulk_estimate *estimate = &g->totals.estimate;
  const struct amount amount = {0, estimate->tokens_in, estimate->tokens_out};
  printf("about %s tokens in and %s out (%s)\n", figure(estimate->tokens_in, in),
         figure(estimate->tokens_out, out), estimate->is_measured
           ? "by what this model took of each template before"
           : "four bytes a token, a token for 28x28 pixels, replies as long as they may be");
  if (g->account.price_in > 0 || g->account.price_out > 0)
    printf("cost about %.4g, at %g and %g for a million tokens in and out\n",
           account_cost(&g->account, &amount), g->account.price_in, g->account.price_out);
  else
    printf("cost unknown: the configuration has no [price %s]\n",
           g->server.options.model ? g->server.options.model : "MODEL");
}

static void print_dry_run(const struct generation *g)
{
  char all[FIGURE], cached[FIGURE], requests[FIGURE];
  const struct bulk_totals *totals = &g->totals;
  printf("dry run: %s candidates, %s there already; at least %s questions to the %s\n",
         figure(totals->total, all), figure(totals->cached, cached),
         figure(totals->requests, requests), g->server.row->title);
  if (g->server.row->needs_model)
    print_estimate(g);
}

static void add_totals(cJSON *json, const struct bulk_totals *totals)
{
  json_add_int(json, "items", totals->total);
  json_add_int(json, "done", totals->done);
  json_add_int(json, "valid", totals->valid);
  json_add_int(json, "failed", totals->failed);
  json_add_int(json, "cached", totals->cached);
  json_add_int(json, "requests", totals->requests);
}

cJSON *generation_summary(const struct generation *g, cJSON *json, bool is_stopped)
{
  add_totals(json, &g->totals);
  json_add_num(json, "seconds", g->totals.seconds);
  json_add_num(json, "balance", bulk_balance(&g->totals));
  rounds_json(json, &g->totals);
  if (g->server.row->needs_model && g->bulk.is_dry_run) {
    const struct bulk_estimate *estimate = &g->totals.estimate;
    const struct amount amount = {0, estimate->tokens_in, estimate->tokens_out};
    bool has_price = g->account.price_in > 0 || g->account.price_out > 0;
    json_add_int(json, "tokens_in", estimate->tokens_in);
    json_add_int(json, "tokens_out", estimate->tokens_out);
    json_add_str(json, "tokens_by", estimate->is_measured ? "record" : "length");
    json_add_num(json, "cost", has_price ? account_cost(&g->account, &amount) : NAN);
  } else if (g->server.row->needs_model) {
    spending_json(json, &g->account);
  }
  json_add_bool(json, "stopped", is_stopped);
  json_add_str(json, "job", g->job ? g->job->id : NULL);
  return json;
}

int generation_report(struct generation *g, bool is_stopped)
{
  if (g->has_events || g->cli->is_json)
    return g->has_events ? 0
           : cli_print_json(generation_summary(g, cJSON_CreateObject(), is_stopped));
  if (g->cli->is_quiet)
    return 0;
  if (g->bulk.is_dry_run)
    print_dry_run(g);
  else if (g->totals.total == 1)
    print_one(g);
  else
    print_totals(g);
  return 0;
}

/* When nothing at all came of it, the exit status says why. */
int generation_status(struct generation *g, bool is_stopped)
{
  const struct bulk_totals *totals = &g->totals;
  struct err err;
  if (is_stopped) {
    err_set(&err, EX_INTERRUPT, "stopped after %lld of %lld; the same command goes on from there",
            (long long)totals->done, (long long)totals->total);
    return cli_fail(&err);
  }
  if (!totals->failed || totals->valid || totals->cached)
    return 0;
  const struct reason *reason = g->reason_count ? &g->reasons[0] : NULL;
  err_set(&err, totals->failure_code, "%.900s", reason ? reason->example : "nothing came of it");
  return cli_fail(&err);
}
