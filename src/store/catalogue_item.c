/* catalogue_item.c - items and pictures of a catalogue being written
 *
 * `content` names what a negative depends on: a hash of the document and one of the
 * picture's file, joined by exclusive or, so that either can be replaced alone.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "store/catalogue_private.h"

static uint64_t mixed(const char *text) { return text ? rng_mix64(hash_str(text)) : 0; }

static enum field_kind known_kind(struct catalogue *catalogue, const struct field *field,
                                  struct err *err)
{
  enum field_kind kind;
  if (catalogue_field_kind(catalogue, field->key, &kind))
    return kind;
  struct field_kinds *kinds = &catalogue->kinds;
  kinds->keys = mem_grow(kinds->keys, (size_t)kinds->count + 1, sizeof *kinds->keys);
  kinds->kinds = mem_grow(kinds->kinds, (size_t)kinds->count + 1, sizeof *kinds->kinds);
  kinds->keys[kinds->count] = mem_strdup(field->key);
  kinds->kinds[kinds->count++] = field->kind;
  sql_run(&catalogue->sql, err, "INSERT INTO field(position, key, kind) VALUES(?,?,?)", "nsn",
          kinds->count, field->key, (int)field->kind);
  return field->kind;
}

/* What is written of an item, made of its merged fields. */
struct item_text {
  char *title, *fields, *folded;
  uint64_t document;
};

static void item_text_free(struct item_text *text)
{
  free(text->title);
  free(text->fields);
  free(text->folded);
}

/* The document's lines, title first as item_document writes them; and what a search looks at. */
static struct item_text text_of(struct catalogue *catalogue, const char *key, const cJSON *fields)
{
  struct item_text text = {.title = mem_strdup(key)};
  struct buf title = {0}, rest = {0}, search = {0};
  const cJSON *entry;
  cJSON_ArrayForEach(entry, fields) {
    enum field_kind kind = kind_of(&catalogue->kinds, entry->string);
    const char *value = cJSON_GetStringValue(entry);
    if (kind == FIELD_TITLE && *value) {
      free(text.title);
      text.title = mem_strdup(value);
    }
    if (kind != FIELD_OTHER)
      buf_printf(kind == FIELD_TITLE ? &title : &rest, "%s: %s\n", entry->string, value);
    if (kind == FIELD_VALUE || kind == FIELD_LIST)
      buf_printf(&search, "\n%s", value);
  }
  buf_add(&title, rest.data, rest.size);
  text.document = mixed(title.data ? title.data : "");
  text.fields = json_line(fields);
  char *all = mem_printf("%s\n%s%s", text.title, key, search.data ? search.data : "");
  text.folded = utf8_fold(all);
  free(all);
  buf_free(&title);
  buf_free(&rest);
  buf_free(&search);
  return text;
}

/* The fields of the source, then those that only the old item has. */
static cJSON *merge_fields(struct catalogue *catalogue, const struct field *fields, int count,
                           const char *old, struct err *err)
{
  cJSON *merged = cJSON_CreateObject(), *before = old ? cJSON_Parse(old) : NULL, *entry, *next;
  for (int k = 0; k < count; k++) {
    known_kind(catalogue, &fields[k], err);
    json_add_str(merged, fields[k].key, fields[k].value);
  }
  for (entry = before ? before->child : NULL; entry; entry = next) {
    next = entry->next;
    if (!json_get(merged, entry->string))
      json_add_str(merged, entry->string, cJSON_GetStringValue(entry));
  }
  cJSON_Delete(before);
  return merged;
}

/* Relative to the workspace when it lies in it. */
static const char *kept_path(const struct catalogue *catalogue, const char *path)
{
  size_t size = strlen(catalogue->store->root);
  if (path && !strncmp(path, catalogue->store->root, size) && path[size] == '/')
    return path + size + 1;
  return path;
}

static bool insert_item(struct catalogue *catalogue, const char *key, const struct item_text *text,
                        const char *path, struct err *err)
{
  int32_t id = intern_add(&catalogue->items, key, strlen(key));
  catalogue->report.items_new++;
  return sql_run(&catalogue->sql, err,
                 "INSERT INTO item(id, key, title, fields, content, folded, picture_path)"
                 " VALUES(?,?,?,?,?,?,?)", "nsssiss", id, key, text->title, text->fields,
                 (int64_t)text->document, text->folded, path);
}

/* What the item was before. */
struct old_item {
  char *fields, *path, *picture_hash;
  uint64_t content;
};

static bool load_old(struct catalogue *catalogue, int32_t id, struct old_item *old, struct err *err)
{
  sqlite3_stmt *stmt = sql_query(&catalogue->sql, err,
                                 "SELECT fields, picture_path, picture_hash, content FROM item"
                                 " WHERE id = ?", "n", id);
  if (!stmt || sql_step(&catalogue->sql, stmt, err) != 1)
    return false;
  *old = (struct old_item){sql_text(stmt, 0), sql_text(stmt, 1), sql_text(stmt, 2),
                           (uint64_t)sqlite3_column_int64(stmt, 3)};
  sql_done(stmt);
  return true;
}

static bool update_item(struct catalogue *catalogue, int32_t id, const struct old_item *old,
                        const struct item_text *text, const char *path, struct err *err)
{
  bool is_same_path = !path || (old->path && !strcmp(path, old->path));
  if (is_same_path && !strcmp(text->fields, old->fields)) {
    catalogue->report.items_same++;
    return true;
  }
  catalogue->report.items_changed++;
  return sql_run(&catalogue->sql, err,
                 "UPDATE item SET title = ?, fields = ?, content = ?, folded = ?,"
                 " picture_path = ? WHERE id = ?", "ssissn", text->title, text->fields,
                 (int64_t)(text->document ^ mixed(old->picture_hash)), text->folded,
                 path ? path : old->path, id);
}

bool catalogue_item(struct catalogue *catalogue, const char *key, const struct field *fields,
                    int field_count, const char *picture_path, struct err *err)
{
  int32_t id = intern_find(&catalogue->items, key, strlen(key));
  struct old_item old = {0};
  struct err failed = {0};
  bool ok = id < 0 || load_old(catalogue, id, &old, err);
  if (!ok)
    return false;
  cJSON *merged = merge_fields(catalogue, fields, field_count, old.fields, &failed);
  struct item_text text = text_of(catalogue, key, merged);
  const char *path = kept_path(catalogue, picture_path);
  if (failed.code)
    ok = err_set(err, failed.code, "%s", failed.text);
  else
    ok = id < 0 ? insert_item(catalogue, key, &text, path, err)
                : update_item(catalogue, id, &old, &text, path, err);
  cJSON_Delete(merged);
  item_text_free(&text);
  free(old.fields);
  free(old.path);
  free(old.picture_hash);
  return ok;
}

bool catalogue_picture(struct catalogue *catalogue, const char *key, const char *hash,
                       int64_t bytes, int width, int height, const struct measure *measure,
                       const struct buf *thumbnail, const char *error_text, struct err *err)
{
  int32_t id = intern_find(&catalogue->items, key, strlen(key));
  struct old_item old = {0};
  if (id < 0 || !load_old(catalogue, id, &old, err))
    return id >= 0 || err_set(err, EX_DATAERR, "no item \"%s\" for a picture", key);
  if (error_text)
    measure = NULL;
  bool ok = sql_run(&catalogue->sql, err,
    "UPDATE item SET picture_hash = ?1, picture_bytes = ?2, picture_width = ?3,"
    " picture_height = ?4, picture_error = ?5, brightness = ?6, contrast = ?7, warmth = ?8,"
    " saturation = ?9, texture = ?10, chromatic_share = ?11, color = ?12, composition = ?13,"
    " content = ?14, looks = '' WHERE id = ?15", "sinnsmin", hash, bytes, width, height, error_text,
    measure, (int64_t)(old.content ^ mixed(old.picture_hash) ^ mixed(hash)), id);
  if (ok && thumbnail && !error_text)
    ok = sql_run(&catalogue->sql, err, "INSERT OR REPLACE INTO thumbnail(item, jpeg) VALUES(?,?)",
                 "nb", id, thumbnail);
  else if (ok)
    ok = sql_run(&catalogue->sql, err, "DELETE FROM thumbnail WHERE item = ?", "n", id);
  catalogue->has_new_pictures = true;
  free(old.fields);
  free(old.path);
  free(old.picture_hash);
  return ok;
}

char *catalogue_picture_hash(struct catalogue *catalogue, const char *key)
{
  int32_t id = intern_find(&catalogue->items, key, strlen(key));
  char *hash = NULL;
  sqlite3_stmt *stmt = id < 0 ? NULL : sql_query(&catalogue->sql, NULL,
    "SELECT picture_hash FROM item WHERE id = ? AND picture_error IS NULL", "n", id);
  if (stmt && sql_step(&catalogue->sql, stmt, NULL) == 1) {
    hash = sql_text(stmt, 0);
    sql_done(stmt);
  }
  return hash;
}

static struct measure *load_measures(struct catalogue *catalogue, int32_t **ids, size_t *count,
                                     struct err *err)
{
  struct measure *measures = NULL;
  size_t room = 0, id_count = 0, id_room = 0;
  int step = -1;
  *count = 0;
  VEC_ROOM(measures, *count, room);
  sqlite3_stmt *stmt = sql_query(&catalogue->sql, err, "SELECT id, " MEASURE_COLUMNS
                                 " FROM item WHERE brightness IS NOT NULL ORDER BY id", "");
  while (stmt && (step = sql_step(&catalogue->sql, stmt, err)) == 1) {
    VEC_ROOM(measures, *count, room);
    sql_measure(stmt, 1, &measures[(*count)++]);
    VEC_PUSH(*ids, id_count, id_room) = sqlite3_column_int(stmt, 0);
  }
  if (step == 0)
    return measures;
  free(measures);
  return NULL;
}

static bool write_looks(struct catalogue *catalogue, int32_t id, const struct measure *measure,
                        const struct borders *borders, struct err *err)
{
  struct buf looks = {0};
  for (int key = 0; key < IMAGE_KEYS; key++) {
    int class = measure_class(measure, borders, (enum image_key)key);
    if (class >= 0 && class < image_keys[key].class_count)
      buf_printf(&looks, "%s\n", image_keys[key].classes[class]);
  }
  bool ok = sql_run(&catalogue->sql, err, "UPDATE item SET looks = ? WHERE id = ?", "sn",
                    looks.data ? looks.data : "", id);
  buf_free(&looks);
  return ok;
}

bool catalogue_looks_write(struct catalogue *catalogue, struct err *err)
{
  int32_t *ids = NULL;
  size_t count;
  if (!catalogue->has_new_pictures)
    return true;
  struct measure *measures = load_measures(catalogue, &ids, &count, err);
  bool ok = measures != NULL;
  if (ok && !count)
    ok = sql_run(&catalogue->sql, err, "DELETE FROM meta WHERE name = 'borders'", "");
  if (ok && count) {
    struct borders borders = borders_fit(measures, count);
    struct buf text = {0};
    borders_text(&borders, &text);
    ok = catalogue_meta(catalogue, "borders", text.data, err);
    buf_free(&text);
    for (size_t k = 0; k < count && ok; k++)
      ok = write_looks(catalogue, ids[k], &measures[k], &borders, err);
  }
  free(ids);
  free(measures);
  return ok;
}
