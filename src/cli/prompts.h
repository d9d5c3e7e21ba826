/* prompts.h - what the files of `neggen prompts` share
 * SPDX-License-Identifier: MIT */
#ifndef CLI_PROMPTS_H
#define CLI_PROMPTS_H

#include "cli/cli.h"

/* `prompts render|try WS TEMPLATE ITEM`: operands begin with WS. The exit status. */
int prompts_on_item(struct cli *cli, bool is_try, char *const *operands);

/* `prompts lint [WS] [TEMPLATE...]`: count operands. The exit status. */
int prompts_lint(struct cli *cli, char *const *operands, int count);

#endif
