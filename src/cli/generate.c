/* generate.c - negatives for items: one, some, or all; here or in the background
 *
 * With --events each step is a JSON line on stdout while it happens; a run over more than
 * one item writes the lines into a job directory too, where the interface finds it again.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "cli/background.h"
#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/server.h"
#include "cli/spending.h"
#include "gen/bulk.h"
#include "store/job.h"

enum { REASONS_SHOWN = 5, REASON_BYTES = 120 };

/* Why candidates failed, counted: the check that failed first, or the failure itself. */
struct reason {
  char *name, *example;
  int64_t count;
};

struct generation {
  struct cli *cli;
  const char *workspace;
  struct server server;
  struct bulk_options bulk;
  struct bulk_totals totals;
  struct account account; /* of what is asked of a server */
  struct job *job; /* or NULL */
  bool has_events, is_stdout_gone;
  int64_t last_id; /* of the candidate made last */
  bool is_last_draft;
  struct reason *reasons;
  int reason_count, reason_room;
  struct progress progress;
};

/* ---- what is asked for */

/* "describe,mask" as bits. */
static bool read_templates(const char *text, unsigned *bits, struct err *err)
{
  const char *cursor = text, *entry;
  size_t size;
  *bits = 0;
  while (list_next(&cursor, &entry, &size)) {
    char *name = mem_strndup(entry, size);
    int index = template_named(name);
    if (index >= 0)
      *bits |= 1u << index;
    else
      err_set(err, EX_USAGE, "--templates: no template \"%s\": describe, mask, complete", name);
    free(name);
    if (index < 0)
      return false;
  }
  return *bits || err_set(err, EX_USAGE, "--templates names none of describe, mask, complete");
}

static bool read_options(struct generation *g, struct err *err)
{
  struct cli *cli = g->cli;
  struct bulk_options *bulk = &g->bulk;
  bool is_all = cli_flag(cli, "all");
  g->workspace = cli->operands[0];
  g->has_events = cli_flag(cli, "events");
  *bulk = (struct bulk_options){
    .items = (const char *const *)cli->operands + 1,
    .item_count = cli->operand_count - 1,
    .where = cli_text(cli, "where"),
    .count = (int)cli_int(cli, "count"),
    .seed = (uint64_t)cli_int(cli, "seed"),
    .is_again = cli_flag(cli, "again"),
    .is_dry_run = cli_flag(cli, "dry-run"),
    .jobs = (int)cli_int(cli, "jobs"),
    .max_failures = (int)cli_int(cli, "max-failures"),
    .is_cancelled = cli_interrupted,
  };
  if (is_all + (bulk->where != NULL) + (bulk->item_count > 0) != 1)
    return err_set(err, EX_USAGE, "generate: say which items: ITEM..., --all or --where TEXT");
  if (!read_templates(cli_text(cli, "templates"), &bulk->gen.templates, err) ||
      !server_read(cli, !bulk->is_dry_run, &g->server, err))
    return false;
  /* A part of the templates on named items: the next seed, so that it is not what is there. */
  if (bulk->item_count && bulk->gen.templates != TEMPLATES_ALL && !cli_given(cli, "seed"))
    bulk->is_again = true;
  bulk->gen.backend = g->server.row;
  bulk->gen.server = g->server.options;
  bulk->gen.server.jobs = bulk->jobs;
  bulk->gen.server.account = &g->account;
  bulk->gen.tells_partial = g->has_events;
  return spending_read(cli, &g->server, &g->account, err);
}

static cJSON *config_json(const struct generation *g)
{
  const struct bulk_options *bulk = &g->bulk;
  bool is_model = g->server.row->needs_model;
  cJSON *config = cJSON_CreateObject();
  json_add_str(config, "command", "generate");
  json_add_str(config, "backend", g->server.row->name);
  json_add_str(config, "model", is_model ? g->server.options.model : NULL);
  json_add_str(config, "api_base", is_model ? g->server.options.api_base : NULL);
  json_add_str(config, "templates", cli_text(g->cli, "templates"));
  json_add_str(config, "where", bulk->where);
  cJSON *items = bulk->item_count ? json_add_array(config, "items") : NULL;
  for (int k = 0; k < bulk->item_count; k++)
    cJSON_AddItemToArray(items, cJSON_CreateString(bulk->items[k]));
  json_add_int(config, "count", bulk->count);
  json_add_int(config, "seed", (int64_t)bulk->seed);
  json_add_int(config, "jobs", bulk->jobs);
  if (cli_given(g->cli, "budget"))
    json_add_str(config, "budget", cli_text(g->cli, "budget"));
  return config;
}

/* ---- what happens */

static cJSON *event_json(const char *name)
{
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "event", name);
  return json;
}

/* A line on stdout, and one in the job's directory; the event is deleted. */
static void emit(struct generation *g, cJSON *event, bool is_for_job)
{
  struct err err;
  if (g->has_events) {
    char *line = json_line(event);
    g->is_stdout_gone = g->is_stdout_gone || printf("%s\n", line) < 0 || fflush(stdout) != 0;
    free(line);
  }
  if (g->job && is_for_job)
    job_event(g->job, event, &err); /* the job's work is in the workspace: it goes on */
  else
    cJSON_Delete(event);
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

static void emit_item(struct generation *g, const struct gen_event *event)
{
  const struct negative *negative = event->negative;
  cJSON *json = event_json("item");
  json_add_str(json, "item", event->item);
  if (negative)
    json_add_int(json, "negative", negative->id);
  json_add_bool(json, "valid", negative && negative->is_valid);
  json_add_str(json, "reason", event->reason);
  json_add_num(json, "balance", negative ? negative->balance : NAN);
  json_add_int(json, "done", g->totals.done);
  json_add_int(json, "valid_so_far", g->totals.valid);
  json_add_int(json, "total", g->totals.total);
  emit(g, json, true);
}

static void emit_template(struct generation *g, const struct gen_event *event)
{
  static const char *const states[] = {[GEN_STARTED] = "started", [GEN_DONE] = "done",
                                       [GEN_FAILED] = "failed", [GEN_RETRIED] = "again"};
  cJSON *json = event_json("template");
  json_add_str(json, "item", event->item);
  json_add_str(json, "template", event->template_name);
  json_add_str(json, "state", states[event->state]);
  if (event->negative)
    json_add_int(json, "negative", event->negative->id);
  json_add_str(json, "reason", event->reason);
  emit(g, json, g->server.row->needs_model);
}

/* What has come of an answer that is on its way: for who looks on, not for the record. */
static void emit_partial(struct generation *g, const struct gen_event *event)
{
  cJSON *json = event_json("partial");
  json_add_str(json, "item", event->item);
  json_add_str(json, "template", event->template_name);
  json_add_str(json, "reply", event->reply);
  emit(g, json, false);
}

static void count_reason(struct generation *g, const struct gen_event *event)
{
  char *name = bulk_failure_kind(event);
  struct reason *found = NULL;
  for (int k = 0; k < g->reason_count && !found; k++)
    if (!strcmp(g->reasons[k].name, name))
      found = &g->reasons[k];
  if (!found && g->reason_count < 1000) {
    VEC_PUSH(g->reasons, g->reason_count, g->reason_room) =
      (struct reason){mem_strdup(name), mem_printf("%s: %s", event->item, event->reason), 0};
    found = &g->reasons[g->reason_count - 1];
  }
  if (found)
    found->count++;
  free(name);
}

static void show_progress(struct generation *g)
{
  struct buf note = {0};
  char *spent = spending_text(&g->account);
  if (g->totals.failed)
    buf_printf(&note, "%lld failed%s", (long long)g->totals.failed, *spent ? ", " : "");
  buf_str(&note, spent);
  progress_show(&g->progress, g->totals.done, note.data);
  free(spent);
  buf_free(&note);
}

static void on_event(void *user, const struct gen_event *event, const struct bulk_totals *totals)
{
  struct generation *g = user;
  (void)totals; /* they are ours */
  if (event->state == GEN_PARTIAL) {
    emit_partial(g, event);
    return;
  }
  if (event->state != GEN_ITEM) {
    show_progress(g);
    if (g->has_events || g->job)
      emit_template(g, event);
    return;
  }
  if (g->has_events || g->job)
    emit_item(g, event);
  if (event->reason)
    count_reason(g, event);
  if (event->negative) {
    g->last_id = event->negative->id;
    g->is_last_draft = event->negative->is_draft;
  }
  show_progress(g);
}

/* Nobody reads our lines any more: that is as good as Ctrl-C. */
static struct generation *running;
static bool is_cancelled(void) { return cli_interrupted() || running->is_stdout_gone; }

/* ---- how it went */

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
  printf("%s: candidate %lld, %s", item, (long long)g->last_id,
         g->is_last_draft ? "a draft" : totals->valid ? "valid" : "not valid");
  if (!isnan(balance))
    printf(", balance %.2f", balance);
  printf(" (%lld questions, %.1f s)\n", (long long)totals->requests, totals->seconds);
  print_spending(g);
}

static void print_totals(struct generation *g)
{
  const struct bulk_totals *totals = &g->totals;
  char all[FIGURE], valid[FIGURE], failed[FIGURE], cached[FIGURE], requests[FIGURE];
  double balance = bulk_balance(totals);
  int64_t made = totals->valid + totals->failed;
  printf("%s of %s candidates: %s valid, %s failed, %s there already\n",
         figure(totals->done, valid), figure(totals->total, all), figure(totals->valid, cached),
         figure(totals->failed, failed), figure(totals->cached, requests));
  print_reasons(g);
  printf("%s questions to the %s, %.1f s", figure(totals->requests, requests), g->server.row->title,
         totals->seconds);
  if (made > 1 && totals->seconds > 0)
    printf(" (%.0f items/s)", (double)made / totals->seconds);
  if (!isnan(balance))
    printf(", mean balance %.2f", balance);
  puts("");
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

static cJSON *summary_json(const struct generation *g, cJSON *json, bool is_stopped)
{
  add_totals(json, &g->totals);
  json_add_num(json, "seconds", g->totals.seconds);
  json_add_num(json, "balance", bulk_balance(&g->totals));
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

static int report(struct generation *g, bool is_stopped)
{
  if (g->has_events || g->cli->is_json)
    return g->has_events ? 0
           : cli_print_json(summary_json(g, cJSON_CreateObject(), is_stopped));
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
static int status_of(struct generation *g, bool is_stopped)
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

static void begin_events(struct generation *g)
{
  cJSON *config = config_json(g), *start = event_json("start"), *entry;
  json_add_int(start, "pid", (int64_t)getpid());
  cJSON_ArrayForEach(entry, config)
    if (strcmp(entry->string, "items"))
      cJSON_AddItemToObject(start, entry->string, cJSON_Duplicate(entry, 1));
  json_add_int(start, "total", g->totals.total);
  json_add_str(start, "job", g->job ? g->job->id : NULL);
  cJSON_Delete(config);
  emit(g, start, true);
}

static int run_here(struct generation *g, struct store *store)
{
  struct err err = {0};
  running = g;
  g->bulk.is_cancelled = is_cancelled;
  g->bulk.listener = on_event;
  g->bulk.user = g;
  begin_events(g);
  progress_start(&g->progress, g->has_events ? PROGRESS_NEVER : g->cli->progress, "generating",
                 "items", g->totals.total);
  bool ok = bulk_run(store, &g->bulk, &g->totals, &err);
  progress_end(&g->progress);
  bool is_stopped = ok ? is_cancelled() : g->totals.is_stopped;
  int printed = ok || is_stopped ? report(g, is_stopped) : 0;
  if (!ok && err.code == EX_TEMPFAIL) {
    size_t size = strlen(err.text);
    snprintf(err.text + size, sizeof err.text - size,
             "; %lld of %lld are done, with a larger one the same command goes on",
             (long long)g->totals.done, (long long)g->totals.total);
  }
  int status = ok ? status_of(g, is_stopped) : cli_fail(&err);
  fflush(stdout); /* who waits for the last event finds the rest in the log */
  cJSON *last = summary_json(g, event_json(is_stopped ? "stopped" : ok ? "end" : "error"),
                             is_stopped);
  json_add_str(last, "reason", ok ? NULL : err.text);
  emit(g, last, true);
  return status ? status : printed;
}

/* A run over many items is a job; so is all that runs in the background. */
static bool needs_job(const struct generation *g)
{
  return !g->bulk.is_dry_run && (g->bulk.item_count != 1 || cli_flag(g->cli, "detach"));
}

static int run_with_store(struct generation *g, struct background *background)
{
  struct err err = {0};
  struct store *store = store_open(g->workspace, STORE_WRITE, &err);
  if (!store)
    return cli_fail(&err);
  int status = 0;
  if (!bulk_count(store, &g->bulk, &g->totals.total, &err)) {
    status = cli_fail(&err);
  } else if (needs_job(g)) {
    cJSON *config = config_json(g);
    g->job = job_create(g->workspace, "jobs", config, &err);
    cJSON_Delete(config);
    if (!g->job || (background && !background_ready(background, g->job, &err)))
      status = cli_fail(&err);
  }
  if (!status)
    status = run_here(g, store);
  job_close(g->job);
  store_close(store);
  return status;
}

static void generation_free(struct generation *g)
{
  for (int k = 0; k < g->reason_count; k++) {
    free(g->reasons[k].name);
    free(g->reasons[k].example);
  }
  free(g->reasons);
  server_forget(&g->server);
}

static int run(struct cli *cli)
{
  struct generation g = {.cli = cli};
  struct err err = {0};
  struct background background;
  int status;
  if (!read_options(&g, &err)) {
    status = cli_fail(&err);
  } else if (!cli_flag(cli, "detach")) {
    cli_catch_interrupt();
    status = run_with_store(&g, NULL);
  } else if (!background_start(&background, &err)) {
    status = cli_fail(&err);
  } else if (background.is_child) {
    cli_catch_interrupt();
    status = run_with_store(&g, &background);
  } else {
    status = background_report(cli, &background);
  }
  generation_free(&g);
  return cli_finish(status);
}

static const struct option_row options[] = {
  {"all", 0, OPTION_FLAG, NULL, NULL, 0, 0, "for every item of the catalogue"},
  {"where", 0, OPTION_TEXT, "TEXT", NULL, 0, 0,
   "for the items whose title, key or an attribute holds TEXT"},
  {"templates", 0, OPTION_TEXT, "T,T,T", "describe,mask,complete", 0, 0,
   "run only these, on the replies that are there"},
  SERVER_OPTIONS,
  {"count", 0, OPTION_INT, "K", "1", 1, 100, "candidates an item"},
  {"seed", 0, OPTION_INT, "S", "42", 0, 9007199254740991, "of the first candidate; then S+1, ..."},
  {"again", 0, OPTION_FLAG, NULL, NULL, 0, 0, "make new candidates beside those that are there"},
  {"jobs", 0, OPTION_INT, "N", "1", 1, 64, "questions under way at once"},
  {"max-failures", 0, OPTION_INT, "N", "10", 0, 1000000,
   "stop when a model fails N times in a row in the same way (0: never)"},
  SPENDING_OPTIONS,
  {"events", 0, OPTION_FLAG, NULL, NULL, 0, 0, "print what happens, a JSON object a line"},
  {"dry-run", 0, OPTION_FLAG, NULL, NULL, 0, 0, "say what would be asked, ask nothing"},
  {"detach", 'd', OPTION_FLAG, NULL, NULL, 0, 0, "go on in the background; print the job's id"},
  {0},
};

const struct command_row command_generate = {
  .name = "generate",
  .usage = "WS [ITEM...]",
  .help = "make negatives: describe, mask, complete, check",
  .min_operands = 1,
  .max_operands = -1,
  .options = options,
  .run = run,
};
