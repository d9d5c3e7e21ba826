/* spending.h - budget and prices of a command, and how its spending is told
 * SPDX-License-Identifier: MIT */
#ifndef CLI_SPENDING_H
#define CLI_SPENDING_H

#include "cli/server.h"

/* A row for a command's table of options. */
#define SPENDING_OPTIONS                                                                        \
  {"budget", 0, OPTION_TEXT, "tokens=N,requests=N,cost=X", NULL, 0, 0,                          \
   "stop before this much is asked of a server (cost: by [price MODEL] of the configuration)"}

/* --budget, and the prices of the server's model. EX_USAGE; EX_CONFIG when a cost is limited that nobody knows. */
bool spending_read(struct cli *cli, const struct server *server, struct account *account,
                   struct err *err);
/* "3 cached, 12,345 tokens, cost 0.12, 2 rate limit": what is not zero. The caller frees. */
char *spending_text(const struct account *account);
/* "tokens_in", "tokens_out", "cost" (null without prices), "retries", "reused", "errors": {kind: number} */
void spending_json(cJSON *json, const struct account *account);

#endif
