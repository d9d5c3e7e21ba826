/* rounds.h - the options that say how often a model is asked again, and what came of it
 * SPDX-License-Identifier: MIT */
#ifndef CLI_ROUNDS_H
#define CLI_ROUNDS_H

#include "cli/cli.h"
#include "gen/bulk.h"

/* Rows for a command's table of options. */
#define ROUND_OPTIONS                                                                           \
  {"repairs", 0, OPTION_INT, "N", "1", 0, 5,                                                    \
   "of each template, ask a model again N times at most, told what was wrong with its reply"},  \
  {"balance-rounds", 0, OPTION_INT, "N", "0", 0, 5,                                             \
   "ask a model N times at most for a better balance, told how far each modality moved"}

void rounds_read(struct cli *cli, struct gen_options *options);
/* Lines for people, none when no model was asked again. */
void rounds_print(const struct bulk_totals *totals);
/* "rounds":{"repair":{...},"balance":{...}} */
void rounds_json(cJSON *json, const struct bulk_totals *totals);

#endif
