/* settings.h - defaults from a file: a section a command, a key an option (inih)
 *
 *   [global]
 *   curator = Ada
 *   [generate]
 *   backend = openai
 *   api-base = http://127.0.0.1:8080
 *   [price my-model]
 *   input = 0.15
 *
 * What is said on the command line wins. The file is --config FILE, else
 * $XDG_CONFIG_HOME/neggen/config, else ~/.config/neggen/config; only the first must exist.
 * SPDX-License-Identifier: MIT */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include <stdbool.h>

#include "base/err.h"

/* Called for each setting; false stops with that line number. */
typedef bool settings_row(void *user, const char *section, const char *key, const char *value,
                            struct err *err);

/* Read the file and hand over its settings. EX_CONFIG with FILE:LINE when it cannot be used. */
bool settings_read(const char *file, settings_row *setting, void *user, struct err *err);

#endif
