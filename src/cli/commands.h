/* commands.h - the table of commands: one row and one file each, in the order of help
 * SPDX-License-Identifier: MIT */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/cli.h"

#define CLI_COMMANDS(_) \
  _(open) \
  _(import) \
  _(export) \
  _(generate) \
  _(batch) \
  _(prompts) \
  _(info) \
  _(list) \
  _(show) \
  _(doctor) \
  _(bench) \
  _(embed) \
  _(train) \
  _(eval) \
  _(runs) \
  _(recommend) \
  _(completion) \
  _(help)

#define COMMAND_DECLARE(name) extern const struct command_row command_##name;
CLI_COMMANDS(COMMAND_DECLARE)

#endif
