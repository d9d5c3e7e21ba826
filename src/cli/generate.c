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
#include "cli/generation.h"
#include "cli/rounds.h"
#include "cli/spending.h"

/* ---- what is asked for */

static bool read_keys(struct cli *cli, struct server *server, struct err *err)
{
  server->options.keys = strcmp(cli_text(cli, "keys"), "turns") ? ENGINE_TOP : ENGINE_TURNS;
  return server->options.keys == ENGINE_TOP || !strcmp(server->row->name, "offline") ||
         err_set(err, EX_USAGE, "generate: --keys turns is the offline engine's: not with --backend %s",
                 server->row->name);
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
  if (!templates_read(cli, &bulk->gen.templates, err) ||
      !server_read(cli, !bulk->is_dry_run, &g->server, err) || !read_keys(cli, &g->server, err))
    return false;
  /* A part of the templates on named items: the next seed, so that it is not what is there. */
  if (bulk->item_count && bulk->gen.templates != TEMPLATES_ALL && !cli_given(cli, "seed"))
    bulk->is_again = true;
  rounds_read(cli, &bulk->gen);
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
  json_add_str(config, "keys", cli_text(g->cli, "keys"));
  json_add_str(config, "where", bulk->where);
  cJSON *items = bulk->item_count ? json_add_array(config, "items") : NULL;
  for (int k = 0; k < bulk->item_count; k++)
    cJSON_AddItemToArray(items, cJSON_CreateString(bulk->items[k]));
  json_add_int(config, "count", bulk->count);
  json_add_int(config, "seed", (int64_t)bulk->seed);
  json_add_int(config, "jobs", bulk->jobs);
  json_add_int(config, "repairs", bulk->gen.repairs);
  json_add_int(config, "balance_rounds", bulk->gen.balance_rounds);
  if (cli_given(g->cli, "budget"))
    json_add_str(config, "budget", cli_text(g->cli, "budget"));
  return config;
}

/* ---- running */

static void begin_events(struct generation *g)
{
  cJSON *config = config_json(g), *start = generation_event("start"), *entry;
  json_add_int(start, "pid", (int64_t)getpid());
  cJSON_ArrayForEach(entry, config)
    if (strcmp(entry->string, "items"))
      cJSON_AddItemToObject(start, entry->string, cJSON_Duplicate(entry, 1));
  json_add_int(start, "total", g->totals.total);
  json_add_str(start, "job", g->job ? g->job->id : NULL);
  cJSON_Delete(config);
  generation_emit(g, start, true);
}

/* Nobody reads our lines any more: that is as good as Ctrl-C. */
static struct generation *running;
static bool is_cancelled(void) { return cli_interrupted() || running->is_stdout_gone; }


static int run_here(struct generation *g, struct store *store)
{
  struct err err = {0};
  running = g;
  g->bulk.is_cancelled = is_cancelled;
  g->bulk.listener = generation_on_event;
  g->bulk.user = g;
  begin_events(g);
  progress_start(&g->progress, g->has_events ? PROGRESS_NEVER : g->cli->progress, "generating",
                 "items", g->totals.total);
  bool ok = bulk_run(store, &g->bulk, &g->totals, &err);
  progress_end(&g->progress);
  bool is_stopped = ok ? is_cancelled() : g->totals.is_stopped;
  int printed = ok || is_stopped ? generation_report(g, is_stopped) : 0;
  if (!ok && err.code == EX_TEMPFAIL) {
    size_t size = strlen(err.text);
    snprintf(err.text + size, sizeof err.text - size,
             "; %lld of %lld are done, with a larger one the same command goes on",
             (long long)g->totals.done, (long long)g->totals.total);
  }
  int status = ok ? generation_status(g, is_stopped) : cli_fail(&err);
  fflush(stdout); /* who waits for the last event finds the rest in the log */
  cJSON *last = generation_summary(g, generation_event(is_stopped ? "stopped" : ok ? "end" : "error"),
                             is_stopped);
  json_add_str(last, "reason", ok ? NULL : err.text);
  generation_emit(g, last, true);
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
  TEMPLATES_OPTION,
  SERVER_OPTIONS,
  {"count", 0, OPTION_INT, "K", "1", 1, 100, "candidates an item"},
  {"keys", 0, OPTION_CHOICE, "top|turns", "top", 0, 0,
   "what the offline engine changes: what an item's users share most, into what they share less; or one key "
   "of the text and one of the picture, the next ones with the next seed, into any plausible value"},
  {"seed", 0, OPTION_INT, "S", "42", 0, 9007199254740991, "of the first candidate; then S+1, ..."},
  {"again", 0, OPTION_FLAG, NULL, NULL, 0, 0, "make new candidates beside those that are there"},
  {"jobs", 0, OPTION_INT, "N", "1", 1, 64, "questions under way at once"},
  ROUND_OPTIONS,
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
