/* colour.c - see colour.h
 * SPDX-License-Identifier: MIT */
#include "colour.h"

#include <curses.h>

static const struct {
  attr_t attributes;
  short eight, many;
} roles[COLOUR_ROLES] = {
#define COLOUR_ROW(name, attributes, eight, many) {attributes, eight, many},
  ROLES_OF_COLOUR(COLOUR_ROW)
};

static bool has_colour, has_many;

void colour_start(bool is_allowed)
{
  has_colour = is_allowed && has_colors();
  has_many = false;
  if (!has_colour)
    return;
  start_color();
  use_default_colors();
  has_many = COLORS >= 256 && COLOR_PAIRS >= 256;
  for (short k = 1; k < COLOUR_ROLES && k < COLOR_PAIRS; k++)
    init_pair(k, has_many ? roles[k].many : roles[k].eight, -1);
}

void colour_of(enum role_of_colour role, unsigned long *attributes, short *pair)
{
  *attributes = roles[role].attributes;
  bool is_coloured = has_colour && (int)role < COLOR_PAIRS && roles[role].eight >= -1;
  *pair = (short)(is_coloured ? role : 0);
  if (is_coloured && role == C_DIM && has_many)
    *attributes = A_NORMAL; /* a grey of its own instead of what a terminal takes for dim */
}

bool colour_has_many(void) { return has_many; }

int colour_pair(int foreground, int background)
{
  if (!has_colour)
    return 0;
  int pair = alloc_pair(foreground, background);
  return pair > 0 ? pair : 0;
}
