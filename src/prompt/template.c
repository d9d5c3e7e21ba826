/* template.c - see template.h
 * SPDX-License-Identifier: MIT */
#include "prompt/template.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "prompt/safe.h"

const char *const template_names[TEMPLATE_COUNT] = {"describe", "mask", "complete"};

const struct prompt_field prompt_fields[] = {
#define PROMPT_FIELD_ROW(name, first, help) {#name, first, help},
  PROMPT_FIELDS(PROMPT_FIELD_ROW){0},
};

int template_named(const char *name)
{
  for (int k = 0; k < TEMPLATE_COUNT; k++)
    if (!strcmp(template_names[k], name))
      return k;
  return -1;
}

static int field_named(const char *name, size_t size)
{
  for (int k = 0; k < PROMPT_FIELD_COUNT; k++)
    if (strlen(prompt_fields[k].name) == size && !strncmp(prompt_fields[k].name, name, size))
      return k;
  return -1;
}

/* A text being read line by line. */
struct reader {
  const char *path, *text, *p;
  int line;
};

static bool refuse(const struct reader *reader, int column, struct err *err, const char *message,
                   const char *shown)
{
  return err_set(err, EX_DATAERR, "%s:%d:%d: %s%s", reader->path,
                 reader->line ? reader->line : 1, column, message, shown);
}

/* The next line without its end, NULL at the end. The caller frees. */
static char *read_line(struct reader *reader)
{
  if (!*reader->p)
    return NULL;
  size_t size = strcspn(reader->p, "\n");
  char *line = mem_strndup(reader->p, size);
  reader->p += size + (reader->p[size] == '\n');
  reader->line++;
  size = strlen(line);
  if (size && line[size - 1] == '\r')
    line[size - 1] = '\0';
  return line;
}

static bool has_word(const char *words, const char *word)
{
  size_t size = strlen(word);
  for (const char *p = words; (p = strstr(p, word)) != NULL; p += size)
    if ((p == words || p[-1] == ' ' || p[-1] == ',') && (!p[size] || p[size] == ' ' || p[size] == ','))
      return true;
  return false;
}

static bool take_number(const struct reader *reader, const char *value, double least, double most,
                        double *out, struct err *err)
{
  char *end;
  *out = strtod(value, &end);
  if (end != value && !*end && isfinite(*out) && *out >= least && *out <= most)
    return true;
  return err_set(err, EX_DATAERR, "%s:%d:1: expected a number from %g to %g, found \"%s\"",
                 reader->path, reader->line, least, most, value);
}

static bool take_setting(const struct reader *reader, struct prompt_template *prompt, char *line,
                         char **schema_name, struct err *err)
{
  char *colon = strchr(line, ':');
  if (!colon)
    return refuse(reader, 1, err, "expected \"name: value\" or \"---\", found ", line);
  *colon = '\0';
  const char *value = colon + 1 + strspn(colon + 1, " ");
  double number = 0;
  if (!strcmp(line, "name")) {
    if (strcmp(value, prompt->name))
      return refuse(reader, 1, err, "the name is not that of the file: ", value);
  } else if (!strcmp(line, "version")) {
    if (!take_number(reader, value, 1, 1e6, &number, err))
      return false;
    prompt->version = (int)number;
  } else if (!strcmp(line, "inputs")) {
    prompt->sends_picture = has_word(value, "picture");
  } else if (!strcmp(line, "schema")) {
    free(*schema_name);
    *schema_name = mem_strdup(value);
  } else if (!strcmp(line, "max_tokens")) {
    if (!take_number(reader, value, 1, 100000, &number, err))
      return false;
    prompt->max_tokens = (int)number;
  } else if (!strcmp(line, "temperature")) {
    return take_number(reader, value, 0, 2, &prompt->temperature, err);
  } else {
    return refuse(reader, 1, err, "no setting ", line);
  }
  return true;
}

static bool check_fields(const struct reader *reader, const char *line, enum template_index index,
                         struct err *err)
{
  for (const char *p = line; (p = strstr(p, "{{")) != NULL;) {
    int column = (int)(p - line) + 1;
    const char *close = strstr(p, "}}");
    if (!close)
      return refuse(reader, column, err, "\"{{\" without \"}}\"", "");
    int field = field_named(p + 2, (size_t)(close - p - 2));
    if (field < 0 || prompt_fields[field].first > index) {
      char *name = mem_strndup(p + 2, (size_t)(close - p - 2));
      refuse(reader, column, err, field < 0 ? "no field " : "not known yet in this template: ", name);
      free(name);
      return false;
    }
    p = close + 2;
  }
  return true;
}

static bool read_front(struct reader *reader, struct prompt_template *prompt, char **schema_name,
                       struct err *err)
{
  char *line = read_line(reader);
  bool ok = line && !strcmp(line, "---");
  if (!ok)
    refuse(reader, 1, err, "a template starts with a line of three dashes", "");
  while (ok) {
    free(line);
    line = read_line(reader);
    if (!line)
      ok = refuse(reader, 1, err, "the front matter has no end (three dashes)", "");
    else if (!strcmp(line, "---"))
      break;
    else if (*line)
      ok = take_setting(reader, prompt, line, schema_name, err);
  }
  free(line);
  return ok;
}

/* The parts. A part's text begins on the line after its name; the last line feed is dropped. */
static bool read_parts(struct reader *reader, struct prompt_template *prompt, struct err *err)
{
  struct buf parts[2] = {{0}, {0}};
  bool is_seen[2] = {false, false}, ok = true;
  int part = -1, index = template_named(prompt->name);
  for (char *line; ok && (line = read_line(reader)) != NULL; free(line)) {
    int named = !strcmp(line, "system:") ? 0 : !strcmp(line, "user:") ? 1 : -1;
    if (named >= 0) {
      if (is_seen[named])
        ok = refuse(reader, 1, err, "this part stands twice: ", line);
      is_seen[named] = true;
      part = named;
    } else if (part < 0) {
      if (*line)
        ok = refuse(reader, 1, err, "expected \"system:\" or \"user:\", found ", line);
    } else {
      ok = check_fields(reader, line, (enum template_index)index, err);
      buf_printf(&parts[part], "%s\n", line);
    }
  }
  if (ok && !is_seen[1])
    ok = refuse(reader, 1, err, "there is no part \"user:\"", "");
  prompt->system = buf_take(&parts[0]);
  prompt->user = buf_take(&parts[1]);
  for (char *body = prompt->system; body; body = body == prompt->system ? prompt->user : NULL)
    for (size_t n = strlen(body); n && body[n - 1] == '\n'; n--)
      body[n - 1] = '\0';
  return ok;
}

char *template_path(const char *workspace, const char *name, struct err *err)
{
  char *file = mem_printf("prompts/%s.prompt", name);
  char *path = workspace ? path_join(workspace, file) : NULL;
  if (!path || !path_is_file(path)) {
    free(path);
    path = path_data_file(file, err);
  }
  free(file);
  return path;
}

/* The schema's file: beside the template, in the workspace's prompts, or where neggen is installed: an
 * override may keep the installed schema. */
static char *schema_path(const struct prompt_template *prompt, const char *workspace,
                         const char *schema_name, struct err *err)
{
  char *dir = mem_strdup(prompt->path), *slash = strrchr(dir, '/');
  *(slash ? slash : dir) = '\0';
  char *installed = mem_printf("prompts/%s", schema_name);
  char *path = path_join(*dir ? dir : ".", schema_name);
  if (!path_is_file(path)) {
    free(path);
    path = workspace ? path_join(workspace, installed) : NULL;
  }
  if (!path || !path_is_file(path)) {
    free(path);
    path = path_data_file(installed, err);
  }
  free(installed);
  free(dir);
  return path;
}

static bool load_schema(struct prompt_template *prompt, const char *workspace,
                        const char *schema_name, struct err *err)
{
  if (!schema_name)
    return err_set(err, EX_DATAERR, "%s:1:1: the front matter names no schema", prompt->path);
  char *path = schema_path(prompt, workspace, schema_name, err);
  prompt->schema = path ? path_read(path, 1 << 20, NULL, err) : NULL;
  cJSON *json = prompt->schema ? json_parse(prompt->schema, strlen(prompt->schema), path, err)
                               : NULL;
  bool ok = json != NULL;
  cJSON_Delete(json);
  prompt->schema_path = path;
  return ok;
}

size_t template_place(const struct prompt_template *prompt, const char *words)
{
  for (const char *line = prompt->text; line; line = strchr(line, '\n'), line += line != NULL)
    if (!strncmp(line, words, strlen(words)))
      return (size_t)(line - prompt->text);
  return 0;
}

struct prompt_template *template_parse(const char *workspace, const char *name, const char *path,
                                       const char *text, size_t size, struct err *err)
{
  struct prompt_template *prompt = mem_zero(1, sizeof *prompt);
  char *schema_name = NULL;
  *prompt = (struct prompt_template){.name = mem_strdup(name), .path = mem_strdup(path),
                                     .text = mem_strndup(text, size), .version = 1,
                                     .max_tokens = 1000};
  hash_sha256(text, size, prompt->hash);
  struct reader reader = {.path = path, .text = prompt->text, .p = prompt->text};
  bool ok = read_front(&reader, prompt, &schema_name, err) && read_parts(&reader, prompt, err) &&
            load_schema(prompt, workspace, schema_name, err);
  free(schema_name);
  if (ok)
    return prompt;
  template_free(prompt);
  return NULL;
}

struct prompt_template *template_load(const char *workspace, const char *name, struct err *err)
{
  if (template_named(name) < 0)
    return err_set(err, EX_USAGE, "no template \"%s\": describe, mask, complete", name), NULL;
  size_t size;
  char *path = template_path(workspace, name, err);
  char *text = path ? path_read(path, 1 << 20, &size, err) : NULL;
  struct prompt_template *prompt =
    text ? template_parse(workspace, name, path, text, size, err) : NULL;
  free(text);
  free(path);
  return prompt;
}

void template_free(struct prompt_template *prompt)
{
  if (!prompt)
    return;
  free(prompt->name);
  free(prompt->path);
  free(prompt->system);
  free(prompt->user);
  free(prompt->schema);
  free(prompt->schema_path);
  free(prompt->text);
  free(prompt);
}

void prompt_values_free(struct prompt_values *values)
{
  for (int k = 0; k < PROMPT_FIELD_COUNT; k++)
    free(values->text[k]);
  *values = (struct prompt_values){{0}};
}

char *template_render(const char *body, const struct prompt_values *values,
                      struct prompt_marks *marks)
{
  struct buf out = {0};
  for (const char *p = body; *p;) {
    const char *open = strstr(p, "{{"), *close = open ? strstr(open, "}}") : NULL;
    if (!close) {
      buf_str(&out, p);
      break;
    }
    buf_add(&out, p, (size_t)(open - p));
    int field = field_named(open + 2, (size_t)(close - open - 2));
    size_t start = out.size;
    if (field >= 0 && values->text[field])
      prompt_safe_add(&out, values->text[field]);
    if (field >= 0 && marks)
      VEC_PUSH(marks->at, marks->count, marks->room) =
        (struct prompt_mark){start, out.size - start, (enum prompt_field_index)field};
    p = close + 2;
  }
  return buf_take(&out);
}
