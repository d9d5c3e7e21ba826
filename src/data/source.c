/* source.c - see source.h
 * SPDX-License-Identifier: MIT */
#include "data/source.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "data/format.h"

enum { NUMBER_MAX = 63 };
static const double exact_integers = 9007199254740992.0;

static const struct format_row {
  const char *name;
  bool (*find)(struct source_files *files, const struct source_request *request, struct err *err);
} formats[] = {
#define FORMAT_ROW(name, find, help) {#name, find},
  SOURCE_FORMATS(FORMAT_ROW)
#undef FORMAT_ROW
};

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
                 source->items.path, quoted);
    free(quoted);
    return false;
  }
  return true;
}

/* A bad row: false ends the import. */
static bool may_go_on(struct source *source, const struct err *err)
{
  if (!source->skips_bad)
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
  int title = find_title(source, looks);
  source->fields = mem_zero((size_t)source->items.column_count, sizeof *source->fields);
  for (int k = 0; k < source->items.column_count; k++) {
    if (k == source->item_id)
      continue;
    enum field_kind kind = k == title ? FIELD_TITLE
                                      : column_kind(&source->items.columns[k], &looks[k]);
    source->fields[source->field_count++] = (struct source_field){
      k, kind, kind == FIELD_LIST ? looks[k].distinct_entries : looks[k].distinct};
  }
}

static bool open_items(struct source *source, const char *path, struct err *err)
{
  struct table *table = &source->items;
  if (!table_open(table, path, err))
    return false;
  source->has_items = true;
  source->item_id = column_with_role(table, ROLE_ITEM, true);
  if (source->item_id < 0)
    return err_set(err, EX_DATAERR, "%s:1:1: expected a column %s, found %s, ...", path,
                   column_role_names(ROLE_ITEM), table->columns[0].label);
  struct column_look *looks = mem_zero((size_t)table->column_count, sizeof *looks);
  bool ok = check_items(source, looks, err);
  for (int k = 0; k < table->column_count; k++)
    column_look_end(&looks[k]);
  if (ok)
    set_fields(source, looks);
  free(looks);
  if (ok && !source->item_rows)
    return err_set(err, EX_DATAERR, "%s:2:1: expected an item after the header, found the end",
                   path);
  return ok;
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

static bool open_interactions(struct source *source, const char *path, struct err *err)
{
  struct table *table = &source->interactions;
  if (!table_open(table, path, err))
    return false;
  source->has_interactions = true;
  source->user = column_with_role(table, ROLE_USER, false);
  source->item = column_with_role(table, ROLE_ITEM, false);
  source->rating = column_with_role(table, ROLE_RATING, false);
  source->time = column_with_role(table, ROLE_TIME, false);
  source->label = column_with_role(table, ROLE_LABEL, false);
  for (int role = ROLE_USER; role <= ROLE_ITEM; role++)
    if ((role == ROLE_USER ? source->user : source->item) < 0)
      return err_set(err, EX_DATAERR, "%s:1:1: expected a column %s, found %s, ...", path,
                     column_role_names((enum column_role)role), table->columns[0].label);
  if (!check_interactions(source, err))
    return false;
  if (!source->interaction_rows && !source->has_items)
    return err_set(err, EX_DATAERR, "%s:2:1: expected an interaction after the header, found the "
                   "end", path);
  return true;
}

static bool find_files(struct source *source, struct source_files *files,
                       const struct source_request *request, struct err *err)
{
  for (int k = 0; k < request->operand_count; k++)
    if (!path_is_dir(request->operands[k]) && !path_is_file(request->operands[k])) {
      errno = ENOENT;
      return err_errno(err, EX_NOINPUT, "cannot read %s", request->operands[k]);
    }
  if (request->images && !path_is_dir(request->images))
    return err_set(err, EX_NOINPUT, "%s is no folder of pictures", request->images);
  for (size_t k = 0; k < COUNT_OF(formats); k++)
    if (!request->format || !strcmp(request->format, formats[k].name)) {
      source->format = formats[k].name;
      return formats[k].find(files, request, err);
    }
  return err_set(err, EX_USAGE, "no format \"%s\"", request->format);
}

bool source_open(struct source *source, const struct source_request *request, struct err *err)
{
  struct source_files files = {0};
  *source = (struct source){.user = -1, .item = -1, .rating = -1, .time = -1, .label = -1,
                            .item_id = -1, .skips_bad = request->skips_bad};
  bool ok = find_files(source, &files, request, err) &&
            (!files.items || open_items(source, files.items, err)) &&
            (!files.interactions || open_interactions(source, files.interactions, err));
  if (ok && (request->images || files.images))
    source->images = mem_strdup(request->images ? request->images : files.images);
  free(files.items);
  free(files.interactions);
  free(files.images);
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
