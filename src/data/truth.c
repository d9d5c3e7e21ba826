/* truth.c - see truth.h
 * SPDX-License-Identifier: MIT */
#include "data/truth.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"

#define SIZE_LIMIT ((size_t)256 << 20)

/* ---- attributes by number */

struct reader {
  const char *path;
  struct truth *truth;
  struct intern names; /* "0 color purple" */
  size_t room;
};

static int32_t attribute(struct reader *reader, enum modality modality, const char *key,
                         const char *value)
{
  struct truth *truth = reader->truth;
  char *name = mem_printf("%d\t%s\t%s", modality, key, value);
  int32_t number = intern_add(&reader->names, name, strlen(name));
  free(name);
  if (number == truth->attribute_count) {
    size_t count = (size_t)truth->attribute_count;
    struct truth_attribute one = {modality, mem_strdup(key), mem_strdup(value), -1};
    VEC_PUSH(truth->attributes, count, reader->room) = one;
    truth->attribute_count = (int32_t)count;
  }
  return number;
}

static bool read_modality(const cJSON *object, enum modality *out)
{
  const char *name = json_str(object, "modality");
  for (int m = 0; name && m < MODALITIES; m++)
    if (!strcmp(name, modality_names[m])) {
      *out = (enum modality)m;
      return true;
    }
  return false;
}

/* {"modality":..,"key":..,"value":..}; -1 when it is not that. */
static int32_t read_pair(struct reader *reader, const cJSON *object)
{
  enum modality modality;
  const char *key = json_str(object, "key"), *value = json_str(object, "value");
  return key && value && read_modality(object, &modality) ? attribute(reader, modality, key, value)
                                                          : -1;
}

/* ---- the parts of the file */

static int by_number(const void *a, const void *b)
{
  int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return (x > y) - (x < y);
}

/* The attributes of one item, ascending; their number. */
static int read_item(struct reader *reader, const cJSON *row, int32_t *out, int most)
{
  int count = 0;
  for (int m = 0; m < MODALITIES; m++) {
    const cJSON *side = json_get(row, modality_names[m]);
    for (const cJSON *field = side ? side->child : NULL; field; field = field->next) {
      const cJSON *value = cJSON_IsArray(field) ? field->child : field;
      for (; value && count < most; value = cJSON_IsArray(field) ? value->next : NULL)
        if (cJSON_IsString(value))
          out[count++] = attribute(reader, (enum modality)m, field->string, value->valuestring);
    }
  }
  qsort(out, (size_t)count, sizeof *out, by_number);
  return count;
}

enum { ATTRIBUTES_MOST = 64 };

static bool read_items(struct reader *reader, const cJSON *list, const struct intern *items,
                       struct err *err)
{
  struct truth *truth = reader->truth;
  int64_t count = items->count, known = 0, total = 0;
  int32_t(*rows)[ATTRIBUTES_MOST] = mem_zero((size_t)count + 1, sizeof *rows);
  int *sizes = mem_zero((size_t)count + 1, sizeof *sizes);
  for (const cJSON *row = list->child; row; row = row->next) {
    const char *key = json_str(row, "item");
    int64_t item = key ? intern_find(items, key, strlen(key)) : -1;
    if (item < 0 || sizes[item])
      continue;
    sizes[item] = read_item(reader, row, rows[item], ATTRIBUTES_MOST);
    total += sizes[item];
    known++;
  }
  truth->held.start = mem_zero((size_t)count + 1, sizeof *truth->held.start);
  truth->held.item = mem_zero((size_t)total + 1, sizeof *truth->held.item);
  for (int64_t i = 0; i < count; i++) {
    truth->held.start[i + 1] = truth->held.start[i] + sizes[i];
    memcpy(truth->held.item + truth->held.start[i], rows[i],
           (size_t)sizes[i] * sizeof *rows[i]);
  }
  free(rows);
  free(sizes);
  return known == count ||
         err_set(err, EX_DATAERR, "%s knows %lld of the catalogue's %lld items: it is of another one",
                 reader->path, (long long)known, (long long)count);
}

static void read_user(struct reader *reader, const cJSON *row, struct truth_user *user)
{
  for (const cJSON *like = json_get(row, "likes")->child; like && user->count < TRUTH_LIKES;
       like = like->next) {
    int32_t number = read_pair(reader, like);
    if (number < 0)
      continue;
    user->like[user->count] = number;
    user->weight[user->count++] = json_num(like, "weight", 1);
  }
}

static void read_users(struct reader *reader, const cJSON *list, char *const *users, int32_t count)
{
  struct intern keys = {0};
  reader->truth->users = mem_zero((size_t)count + 1, sizeof *reader->truth->users);
  for (int32_t u = 0; u < count; u++)
    intern_add(&keys, users[u], strlen(users[u]));
  for (const cJSON *row = list->child; row; row = row->next) {
    const char *key = json_str(row, "user");
    int64_t user = key ? intern_find(&keys, key, strlen(key)) : -1;
    if (user >= 0 && cJSON_IsArray(json_get(row, "likes")) && !reader->truth->users[user].count)
      read_user(reader, row, &reader->truth->users[user]);
  }
  intern_free(&keys);
}

static void read_decoys(struct reader *reader, const cJSON *list)
{
  for (const cJSON *row = list ? list->child : NULL; row; row = row->next) {
    int32_t decoy = read_pair(reader, json_get(row, "decoy"));
    int32_t partner = read_pair(reader, json_get(row, "partner"));
    if (decoy >= 0)
      reader->truth->attributes[decoy].partner = partner;
  }
}

bool truth_load(const char *path, const struct intern *items, char *const *users,
                int32_t user_count, struct truth *out, struct err *err)
{
  struct reader reader = {.path = path, .truth = out};
  size_t size;
  *out = (struct truth){0};
  char *text = path_read(path, SIZE_LIMIT, &size, err);
  cJSON *json = text ? json_parse(text, size, path, err) : NULL;
  bool ok = json != NULL;
  if (ok && (!cJSON_IsArray(json_get(json, "items")) || !cJSON_IsArray(json_get(json, "users"))))
    ok = err_set(err, EX_DATAERR, "%s tells of no items and users: it is no truth of samples", path);
  ok = ok && read_items(&reader, json_get(json, "items"), items, err);
  if (ok) {
    const cJSON *counts = json_get(json, "interactions");
    out->off_taste = json_num(counts, "off_taste", 0) / json_num(counts, "all", 1);
    read_users(&reader, json_get(json, "users"), users, user_count);
    read_decoys(&reader, json_get(json, "decoys"));
  }
  intern_free(&reader.names);
  cJSON_Delete(json);
  free(text);
  if (!ok)
    truth_free(out);
  return ok;
}

void truth_free(struct truth *truth)
{
  for (int32_t a = 0; a < truth->attribute_count; a++) {
    free(truth->attributes[a].key);
    free(truth->attributes[a].value);
  }
  free(truth->attributes);
  free(truth->held.start);
  free(truth->held.item);
  free(truth->users);
  *truth = (struct truth){0};
}

/* ---- questions */

int32_t truth_of_item(const struct truth *truth, int32_t item, enum modality modality,
                      const char *key, const char *value)
{
  int32_t found = -1, count = 0;
  for (int64_t e = truth->held.start[item]; e < truth->held.start[item + 1]; e++) {
    const struct truth_attribute *one = &truth->attributes[truth->held.item[e]];
    if (one->modality != modality || strcmp(one->key, key) != 0)
      continue;
    if (!strcmp(one->value, value))
      return truth->held.item[e];
    found = truth->held.item[e];
    count++;
  }
  return count == 1 ? found : -1;
}

bool truth_has(const struct truth *truth, int32_t item, int32_t attribute)
{
  return bsearch(&attribute, truth->held.item + truth->held.start[item],
                 (size_t)(truth->held.start[item + 1] - truth->held.start[item]),
                 sizeof attribute, by_number) != NULL;
}

bool truth_likes(const struct truth *truth, int32_t user, int32_t attribute)
{
  for (int k = 0; k < truth->users[user].count; k++)
    if (truth->users[user].like[k] == attribute)
      return true;
  return false;
}
