/* manifest.c - see manifest.h
 * SPDX-License-Identifier: MIT */
#include "data/manifest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"

enum { VERSION = 1 };

const char *const field_kind_names[] = {
  [FIELD_TITLE] = "title", [FIELD_VALUE] = "value", [FIELD_LIST] = "list",
  [FIELD_PROSE] = "prose", [FIELD_OTHER] = "other",
};

void manifest_add_field(struct manifest *manifest, const char *key, enum field_kind kind)
{
  size_t count = (size_t)manifest->field_count + 1;
  manifest->keys = mem_grow(manifest->keys, count, sizeof *manifest->keys);
  manifest->kinds = mem_grow(manifest->kinds, count, sizeof *manifest->kinds);
  manifest->keys[manifest->field_count] = mem_strdup(key);
  manifest->kinds[manifest->field_count++] = kind;
}

bool manifest_kind(const struct manifest *manifest, const char *key, enum field_kind *kind)
{
  for (int k = 0; k < manifest->field_count; k++)
    if (!strcmp(manifest->keys[k], key)) {
      *kind = manifest->kinds[k];
      return true;
    }
  return false;
}

void manifest_free(struct manifest *manifest)
{
  for (int k = 0; k < manifest->field_count; k++)
    free(manifest->keys[k]);
  free(manifest->keys);
  free(manifest->kinds);
  free(manifest->split);
  *manifest = (struct manifest){0};
}

static bool take_fields(struct manifest *manifest, const cJSON *fields)
{
  const cJSON *entry;
  cJSON_ArrayForEach(entry, fields) {
    size_t kind = 0;
    const char *name = cJSON_GetStringValue(entry);
    while (kind < COUNT_OF(field_kind_names) && name && strcmp(field_kind_names[kind], name) != 0)
      kind++;
    if (!name || kind == COUNT_OF(field_kind_names))
      return false;
    manifest_add_field(manifest, entry->string, (enum field_kind)kind);
  }
  return true;
}

static bool take_split(struct manifest *manifest, const cJSON *split)
{
  const char *kind = json_str(split, "kind");
  manifest->seed = (int64_t)json_num(split, "seed", -1);
  manifest->repeats_split = json_bool(split, "repeated", false);
  if (!kind)
    return split == NULL;
  manifest->split = mem_strdup(kind);
  return !strcmp(kind, "random") || !strcmp(kind, "time") || !strcmp(kind, "given");
}

bool manifest_read(struct manifest *manifest, const char *path, struct err *err)
{
  size_t size;
  *manifest = (struct manifest){.min_rating = NAN, .seed = -1};
  if (!path_is_file(path))
    return true;
  char *text = path_read(path, 0, &size, err);
  cJSON *json = text ? json_parse(text, size, path, err) : NULL;
  free(text);
  if (!json)
    return false;
  manifest->is_there = true;
  manifest->has_escapes = json_bool(json, "escapes", false);
  manifest->min_rating = json_num(json, "min_rating", NAN);
  manifest->k_core = (int)json_num(json, "k_core", 0);
  double version = json_num(json, "neggen_export", 0);
  bool ok = take_fields(manifest, json_get(json, "fields")) &&
            take_split(manifest, json_get(json, "split"));
  cJSON_Delete(json);
  if (version > VERSION)
    err_set(err, EX_DATAERR, "%s was written by a newer neggen: use that one", path);
  else if (!ok || version < VERSION)
    err_set(err, EX_DATAERR, "%s is none that neggen export wrote: take it away, or name the files",
            path);
  ok = ok && version == VERSION;
  if (!ok)
    manifest_free(manifest);
  return ok;
}

bool manifest_write(const struct manifest *manifest, const char *path, struct err *err)
{
  cJSON *json = cJSON_CreateObject();
  json_add_int(json, "neggen_export", VERSION);
  cJSON *fields = json_add_object(json, "fields");
  for (int k = 0; k < manifest->field_count; k++)
    json_add_str(fields, manifest->keys[k], field_kind_names[manifest->kinds[k]]);
  cJSON *split = json_add_object(json, "split");
  json_add_str(split, "kind", manifest->split);
  json_add_int(split, "seed", manifest->seed);
  json_add_bool(split, "repeated", manifest->repeats_split);
  json_add_num(json, "min_rating", manifest->min_rating);
  json_add_int(json, "k_core", manifest->k_core);
  json_add_bool(json, "escapes", manifest->has_escapes);
  char *text = json_pretty(json);
  bool ok = path_write(path, text, strlen(text), err);
  free(text);
  cJSON_Delete(json);
  return ok;
}
