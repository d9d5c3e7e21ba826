/* prompts_compare.c - prompts compare: version against version, or model against model
 *
 *   compare WS TEMPLATE   run both sides over a sample of items, as a job, and print the result
 *   compare WS ID         the result of a comparison that was run
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/progress.h"
#include "cli/background.h"
#include "cli/prompts.h"
#include "cli/rounds.h"
#include "cli/server.h"
#include "cli/spending.h"
#include "gen/comparison.h"
#include "store/template_version.h"

struct comparing {
  struct cli *cli;
  const char *workspace;
  int index; /* of the template */
  struct server server;
  struct account account;
  struct comparison_options options;
  struct prompt_template *sides[2];
  struct job *job;
  struct progress progress;
};

/* ---- the two sides */

/* A file, the beginning of a hash, or (NULL) the template in use. */
static struct prompt_template *side_of(const struct comparing *c, struct store *store, const char *given,
                                       struct err *err)
{
  const char *name = template_names[c->index];
  if (!given)
    return template_load(c->workspace, name, err);
  size_t size;
  struct prompt_template *prompt = NULL;
  if (path_is_file(given)) {
    char *text = path_read(given, 1 << 20, &size, err);
    prompt = text ? template_parse(c->workspace, name, given, text, size, err) : NULL;
    free(text);
    return prompt;
  }
  struct template_version *version = template_version_find(store, name, given, err);
  if (!version)
    return NULL;
  char *path = mem_printf("%s/prompts/%s.prompt@%.8s", c->workspace, name, version->hash);
  prompt = template_parse(c->workspace, name, path, version->text, strlen(version->text), err);
  free(path);
  template_version_free(version);
  return prompt;
}

static const char *model_of(const struct comparing *c, int side)
{
  const char *given = cli_text(c->cli, side ? "model-b" : "model-a");
  return given ? given : c->server.options.model;
}

static bool read_sides(struct comparing *c, struct store *store, struct err *err)
{
  static const char *const names[2] = {"a", "b"};
  for (int s = 0; s < 2; s++) {
    if (!(c->sides[s] = side_of(c, store, cli_text(c->cli, names[s]), err)))
      return false;
    c->options.sides[s] = (struct comparison_side){{c->sides[s]->path, c->sides[s]->text}, model_of(c, s)};
  }
  const char *a = model_of(c, 0), *b = model_of(c, 1);
  if (strcmp(c->sides[0]->hash, c->sides[1]->hash) || (a && b && strcmp(a, b)))
    return true;
  return err_set(err, EX_USAGE, "both sides are %s %.8s: --a and --b name two versions (a file, or a hash of "
                                "neggen prompts versions), or --model-a and --model-b two models",
                 c->sides[0]->name, c->sides[0]->hash);
}

/* --model may be left out where the sides name theirs. */
static bool read_server(struct comparing *c, struct err *err)
{
  struct server *server = &c->server;
  if (!server_read_unchecked(c->cli, server, err))
    return false;
  if (!server->options.model)
    server->options.model = cli_text(c->cli, "model-a");
  return !server->row->ops->check || server->row->ops->check(&server->options, err);
}

static bool read_options(struct comparing *c, struct err *err)
{
  struct cli *cli = c->cli;
  struct comparison_options *options = &c->options;
  if (!read_server(c, err) || !spending_read(cli, &c->server, &c->account, err))
    return false;
  options->gen = (struct gen_options){.backend = c->server.row, .server = c->server.options};
  rounds_read(cli, &options->gen);
  options->gen.server.account = &c->account;
  options->index = (enum template_index)c->index;
  options->jobs = (int)cli_int(cli, "jobs");
  options->gen.server.jobs = options->jobs;
  options->seed = (uint64_t)cli_int(cli, "seed");
  return true;
}

/* ---- the job */

static cJSON *config_json(const struct comparing *c)
{
  bool is_model = c->server.row->needs_model;
  cJSON *config = cJSON_CreateObject();
  json_add_str(config, "command", "compare");
  json_add_str(config, "template", template_names[c->index]);
  json_add_str(config, "backend", c->server.row->name);
  json_add_str(config, "a", c->sides[0]->hash);
  json_add_str(config, "b", c->sides[1]->hash);
  json_add_str(config, "model_a", is_model ? model_of(c, 0) : NULL);
  json_add_str(config, "model_b", is_model ? model_of(c, 1) : NULL);
  json_add_str(config, "api_base", is_model ? c->server.options.api_base : NULL);
  json_add_int(config, "items", c->options.count);
  json_add_int(config, "seed", (int64_t)c->options.seed);
  return config;
}

static void tell(struct comparing *c, const char *event, const char *item, int done, const char *reason)
{
  struct err ignored; /* the trials are in the workspace */
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "event", event);
  if (!strcmp(event, "start"))
    json_add_int(json, "pid", (int64_t)getpid());
  if (item)
    json_add_str(json, "item", item);
  if (reason)
    json_add_str(json, "reason", reason);
  json_add_int(json, "done", done);
  json_add_int(json, "total", c->options.count);
  job_event(c->job, json, &ignored);
}

static struct comparing *running;

static bool is_cancelled(void) { return cli_interrupted() || running->account.is_spent; }

static void on_done(void *user, const char *item, int done)
{
  struct comparing *c = user;
  tell(c, "pair", item, done, NULL);
  progress_show(&c->progress, done, "");
}

static int run_job(struct comparing *c, struct store *store)
{
  struct err err;
  running = c;
  c->options.id = strtoll(c->job->id, NULL, 10);
  c->options.is_cancelled = is_cancelled;
  c->options.done = on_done;
  c->options.user = c;
  tell(c, "start", NULL, 0, NULL);
  progress_start(&c->progress, c->cli->progress, "comparing", "items", c->options.count);
  bool ok = comparison_run(store, &c->options, &err);
  progress_end(&c->progress);
  if (ok && is_cancelled()) {
    ok = cli_interrupted() ? err_set(&err, EX_INTERRUPT, "stopped; what is done is kept as comparison %s",
                                     c->job->id)
                           : account_shortage(&c->account, &err);
    tell(c, "stopped", NULL, 0, err.text);
  } else {
    tell(c, ok ? "end" : "error", NULL, ok ? c->options.count : 0, ok ? NULL : err.text);
  }
  int status = prompts_result(c->cli, store, c->options.id, c->index, !c->server.row->needs_model);
  return ok ? status : cli_fail(&err);
}

static int start_job(struct comparing *c, struct background *background)
{
  struct err err;
  char **items = NULL;
  int status = 0;
  struct store *store = store_open(c->workspace, STORE_WRITE, &err);
  bool ok = store && read_sides(c, store, &err) &&
            (items = comparison_sample(store, (int)cli_int(c->cli, "items"), c->options.seed,
                                       &c->options.count, &err));
  c->options.items = items;
  if (ok) {
    cJSON *config = config_json(c);
    c->job = job_create(c->workspace, "jobs", config, &err);
    cJSON_Delete(config);
    ok = c->job && (!background || background_ready(background, c->job, &err));
  }
  status = ok ? run_job(c, store) : cli_fail(&err);
  for (int k = 0; items && k < c->options.count; k++)
    free(items[k]);
  free(items);
  template_free(c->sides[0]);
  template_free(c->sides[1]);
  job_close(c->job);
  store_close(store);
  return status;
}

int prompts_compare(struct cli *cli, char *const *operands)
{
  struct err err;
  struct background background;
  struct comparing c = {.cli = cli, .workspace = operands[0], .index = template_named(operands[1])};
  if (c.index < 0 && strspn(operands[1], "0123456789") == strlen(operands[1]))
    return prompts_former(cli, operands[0], operands[1]);
  int status;
  if (c.index < 0) {
    err_set(&err, EX_USAGE, "no template \"%s\": describe, mask, complete", operands[1]);
    return cli_fail(&err);
  }
  if (!read_options(&c, &err)) {
    status = cli_fail(&err);
  } else if (!cli_flag(cli, "detach")) {
    cli_catch_interrupt();
    status = start_job(&c, NULL);
  } else if (!background_start(&background, &err)) {
    status = cli_fail(&err);
  } else if (background.is_child) {
    cli_catch_interrupt();
    status = start_job(&c, &background);
  } else {
    status = background_report(cli, &background);
  }
  server_forget(&c.server);
  return status;
}
