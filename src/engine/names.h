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
/* May the new name stand for the old one? For a woman's only one that is known to be a woman's, as for a
 * man's: texts say "she" and "his wife". */
bool names_agree(const char *old, const char *new_name);

#endif
