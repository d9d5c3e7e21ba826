/* delimited.c - a line becomes cells: separators, quotes, escapes
 *
 * Cells are noted by where they stand first and get their texts last, for a cell in quotes
 * may go on over the next lines, and the line moves when they are read.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/table.h"

/* How far a line was split. */
struct split {
  struct table *table;
  const char *separator;
  size_t width; /* of the separator */
  size_t at;    /* where the next cell begins */
};

/* Where the separator stands next, from `at` on, or the end. */
static size_t find_separator(const struct split *split, size_t at)
{
  const struct lines *lines = &split->table->lines;
  const char *p = lines->text + at;
  size_t left = lines->size - at;
  const char *found = split->width == 1 ? memchr(p, split->separator[0], left)
                                        : memmem(p, left, split->separator, split->width);
  return found ? (size_t)(found - lines->text) : lines->size;
}

static bool no_end(struct lines *lines, size_t at, struct err *err)
{
  lines_retract(lines);
  return lines_refuse(lines, at, err, "this quote has no end");
}

/* The cell whose quote opens at split->at; read on over line ends until it closes. */
static bool take_quoted(struct split *split, struct cell *cell, struct err *err)
{
  struct lines *lines = &split->table->lines;
  size_t open = split->at, p = open + 1, doubled = 0;
  for (;;) {
    const char *quote = p < lines->size ? memchr(lines->text + p, '"', lines->size - p) : NULL;
    if (!quote) {
      struct err unread;
      size_t size = lines->next - lines->start;
      int step = lines_extend(lines, &unread);
      if (step < 0 && lines->next - lines->start != size) {
        if (err)
          *err = unread;
        return false;
      }
      if (step <= 0)
        return no_end(lines, open, err);
      continue;
    }
    p = (size_t)(quote - lines->text) + 1;
    if (p == lines->size || lines->text[p] != '"')
      break;
    doubled++;
    p++;
  }
  *cell = (struct cell){.at = open + 1, .size = p - open - 2};
  split->at = p;
  if (p < lines->size && find_separator(split, p) != p)
    return lines_refuse(lines, p, err, "expected \"%s\" or the end of the line after the quote",
                        *split->separator == '\t' ? "a tab" : split->separator);
  if (!doubled)
    return true;
  char *text = table_scratch(split->table, cell->size - doubled);
  size_t used = 0;
  cell->text = text;
  for (size_t k = cell->at; k < cell->at + cell->size; k++) {
    text[used++] = lines->text[k];
    k += lines->text[k] == '"';
  }
  cell->size = used;
  return true;
}

static const char absent[] = ""; /* the text of an absent cell until it is NULL */

/* \t \n \r \\ become what they stand for, \N alone an absent cell. */
static bool take_escapes(struct table *table, struct cell *cell, struct err *err)
{
  static const char names[] = "tnr\\", values[] = "\t\n\r\\";
  const char *raw = table->lines.text + cell->at;
  if (!memchr(raw, '\\', cell->size))
    return true;
  if (cell->size == 2 && raw[1] == 'N') {
    *cell = (struct cell){.text = absent, .at = cell->at};
    return true;
  }
  char *text = table_scratch(table, cell->size);
  size_t used = 0;
  for (size_t k = 0; k < cell->size; k++) {
    const char *name = NULL;
    if (raw[k] == '\\' && k + 1 < cell->size)
      name = strchr(names, raw[k + 1]);
    if (raw[k] == '\\' && !name)
      return lines_refuse(&table->lines, cell->at + k, err,
                          "expected \\t, \\n, \\r or \\\\ here, or \\N as the whole cell");
    text[used++] = name ? values[name - names] : raw[k];
    k += name != NULL;
  }
  cell->text = text;
  cell->size = used;
  return true;
}

static bool take_cell(struct split *split, struct cell *cell, struct err *err)
{
  struct table *table = split->table;
  struct lines *lines = &table->lines;
  if (table->dialect->has_quotes && split->at < lines->size && lines->text[split->at] == '"')
    return take_quoted(split, cell, err);
  size_t end = find_separator(split, split->at);
  *cell = (struct cell){.at = split->at, .size = end - split->at};
  split->at = end;
  return !table->dialect->has_escapes || take_escapes(table, cell, err);
}

int delimited_split(struct table *table, int max, struct err *err)
{
  struct split split = {table, table->dialect->separator, strlen(table->dialect->separator), 0};
  struct lines *lines = &table->lines;
  int count = 0;
  for (bool has_more = true; has_more; count++) {
    if (count == max)
      return lines_refuse(lines, split.at, err, "expected %d columns, found more", max), -1;
    VEC_ROOM(table->raw, count, table->raw_room);
    if (!take_cell(&split, &table->raw[count], err))
      return -1;
    has_more = split.at < lines->size;
    split.at += split.width;
  }
  for (int k = 0; k < count; k++) {
    struct cell *cell = &table->raw[k];
    if (!cell->text)
      cell->text = lines->text + cell->at;
    else if (cell->text == absent)
      cell->text = NULL;
  }
  return count;
}
