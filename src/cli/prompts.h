/* prompts.h - what the files of `neggen prompts` share
 * SPDX-License-Identifier: MIT */
#ifndef CLI_PROMPTS_H
#define CLI_PROMPTS_H

#include "cli/cli.h"
#include "store/store.h"

/* `prompts render|try WS TEMPLATE ITEM`: operands begin with WS. The exit status. */
int prompts_on_item(struct cli *cli, bool is_try, char *const *operands);
/* `prompts compare WS TEMPLATE|ID`. */
int prompts_compare(struct cli *cli, char *const *operands);
/* Print what a comparison of this template came to, as far as it is. The exit status. */
int prompts_result(struct cli *cli, struct store *store, int64_t id, int index, bool is_offline);
/* The same of one that was run: the job of this number. */
int prompts_former(struct cli *cli, const char *workspace, const char *id);

/* `prompts lint [WS] [TEMPLATE...]`: count operands. The exit status. */
int prompts_lint(struct cli *cli, char *const *operands, int count);

#endif
