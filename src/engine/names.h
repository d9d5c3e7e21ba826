/* names.h - is a person's name a woman's or a man's?
 *
 * "Jane Eyre (Brad Pitt)" reads absurd: a person takes the place of one whose first name
 * is of the same gender, as far as a short list of first names tells.
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_NAMES_H
#define ENGINE_NAMES_H

#include <stdbool.h>

enum name_gender { NAME_UNKNOWN, NAME_WOMAN, NAME_MAN };

/* By the first name. */
enum name_gender name_gender(const char *name);
/* May the one stand for the other? Not when they are known to differ. */
bool names_agree(const char *a, const char *b);

#endif
