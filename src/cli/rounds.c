/* rounds.c - see rounds.h
 * SPDX-License-Identifier: MIT */
#include "cli/rounds.h"

#include <math.h>
#include <stdio.h>

void rounds_read(struct cli *cli, struct gen_options *options)
{
  options->repairs = (int)cli_int(cli, "repairs");
  options->balance_rounds = (int)cli_int(cli, "balance-rounds");
}

/* What a balance round that helped gained, in the mean; NAN when none did. */
static double mean_gain(const struct gen_rounds *rounds)
{
  return rounds->balanced ? rounds->gained / (double)rounds->balanced : NAN;
}

void rounds_print(const struct bulk_totals *totals)
{
  const struct gen_rounds *rounds = &totals->rounds;
  if (rounds->repairs)
    printf("repair rounds: %lld asked, %lld helped; valid without them %lld, with them %lld\n",
           (long long)rounds->repairs, (long long)rounds->repaired,
           (long long)(totals->valid - totals->valid_repaired), (long long)totals->valid);
  if (rounds->balances)
    printf("balance rounds: %lld asked, %lld helped", (long long)rounds->balances,
           (long long)rounds->balanced);
  if (rounds->balanced)
    printf(", by %.2f in the mean", mean_gain(rounds));
  if (rounds->balances)
    puts("");
}

void rounds_json(cJSON *json, const struct bulk_totals *totals)
{
  cJSON *rounds = json_add_object(json, "rounds");
  cJSON *repair = json_add_object(rounds, "repair"), *balance = json_add_object(rounds, "balance");
  json_add_int(repair, "asked", totals->rounds.repairs);
  json_add_int(repair, "helped", totals->rounds.repaired);
  json_add_int(repair, "valid_without", totals->valid - totals->valid_repaired);
  json_add_int(balance, "asked", totals->rounds.balances);
  json_add_int(balance, "helped", totals->rounds.balanced);
  json_add_num(balance, "gain", mean_gain(&totals->rounds));
}
