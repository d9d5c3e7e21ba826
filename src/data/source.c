/* source.c - see source.h
 * SPDX-License-Identifier: MIT */
#include "data/source.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "data/format.h"

enum { NUMBER_MAX = 63 };
static const double exact_integers = 9007199254740992.0;

/* A number in the plain decimal notation, finite. */
static bool cell_number(const struct cell *cell, double *value)
{
  char text[NUMBER_MAX + 1], *end;
  if (!cell->size || cell->size > NUMBER_MAX)
    return false;
  for (size_t k = 0; k < cell->size; k++)
    if (!strchr("0123456789+-.eE", cell->text[k]))
      return false;
  memcpy(text, cell->text, cell->size);
  text[cell->size] = '\0';
  *value = strtod(text, &end);
  return end == text + cell->size && isfinite(*value);
}

static bool refuse_cell(const struct table *table, int column, const char *expected,
                        struct err *err)
{
  const struct cell *cell = &table->cells[column];
  char *quoted = cell_quoted(cell);
  table_refuse(table, cell, err, "expected %s for \"%s\", found %s", expected,
               table->columns[column].label, cell->size ? quoted : "nothing");
  free(quoted);
  return false;
}

static bool take_number(const struct table *table, int column, double *value, struct err *err)
{
  return cell_number(&table->cells[column], value) || refuse_cell(table, column, "a number", err);
}

static bool take_id(const struct table *table, int column, char id[SOURCE_ID_MAX + 1],
                    struct err *err)
{
  const struct cell *cell = &table->cells[column];
  bool has_control = false;
  for (size_t k = 0; k < cell->size; k++)
    has_control = has_control || (unsigned char)cell->text[k] < 0x20 || cell->text[k] == 0x7f;
  if (!cell->size || has_control)
    return refuse_cell(table, column, "an id", err);
  if (cell->size > SOURCE_ID_MAX)
    return refuse_cell(table, column, "an id of at most 255 bytes", err);
  memcpy(id, cell->text, cell->size);
  id[cell->size] = '\0';
  return true;
}

static bool refuse_twin(const struct table *table, int column, struct err *err)
{
  char *quoted = cell_quoted(&table->cells[column]);
  table_refuse(table, &table->cells[column], err, "the item %s stands here a second time", quoted);
  free(quoted);
  return false;
}

static bool take_label(const struct table *table, int column, int *given, struct err *err)
{
  double label;
  if (!table->cells[column].size)
    return true; /* without one */
  if (!cell_number(&table->cells[column], &label) || (label != 0 && label != 1 && label != 2))
    return refuse_cell(table, column, "0 (train), 1 (valid) or 2 (test)", err);
  *given = (int)label;
  return true;
}

static bool take_interaction(struct source *source, struct source_interaction *out,
                             struct err *err)
{
  const struct table *table = &source->interactions;
  double rating = 1, time = 0;
  out->given = -1;
  if (!take_id(table, source->user, out->user, err) ||
      !take_id(table, source->item, out->item, err) ||
      (source->rating >= 0 && !take_number(table, source->rating, &rating, err)) ||
      (source->time >= 0 && !take_number(table, source->time, &time, err)) ||
      (source->label >= 0 && !take_label(table, source->label, &out->given, err)))
    return false;
  if (fabs(time) > exact_integers)
    return refuse_cell(table, source->time, "a time in seconds", err);
  out->value = (float)rating;
  out->time = llround(time);
  if (source->has_items &&
      intern_find(&source->known_items, out->item, strlen(out->item)) < 0) {
    char *quoted = cell_quoted(&table->cells[source->item]);
    table_refuse(table, &table->cells[source->item], err, "expected an item of %s, found %s",
                 source->items.lines.path, quoted);
    free(quoted);
    return false;
  }
  return true;
}

/* A bad row: false ends the import. */
static bool may_go_on(struct source *source, const struct err *err)
{
  if (!source->skips_bad || err->code != EX_DATAERR)
    return false;
  if (source->bad_count < BAD_ROWS_SHOWN)
    source->bad[source->bad_count] = mem_strdup(err->text);
  source->bad_count++;
  return true;
}

/* First walk over the items: ids are there and differ; what the columns look like. */
static bool check_items(struct source *source, struct column_look *looks, struct err *err)
{
  struct table *table = &source->items;
  char key[SOURCE_ID_MAX + 1];
  int step;
  while ((step = table_next(table, err)) != 0) {
    bool ok = step > 0 && take_id(table, source->item_id, key, err);
    if (ok && intern_find(&source->known_items, key, strlen(key)) >= 0)
      ok = refuse_twin(table, source->item_id, err);
    if (!ok && !may_go_on(source, err))
      return false;
    if (!ok)
      continue;
    intern_add(&source->known_items, key, strlen(key));
    source->item_rows++;
    for (int k = 0; k < table->column_count; k++)
      column_look_add(&looks[k], &table->cells[k]);
  }
  return true;
}

/* The title is the column called so, else the first that could be one. */
static int find_title(const struct source *source, const struct column_look *looks)
{
  for (int pass = 0; pass < 2; pass++)
    for (int k = 0; k < source->items.column_count; k++) {
      const struct column *column = &source->items.columns[k];
      if (k != source->item_id &&
          (pass == 0 ? column_is_titled(column) : column_is_titular(column, &looks[k])))
        return k;
    }
  return -1;
}

static void set_fields(struct source *source, const struct column_look *looks)
{
  const struct manifest *manifest = &source->manifest;
  int title = find_title(source, looks);
  source->fields = mem_zero((size_t)source->items.column_count, sizeof *source->fields);
  for (int k = 0; k < source->items.column_count; k++) {
    if (k == source->item_id)
      continue;
    const struct column *column = &source->items.columns[k];
    enum field_kind kind = k == title ? FIELD_TITLE : column_kind(column, &looks[k]);
    bool is_told = manifest_kind(manifest, column->key, &kind), is_list = kind == FIELD_LIST;
    source->fields[source->field_count++] = (struct source_field){
      .column = k,
      .kind = kind,
      .distinct = is_list ? looks[k].distinct_entries : looks[k].distinct,
      .has_bars = is_list && !is_told && column_has_bars(&looks[k]),
    };
  }
}

/* "PATH:2:1: expected ... after the header": a table without a good row. */
static bool refuse_empty(const struct table *table, const char *what, struct err *err)
{
  bool has_header = table->dialect->separator && !table->dialect->columns;
  return err_set(err, EX_DATAERR, "%s:%d:1: expected %s%s, found the end", table->lines.path,
                 has_header ? 2 : 1, what, has_header ? " after the header" : "");
}

static bool read_items(struct source *source, struct err *err)
{
  struct table *table = &source->items;
  source->item_id = column_with_role(table, ROLE_ITEM, true);
  struct column_look *looks = mem_zero((size_t)table->column_count, sizeof *looks);
  bool ok = check_items(source, looks, err);
  for (int k = 0; k < table->column_count; k++)
    column_look_end(&looks[k]);
  if (ok)
    set_fields(source, looks);
  free(looks);
  return ok && (source->item_rows || refuse_empty(table, "an item", err));
}

static bool check_interactions(struct source *source, struct err *err)
{
  struct source_interaction row;
  int step;
  while ((step = table_next(&source->interactions, err)) != 0) {
    if (step > 0 && take_interaction(source, &row, err)) {
      source->interaction_rows++;
      if (!source->has_items)
        intern_add(&source->known_items, row.item, strlen(row.item));
    } else if (!may_go_on(source, err)) {
      return false;
    }
  }
  return true;
}

/* Where the only items are numbers 0, 1, ... of interactions, their order is that of the numbers: so
 * are the rows of matrices made beside such interactions. */
static void sort_numbers(struct intern *items)
{
  struct intern sorted = {0};
  char number[16];
  for (int32_t k = 0; k < items->count; k++) {
    int size = snprintf(number, sizeof number, "%d", (int)k);
    if (intern_find(items, number, (size_t)size) < 0) {
      intern_free(&sorted);
      return;
    }
    intern_add(&sorted, number, (size_t)size);
  }
  intern_free(items);
  *items = sorted;
}

/* Of interactions only what they are known by is read. */
static void leave_out_the_rest(struct source *source)
{
  struct table *table = &source->interactions;
  for (int k = 0; k < table->column_count; k++)
    table->columns[k].is_left_out = k != source->user && k != source->item &&
                                    k != source->rating && k != source->time &&
                                    k != source->label;
}

static bool read_interactions(struct source *source, struct err *err)
{
  struct table *table = &source->interactions;
  source->user = column_with_role(table, ROLE_USER, false);
  source->item = column_with_role(table, ROLE_ITEM, false);
  source->rating = column_with_role(table, ROLE_RATING, false);
  source->time = column_with_role(table, ROLE_TIME, false);
  if (!source->manifest.repeats_split)
    source->label = column_with_role(table, ROLE_LABEL, false);
  leave_out_the_rest(source);
  if (!check_interactions(source, err))
    return false;
  if (!source->has_items)
    sort_numbers(&source->known_items);
  return source->interaction_rows || source->has_items ||
         refuse_empty(table, "an interaction", err);
}

bool source_open(struct source *source, const struct source_request *request, struct err *err)
{
  *source = (struct source){.user = -1, .item = -1, .rating = -1, .time = -1, .label = -1,
                            .item_id = -1, .skips_bad = request->skips_bad};
  bool ok = source_find(source, request, err) && (!source->has_items || read_items(source, err)) &&
            (!source->has_interactions || read_interactions(source, err));
  if (!ok)
    source_close(source);
  return ok;
}

void source_close(struct source *source)
{
  table_close(&source->items);
  table_close(&source->interactions);
  intern_free(&source->known_items);
  for (size_t k = 0; k < COUNT_OF(source->bad); k++)
    free(source->bad[k]);
  for (int k = 0; k < source->matrix_count; k++)
    free(source->matrices[k]);
  free(source->matrices);
  manifest_free(&source->manifest);
  free(source->fields);
  free(source->images);
  *source = (struct source){0};
}

void source_rewind(struct source *source)
{
  source->next_item = 0;
  if (source->has_items)
    table_rewind(&source->items);
  if (source->has_interactions)
    table_rewind(&source->interactions);
}

/* A good row is the first one of its key, and those are numbered as they come. */
bool source_next_item(struct source *source, char key[SOURCE_ID_MAX + 1])
{
  if (!source->has_items) {
    if (source->next_item >= source->known_items.count)
      return false;
    strcpy(key, intern_text(&source->known_items, source->next_item++));
    return true;
  }
  int step;
  while ((step = table_next(&source->items, NULL)) != 0)
    if (step > 0 && take_id(&source->items, source->item_id, key, NULL) &&
        intern_find(&source->known_items, key, strlen(key)) == source->next_item) {
      source->next_item++;
      return true;
    }
  return false;
}

bool source_next_interaction(struct source *source, struct source_interaction *out)
{
  int step = 0;
  while (source->has_interactions && (step = table_next(&source->interactions, NULL)) != 0)
    if (step > 0 && take_interaction(source, out, NULL))
      return true;
  return false;
}

bool source_is_same(const struct source *source, struct err *err)
{
  return (!source->has_items || lines_is_same(&source->items.lines, err)) &&
         (!source->has_interactions || lines_is_same(&source->interactions.lines, err));
}

const char *source_format_name(const struct source *source)
{
  return source->interactions_format ? source->interactions_format->name
         : source->items_format      ? source->items_format->name
                                     : "npy";
}
