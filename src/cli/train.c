/* train.c - train a model, here or in a process of its own
 *
 * In the background the command makes the run, starts itself on it, waits until that
 * process has read everything and begins to train (or says what is wrong), and tells the id.
 * SPDX-License-Identifier: MIT */
#include "train/train.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/priority.h"
#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/score.h"
#include "la/vec.h"
#include "train/run.h"

#define SAID_LIMIT 4096

/* ---- what is printed */

static void print_start(const cJSON *event)
{
  char users[FIGURE], items[FIGURE], pairs[FIGURE];
  printf("run %s: %s, sampler %s, seed %.0f; %s users, %s items, %s training pairs",
         json_str(event, "run"), json_str(event, "model"), json_str(event, "sampler"),
         json_num(event, "seed", 0), figure((int64_t)json_num(event, "users", 0), users),
         figure((int64_t)json_num(event, "items", 0), items),
         figure((int64_t)json_num(event, "train", 0), pairs));
  if (json_get(event, "negatives"))
    printf(", %s items with negatives", figure((int64_t)json_num(event, "negatives", 0), items));
  puts("");
}

static void print_epoch(const cJSON *event)
{
  const cJSON *valid = json_get(event, "valid");
  char recall[SCORE], ndcg[SCORE];
  printf("%-10s%5.0f   loss %.4f   Recall@20 %s   NDCG@20 %s   %5.2f s%s\n",
         json_str(event, "stage"), json_num(event, "epoch", 0), json_num(event, "loss", NAN),
         score(json_num(valid, "recall@20", NAN), recall),
         score(json_num(valid, "ndcg@20", NAN), ndcg), json_num(event, "seconds", NAN),
         json_bool(event, "best", false) ? " *" : "");
}

static void print_row(const char *name, const cJSON *metrics)
{
  static const char *const columns[] = {"recall@10", "recall@20", "recall@50", "ndcg@20"};
  char text[SCORE];
  printf("%-26s", name);
  for (size_t k = 0; k < COUNT_OF(columns); k++)
    printf("%11s", score(json_num(metrics, columns[k], NAN), text));
  puts("");
}

static void print_controls(const cJSON *event)
{
  static const struct {
    const char *name, *text;
  } rows[] = {
    {"base", "the base alone, before"}, {"lambda_0", "without c (lambda = 0)"},
    {"continued", "the base trained on"}, {"swapped", "negatives of other items"},
    {"noise", "noise of equal length"}};
  const cJSON *controls = json_get(event, "ablations"), *found = json_get(event, "diagnostics");
  char text[SCORE];
  if (controls)
    puts("controls, test Recall@20 (train+valid masked)");
  for (size_t k = 0; k < COUNT_OF(rows); k++)
    if (json_get(controls, rows[k].name))
      printf("  %-26s%s\n", rows[k].text, score(json_num(controls, rows[k].name, NAN), text));
  if (!found)
    return;
  printf("mean |lambda c| / |i|        %.3f\n", json_num(found, "lambda_c_over_i", NAN));
  printf("users whose top 20 changes   %.1f %%  with c := 0\n",
         100 * json_num(found, "users_changed", NAN));
  printf("pairs with s_gen > s+        %.2f %%  in the best epoch\n",
         100 * json_num(found, "pairs_harder", NAN));
}

static void print_end(const cJSON *event)
{
  const cJSON *masks = json_get(json_get(event, "test"), "masks");
  if (json_num(event, "best_epoch", 0) > 0)
    printf("best epoch %.0f of %.0f, ", json_num(event, "best_epoch", 0),
           json_num(event, "epochs", 0));
  printf("%.1f s\n%-26s%11s%11s%11s%11s\n", json_num(event, "seconds", 0), "", "Recall@10",
         "Recall@20", "Recall@50", "NDCG@20");
  print_row("valid", json_get(event, "valid"));
  for (int mask = 0; mask < MASKS; mask++) {
    char name[40];
    snprintf(name, sizeof name, "test, %s masked", mask_names[mask]);
    print_row(name, json_get(masks, mask_names[mask]));
  }
  print_controls(event);
}

static void print_event(const cJSON *event)
{
  const char *name = json_str(event, "event");
  if (!strcmp(name, "start"))
    print_start(event);
  else if (!strcmp(name, "epoch"))
    print_epoch(event);
  else if (!strcmp(name, "note"))
    puts(json_str(event, "text"));
  else if (!strcmp(name, "resumed"))
    printf("run %s goes on after epoch %.0f\n", json_str(event, "run"),
           json_num(event, "epoch", 0));
  else if (!strcmp(name, "stopped"))
    printf("stopped after epoch %.0f; neggen train WS --resume %s goes on\n",
           json_num(event, "epoch", 0), json_str(event, "run"));
  else if (!strcmp(name, "end"))
    print_end(event);
}

struct printer {
  struct cli *cli;
  bool is_lines; /* JSON */
  struct job *job;
  bool is_ready;
};

static void tell(void *user, const cJSON *event)
{
  struct printer *printer = user;
  if (printer->cli->is_quiet && !printer->cli->is_json) {
    return;
  } else if (printer->is_lines) {
    char *line = json_line(event);
    puts(line);
    free(line);
  } else {
    print_event(event);
  }
  fflush(stdout);
}

static bool should_stop(void *user)
{
  (void)user;
  return cli_interrupted();
}

/* Whoever waits for the background process reads until its streams are closed: now. */
static void ready(void *user)
{
  struct printer *printer = user;
  printer->is_ready = true;
  if (cli_flag(printer->cli, "log"))
    job_print_to_log(printer->job, NULL);
}

/* ---- the request */

static bool read_request(struct cli *cli, struct train_request *request, struct err *err)
{
  const char *const *sets;
  if (!train_request_init(request, cli_text(cli, "model"), cli_text(cli, "sampler"),
                          (uint64_t)cli_int(cli, "seed"), err))
    return false;
  int count = cli_list(cli, "set", &sets);
  for (int k = 0; k < count; k++)
    if (!settings_assign(&request->settings, sets[k], err))
      return err_prefix(err, "--set for %s", request->model->name);
  train_request_follow(request);
  if (cli_given(cli, "epochs"))
    train_request_limit(request, cli_int(cli, "epochs"));
  return true;
}

/* A run goes on with what it was asked for. */
static bool read_resumed(struct cli *cli, const char *workspace, const char *id,
                         struct train_request *request, struct err *err)
{
  static const char *const fixed[] = {"model", "sampler", "epochs", "seed", "set"};
  struct job_info info;
  for (size_t k = 0; k < COUNT_OF(fixed); k++)
    if (cli_given(cli, fixed[k]))
      return err_set(err, EX_USAGE, "--resume goes on with what run %s was asked for: leave out "
                     "--%s", id, fixed[k]);
  if (!job_look(workspace, "runs", id, &info, err))
    return false;
  bool ok = info.state != JOB_DONE ||
            err_set(err, EX_USAGE, "run %s has ended; train another one", id);
  ok = ok && train_request_from_json(request, info.config, err);
  job_info_free(&info);
  return ok;
}

/* ---- in the background */

static int start_process(struct cli *cli, const char *workspace, const char *id, struct err *err)
{
  char *self = child_program("neggen"), threads[24], seconds[40], nice_text[24];
  snprintf(threads, sizeof threads, "%" PRId64, cli_int(cli, "threads"));
  snprintf(seconds, sizeof seconds, "%.17g", cli_real(cli, "checkpoint"));
  snprintf(nice_text, sizeof nice_text, "%" PRId64,
           cli_given(cli, "nice") ? cli_int(cli, "nice") : 10);
  const char *words[] = {self, "train", "--log", "--nice", nice_text, "--threads", threads,
                         "--checkpoint", seconds, "--resume", id, "--", workspace, NULL};
  struct child child;
  if (!child_start(&child, words, CHILD_PIPE_ERR | CHILD_NULL_OUT | CHILD_NULL_IN | CHILD_DETACH,
                   -1, err)) {
    free(self);
    return err->code;
  }
  size_t size;
  char *said = child_read_all(child.error, SAID_LIMIT, &size);
  int status = size ? child_wait(&child) : 0; /* it said nothing: it is at work */
  fputs(said, stderr);
  free(said);
  free(self);
  return status;
}

static int detach(struct cli *cli, const char *workspace, const char *resumed,
                  const struct train_request *request)
{
  struct err err = {0};
  cJSON *config = train_request_json(request);
  struct job *job = resumed ? job_take(workspace, "runs", resumed, &err)
                            : job_create(workspace, "runs", config, &err);
  cJSON_Delete(config);
  if (!job)
    return cli_fail(&err);
  char *id = mem_strdup(job->id);
  job_close(job);
  int status = start_process(cli, workspace, id, &err);
  if (err.code)
    cli_fail(&err);
  if (status == 0 && cli->is_json) {
    cJSON *object = cJSON_CreateObject();
    json_add_str(object, "run", id);
    status = cli_print_json(object);
  } else if (status == 0) {
    puts(id);
    status = cli_finish(0);
  }
  free(id);
  return status;
}

/* ---- here */

static void set_pace(struct cli *cli)
{
  int64_t threads = cli_int(cli, "threads"), gives_way = cli_int(cli, "nice");
  if (threads > 0)
    la_set_threads((int)threads);
  if (gives_way > 0)
    priority_lower((int)gives_way);
}

/* A new run that never began leaves nothing behind. */
static void drop_if_empty(struct job *job, const struct printer *printer, bool is_new)
{
  if (is_new && !printer->is_ready)
    path_remove_tree(job->dir, NULL);
}

static bool has_events(const char *workspace, const char *id)
{
  struct job_info info;
  if (!job_look(workspace, "runs", id, &info, NULL))
    return false;
  bool has = info.last != NULL;
  job_info_free(&info);
  return has;
}

static int train_here(struct cli *cli, struct store *store, const char *resumed,
                      const struct train_request *request)
{
  struct err err = {0};
  struct printer printer = {.cli = cli, .is_lines = cli->is_json};
  if (!isatty(STDOUT_FILENO) && cli->progress != PROGRESS_ALWAYS && !cli_flag(cli, "log"))
    printer.is_lines = true; /* a program reads it */
  struct train_listener listener = {tell, should_stop, ready, &printer};
  cJSON *config = train_request_json(request);
  bool is_new = !resumed || !has_events(store_dir(store), resumed);
  struct job *job = resumed ? job_take(store_dir(store), "runs", resumed, &err)
                            : job_create(store_dir(store), "runs", config, &err);
  cJSON_Delete(config);
  if (!job)
    return cli_fail(&err);
  printer.job = job;
  set_pace(cli);
  cli_catch_interrupt();
  enum train_end end = train(store, job, request, &listener, cli_real(cli, "checkpoint"), &err);
  int status = end == TRAIN_DONE ? 0 : end == TRAIN_STOPPED ? EX_INTERRUPT : cli_fail(&err);
  if (end == TRAIN_FAILED)
    drop_if_empty(job, &printer, is_new);
  job_close(job);
  return cli_finish(status);
}

static int run(struct cli *cli)
{
  struct err err = {0};
  struct train_request request;
  const char *workspace = cli->operands[0], *resumed = cli_text(cli, "resume");
  struct store *store = store_open(workspace, STORE_READ, &err);
  if (!store)
    return cli_fail(&err);
  int status;
  if (!(resumed ? read_resumed(cli, workspace, resumed, &request, &err)
                : read_request(cli, &request, &err)))
    status = cli_fail(&err);
  else if (cli_flag(cli, "detach"))
    status = detach(cli, workspace, resumed, &request);
  else
    status = train_here(cli, store, resumed, &request);
  store_close(store);
  return status;
}

#define OPTION_ROW(name, letter, type, operand, fallback, least, most, help) \
  {#name, letter, OPTION_##type, operand, fallback, least, most, help},

static const struct option_row options[] = {
  RUN_OPTIONS(OPTION_ROW)
  {"epochs", 'e', OPTION_INT, "N", NULL, 1, 100000, "at most N epochs in every stage"},
  {"set", 0, OPTION_LIST, "NAME=VALUE", NULL, 0, 0,
   "a setting of the model, as lr=0.01; neggen-train(1) lists them"},
  RUN_PACE(OPTION_ROW)
  {"resume", 0, OPTION_TEXT, "RUN", NULL, 0, 0, "go on with a run that was stopped or killed"},
  {"detach", 'd', OPTION_FLAG, NULL, NULL, 0, 0, "train in the background; print the run's id"},
  {"log", 0, OPTION_FLAG, NULL, NULL, 0, 0, "print to the run's log once training begins"},
  {0},
};

const struct command_row command_train = {
  .name = "train",
  .usage = "WS",
  .help = "train a model on the workspace, with its generated negatives",
  .min_operands = 1,
  .max_operands = 1,
  .options = options,
  .run = run,
  .computes = true,
};
