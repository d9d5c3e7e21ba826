/* setting.c - see setting.h
 * SPDX-License-Identifier: MIT */
#include "base/setting.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

static int find(const struct settings *settings, const char *name, size_t size)
{
  for (int k = 0; settings->rows[k].name; k++)
    if (strlen(settings->rows[k].name) == size && !strncmp(settings->rows[k].name, name, size))
      return k;
  return -1;
}

/* The index of a word in "a|b|c", or -1. */
static int choice_index(const char *choices, const char *word)
{
  size_t size = strlen(word);
  int index = 0;
  for (const char *p = choices; p; p = strchr(p, '|'), p += p != NULL, index++)
    if (!strncmp(p, word, size) && (p[size] == '|' || !p[size]))
      return index;
  return -1;
}

static bool parse(const struct setting_row *row, const char *text, double *value, struct err *err)
{
  if (row->type == SETTING_CHOICE) {
    int index = *text ? choice_index(row->choices, text) : -1;
    *value = index;
    return index >= 0 || err_set(err, EX_USAGE, "%s takes one of %s, not \"%s\"", row->name,
                                 row->choices, text);
  }
  char *end;
  errno = 0;
  *value = strtod(text, &end);
  bool is_whole = row->type == SETTING_INT;
  if (end == text || *end || errno || !isfinite(*value) || (is_whole && floor(*value) != *value))
    return err_set(err, EX_USAGE, "%s takes a %snumber, not \"%s\"", row->name,
                   is_whole ? "whole " : "", text);
  if (*value < row->min || *value > row->max)
    return err_set(err, EX_USAGE, "%s takes a %snumber from %g to %g, not %s", row->name,
                   is_whole ? "whole " : "", row->min, row->max, text);
  return true;
}

bool setting_takes(const struct setting_row *row, const char *value, struct err *err)
{
  double unused;
  return parse(row, value, &unused, err);
}

void settings_init(struct settings *settings, const struct setting_row *rows)
{
  struct err err;
  *settings = (struct settings){.rows = rows};
  for (int k = 0; rows[k].name; k++) {
    bool ok = parse(&rows[k], rows[k].fallback, &settings->values[k], &err);
    assert(ok && k < SETTINGS_MAX);
    (void)ok;
  }
}

static bool unknown(const struct settings *settings, const char *name, size_t size,
                    struct err *err)
{
  struct buf names = {0};
  for (const struct setting_row *row = settings->rows; row->name; row++)
    buf_printf(&names, "%s%s", names.size ? ", " : "", row->name);
  char *list = buf_take(&names);
  err_set(err, EX_USAGE, "no setting \"%.*s\"; there are: %s", (int)size, name, list);
  free(list);
  return false;
}

bool settings_set(struct settings *settings, const char *name, const char *value, struct err *err)
{
  int k = find(settings, name, strlen(name));
  if (k < 0)
    return unknown(settings, name, strlen(name), err);
  double number;
  if (!parse(&settings->rows[k], value, &number, err))
    return false;
  settings->values[k] = number;
  settings->is_given[k] = true;
  return true;
}

void settings_follow(struct settings *settings, const char *name, double value)
{
  int k = find(settings, name, strlen(name));
  assert(k >= 0);
  if (!settings->is_given[k])
    settings->values[k] = value;
}

bool settings_assign(struct settings *settings, const char *assignment, struct err *err)
{
  const char *equals = strchr(assignment, '=');
  if (!equals)
    return err_set(err, EX_USAGE, "a setting is name=value, not \"%s\"", assignment);
  char *name = mem_strndup(assignment, (size_t)(equals - assignment));
  bool ok = settings_set(settings, name, equals + 1, err);
  free(name);
  return ok;
}

double setting(const struct settings *settings, const char *name)
{
  int k = find(settings, name, strlen(name));
  assert(k >= 0);
  return settings->values[k];
}

bool settings_has(const struct settings *settings, const char *name)
{
  return find(settings, name, strlen(name)) >= 0;
}

bool setting_is(const struct settings *settings, const char *name, const char *choice)
{
  char text[64];
  setting_text(settings, name, text, sizeof text);
  return !strcmp(text, choice);
}

void setting_text(const struct settings *settings, const char *name, char *text, size_t size)
{
  int k = find(settings, name, strlen(name));
  assert(k >= 0);
  const char *word = settings->rows[k].choices;
  if (settings->rows[k].type != SETTING_CHOICE) {
    snprintf(text, size, "%.12g", settings->values[k]);
    return;
  }
  for (int n = (int)settings->values[k]; n > 0; n--)
    word = strchr(word, '|') + 1;
  snprintf(text, size, "%.*s", (int)strcspn(word, "|"), word);
}

cJSON *settings_json(const struct settings *settings)
{
  cJSON *object = cJSON_CreateObject();
  for (int k = 0; settings->rows[k].name; k++) {
    const struct setting_row *row = &settings->rows[k];
    char text[64];
    setting_text(settings, row->name, text, sizeof text);
    if (row->type == SETTING_CHOICE)
      json_add_str(object, row->name, text);
    else
      json_add_num(object, row->name, settings->values[k]);
  }
  return object;
}

bool settings_from_json(struct settings *settings, const cJSON *object, struct err *err)
{
  for (const cJSON *value = object ? object->child : NULL; value; value = value->next) {
    char text[64] = "";
    if (cJSON_IsString(value))
      snprintf(text, sizeof text, "%s", value->valuestring);
    else if (cJSON_IsNumber(value))
      snprintf(text, sizeof text, "%.17g", value->valuedouble);
    if (!settings_set(settings, value->string, text, err))
      return false;
  }
  return true;
}
