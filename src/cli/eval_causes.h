/* eval_causes.h - eval --causes: what was planted in made-up users, found again or not
 * SPDX-License-Identifier: MIT */
#ifndef CLI_EVAL_CAUSES_H
#define CLI_EVAL_CAUSES_H

#include "cli/cli.h"

/* The whole of `eval WS RUN --causes FILE`; the exit status. */
int eval_causes(struct cli *cli, const char *truth);

#endif
