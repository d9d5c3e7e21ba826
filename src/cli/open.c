/* open.c - the interface on a workspace
 * SPDX-License-Identifier: MIT */
#include "cli/commands.h"
#include "cli/server.h"

static int run(struct cli *cli) { return cli->front->open(cli); }

static const struct option_row options[] = {
  {"script", 0, OPTION_TEXT, "FILE", NULL, 0, 0, "play keys and :commands from FILE without a terminal"},
  {"size", 0, OPTION_TEXT, "COLUMNSxROWS", "80x24", 0, 0, "the screen of a script"},
  SERVER_OPTIONS,
  {0},
};

const struct command_row command_open = {
  .name = "open",
  .usage = "[WS]",
  .help = "browse, generate, decide and train in the terminal (the default command)",
  .max_operands = 1,
  .options = options,
  .run = run,
};
