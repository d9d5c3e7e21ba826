/* runs.c - the training runs of a workspace
 * SPDX-License-Identifier: MIT */
#include "train/run.h"

#include <math.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/score.h"
#include "store/store.h"

static cJSON *run_json(const struct run *run)
{
  cJSON *object = cJSON_CreateObject();
  json_add_str(object, "run", run->id);
  json_add_str(object, "state", job_state_names[run->state]);
  json_add_str(object, "model", run->model);
  json_add_str(object, "sampler", run->sampler);
  json_add_int(object, "seed", (int64_t)run->seed);
  json_add_int(object, "epochs", run->epochs);
  json_add_int(object, "best_epoch", run->best_epoch);
  json_add_num(object, "valid_recall@20", run->best_valid);
  json_add_num(object, "test_recall@20", run->test[0]);
  json_add_num(object, "test_recall@20_train_mask", run->test[1]);
  json_add_num(object, "seconds", json_num(run->end, "seconds", NAN));
  json_add_str(object, "error", run->error);
  return object;
}

static void print_runs(const struct run *runs, int count)
{
  char valid[SCORE], test[SCORE];
  if (count)
    printf("%4s  %-9s %-9s %-9s %6s %6s %6s %8s %8s\n", "run", "state", "model", "sampler", "seed",
           "epochs", "best", "valid", "test");
  for (int k = 0; k < count; k++) {
    const struct run *run = &runs[k];
    printf("%4s  %-9s %-9s %-9s %6llu %6lld %6lld %8s %8s\n", run->id,
           job_state_names[run->state], run->model ? run->model : "?",
           run->sampler ? run->sampler : "?", (unsigned long long)run->seed,
           (long long)run->epochs, (long long)run->best_epoch, score(run->best_valid, valid),
           score(run->test[0], test));
  }
}

static int run(struct cli *cli)
{
  struct err err = {0};
  struct store *store = store_open(cli->operands[0], STORE_READ, &err);
  if (!store)
    return cli_fail(&err);
  int count;
  struct run *runs = runs_load(store_dir(store), &count);
  store_close(store);
  int status = 0;
  if (cli->is_json) {
    cJSON *object = cJSON_CreateObject(), *list = json_add_array(object, "runs");
    for (int k = 0; k < count; k++)
      cJSON_AddItemToArray(list, run_json(&runs[k]));
    status = cli_print_json(object);
  } else {
    print_runs(runs, count);
  }
  runs_free(runs, count);
  return cli_finish(status);
}

static const struct option_row options[] = {{0}};

const struct command_row command_runs = {
  .name = "runs",
  .usage = "WS",
  .help = "list the training runs: state, best epoch, Recall@20 on validation and test",
  .min_operands = 1,
  .max_operands = 1,
  .options = options,
  .run = run,
};
