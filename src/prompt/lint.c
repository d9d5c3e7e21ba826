/* lint.c - see lint.h
 * SPDX-License-Identifier: MIT */
#include "prompt/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"

enum { BOUND_MAX = 1500, DEPTH_MAX = 32 };

struct findings {
  struct finding *list;
  int count, room;
  const char *file, *text; /* that is looked at */
};

/* Something is wrong at byte `at` of the text. */
__attribute__((format(printf, 3, 4)))
static void find(struct findings *findings, size_t at, const char *format, ...)
{
  char what[1200];
  int line = 1, column = 1;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  for (size_t k = 0; k < at; k++) {
    bool is_new = findings->text[k] == '\n';
    line += is_new;
    column = is_new ? 1 : column + 1;
  }
  VEC_PUSH(findings->list, findings->count, findings->room) =
    (struct finding){mem_printf("%s:%d:%d: %s", findings->file, line, column, what)};
}

/* Without these a template cannot do its work. */
static const struct {
  enum template_index index;
  const char *field, *why;
} needed[] = {
  {MASK, "description", "there is no other way to know the picture's description"},
  {MASK, "document", "the text is to be masked"},
  {COMPLETE, "text_masked", "the text is to be completed"},
  {COMPLETE, "visual_masked", "the picture's description is to be completed"},
  {COMPLETE, "key_values", "new values must differ from the old ones"},
};

static bool has_field(const struct prompt_template *prompt, const char *name)
{
  char *field = mem_printf("{{%s}}", name);
  bool has = strstr(prompt->user, field) || strstr(prompt->system, field);
  free(field);
  return has;
}

static void lint_fields(struct findings *findings, const struct prompt_template *prompt)
{
  size_t user = template_place(prompt, "user:");
  for (size_t k = 0; k < COUNT_OF(needed); k++)
    if ((int)needed[k].index == template_named(prompt->name) && !has_field(prompt, needed[k].field))
      find(findings, user, "{{%s}} is missing: %s", needed[k].field, needed[k].why);
  if (!strcmp(prompt->name, "describe") && !prompt->sends_picture)
    find(findings, template_place(prompt, "inputs:"), "inputs names no picture: describe could not see it");
  if (!strstr(prompt->user, "JSON") && !strstr(prompt->system, "JSON"))
    find(findings, user, "nothing says that the answer is JSON; servers that drop the schema need it");
}

static bool is_required(const cJSON *schema, const char *name)
{
  const cJSON *entry;
  cJSON_ArrayForEach(entry, json_get(schema, "required"))
    if (cJSON_IsString(entry) && !strcmp(entry->valuestring, name))
      return true;
  return false;
}

/* Where a key stands, at or behind `from`; `from` when it does not (it is written otherwise). */
static size_t place_of(const struct findings *findings, size_t from, const char *key)
{
  char *name = mem_printf("\"%s\"", key);
  const char *at = findings->text + from;
  while ((at = strstr(at, name)) != NULL && at[strlen(name) + strspn(at + strlen(name), " \t\r\n")] != ':')
    at++;
  free(name);
  return at ? (size_t)(at - findings->text) : from;
}

/* Of the schema that begins at byte `at` of the text; `path` names it. */
static void lint_bounds(struct findings *findings, const cJSON *schema, size_t at, const char *path)
{
  static const char *const bounds[] = {"minLength", "maxLength", "minItems", "maxItems"};
  static const char *const dropped[] = {"multipleOf", "uniqueItems", "minProperties",
                                        "maxProperties"};
  for (size_t k = 0; k < COUNT_OF(bounds); k++)
    if (json_num(schema, bounds[k], 0) >= BOUND_MAX)
      find(findings, place_of(findings, at, bounds[k]),
           "%s: %s %.0f: keep bounds below %d, greater ones are dropped or refused", path, bounds[k],
           json_num(schema, bounds[k], 0), BOUND_MAX);
  for (size_t k = 0; k < COUNT_OF(dropped); k++)
    if (json_get(schema, dropped[k]))
      find(findings, place_of(findings, at, dropped[k]), "%s: %s is not enforced by llama-server", path,
           dropped[k]);
  const char *type = json_str(schema, "type"), *pattern = json_str(schema, "pattern");
  if (type && !strcmp(type, "number") && (json_get(schema, "minimum") || json_get(schema, "maximum")))
    find(findings, place_of(findings, at, json_get(schema, "minimum") ? "minimum" : "maximum"),
         "%s: bounds of a number are not enforced by llama-server", path);
  size_t size = pattern ? strlen(pattern) : 0;
  if (pattern && (size < 2 || pattern[0] != '^' || pattern[size - 1] != '$'))
    find(findings, place_of(findings, at, "pattern"), "%s: a pattern without ^ and $ allows any text",
         path);
}

static void lint_schema(struct findings *findings, const cJSON *schema, size_t at, const char *path,
                        int depth)
{
  const cJSON *property, *properties = json_get(schema, "properties");
  if (!cJSON_IsObject(schema) || depth > DEPTH_MAX)
    return;
  lint_bounds(findings, schema, at, path);
  size_t inside = place_of(findings, at, "properties");
  cJSON_ArrayForEach(property, properties) {
    char *below = mem_printf("%s.%s", path, property->string);
    size_t place = place_of(findings, inside, property->string);
    if (!is_required(schema, property->string))
      find(findings, place, "%s is not required: then it is often left out", below);
    lint_schema(findings, property, place, below, depth + 1);
    free(below);
  }
  char *items = mem_printf("%s[]", path);
  lint_schema(findings, json_get(schema, "items"), place_of(findings, at, "items"), items, depth + 1);
  free(items);
}

int template_lint(const char *workspace, const char *name, struct finding **list)
{
  struct err err;
  struct findings findings = {0};
  struct prompt_template *prompt = template_load(workspace, name, &err);
  if (prompt) {
    findings.file = prompt->path;
    findings.text = prompt->text;
    lint_fields(&findings, prompt);
    cJSON *schema = cJSON_Parse(prompt->schema);
    findings.file = prompt->schema_path;
    findings.text = prompt->schema;
    lint_schema(&findings, schema, 0, "reply", 0);
    if (!schema || !json_get(schema, "properties"))
      find(&findings, 0, "the reply schema names no properties: it would constrain nothing");
    cJSON_Delete(schema);
  } else {
    VEC_PUSH(findings.list, findings.count, findings.room) = (struct finding){mem_strdup(err.text)};
  }
  template_free(prompt);
  *list = findings.list;
  return findings.count;
}

char *template_finding(const struct prompt_template *prompt, size_t at, const char *what)
{
  struct findings findings = {.file = prompt->path, .text = prompt->text};
  find(&findings, at, "%s", what);
  char *text = findings.list[0].text;
  free(findings.list);
  return text;
}

void findings_free(struct finding *findings, int count)
{
  for (int k = 0; k < count; k++)
    free(findings[k].text);
  free(findings);
}
