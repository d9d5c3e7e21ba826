/* columns.h - text in columns of a fixed width, by what a terminal shows of it
 * SPDX-License-Identifier: MIT */
#ifndef CLI_COLUMNS_H
#define CLI_COLUMNS_H

#include "base/buf.h"

/* Add text to a line, cleaned, cut with ".." or filled with blanks to exactly `width` columns. */
void column_add(struct buf *line, const char *text, int width);
/* Add as much of clean *text as fits into a line of `width` columns, broken at a blank where there
 * is one, filled with blanks; *text moves on behind it, to "" at the end. */
void column_wrap(struct buf *line, const char **text, int width);
/* Print a line without the blanks at its end, and empty it. */
void column_end(struct buf *line);

#endif
