/* table.c - see table.h
 * SPDX-License-Identifier: MIT */
#include "data/table.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"

enum { KEY_MAX = 32, QUOTE_COLUMNS = 40 };

static const char *const type_names[] = {
  [COLUMN_TOKEN] = "token", [COLUMN_TOKEN_SEQ] = "token_seq",
  [COLUMN_FLOAT] = "float", [COLUMN_FLOAT_SEQ] = "float_seq",
};

static bool refuse_at(const struct table *table, size_t column, struct err *err,
                      const char *message)
{
  return err_set(err, EX_DATAERR, "%s:%lld:%zu: %s", table->path, (long long)table->line, column,
                 message);
}

bool table_refuse(const struct table *table, const struct cell *cell, struct err *err,
                  const char *format, ...)
{
  va_list args;
  char *message;
  va_start(args, format);
  int length = vasprintf(&message, format, args);
  va_end(args);
  if (length < 0)
    return err_set(err, EX_OSERR, "out of memory");
  const char *start = cell->text;
  while (start > table->data && start[-1] != '\n')
    start--;
  size_t column = (size_t)(cell->text - start) + 1;
  if (table->line == 1 && start == table->data && !strncmp(start, "\xef\xbb\xbf", 3))
    column -= 3;
  refuse_at(table, column, err, message);
  free(message);
  return false;
}

char *cell_quoted(const struct cell *cell)
{
  char *raw = mem_strndup(cell->text, cell->size), *clean = utf8_clean(raw, false);
  int used;
  size_t fits = utf8_fit(clean, QUOTE_COLUMNS, &used);
  char *quoted = mem_printf("\"%.*s%s\"", (int)fits, clean, clean[fits] ? "..." : "");
  free(raw);
  free(clean);
  return quoted;
}

/* The bytes of the line at `start`; *next gets where the one behind it begins. */
static size_t line_size(const struct table *table, size_t start, size_t *next)
{
  const char *p = table->data + start, *end = memchr(p, '\n', table->size - start);
  size_t size = end ? (size_t)(end - p) : table->size - start;
  *next = start + size + (end != NULL);
  return size && p[size - 1] == '\r' ? size - 1 : size;
}

static bool check_line(const struct table *table, const char *line, size_t size, struct err *err)
{
  char message[100];
  if (size > TABLE_LINE_MAX) {
    snprintf(message, sizeof message, "this line is longer than %d bytes", TABLE_LINE_MAX);
    return refuse_at(table, TABLE_LINE_MAX + 1, err, message);
  }
  const char *zero = memchr(line, '\0', size);
  if (zero)
    return refuse_at(table, (size_t)(zero - line) + 1, err, "expected text, found a NUL byte");
  size_t valid = utf8_valid_size(line, size);
  if (valid == size)
    return true;
  snprintf(message, sizeof message, "expected UTF-8, found the byte 0x%02x",
           (unsigned)(unsigned char)line[valid]);
  return refuse_at(table, valid + 1, err, message);
}

/* "Release-Year" becomes release_year; what begins with no letter gets one. */
static char *key_of(const char *name, size_t size)
{
  struct buf key = {0};
  if (!size || !isalpha((unsigned char)name[0]))
    buf_str(&key, "f_");
  for (size_t k = 0; k < size && key.size < KEY_MAX; k++) {
    unsigned char c = (unsigned char)name[k];
    buf_char(&key, isalnum(c) && c < 0x80 ? (char)tolower(c) : '_');
  }
  return buf_take(&key);
}

static bool take_column(struct table *table, const struct cell *cell, int at, struct err *err)
{
  struct column *column = &table->columns[table->column_count];
  const char *colon = memchr(cell->text, ':', cell->size);
  size_t name = colon ? (size_t)(colon - cell->text) : cell->size;
  *column = (struct column){.at = at};
  for (size_t type = COLUMN_TOKEN; colon && type < COUNT_OF(type_names); type++)
    if (strlen(type_names[type]) == cell->size - name - 1 &&
        !strncmp(type_names[type], colon + 1, cell->size - name - 1))
      column->type = (enum column_type)type;
  if (!name)
    return table_refuse(table, cell, err, "expected the name of a column");
  if (colon && !column->type) {
    char *quoted = cell_quoted(cell);
    table_refuse(table, cell, err,
                 "expected token, token_seq, float or float_seq as type, found %s", quoted);
    free(quoted);
    return false;
  }
  column->label = mem_strndup(cell->text, cell->size);
  column->key = key_of(cell->text, name);
  table->column_count++;
  for (int k = 0; k < table->column_count - 1; k++)
    if (!strcmp(table->columns[k].key, column->key))
      return table_refuse(table, cell, err, "the column %s stands here twice", column->key);
  return true;
}

static bool read_header(struct table *table, struct err *err)
{
  size_t start = table->size >= 3 && !memcmp(table->data, "\xef\xbb\xbf", 3) ? 3 : 0, next;
  table->line = 1;
  size_t size = line_size(table, start, &next);
  const char *line = table->data + start, *end = line + size;
  if (!size)
    return refuse_at(table, 1, err, "expected a header of column names with tabs between them");
  if (!check_line(table, line, size, err))
    return false;
  int tabs = 0;
  for (size_t k = 0; k < size; k++)
    tabs += line[k] == '\t';
  table->columns = mem_zero((size_t)tabs + 1, sizeof *table->columns);
  table->cells = mem_zero((size_t)tabs + 1, sizeof *table->cells);
  for (const char *p = line; p <= end;) {
    const char *tab = memchr(p, '\t', (size_t)(end - p));
    struct cell cell = {p, (size_t)((tab ? tab : end) - p)};
    if (!take_column(table, &cell, (int)(p - line) + 1, err))
      return false;
    p += cell.size + 1;
  }
  table->body = next;
  table_rewind(table);
  return true;
}

bool table_open(struct table *table, const char *path, struct err *err)
{
  *table = (struct table){.path = mem_strdup(path)};
  table->data = path_read(path, (size_t)1 << 36, &table->size, err);
  if (table->data && read_header(table, err))
    return true;
  table_close(table);
  return false;
}

void table_close(struct table *table)
{
  for (int k = 0; k < table->column_count; k++) {
    free(table->columns[k].label);
    free(table->columns[k].key);
  }
  free(table->columns);
  free(table->cells);
  free(table->data);
  free(table->path);
  *table = (struct table){0};
}

void table_rewind(struct table *table)
{
  table->next = table->body;
  table->line = 1;
}

static bool split_line(struct table *table, const char *line, size_t size, struct err *err)
{
  const char *p = line, *end = line + size;
  char message[100];
  int count = 0;
  for (; p <= end; count++) {
    const char *tab = memchr(p, '\t', (size_t)(end - p));
    size_t width = (size_t)((tab ? tab : end) - p);
    if (count == table->column_count) {
      snprintf(message, sizeof message, "expected %d columns, found more", table->column_count);
      return refuse_at(table, (size_t)(p - line) + 1, err, message);
    }
    table->cells[count] = (struct cell){p, width};
    p += width + 1;
  }
  if (count == table->column_count)
    return true;
  snprintf(message, sizeof message, "expected %d columns, found %d", table->column_count, count);
  return refuse_at(table, size + 1, err, message);
}

int table_next(struct table *table, struct err *err)
{
  while (table->next < table->size) {
    const char *line = table->data + table->next;
    size_t size = line_size(table, table->next, &table->next);
    table->line++;
    if (size)
      return check_line(table, line, size, err) && split_line(table, line, size, err) ? 1 : -1;
  }
  return 0;
}
