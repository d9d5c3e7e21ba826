/* info.c - how much is in a workspace
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/commands.h"
#include "cli/figures.h"
#include "store/interaction.h"
#include "store/item.h"

struct facts {
  struct store_counts counts;
  struct round_counts rounds;
  int64_t phases[PHASES], left_out;
  char *split, *seed, *imported, *source, *min_rating, *k_core;
};

static bool gather(struct store *store, struct facts *facts, struct err *err)
{
  struct interactions all;
  *facts = (struct facts){0};
  if (!store_count(store, &facts->counts, err) || !store_count_rounds(store, &facts->rounds, err) ||
      !interactions_load(store, &all, err))
    return false;
  for (int64_t k = 0; k < all.count; k++)
    *(all.phase[k] < 0 ? &facts->left_out : &facts->phases[all.phase[k]]) += 1;
  interactions_free(&all);
  facts->split = store_meta(store, "split");
  facts->seed = store_meta(store, "split_seed");
  facts->imported = store_meta(store, "imported");
  facts->source = store_meta(store, "source");
  facts->min_rating = store_meta(store, "min_rating");
  facts->k_core = store_meta(store, "k_core");
  return true;
}

static void facts_free(struct facts *facts)
{
  free(facts->split);
  free(facts->seed);
  free(facts->imported);
  free(facts->source);
  free(facts->min_rating);
  free(facts->k_core);
}

static void add_rounds(cJSON *json, const struct round_counts *counts)
{
  cJSON *rounds = json_add_object(json, "rounds");
  cJSON *repair = json_add_object(rounds, "repair"), *balance = json_add_object(rounds, "balance");
  json_add_int(repair, "candidates", counts->repaired);
  json_add_int(repair, "valid", counts->repaired_valid);
  json_add_int(balance, "candidates", counts->balanced);
  json_add_int(balance, "better", counts->better);
  json_add_num(balance, "before", counts->before);
  json_add_num(balance, "after", counts->after);
}

static cJSON *facts_json(const char *workspace, const struct facts *facts)
{
  const struct store_counts *counts = &facts->counts;
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "workspace", workspace);
  json_add_int(json, "items", counts->items);
  json_add_int(json, "users", counts->users);
  json_add_int(json, "interactions", counts->interactions);
  json_add_int(json, "pictures", counts->pictures);
  json_add_int(json, "negatives", counts->negatives);
  json_add_int(json, "valid", counts->valid);
  json_add_int(json, "items_with_valid", counts->items_with_valid);
  json_add_int(json, "reviewed", counts->reviewed);
  json_add_int(json, "accepted", counts->accepted);
  json_add_int(json, "rejected", counts->rejected);
  json_add_int(json, "waiting", counts->waiting);
  json_add_int(json, "stale", counts->stale);
  add_rounds(json, &facts->rounds);
  json_add_int(json, "runs", counts->runs);
  cJSON *split = json_add_object(json, "split");
  json_add_str(split, "kind", facts->split ? facts->split : "random");
  json_add_num(split, "seed", facts->seed ? strtod(facts->seed, NULL) : 0);
  json_add_int(split, "train", facts->phases[PHASE_TRAIN]);
  json_add_int(split, "valid", facts->phases[PHASE_VALID]);
  json_add_int(split, "test", facts->phases[PHASE_TEST]);
  json_add_int(split, "left_out", facts->left_out);
  if (facts->min_rating)
    json_add_num(json, "min_rating", strtod(facts->min_rating, NULL));
  if (facts->k_core)
    json_add_num(json, "k_core", strtod(facts->k_core, NULL));
  json_add_str(json, "source", facts->source);
  json_add_str(json, "imported", facts->imported);
  return json;
}

/* "items          1,663   ..." */
static void print_count(const char *what, int64_t count)
{
  char text[FIGURE];
  printf("%-13s%12s", what, figure(count, text));
}

static void print_interactions(const struct facts *facts)
{
  char text[PHASES + 1][FIGURE];
  print_count("interactions", facts->counts.interactions);
  printf("   %s train, %s valid, %s test", figure(facts->phases[PHASE_TRAIN], text[0]),
         figure(facts->phases[PHASE_VALID], text[1]), figure(facts->phases[PHASE_TEST], text[2]));
  if (facts->left_out)
    printf(", %s left out", figure(facts->left_out, text[3]));
  puts("");
  if (!facts->split)
    return;
  printf("%28ssplit: %s", "", facts->split);
  if (!strcmp(facts->split, "random"))
    printf(", seed %s", facts->seed);
  if (facts->min_rating)
    printf("; rating >= %s", facts->min_rating);
  if (facts->k_core && atoi(facts->k_core) > 1)
    printf("; %s-core", facts->k_core);
  puts("");
}

/* What asking a model again was good for. */
static void print_rounds(const struct round_counts *rounds)
{
  char a[FIGURE], b[FIGURE];
  if (rounds->repaired)
    printf("%28srepaired: %s, valid then %s\n", "", figure(rounds->repaired, a),
           figure(rounds->repaired_valid, b));
  if (rounds->balanced)
    printf("%28sbalanced again: %s, better then %s (mean %.2f, before %.2f)\n", "",
           figure(rounds->balanced, a), figure(rounds->better, b), rounds->after, rounds->before);
}

static void print_facts(struct store *store, const struct facts *facts)
{
  const struct store_counts *counts = &facts->counts;
  char a[FIGURE], b[FIGURE], c[FIGURE];
  printf("%s\n", store_dir(store));
  print_count("items", counts->items);
  printf("   %s with a picture\n", figure(counts->pictures, a));
  print_count("users", counts->users);
  puts("");
  print_interactions(facts);
  print_count("negatives", counts->negatives);
  printf("   %s valid, of %s items", figure(counts->valid, a), figure(counts->items_with_valid, b));
  if (counts->stale)
    printf("; %s stale: their items changed", figure(counts->stale, c));
  puts("");
  print_rounds(&facts->rounds);
  print_count("reviewed", counts->reviewed);
  printf("   %s accepted, %s rejected; %s wait\n", figure(counts->accepted, a),
         figure(counts->rejected, b), figure(counts->waiting, c));
  print_count("runs", counts->runs);
  puts("");
  if (facts->imported)
    printf("imported     %s from %s\n", facts->imported, facts->source);
}

static int run(struct cli *cli)
{
  struct err err = {0};
  struct facts facts = {0};
  struct store *store = store_open(cli->operands[0], STORE_READ, &err);
  int status = 0;
  if (!store || !gather(store, &facts, &err))
    status = cli_fail(&err);
  else if (cli->is_json)
    status = cli_print_json(facts_json(cli->operands[0], &facts));
  else
    print_facts(store, &facts);
  facts_free(&facts);
  store_close(store);
  return cli_finish(status);
}

const struct command_row command_info = {
  .name = "info",
  .usage = "WS",
  .help = "count what is in a workspace",
  .min_operands = 1,
  .max_operands = 1,
  .run = run,
};
