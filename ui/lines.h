/* lines.h - a text as lines of a pane: wrapped, with what is marked in brackets
 *
 * Unlike a layout (text.h) it keeps the blanks that a line begins with, and knows where each line
 * stands in its text, so that a caret can point into it.
 * SPDX-License-Identifier: MIT */
#ifndef UI_LINES_H
#define UI_LINES_H

#include "text.h"

struct line {
  char *text;
  size_t start;       /* byte of the text that it was wrapped from, brackets counted */
  struct span *marks; /* within the line */
  size_t mark_count;
  enum role_of_colour plain, marked;
};

struct lines {
  struct line *at;
  int count, room;
};

/* Add a text that was cleaned (utf8_clean), its lines kept. marks: in order, NULL for none. */
void lines_add(struct lines *lines, const char *text, const struct span *marks, size_t mark_count,
               int width, enum role_of_colour plain, enum role_of_colour marked);
void lines_format(struct lines *lines, int width, enum role_of_colour role, const char *format, ...)
  __attribute__((format(printf, 4, 5)));
/* Below the line that byte `at` of a text is on, whose lines begin at index `first`: a caret, and what is to be
 * said. */
void lines_point(struct lines *lines, int first, size_t at, int width, const char *what);
void lines_pad(struct lines *lines, int count); /* with empty lines, up to this many */
void lines_draw(const struct lines *lines, int row, int column, int rows, int width, int first);
void lines_free(struct lines *lines);

#endif
