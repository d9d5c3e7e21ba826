/* faults.c - see faults.h
 *
 * The reply is walked as text, beside the schema, so that every value has its place: cJSON forgets
 * where things stood.
 * SPDX-License-Identifier: MIT */
#include "prompt/faults.h"

#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "prompt/reply.h"

enum { FAULTS_MAX = 20 };

struct walk {
  const char *reply;
  struct reply_fault *faults;
  int count, room;
};

__attribute__((format(printf, 3, 4)))
static void find(struct walk *walk, const char *at, const char *format, ...)
{
  struct reply_fault fault = {.at = (size_t)(at - walk->reply), .line = 1, .column = 1};
  va_list arguments;
  if (walk->count == FAULTS_MAX)
    return;
  for (const char *p = walk->reply; p < at; p++) {
    fault.column = *p == '\n' ? 1 : fault.column + 1;
    fault.line += *p == '\n';
  }
  va_start(arguments, format);
  fault.what = mem_vprintf(format, arguments);
  va_end(arguments);
  VEC_PUSH(walk->faults, walk->count, walk->room) = fault;
}

static const char *type_of(const char *text)
{
  switch (*text) {
  case '{': return "object";
  case '[': return "array";
  case '"': return "string";
  case 't':
  case 'f': return "boolean";
  case 'n': return "null";
  default: return "number";
  }
}

static bool is_of_type(const struct json_span *value, const char *type)
{
  if (!strcmp(type, "integer"))
    return !strcmp(type_of(value->text), "number") && !memchr(value->text, '.', value->size);
  return !strcmp(type_of(value->text), type);
}

/* "type" is a name or a list of names. */
static bool type_holds(struct walk *walk, const cJSON *schema, const struct json_span *value)
{
  const cJSON *type = json_get(schema, "type"), *entry;
  const char *wanted = json_str(schema, "type");
  bool is_one = !type || (wanted && is_of_type(value, wanted));
  cJSON_ArrayForEach(entry, type) {
    is_one = is_one || (cJSON_IsString(entry) && is_of_type(value, entry->valuestring));
    wanted = wanted ? wanted : cJSON_GetStringValue(entry);
  }
  if (!is_one)
    find(walk, value->text, "expected %s, found %s", wanted ? wanted : "another type",
         type_of(value->text));
  return is_one;
}

static void check_enum(struct walk *walk, const cJSON *schema, const struct json_span *value)
{
  const cJSON *allowed = json_get(schema, "enum"), *entry;
  cJSON *found = allowed ? cJSON_ParseWithLength(value->text, value->size) : NULL;
  bool is_one = !allowed;
  cJSON_ArrayForEach(entry, allowed)
    is_one = is_one || cJSON_Compare(entry, found, 1);
  if (!is_one)
    find(walk, value->text, "not one of the values that the schema allows");
  cJSON_Delete(found);
}

static void check_bounds(struct walk *walk, const cJSON *schema, const char *at, double size,
                         const char *least, const char *most, const char *unit)
{
  if (size < json_num(schema, least, 0))
    find(walk, at, "has %.0f %s, at least %.0f are needed", size, unit, json_num(schema, least, 0));
  if (size > json_num(schema, most, size))
    find(walk, at, "has %.0f %s, at most %.0f are allowed", size, unit, json_num(schema, most, 0));
}

static void check_string(struct walk *walk, const cJSON *schema, const struct json_span *value)
{
  const char *pattern = json_str(schema, "pattern");
  char *text = mem_strndup(value->text + 1, value->size - 2);
  size_t size = json_unquoted(text, strlen(text), text), characters = 0;
  regex_t expression;
  text[size] = '\0';
  for (size_t k = 0; k < size; k++)
    characters += ((unsigned char)text[k] & 0xc0) != 0x80;
  check_bounds(walk, schema, value->text, (double)characters, "minLength", "maxLength", "characters");
  if (pattern && regcomp(&expression, pattern, REG_EXTENDED | REG_NOSUB) == 0) {
    if (regexec(&expression, text, 0, NULL, 0) != 0)
      find(walk, value->text, "is not of the form %s", pattern);
    regfree(&expression);
  }
  free(text);
}

static void check_value(struct walk *walk, const cJSON *schema, const struct json_span *value);

static bool is_key(const struct json_span *child, const char *name)
{
  return child->key && child->key_size == strlen(name) && !memcmp(child->key, name, child->key_size);
}

static void check_object(struct walk *walk, const cJSON *schema, const struct json_span *value,
                         const struct json_spans *children)
{
  const cJSON *others = json_get(schema, "additionalProperties"), *name, *property;
  cJSON_ArrayForEach(name, json_get(schema, "required")) {
    bool is_there = !cJSON_IsString(name);
    for (size_t k = 0; k < children->count && !is_there; k++)
      is_there = is_key(&children->at[k], name->valuestring);
    if (!is_there)
      find(walk, value->text, "\"%s\" is missing here", name->valuestring);
  }
  for (size_t k = 0; k < children->count; k++) {
    const cJSON *known = NULL;
    cJSON_ArrayForEach(property, json_get(schema, "properties"))
      if (is_key(&children->at[k], property->string))
        known = property;
    if (known || cJSON_IsObject(others))
      check_value(walk, known ? known : others, &children->at[k]);
  }
}

static void check_array(struct walk *walk, const cJSON *schema, const struct json_span *value,
                        const struct json_spans *children)
{
  const cJSON *items = json_get(schema, "items");
  check_bounds(walk, schema, value->text, (double)children->count, "minItems", "maxItems",
               "entries");
  for (size_t k = 0; k < children->count && cJSON_IsObject(items); k++)
    check_value(walk, items, &children->at[k]);
}

/* As deep as JSON that json_parse let through. */
static void check_value(struct walk *walk, const cJSON *schema, const struct json_span *value)
{
  struct json_spans children = {0};
  struct err ignored;
  const char *type = type_of(value->text);
  if (!type_holds(walk, schema, value))
    return;
  check_enum(walk, schema, value);
  if (!strcmp(type, "string"))
    check_string(walk, schema, value);
  if ((*type == 'o' || *type == 'a') &&
      json_children(value->text, value->size, "reply", 1, &children, &ignored)) {
    if (*type == 'o')
      check_object(walk, schema, value, &children);
    else
      check_array(walk, schema, value, &children);
  }
  free(children.at);
}

/* Does the reason speak of this member: "name" in quotes, or at its beginning before a colon? */
static bool speaks_of(const char *reason, const struct json_span *member)
{
  char *quoted = mem_printf("\"%.*s\"", (int)member->key_size, member->key);
  bool is_meant = strstr(reason, quoted) != NULL ||
                  (!strncmp(reason, member->key, member->key_size) && reason[member->key_size] == ':');
  free(quoted);
  return is_meant;
}

static void point_at_member(struct walk *walk, const struct json_span *whole, const char *reason)
{
  struct json_spans children = {0};
  struct err ignored;
  const char *at = whole->text;
  if (json_children(whole->text, whole->size, "reply", 1, &children, &ignored))
    for (size_t k = 0; k < children.count && at == whole->text; k++)
      if (speaks_of(reason, &children.at[k]))
        at = children.at[k].text;
  find(walk, at, "%s", reason);
  free(children.at);
}

/* The place that an error of reply_json begins with; the reply's start when it has none. */
static void point_at_break(struct walk *walk, const struct err *err)
{
  int line = 1, column = 1, skip = 0;
  const char *at = walk->reply;
  if (sscanf(err->text, "reply:%d:%d: %n", &line, &column, &skip) < 2)
    line = column = 1;
  for (; line > 1 && (at = strchr(at, '\n')) != NULL; line--)
    at++;
  size_t left = strlen(at ? at : walk->reply);
  at = (at ? at : walk->reply) + ((size_t)column - 1 < left ? (size_t)column - 1 : left);
  find(walk, at, "%s", err->text + skip);
}

static int by_place(const void *a, const void *b)
{
  const struct reply_fault *x = a, *y = b;
  return (x->at > y->at) - (x->at < y->at);
}

int reply_faults(const char *schema, const char *reply, const char *reason,
                 struct reply_fault **faults)
{
  struct walk walk = {.reply = reply};
  struct err err;
  cJSON *rules = cJSON_Parse(schema), *json = reply_json(reply, &err);
  const char *open = strchr(reply, '{'), *close = strrchr(reply, '}');
  if (!json) {
    point_at_break(&walk, &err);
  } else {
    const struct json_span whole = {.text = open, .size = (size_t)(close + 1 - open)};
    check_value(&walk, rules, &whole);
    if (reason && !walk.count)
      point_at_member(&walk, &whole, reason);
  }
  cJSON_Delete(json);
  cJSON_Delete(rules);
  if (walk.count)
    qsort(walk.faults, (size_t)walk.count, sizeof *walk.faults, by_place);
  *faults = walk.faults;
  return walk.count;
}

void reply_faults_free(struct reply_fault *faults, int count)
{
  for (int k = 0; k < count; k++)
    free(faults[k].what);
  free(faults);
}
