/* train_form.c - the launch form: rows made from the trainer's tables
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "train.h"

static struct form_row *row_named(const struct form *form, const char *name)
{
  for (int k = 0; k < form->count; k++)
    if (!strcmp(form->rows[k].name, name))
      return &form->rows[k];
  return NULL;
}

static void add(struct form *form, const struct form *before, struct form_row row)
{
  const struct form_row *same = before->count ? row_named(before, row.name) : NULL;
  bool is_kept = same && strcmp(same->value, same->fallback);
  row.value = mem_strdup(is_kept ? same->value : row.fallback);
  VEC_PUSH(form->rows, form->count, form->room) = row;
}

void form_make(struct form *form)
{
  struct form before = *form;
  *form = (struct form){.at = before.at, .top = before.top};
  for (const struct run_option *option = run_options; option->name; option++)
    add(form, &before, (struct form_row){option->name, option->choices, option->fallback,
                                         option->help, NULL, false});
  const struct setting_row *rows = run_settings(row_named(form, "model")->value);
  for (; rows && rows->name; rows++)
    if (!row_named(form, rows->name))
      add(form, &before, (struct form_row){rows->name, rows->choices, rows->fallback, rows->help,
                                           NULL, true});
  form_free(&before);
}

/* A number of an option, which the trainer's settings do not know. */
static bool is_number(const char *value)
{
  return !*value || strspn(value, "0123456789") == strlen(value);
}

bool form_set(struct form *form, int k, const char *value, struct err *err)
{
  struct form_row *row = &form->rows[k];
  struct settings settings;
  if (row->is_setting) {
    settings_init(&settings, run_settings(row_named(form, "model")->value));
    if (!settings_set(&settings, row->name, value, err))
      return false;
  } else if (!row->choices && !is_number(value)) {
    return err_set(err, EX_USAGE, "%s takes a whole number, not \"%s\"", row->name, value);
  }
  free(row->value);
  row->value = mem_strdup(value);
  return true;
}

void form_turn(struct form *form, int k)
{
  struct form_row *row = &form->rows[k];
  const char *p = row->choices;
  size_t size = strlen(row->value);
  for (; *p; p += strcspn(p, "|"), p += *p == '|')
    if (strcspn(p, "|") == size && !strncmp(p, row->value, size))
      break;
  p += strcspn(p, "|");
  p = *p ? p + 1 : row->choices;
  char *next = mem_strndup(p, strcspn(p, "|"));
  free(row->value);
  row->value = next;
  if (!strcmp(row->name, "model"))
    form_make(form);
}

struct run_choice *form_choices(const struct form *form, int *count)
{
  struct run_choice *choices = mem_zero((size_t)form->count + 1, sizeof *choices);
  *count = 0;
  for (int k = 0; k < form->count; k++) {
    const struct form_row *row = &form->rows[k];
    if (!row->is_setting || strcmp(row->value, row->fallback))
      choices[(*count)++] = (struct run_choice){row->name, row->value};
  }
  return choices;
}

void form_free(struct form *form)
{
  for (int k = 0; k < form->count; k++)
    free(form->rows[k].value);
  free(form->rows);
  *form = (struct form){0};
}
