/* table.c - see table.h
 * SPDX-License-Identifier: MIT */
#include "data/table.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

/* SCRATCH: texts made of a row are at most as long as it is, and a separator for each column. */
enum { KEY_MAX = 32, QUOTE_COLUMNS = 40, SCRATCH = LINE_MAX_BYTES + 64 * TABLE_COLUMNS_MAX };

static const char *const type_names[] = {
  [COLUMN_TOKEN] = "token", [COLUMN_TOKEN_SEQ] = "token_seq",
  [COLUMN_FLOAT] = "float", [COLUMN_FLOAT_SEQ] = "float_seq",
};

bool table_refuse(const struct table *table, const struct cell *cell, struct err *err,
                  const char *format, ...)
{
  va_list args;
  va_start(args, format);
  char *message = mem_vprintf(format, args);
  va_end(args);
  lines_refuse(&table->lines, cell->at, err, "%s", message);
  free(message);
  return false;
}

char *cell_quoted(const struct cell *cell)
{
  char *raw = mem_strndup(cell->text ? cell->text : "", cell->size);
  char *clean = utf8_clean(raw, false);
  int used;
  size_t fits = utf8_fit(clean, QUOTE_COLUMNS, &used);
  char *quoted = mem_printf("\"%.*s%s\"", (int)fits, clean, clean[fits] ? "..." : "");
  free(raw);
  free(clean);
  return quoted;
}

char *table_scratch(struct table *table, size_t size)
{
  if (!table->scratch)
    table->scratch = mem_alloc(SCRATCH);
  size_t at = table->scratch_used;
  if (size > SCRATCH - at)
    return NULL;
  table->scratch_used += size;
  return table->scratch + at;
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

int table_add_column(struct table *table, const char *name, size_t size)
{
  struct column column = {.key = key_of(name, size)};
  for (int k = 0; k < table->column_count; k++)
    if (!strcmp(table->columns[k].key, column.key)) {
      free(column.key);
      return -1;
    }
  column.label = mem_strndup(name, size);
  column.name = mem_strndup(name, size);
  VEC_PUSH(table->columns, table->column_count, table->column_room) = column;
  return table->column_count - 1;
}

/* Sets the type and returns the bytes of the name; 0 when the type is none. */
static size_t name_size(const struct dialect *dialect, const struct cell *cell,
                        enum column_type *type)
{
  const char *colon = memchr(cell->text, ':', cell->size);
  *type = COLUMN_UNTYPED;
  if (!colon || !(dialect->has_types || dialect->columns))
    return cell->size;
  size_t name = (size_t)(colon - cell->text);
  for (size_t k = COLUMN_TOKEN; k < COUNT_OF(type_names); k++)
    if (strlen(type_names[k]) == cell->size - name - 1 &&
        !strncmp(type_names[k], colon + 1, cell->size - name - 1)) {
      *type = (enum column_type)k;
      return name;
    }
  return 0;
}

static bool take_column(struct table *table, const struct cell *cell, struct err *err)
{
  enum column_type type;
  size_t size = name_size(table->dialect, cell, &type);
  if (!cell->size || cell->text[0] == ':')
    return table_refuse(table, cell, err, "expected the name of a column");
  if (!size) {
    char *quoted = cell_quoted(cell);
    table_refuse(table, cell, err,
                 "expected token, token_seq, float or float_seq as type, found %s", quoted);
    free(quoted);
    return false;
  }
  int at = table_add_column(table, cell->text, size);
  if (at < 0) {
    char *key = key_of(cell->text, size);
    table_refuse(table, cell, err, "the column %s stands here twice", key);
    free(key);
    return false;
  }
  struct column *column = &table->columns[at];
  column->type = type;
  free(column->label);
  column->label = mem_strndup(cell->text, cell->size);
  return true;
}

/* The columns of a dialect without a header, which has tabs between them. */
static bool take_fixed_columns(struct table *table, struct err *err)
{
  for (const char *p = table->dialect->columns; *p; p += *p == '\t') {
    struct cell cell = {.text = p, .size = strcspn(p, "\t")};
    if (!take_column(table, &cell, err))
      return false;
    p += cell.size;
  }
  return true;
}

static bool take_header(struct table *table, struct err *err)
{
  table->lines.number = 1;
  int step = lines_next(&table->lines, err);
  if (step < 0)
    return false;
  if (!step || table->lines.number != 1)
    return err_set(err, EX_DATAERR, "%s:1:1: expected a header of column names with %s between "
                   "them", table->lines.path,
                   *table->dialect->separator == ',' ? "commas" : "tabs");
  int count = delimited_split(table, TABLE_COLUMNS_MAX, err);
  if (count < 0)
    return false;
  for (int k = 0; k < count; k++)
    if (!take_column(table, &table->raw[k], err))
      return false;
  return true;
}

bool table_open(struct table *table, const char *path, const struct dialect *dialect,
                struct err *err)
{
  *table = (struct table){.dialect = dialect};
  if (!lines_open(&table->lines, path, err))
    return false;
  table->lines.may_be_latin1 = dialect->may_be_latin1;
  bool ok = !dialect->separator ? jsonl_columns(table, err)
            : dialect->columns  ? take_fixed_columns(table, err)
                                : take_header(table, err);
  if (!ok) {
    table_close(table);
    return false;
  }
  table->cells = mem_zero((size_t)table->column_count + 1, sizeof *table->cells);
  table_rewind(table);
  return true;
}

void table_close(struct table *table)
{
  if (!table->dialect)
    return;
  lines_close(&table->lines);
  for (int k = 0; k < table->column_count; k++) {
    free(table->columns[k].label);
    free(table->columns[k].key);
    free(table->columns[k].name);
  }
  free(table->columns);
  free(table->cells);
  free(table->raw);
  free(table->scratch);
  free(table->spans.at);
  buf_free(&table->converted);
  *table = (struct table){0};
}

void table_rewind(struct table *table)
{
  lines_rewind(&table->lines);
  if (!table->dialect->separator || table->dialect->columns)
    return;
  lines_next(&table->lines, NULL); /* the header, which was good */
  table->scratch_used = 0;
  delimited_split(table, TABLE_COLUMNS_MAX, NULL);
}

static bool take_cells(struct table *table, struct err *err)
{
  const struct dialect *dialect = table->dialect;
  int wanted = dialect->raw_columns ? dialect->raw_columns : table->column_count;
  int count = delimited_split(table, wanted, err);
  if (count < 0)
    return false;
  if (count < wanted)
    return lines_refuse(&table->lines, table->lines.size, err, "expected %d columns, found %d",
                        wanted, count);
  if (dialect->reshape)
    return dialect->reshape(table, table->raw, err);
  memcpy(table->cells, table->raw, (size_t)count * sizeof *table->cells);
  return true;
}

int table_next(struct table *table, struct err *err)
{
  int step = lines_next(&table->lines, err);
  if (step <= 0)
    return step;
  table->scratch_used = 0;
  bool ok = table->dialect->separator ? take_cells(table, err) : jsonl_cells(table, err);
  return ok ? 1 : -1;
}
