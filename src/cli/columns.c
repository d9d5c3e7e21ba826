/* columns.c - see columns.h
 * SPDX-License-Identifier: MIT */
#include "cli/columns.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

void column_add(struct buf *line, const char *text, int width)
{
  char *clean = utf8_clean(text, false);
  int used;
  size_t fits = utf8_fit(clean, width, &used);
  bool is_cut = clean[fits] != '\0';
  if (is_cut)
    fits = utf8_fit(clean, width - 2, &used);
  buf_printf(line, "%.*s%s%*s", (int)fits, clean, is_cut ? ".." : "",
             width - used - (is_cut ? 2 : 0), "");
  free(clean);
}

void column_wrap(struct buf *line, const char **text, int width)
{
  const char *start = *text;
  int used;
  size_t end = utf8_fit(start, width, &used);
  if (start[end] && start[end] != ' ') {
    size_t blank = end;
    while (blank > 0 && start[blank - 1] != ' ')
      blank--;
    end = blank ? blank : end ? end : strlen(start); /* a long word; or nothing fits at all */
  }
  *text = start + end;
  *text += strspn(*text, " ");
  while (end > 0 && start[end - 1] == ' ')
    end--;
  size_t before = line->size;
  buf_add(line, start, end);
  used = utf8_width(line->data + before);
  buf_printf(line, "%*s", used < width ? width - used : 0, "");
}

void column_end(struct buf *line)
{
  while (line->size && line->data[line->size - 1] == ' ')
    line->data[--line->size] = '\0';
  puts(line->data ? line->data : "");
  buf_clear(line);
}
