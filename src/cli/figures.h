/* figures.h - numbers for people
 * SPDX-License-Identifier: MIT */
#ifndef CLI_FIGURES_H
#define CLI_FIGURES_H

#include <stdint.h>

#define FIGURE 32
/* "1,234,567"; returns text. */
const char *figure(int64_t number, char text[FIGURE]);

#endif
