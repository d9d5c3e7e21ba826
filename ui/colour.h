/* colour.h - what looks how: roles, never colours, in the views
 *
 * Each role has attributes that carry the meaning without colour, and a colour for
 * terminals that have it. One place asks for colour pairs, and only when there are colours:
 * alloc_pair dies on a terminal without (vt100).
 * SPDX-License-Identifier: MIT */
#ifndef UI_COLOUR_H
#define UI_COLOUR_H

#include <stdbool.h>
#include <stdint.h>

/*  name, attributes, foreground of 8, of 256 */
#define ROLES_OF_COLOUR(_)                        \
  _(NORMAL, A_NORMAL, -1, -1)                     \
  _(HEADER, A_REVERSE, -1, -1)                    \
  _(TITLE, A_BOLD, -1, -1)                        \
  _(GROUP, A_BOLD, COLOR_CYAN, 37)                \
  _(SELECTED, A_REVERSE, -1, -1)                  \
  _(DIM, A_DIM, -1, 245)                          \
  _(HINT, A_BOLD, COLOR_CYAN, 37)                 \
  _(OLD, A_BOLD, COLOR_YELLOW, 178)               \
  _(NEW, A_BOLD | A_UNDERLINE, COLOR_GREEN, 77)   \
  _(GOOD, A_NORMAL, COLOR_GREEN, 71)              \
  _(BAD, A_BOLD, COLOR_RED, 167)                  \
  _(WARN, A_BOLD, COLOR_YELLOW, 178)              \
  _(BAR, A_NORMAL, COLOR_CYAN, 37)                \
  _(CURVE, A_NORMAL, COLOR_CYAN, 45)              \
  _(CURVE2, A_BOLD, COLOR_MAGENTA, 176)

enum role_of_colour {
#define COLOUR_ENUM(name, attributes, eight, many) C_##name,
  ROLES_OF_COLOUR(COLOUR_ENUM)
#undef COLOUR_ENUM
  COLOUR_ROLES
};

/* After the terminal was started; allowed: false with NO_COLOR. */
void colour_start(bool is_allowed);
/* Attributes and pair of a role, for wattr_set. */
void colour_of(enum role_of_colour role, unsigned long *attributes, short *pair);
/* May pictures be drawn in 256 colours? */
bool colour_has_many(void);
/* The pair of two palette indices (-1: the terminal's own); 0 when there is none to be had. */
int colour_pair(int foreground, int background);

#endif
