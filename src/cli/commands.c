/* commands.c - the table of commands
 * SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "cli/commands.h"

#define COMMAND_ENTRY(name) &command_##name,

const struct command_row *const cli_commands[] = {CLI_COMMANDS(COMMAND_ENTRY) NULL};
