/* text.h - text into cells: clipped, padded, wrapped, highlighted
 *
 * What comes from outside was cleaned when it arrived (utf8_clean); here it is only
 * measured. In a locale that is not UTF-8 what is not ASCII becomes "?".
 * SPDX-License-Identifier: MIT */
#ifndef UI_TEXT_H
#define UI_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "colour.h"
#include "text/mention.h"

void text_start(void); /* looks at the locale once */
bool text_is_unicode(void);

/* Write at (row, column) at most `width` columns, pad with blanks to `width` when is_padded. Returns the columns
 * used. An ellipsis marks what was cut. */
int put(int row, int column, int width, enum role_of_colour role, const char *text, bool is_padded);
int put_format(int row, int column, int width, enum role_of_colour role, const char *format, ...)
  __attribute__((format(printf, 5, 6)));
/* The same text aligned to the right of its width. */
void put_right(int row, int column, int width, enum role_of_colour role, const char *text);
void put_line(int row, int column, int width, char ascii, const char *unicode);

/* A text laid out in lines of at most `width` columns, with brackets around its spans. */
struct layout {
  struct piece {
    int line, column;
    char *text;
    bool is_marked;
  } *pieces;
  int piece_count, piece_room;
  int line_count; /* at least 1 */
};
struct layout layout_make(const char *text, const struct span *marks, size_t mark_count, int width);
void layout_free(struct layout *layout);
/* Draw lines [first, first + rows) of it. */
void layout_draw(const struct layout *layout, int row, int column, int first, int rows,
                 enum role_of_colour plain, enum role_of_colour marked);

/* "#####....." of `width` for a share in [0, 1]. */
void put_bar(int row, int column, int width, double share, enum role_of_colour role);
/* 1234567 as "1,234,567". The buffer holds 32 bytes. */
const char *thousands(long long value, char buffer[32]);

#endif
