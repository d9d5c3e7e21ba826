/* eval_causes.c - see eval_causes.h
 * SPDX-License-Identifier: MIT */
#include "cli/eval_causes.h"

#include <stdio.h>

#include "cli/score.h"
#include "la/gemm.h"
#include "train/causes.h"

static const char *const who[CAUSE_SOURCES] = {
  [CAUSE_MODULE] = "the causal module",
  [CAUSE_BASE] = "the base model",
  [CAUSE_LIFT] = "co-occurrence (lift)",
  [CAUSE_TOLD] = "what histories tell",
  [CAUSE_IDEAL] = "who knows the generator",
  [CAUSE_REACH] = "most that is asked",
};

static cJSON *causes_json(const char *run, const struct causes *causes)
{
  cJSON *object = cJSON_CreateObject(), *auc, *pairs;
  json_add_str(object, "run", run);
  auc = json_add_object(object, "auc");
  for (int s = 0; s < CAUSE_SOURCES; s++) {
    cJSON *one = json_add_object(auc, cause_names[s]);
    for (int rival = 0; rival < RIVALS; rival++)
      json_add_num(one, rival_names[rival], causes->auc[s][rival]);
  }
  pairs = json_add_object(object, "pairs");
  json_add_int(pairs, "liked", causes->liked);
  json_add_int(pairs, "decoys", causes->decoys);
  json_add_int(pairs, "rest", causes->rest);
  json_add_int(pairs, "asked", causes->asked);
  json_add_int(pairs, "liked_asked", causes->liked_asked);
  json_add_int(object, "changes", causes->changes);
  json_add_int(object, "changes_unknown", causes->unknown);
  return object;
}

static void print_causes(const char *run, const struct causes *causes)
{
  char text[SCORE];
  printf("run %s: %lld pairs of a user and an attribute the user likes, against %lld of a decoy and"
         " %lld others\n", run, (long long)causes->liked, (long long)causes->decoys,
         (long long)causes->rest);
  printf("%-24s%9s%9s%9s%9s%9s%9s\n", "AUC of liked attributes", "to all", "decoys", "rest",
         "asked", "text", "image");
  for (int s = 0; s < CAUSE_SOURCES; s++) {
    printf("  %-22s", who[s]);
    for (int rival = 0; rival < RIVALS; rival++)
      printf("%9s", score(causes->auc[s][rival], text));
    putchar('\n');
  }
  printf("asked: %lld pairs (%lld liked) in which a negative of the user's items changed the"
         " attribute;\n%lld changes, %lld of attributes that the file does not know\n",
         (long long)causes->asked, (long long)causes->liked_asked, (long long)causes->changes,
         (long long)causes->unknown);
  if (causes->auc[CAUSE_MODULE][RIVAL_ALL] < causes->auc[CAUSE_LIFT][RIVAL_ALL])
    puts("the module tells less than co-occurrence does; neggen-eval(1) says why");
}

int eval_causes(struct cli *cli, const char *truth)
{
  struct err err = {0};
  struct causes causes;
  struct store *store = store_open(cli->operands[0], STORE_READ, &err);
  if (!store)
    return cli_fail(&err);
  bool ok = la_start(&err) && causes_measure(store, cli->operands[1], truth, &causes, &err);
  store_close(store);
  if (!ok)
    return cli_fail(&err);
  if (cli->is_json)
    return cli_print_json(causes_json(cli->operands[1], &causes));
  print_causes(cli->operands[1], &causes);
  return cli_finish(0);
}
