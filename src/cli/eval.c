/* eval.c - measure a trained run again
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/eval_causes.h"
#include "cli/score.h"
#include "la/gemm.h"
#include "train/train.h"

static void print_metrics(const struct metrics *metrics)
{
  char text[SCORE];
  for (int m = 0; m < METRICS; m++) {
    printf("  %-12s", metric_names[m]);
    for (int c = 0; c < CUTS; c++)
      printf("%8s", score(metrics->value[c][m], text));
    puts("");
  }
}

static void print_report(const struct evaluation *evaluation, enum phase phase)
{
  printf("%lld users\n", (long long)evaluation->users);
  for (int mask = 0; mask < MASKS; mask++) {
    if (phase == PHASE_VALID && mask != MASK_TRAIN)
      continue;
    printf("%s masked\n  %-12s", mask_names[mask], "");
    for (int c = 0; c < CUTS; c++)
      printf("     @%-2d", metric_cuts[c]);
    puts("");
    print_metrics(&evaluation->by_mask[mask]);
  }
}

static cJSON *report_json(const char *run, const char *split, const struct evaluation *evaluation,
                          enum phase phase)
{
  cJSON *object = cJSON_CreateObject(), *masks = NULL;
  json_add_str(object, "run", run);
  json_add_str(object, "split", split);
  if (phase == PHASE_TEST) {
    cJSON_AddItemToObject(object, "masks", evaluation_json(evaluation, phase));
  } else {
    masks = json_add_object(object, "masks");
    cJSON_AddItemToObject(masks, mask_names[MASK_TRAIN], evaluation_json(evaluation, phase));
  }
  json_add_int(object, "users", evaluation->users);
  return object;
}

static int run(struct cli *cli)
{
  if (cli_text(cli, "causes"))
    return eval_causes(cli, cli_text(cli, "causes"));
  struct err err = {0};
  struct run_model model;
  struct evaluation evaluation;
  const char *split = cli_text(cli, "split");
  enum phase phase = strcmp(split, "valid") ? PHASE_TEST : PHASE_VALID;
  struct store *store = store_open(cli->operands[0], STORE_READ, &err);
  if (!store)
    return cli_fail(&err);
  bool ok = la_start(&err) && run_model_load(store, cli->operands[1], &model, &err);
  if (ok) {
    ok = evaluate(&model.data, &model.embedding, phase, &evaluation, &err);
    run_model_free(&model);
  }
  store_close(store);
  if (!ok)
    return cli_fail(&err);
  if (cli->is_json)
    return cli_print_json(report_json(cli->operands[1], split, &evaluation, phase));
  print_report(&evaluation, phase);
  return cli_finish(0);
}

static const struct option_row options[] = {
  {"split", 0, OPTION_CHOICE, "test|valid", "test", 0, 0, "which held-out items to find again"},
  {"causes", 0, OPTION_TEXT, "FILE", NULL, 0, 0,
   "instead: what FILE says was planted in the users, and whether the run's module finds it"},
  {0},
};

const struct command_row command_eval = {
  .name = "eval",
  .usage = "WS RUN",
  .help = "rank all items for every user by a trained run, and measure",
  .min_operands = 2,
  .max_operands = 2,
  .options = options,
  .run = run,
  .computes = true,
};
