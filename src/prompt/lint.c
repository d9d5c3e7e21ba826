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
  const char *file;
};

__attribute__((format(printf, 2, 3)))
static void find(struct findings *findings, const char *format, ...)
{
  char text[1200];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  VEC_PUSH(findings->list, findings->count, findings->room) =
    (struct finding){mem_printf("%s: %s", findings->file, text)};
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
  for (size_t k = 0; k < COUNT_OF(needed); k++)
    if ((int)needed[k].index == template_named(prompt->name) && !has_field(prompt, needed[k].field))
      find(findings, "{{%s}} is missing: %s", needed[k].field, needed[k].why);
  if (!strcmp(prompt->name, "describe") && !prompt->sends_picture)
    find(findings, "inputs names no picture: describe could not see it");
  if (!strstr(prompt->user, "JSON") && !strstr(prompt->system, "JSON"))
    find(findings, "nothing says that the answer is JSON; servers that drop the schema need it");
}

static bool is_required(const cJSON *schema, const char *name)
{
  const cJSON *entry;
  cJSON_ArrayForEach(entry, json_get(schema, "required"))
    if (cJSON_IsString(entry) && !strcmp(entry->valuestring, name))
      return true;
  return false;
}

static void lint_bounds(struct findings *findings, const cJSON *schema, const char *at)
{
  static const char *const bounds[] = {"minLength", "maxLength", "minItems", "maxItems"};
  static const char *const dropped[] = {"multipleOf", "uniqueItems", "minProperties",
                                        "maxProperties"};
  for (size_t k = 0; k < COUNT_OF(bounds); k++)
    if (json_num(schema, bounds[k], 0) >= BOUND_MAX)
      find(findings, "%s: %s %.0f: keep bounds below %d, greater ones are dropped or refused", at,
           bounds[k], json_num(schema, bounds[k], 0), BOUND_MAX);
  for (size_t k = 0; k < COUNT_OF(dropped); k++)
    if (json_get(schema, dropped[k]))
      find(findings, "%s: %s is not enforced by llama-server", at, dropped[k]);
  const char *type = json_str(schema, "type"), *pattern = json_str(schema, "pattern");
  if (type && !strcmp(type, "number") && (json_get(schema, "minimum") || json_get(schema, "maximum")))
    find(findings, "%s: bounds of a number are not enforced by llama-server", at);
  size_t size = pattern ? strlen(pattern) : 0;
  if (pattern && (size < 2 || pattern[0] != '^' || pattern[size - 1] != '$'))
    find(findings, "%s: a pattern without ^ and $ allows any text", at);
}

static void lint_schema(struct findings *findings, const cJSON *schema, const char *at, int depth)
{
  const cJSON *property, *properties = json_get(schema, "properties");
  if (!cJSON_IsObject(schema) || depth > DEPTH_MAX)
    return;
  lint_bounds(findings, schema, at);
  cJSON_ArrayForEach(property, properties) {
    char *below = mem_printf("%s.%s", at, property->string);
    if (!is_required(schema, property->string))
      find(findings, "%s is not required: then it is often left out", below);
    lint_schema(findings, property, below, depth + 1);
    free(below);
  }
  char *items = mem_printf("%s[]", at);
  lint_schema(findings, json_get(schema, "items"), items, depth + 1);
  free(items);
}

int template_lint(const char *workspace, const char *name, struct finding **list)
{
  struct err err;
  struct findings findings = {0};
  struct prompt_template *prompt = template_load(workspace, name, &err);
  if (prompt) {
    findings.file = prompt->path;
    lint_fields(&findings, prompt);
    cJSON *schema = cJSON_Parse(prompt->schema);
    lint_schema(&findings, schema, "reply", 0);
    if (!schema || !json_get(schema, "properties"))
      find(&findings, "the reply schema names no properties: it would constrain nothing");
    cJSON_Delete(schema);
  } else {
    VEC_PUSH(findings.list, findings.count, findings.room) = (struct finding){mem_strdup(err.text)};
  }
  template_free(prompt);
  *list = findings.list;
  return findings.count;
}

void findings_free(struct finding *findings, int count)
{
  for (int k = 0; k < count; k++)
    free(findings[k].text);
  free(findings);
}
