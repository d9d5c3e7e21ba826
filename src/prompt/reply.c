/* reply.c - see reply.h
 * SPDX-License-Identifier: MIT */
#include "prompt/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

enum { KEY_MAX = 32, KEYS_MAX = 8, ATTRIBUTES_MAX = 24, DESCRIPTION_MAX = 400, VALUE_MAX = 200,
       TEXT_MAX = 20000 };

/* The error's place within the object becomes one within the whole reply. */
static void place_in_reply(const char *text, const char *open, struct err *err)
{
  long long line, column, before = 0;
  int skip = 0;
  const char *start = text;
  if (sscanf(err->text, "reply:%lld:%lld: %n", &line, &column, &skip) < 2)
    return;
  for (const char *p = text; p < open; p++)
    if (*p == '\n') {
      before++;
      start = p + 1;
    }
  struct err inner = *err;
  err_set(err, inner.code, "reply:%lld:%lld: %s", line + before,
          line == 1 ? column + (open - start) : column, inner.text + skip);
}

cJSON *reply_json(const char *text, struct err *err)
{
  const char *open = strchr(text, '{'), *close = strrchr(text, '}');
  if (!*text)
    return err_set(err, EX_DATAERR, "the reply is empty"), NULL;
  if (!open || !close || close < open)
    return err_set(err, EX_DATAERR, "the reply holds no JSON object: \"%.60s\"", text), NULL;
  cJSON *json = json_parse(open, (size_t)(close + 1 - open), "reply", err);
  if (!json)
    place_in_reply(text, open, err);
  return json;
}

static bool is_key(const char *text)
{
  size_t size = strlen(text);
  return size && size <= KEY_MAX && text[0] >= 'a' && text[0] <= 'z' &&
         strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_") == size;
}

/* A trimmed copy of a text member, made safe; where it is missing, empty or too long, an error. */
static char *take_text(const cJSON *object, const char *name, size_t limit, struct err *err)
{
  const char *text = json_str(object, name);
  if (!text) {
    err_set(err, EX_DATAERR, "the reply lacks \"%s\" as text", name);
    return NULL;
  }
  char *clean = utf8_clean(text, true);
  size_t start = strspn(clean, " \n\t"), size = strlen(clean);
  while (size > start && strchr(" \n\t", clean[size - 1]))
    size--;
  memmove(clean, clean + start, size - start);
  clean[size - start] = '\0';
  if (!*clean || size - start > limit) {
    err_set(err, EX_DATAERR, *clean ? "\"%s\" in the reply is longer than %zu bytes"
                                    : "\"%s\" in the reply is empty", name, limit);
    free(clean);
    return NULL;
  }
  return clean;
}

/* A text that must come back byte for byte: only outer blanks go. Missing or null is "" where it may be. */
static char *take_exact(const cJSON *object, const char *name, bool may_be_empty, struct err *err)
{
  const char *text = json_str(object, name);
  const cJSON *member = json_get(object, name);
  if (!text && !(may_be_empty && (!member || cJSON_IsNull(member))))
    return err_set(err, EX_DATAERR, "the reply lacks \"%s\" as text", name), NULL;
  text = text ? text + strspn(text, " \n\t\r") : "";
  size_t size = strlen(text);
  while (size && strchr(" \n\t\r", text[size - 1]))
    size--;
  if ((!size && !may_be_empty) || size > TEXT_MAX)
    return err_set(err, EX_DATAERR, size ? "\"%s\" in the reply is longer than %d bytes"
                                         : "\"%s\" in the reply is empty", name, TEXT_MAX), NULL;
  return mem_strndup(text, size);
}

/* Text, or NULL where the member is null, missing or empty. */
static char *take_optional(const cJSON *object, const char *name)
{
  const char *text = json_str(object, name);
  return text && *text ? utf8_clean(text, false) : NULL;
}

static char *take_key(const cJSON *object, struct err *err)
{
  char *key = take_text(object, "key", VALUE_MAX, err);
  if (key && !is_key(key)) {
    err_set(err, EX_DATAERR,
            "\"%.40s\" is no key: a small letter, then small letters, digits or _, at most 32", key);
    free(key);
    return NULL;
  }
  return key;
}

static bool take_array(const cJSON *json, const char *name, int limit, const cJSON **array,
                       struct err *err)
{
  *array = json_get(json, name);
  int count = cJSON_GetArraySize(*array);
  if (!cJSON_IsArray(*array) || count < 1)
    return err_set(err, EX_DATAERR, "the reply lacks \"%s\" as a list with something in it", name);
  if (count > limit)
    return err_set(err, EX_DATAERR, "\"%s\" in the reply has %d entries, more than %d", name, count,
                   limit);
  return true;
}

static bool read_attribute(const cJSON *entry, struct reply_attribute *out, struct err *err)
{
  out->key = take_key(entry, err);
  out->value = out->key ? take_text(entry, "value", VALUE_MAX, err) : NULL;
  out->evidence = take_optional(entry, "evidence");
  return out->value != NULL;
}

bool reply_read_describe(const cJSON *json, struct reply_describe *out, struct err *err)
{
  const cJSON *array, *entry;
  *out = (struct reply_describe){0};
  if (!(out->description = take_text(json, "description", DESCRIPTION_MAX, err)) ||
      !take_array(json, "attributes", ATTRIBUTES_MAX, &array, err))
    return false;
  out->attributes = mem_zero((size_t)cJSON_GetArraySize(array), sizeof *out->attributes);
  cJSON_ArrayForEach(entry, array)
    if (!read_attribute(entry, &out->attributes[out->attribute_count++], err))
      return false;
  return true;
}

static bool read_key(const cJSON *entry, struct reply_key *out, struct err *err)
{
  out->key = take_key(entry, err);
  out->value = out->key ? take_text(entry, "value", VALUE_MAX, err) : NULL;
  out->relevance = json_num(entry, "relevance", 0);
  out->visual_span = take_optional(entry, "visual_span");
  out->text_span = take_optional(entry, "text_span");
  if (!out->value)
    return false;
  if (!out->visual_span && !out->text_span)
    return err_set(err, EX_DATAERR, "the key \"%s\" has neither visual_span nor text_span", out->key);
  return true;
}

bool reply_read_mask(const cJSON *json, struct reply_mask *out, struct err *err)
{
  const cJSON *array, *entry;
  *out = (struct reply_mask){0};
  if (!take_array(json, "attributes", KEYS_MAX, &array, err))
    return false;
  out->keys = mem_zero((size_t)cJSON_GetArraySize(array), sizeof *out->keys);
  out->evidence = cJSON_CreateArray();
  cJSON_ArrayForEach(entry, array) {
    struct reply_key *key = &out->keys[out->key_count++];
    if (!read_key(entry, key, err))
      return false;
    for (int k = 0; k + 1 < out->key_count; k++)
      if (!strcmp(out->keys[k].key, key->key))
        return err_set(err, EX_DATAERR, "the key \"%s\" is masked twice", key->key);
    const cJSON *evidence = json_get(entry, "evidence");
    cJSON_AddItemToArray(out->evidence, evidence ? cJSON_Duplicate(evidence, 1) : cJSON_CreateNull());
  }
  out->visual_masked = take_exact(json, "visual_masked", true, err);
  out->text_masked = out->visual_masked ? take_exact(json, "text_masked", false, err) : NULL;
  return out->text_masked != NULL;
}

static bool read_values(const cJSON *json, struct reply_complete *out, struct err *err)
{
  const cJSON *values = json_get(json, "values"), *entry;
  int count = cJSON_GetArraySize(values);
  if (!cJSON_IsObject(values) || count < 1)
    return err_set(err, EX_DATAERR, "the reply lacks \"values\" as an object with something in it");
  if (count > KEYS_MAX)
    return err_set(err, EX_DATAERR, "\"values\" in the reply has more than %d entries", KEYS_MAX);
  out->values = mem_zero((size_t)count, sizeof *out->values);
  cJSON_ArrayForEach(entry, values) {
    if (!is_key(entry->string))
      return err_set(err, EX_DATAERR, "\"%.40s\" in \"values\" is no key", entry->string);
    char *value = take_text(values, entry->string, VALUE_MAX, err);
    if (!value)
      return false;
    out->values[out->value_count++] = (struct reply_value){mem_strdup(entry->string), value};
  }
  return true;
}

static bool read_entailed(const cJSON *json, struct reply_complete *out, struct err *err)
{
  const cJSON *array = json_get(json, "entailed"), *entry;
  int count = cJSON_GetArraySize(array);
  if (!cJSON_IsArray(array) || !count)
    return true;
  if (count > KEYS_MAX)
    return err_set(err, EX_DATAERR, "\"entailed\" in the reply has more than %d entries", KEYS_MAX);
  out->entailed = mem_zero((size_t)count, sizeof *out->entailed);
  cJSON_ArrayForEach(entry, array) {
    struct reply_entailed *e = &out->entailed[out->entailed_count++];
    const char *modality = json_str(entry, "modality");
    e->is_image = modality && !strcmp(modality, "image");
    if (!(e->key = take_key(entry, err)) ||
        !(e->original = take_text(entry, "original", VALUE_MAX, err)) ||
        !(e->intervened = take_text(entry, "intervened", VALUE_MAX, err)))
      return false;
  }
  return true;
}

bool reply_read_complete(const cJSON *json, struct reply_complete *out, struct err *err)
{
  *out = (struct reply_complete){0};
  if (!read_values(json, out, err) ||
      !(out->visual_negative = take_exact(json, "visual_negative", true, err)) ||
      !(out->text_negative = take_exact(json, "text_negative", false, err)) ||
      !read_entailed(json, out, err))
    return false;
  double strength = json_num(json, "strength", 0);
  out->strength = strength > 0 && strength <= 1 ? strength : 0;
  const cJSON *kept = json_get(json, "kept_mentions");
  if (cJSON_IsArray(kept) && cJSON_GetArraySize(kept) > 0)
    out->kept_mentions = cJSON_Duplicate(kept, 1);
  return true;
}

void reply_describe_free(struct reply_describe *reply)
{
  for (int k = 0; k < reply->attribute_count; k++) {
    free(reply->attributes[k].key);
    free(reply->attributes[k].value);
    free(reply->attributes[k].evidence);
  }
  free(reply->attributes);
  free(reply->description);
  *reply = (struct reply_describe){0};
}

void reply_mask_free(struct reply_mask *reply)
{
  for (int k = 0; k < reply->key_count; k++) {
    free(reply->keys[k].key);
    free(reply->keys[k].value);
    free(reply->keys[k].visual_span);
    free(reply->keys[k].text_span);
  }
  free(reply->keys);
  free(reply->visual_masked);
  free(reply->text_masked);
  cJSON_Delete(reply->evidence);
  *reply = (struct reply_mask){0};
}

void reply_complete_free(struct reply_complete *reply)
{
  for (int k = 0; k < reply->value_count; k++) {
    free(reply->values[k].key);
    free(reply->values[k].value);
  }
  for (int k = 0; k < reply->entailed_count; k++) {
    free(reply->entailed[k].key);
    free(reply->entailed[k].original);
    free(reply->entailed[k].intervened);
  }
  free(reply->values);
  free(reply->entailed);
  free(reply->visual_negative);
  free(reply->text_negative);
  cJSON_Delete(reply->kept_mentions);
  *reply = (struct reply_complete){0};
}
