/* jsonl.c - an object a line becomes cells; the keys of all objects are the columns
 *
 * A cell is text: of a string what it means, of a number its digits as written (an id may
 * be larger than any number of ours), of an array its entries, also those of arrays in it,
 * with commas between them, or with blanks where they are sentences; an object stays JSON.
 * null is as good as no value.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/format.h"

enum { PROSE_WORDS = 4, TWINS_LOOKED_FOR = 256 };

static const struct dialect jsonl = {.separator = NULL};

static const struct dialect *takes(const struct sample *sample)
{
  size_t k = 0;
  while (k < sample->size && strchr(" \t\r\n", sample->head[k]) && sample->head[k])
    k++;
  return k < sample->size && sample->head[k] == '{' ? &jsonl : NULL;
}

/* The members of the object that the line read last is. */
static bool take_members(struct table *table, struct err *err)
{
  struct lines *lines = &table->lines;
  size_t blank = 0;
  if (is_python_dict(lines->text, lines->size)) {
    python_to_json(lines->text, lines->size, &table->converted);
    lines->text = table->converted.data;
    lines->size = table->converted.size;
  }
  while (blank < lines->size && strchr(" \t", lines->text[blank]))
    blank++;
  if (blank == lines->size || lines->text[blank] != '{')
    return lines_refuse(lines, blank, err, "expected a JSON object, a line each");
  return json_children(lines->text, lines->size, lines->path, lines->number, &table->spans, err);
}

/* The column of a key; most objects have their keys in the same order. */
static int find_column(const struct table *table, const struct json_span *span, int likely)
{
  for (int k = 0; k < table->column_count; k++) {
    int at = (likely + k) % table->column_count;
    const char *name = table->columns[at].name;
    if (!strncmp(name, span->key, span->key_size) && !name[span->key_size])
      return at;
  }
  return -1;
}

static int count_words(const struct json_span *span)
{
  int words = 0;
  for (size_t k = 0; k < span->size; k++)
    words += span->text[k] != ' ' && (k == 0 || span->text[k - 1] == ' ');
  return words;
}

/* What is in the values of a column: it decides how an array becomes text. */
static void look_at_value(struct column *column, const struct json_span *value)
{
  struct json_spans entries = {0};
  if (value->text[0] == '{') {
    column->is_nested = true;
  } else if (value->text[0] == '[' && !column->is_nested &&
             json_children(value->text, value->size, "", 1, &entries, NULL)) {
    for (size_t k = 0; k < entries.count; k++) {
      bool is_inner = strchr("[{", entries.at[k].text[0]);
      column->entries += !is_inner;
      column->entry_words += is_inner ? 0 : count_words(&entries.at[k]);
      if (is_inner)
        look_at_value(column, &entries.at[k]);
    }
  }
  free(entries.at);
}

static bool take_keys(struct table *table, struct err *err)
{
  for (size_t k = 0; k < table->spans.count; k++) {
    const struct json_span *span = &table->spans.at[k];
    size_t at = (size_t)(span->key - table->lines.text);
    int column = find_column(table, span, (int)k);
    if (column < 0 && table->column_count == TABLE_COLUMNS_MAX)
      return lines_refuse(&table->lines, at, err, "more than %d different keys",
                          TABLE_COLUMNS_MAX);
    if (column < 0)
      column = table_add_column(table, span->key, span->key_size);
    if (column < 0)
      return lines_refuse(&table->lines, at, err,
                          "this key is told apart from another one only by case or signs");
    look_at_value(&table->columns[column], span);
  }
  return true;
}

bool jsonl_columns(struct table *table, struct err *err)
{
  struct err bad = {0}, first = {0};
  int step;
  while ((step = lines_next(&table->lines, &bad)) != 0) {
    bool ok = step > 0 && take_members(table, &bad);
    if (ok && !take_keys(table, err))
      return false;
    if (!ok && !first.code)
      first = bad; /* bad lines are told when the rows are read; unless there is no good one */
  }
  if (table->column_count)
    return true;
  if (!first.code)
    return err_set(err, EX_DATAERR, "%s:1:1: expected a JSON object a line, found none",
                   table->lines.path);
  return err_set(err, first.code, "%s", first.text);
}

/* An array on its way to be text. */
struct list {
  char *text;
  size_t size;
  char between;
  int count;
};

/* Is the entry behind `last` in the list before it already? */
static bool is_twin(const struct list *list, size_t last)
{
  const char *p = list->text, *entry = list->text + last;
  size_t size = list->size - last;
  while (p < entry) {
    const char *stop = memchr(p, list->between, (size_t)(entry - p));
    if ((size_t)(stop - p) == size && !memcmp(p, entry, size))
      return true;
    p = stop + 1;
  }
  return false;
}

static void add_entry(struct list *list, const struct json_span *entry)
{
  size_t before = list->size, start = before + (before > 0);
  if (before)
    list->text[before] = list->between;
  if (entry->text[0] == '"') {
    list->size = start + json_unquoted(entry->text + 1, entry->size - 2, list->text + start);
  } else {
    memcpy(list->text + start, entry->text, entry->size);
    list->size = start + entry->size;
  }
  for (size_t k = start; k < list->size && list->between == ','; k++)
    if (list->text[k] == ',')
      list->text[k] = ';'; /* a comma ends an entry */
  bool is_small = list->between == ',' && list->count < TWINS_LOOKED_FOR;
  if (list->size == start || (is_small && is_twin(list, start)))
    list->size = before;
  else
    list->count++;
}

static void add_entries(struct list *list, const struct json_span *array)
{
  struct json_spans entries = {0};
  if (json_children(array->text, array->size, "", 1, &entries, NULL))
    for (size_t k = 0; k < entries.count; k++) {
      if (entries.at[k].text[0] == '[')
        add_entries(list, &entries.at[k]);
      else if (entries.at[k].text[0] != 'n') /* null */
        add_entry(list, &entries.at[k]);
    }
  free(entries.at);
}

static void fill_cell(struct table *table, const struct column *column,
                      const struct json_span *value, struct cell *cell)
{
  bool is_text = value->text[0] == '"';
  *cell = (struct cell){value->text + is_text, value->size - 2 * is_text,
                        (size_t)(value->text - table->lines.text) + is_text};
  if (value->text[0] == 'n') {
    cell->text = NULL;
    cell->size = 0;
  } else if (is_text && memchr(cell->text, '\\', cell->size)) {
    char *text = table_scratch(table, cell->size);
    cell->size = json_unquoted(cell->text, cell->size, text);
    cell->text = text;
  } else if (value->text[0] == '[' && !column->is_nested) {
    bool is_prose = column->entry_words > PROSE_WORDS * column->entries;
    struct list list = {.text = table_scratch(table, value->size),
                        .between = is_prose ? ' ' : ','};
    add_entries(&list, value);
    cell->text = list.text;
    cell->size = list.size;
  }
}

bool jsonl_cells(struct table *table, struct err *err)
{
  memset(table->cells, 0, (size_t)table->column_count * sizeof *table->cells);
  if (!take_members(table, err))
    return false;
  for (size_t k = 0; k < table->spans.count; k++) {
    const struct json_span *span = &table->spans.at[k];
    int column = find_column(table, span, (int)k);
    if (column >= 0 && !table->columns[column].is_left_out)
      fill_cell(table, &table->columns[column], span, &table->cells[column]);
  }
  return true;
}

static void put_object(struct buf *out, cJSON *object)
{
  char *line = json_line(object);
  buf_printf(out, "%s\n", line);
  free(line);
  cJSON_Delete(object);
}

static void put_item(struct buf *out, const struct item *item, const struct manifest *manifest)
{
  cJSON *object = cJSON_CreateObject();
  (void)manifest;
  json_add_str(object, "item_id", item->key);
  for (int k = 0; k < item->field_count; k++)
    json_add_str(object, item->fields[k].key, item->fields[k].value);
  put_object(out, object);
}

static void put_interaction(struct buf *out, const struct export_row *row)
{
  cJSON *object = cJSON_CreateObject();
  char number[32];
  json_add_str(object, "user_id", row->user);
  json_add_str(object, "item_id", row->item);
  snprintf(number, sizeof number, "%.9g", row->value);
  if (row->has_value)
    cJSON_AddRawToObject(object, "rating", number);
  if (row->has_time)
    json_add_int(object, "timestamp", row->time);
  if (row->label >= 0)
    json_add_int(object, "x_label", row->label);
  put_object(out, object);
}

static const struct writer writer = {
  .items = "items.jsonl",
  .interactions = "interactions.jsonl",
  .item = put_item,
  .interaction = put_interaction,
};

const struct format format_jsonl = {
  .name = "jsonl",
  .tier = FORMAT_GENERAL,
  .names = {".json", ".jsonl", ".ndjson"},
  .takes = takes,
  .only = &jsonl,
  .writer = &writer,
  .help = "an object a line (*.jsonl, *.json), keys as in CSV; the reviews and metadata of Amazon of "
          "2014, 2018 and 2023 are such",
};
