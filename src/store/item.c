/* item.c - load items; what of them can be masked
 *
 * Attributes are not stored: those of the text follow from the fields and their kinds,
 * those of the picture from its measure and the catalogue's borders, so that they are
 * always of one mind with what was imported.
 * SPDX-License-Identifier: MIT */
#include "store/item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "store/store_private.h"

const char *const modality_names[MODALITIES] = {"text", "image"};

const struct field_kinds *store_kinds(struct store *store, struct err *err)
{
  if (store->has_kinds)
    return &store->kinds;
  struct field_kinds *kinds = &store->kinds;
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
                                 "SELECT key, kind FROM cat.field ORDER BY position", "");
  int step = -1;
  while (stmt && (step = sql_step(&store->sql, stmt, err)) == 1) {
    kinds->keys = mem_grow(kinds->keys, (size_t)kinds->count + 1, sizeof *kinds->keys);
    kinds->kinds = mem_grow(kinds->kinds, (size_t)kinds->count + 1, sizeof *kinds->kinds);
    kinds->keys[kinds->count] = sql_text(stmt, 0);
    kinds->kinds[kinds->count++] = (enum field_kind)sqlite3_column_int(stmt, 1);
  }
  store->has_kinds = step == 0;
  return store->has_kinds ? kinds : NULL;
}

enum field_kind kind_of(const struct field_kinds *kinds, const char *key)
{
  for (int k = 0; k < kinds->count; k++)
    if (!strcmp(kinds->keys[k], key))
      return kinds->kinds[k];
  return FIELD_OTHER;
}

bool list_next(const char **cursor, const char **entry, size_t *size)
{
  const char *p = *cursor;
  while (*p) {
    p += strspn(p, ", \t");
    size_t length = strcspn(p, ",");
    *cursor = p + length;
    while (length && (p[length - 1] == ' ' || p[length - 1] == '\t'))
      length--;
    *entry = p;
    *size = length;
    if (length)
      return true;
    p = *cursor;
  }
  return false;
}

static void add_attribute(struct item *item, enum modality modality, const char *key,
                          const char *value, size_t size)
{
  item->attributes = mem_grow(item->attributes, (size_t)item->attribute_count + 1,
                              sizeof *item->attributes);
  item->attributes[item->attribute_count++] =
    (struct attribute){modality, mem_strdup(key), mem_strndup(value, size)};
}

static void add_text_attributes(struct item *item)
{
  for (int k = 0; k < item->field_count; k++) {
    const struct field *field = &item->fields[k];
    const char *cursor = field->value, *entry;
    size_t size;
    if (field->kind == FIELD_VALUE && *field->value)
      add_attribute(item, TEXT, field->key, field->value, strlen(field->value));
    while (field->kind == FIELD_LIST && list_next(&cursor, &entry, &size))
      add_attribute(item, TEXT, field->key, entry, size);
  }
}

static void add_image_attributes(struct item *item, const struct borders *borders)
{
  for (int key = 0; key < IMAGE_KEYS; key++) {
    int class = measure_class(&item->measure, borders, (enum image_key)key);
    if (class >= 0 && class < image_keys[key].class_count) {
      const char *name = image_keys[key].classes[class];
      add_attribute(item, IMAGE, image_keys[key].name, name, strlen(name));
    }
  }
}

/* The title comes first, the rest in the order of the source. */
static void add_fields(struct item *item, const cJSON *object, const struct field_kinds *kinds)
{
  item->fields = mem_zero((size_t)cJSON_GetArraySize(object) + 1, sizeof *item->fields);
  for (int pass = 0; pass < 2; pass++) {
    const cJSON *entry;
    cJSON_ArrayForEach(entry, object) {
      enum field_kind kind = kind_of(kinds, entry->string);
      const char *value = cJSON_GetStringValue(entry);
      if ((kind == FIELD_TITLE) == (pass == 0))
        item->fields[item->field_count++] =
          (struct field){mem_strdup(entry->string), mem_strdup(value ? value : ""), kind};
    }
  }
}

static char *picture_path_absolute(const struct store *store, const char *path)
{
  return path ? path_join(store->root, path) : NULL;
}

struct item *item_from_row(struct store *store, sqlite3_stmt *stmt, struct err *err)
{
  const struct field_kinds *kinds = store_kinds(store, err);
  if (!kinds)
    return NULL;
  struct item *item = mem_zero(1, sizeof *item);
  item->id = sqlite3_column_int64(stmt, 0);
  item->key = sql_text(stmt, 1);
  item->title = sql_text(stmt, 2);
  item->picture_path =
    picture_path_absolute(store, (const char *)sqlite3_column_text(stmt, 4));
  item->picture_hash = sql_text(stmt, 5);
  item->picture_error = sql_text(stmt, 6);
  item->has_measure = sql_measure(stmt, 7, &item->measure);
  cJSON *fields = cJSON_Parse((const char *)sqlite3_column_text(stmt, 3));
  if (!fields) {
    err_set(err, EX_DATAERR, "%s is damaged: the fields of item \"%s\" cannot be read",
            store->catalogue_path, item->key);
    item_free(item);
    return NULL;
  }
  add_fields(item, fields, kinds);
  cJSON_Delete(fields);
  add_text_attributes(item);
  struct borders borders;
  if (item->has_measure && store_borders(store, &borders))
    add_image_attributes(item, &borders);
  return item;
}

static struct item *load_one(struct store *store, sqlite3_stmt *stmt, bool *is_there,
                             struct err *err)
{
  int step = stmt ? sql_step(&store->sql, stmt, err) : -1;
  struct item *item = step == 1 ? item_from_row(store, stmt, err) : NULL;
  *is_there = step != 0;
  if (step == 1)
    sql_done(stmt);
  return item;
}

struct item *item_find(struct store *store, const char *key, struct err *err)
{
  bool is_there;
  struct item *item = load_one(
    store, sql_query(&store->sql, err, "SELECT " ITEM_COLUMNS " FROM cat.item i WHERE i.key = ?",
                     "s", key), &is_there, err);
  if (!is_there)
    err_set(err, EX_NOINPUT, "no item \"%s\" in %s", key, store->dir);
  return item;
}

struct item *item_at(struct store *store, int64_t id, struct err *err)
{
  bool is_there;
  struct item *item = load_one(
    store, sql_query(&store->sql, err, "SELECT " ITEM_COLUMNS " FROM cat.item i WHERE i.id = ?",
                     "i", id), &is_there, err);
  if (!is_there)
    err_set(err, EX_NOINPUT, "no item number %lld in %s", (long long)id, store->dir);
  return item;
}

void item_free(struct item *item)
{
  if (!item)
    return;
  for (int k = 0; k < item->field_count; k++) {
    free(item->fields[k].key);
    free(item->fields[k].value);
  }
  for (int k = 0; k < item->attribute_count; k++) {
    free(item->attributes[k].key);
    free(item->attributes[k].value);
  }
  free(item->fields);
  free(item->attributes);
  free(item->key);
  free(item->title);
  free(item->picture_path);
  free(item->picture_hash);
  free(item->picture_error);
  free(item);
}

struct item **items_all(struct store *store, int64_t *count, struct err *err)
{
  struct item **items = mem_alloc(sizeof *items);
  int64_t room = 1;
  int step = -1;
  *count = 0;
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
                                 "SELECT " ITEM_COLUMNS " FROM cat.item i ORDER BY i.id", "");
  while (stmt && (step = sql_step(&store->sql, stmt, err)) == 1) {
    struct item *item = item_from_row(store, stmt, err);
    if (!item) {
      sql_done(stmt);
      step = -1;
      break;
    }
    VEC_PUSH(items, *count, room) = item;
  }
  if (step == 0)
    return items;
  items_free(items, *count);
  return NULL;
}

void items_free(struct item **items, int64_t count)
{
  for (int64_t k = 0; items && k < count; k++)
    item_free(items[k]);
  free(items);
}

void item_document(const struct item *item, struct buf *out)
{
  for (int k = 0; k < item->field_count; k++)
    if (item->fields[k].kind != FIELD_OTHER)
      buf_printf(out, "%s: %s\n", item->fields[k].key, item->fields[k].value);
}

enum field_kind item_field_kind(const struct item *item, const char *key)
{
  for (int k = 0; k < item->field_count; k++)
    if (!strcmp(item->fields[k].key, key))
      return item->fields[k].kind;
  return FIELD_OTHER;
}

/* "%.9g" brings a float back to the bit. */
void borders_text(const struct borders *borders, struct buf *out)
{
  for (int k = 0; k < IMAGE_SCALARS; k++)
    buf_printf(out, "%s%.9g %.9g", k ? " " : "", (double)borders->low[k],
               (double)borders->high[k]);
}

static bool borders_parse(const char *text, struct borders *borders)
{
  for (int k = 0; k < IMAGE_SCALARS; k++) {
    float *const into[] = {&borders->low[k], &borders->high[k]};
    for (int side = 0; side < 2; side++) {
      char *end;
      *into[side] = strtof(text, &end);
      if (end == text)
        return false;
      text = end;
    }
  }
  return true;
}

bool store_borders(struct store *store, struct borders *borders)
{
  if (!store->knows_borders) {
    char *text = store_meta(store, "borders");
    store->has_borders = text && borders_parse(text, &store->borders);
    store->knows_borders = true;
    free(text);
  }
  *borders = store->borders;
  return store->has_borders;
}

bool item_thumbnail(struct store *store, int64_t id, struct buf *jpeg)
{
  sqlite3_stmt *stmt = sql_query(&store->sql, NULL,
                                 "SELECT jpeg FROM cat.thumbnail WHERE item = ?", "i", id);
  bool is_there = stmt && sql_step(&store->sql, stmt, NULL) == 1;
  if (is_there) {
    const void *bytes = sqlite3_column_blob(stmt, 0);
    buf_add(jpeg, bytes, (size_t)sqlite3_column_bytes(stmt, 0));
    sql_done(stmt);
  }
  return is_there;
}

int64_t item_users(struct store *store, int64_t id)
{
  int64_t users;
  return sql_int(&store->sql, &users, 0, NULL,
                 "SELECT count(DISTINCT user) FROM cat.interaction WHERE item = ?", "i", id)
           ? users
           : -1;
}
