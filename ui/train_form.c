/* train_form.c - the launch form: rows made from the trainer's tables
 *
 * A row holds what was given, or nothing; what will hold follows from all of them as in the
 * trainer itself (train/run.h), so that a setting that follows from others shows it.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "train.h"

static struct form_row *row_named(const struct form *form, const char *name)
{
  for (int k = 0; k < form->count; k++)
    if (!strcmp(form->rows[k].row->name, name))
      return &form->rows[k];
  return NULL;
}

/* What was given before is kept where it still is good. */
static void add(struct form *form, const struct form *before, const struct setting_row *row,
                bool is_setting)
{
  const struct form_row *same = before->count ? row_named(before, row->name) : NULL;
  struct err unused;
  bool is_kept = same && same->given && setting_takes(row, same->given, &unused);
  VEC_PUSH(form->rows, form->count, form->room) = (struct form_row){
    .row = row, .is_setting = is_setting, .given = is_kept ? mem_strdup(same->given) : NULL};
}

static void add_all(struct form *form, const struct form *before, const struct setting_row *rows,
                    bool are_settings)
{
  for (; rows && rows->name; rows++)
    add(form, before, rows, are_settings);
}

/* What each row comes to. */
static void fill(struct form *form)
{
  const char *model = row_named(form, "model")->value;
  struct settings settings;
  settings_init(&settings, run_settings(model));
  for (int k = 0; k < form->count; k++) {
    const struct form_row *row = &form->rows[k];
    if (row->is_setting && row->given)
      settings_set(&settings, row->row->name, row->given, NULL);
  }
  run_settings_follow(model, &settings);
  for (int k = 0; k < form->count; k++) {
    struct form_row *row = &form->rows[k];
    const char *text = row->given ? row->given : row->row->fallback;
    if (row->is_setting)
      setting_text(&settings, row->row->name, row->value, sizeof row->value);
    else
      snprintf(row->value, sizeof row->value, "%s", text ? text : "");
  }
}

void form_make(struct form *form)
{
  struct form before = *form;
  *form = (struct form){.at = before.at, .top = before.top};
  add_all(form, &before, run_options, false);
  struct form_row *model = row_named(form, "model");
  const char *name = model->given ? model->given : model->row->fallback;
  snprintf(model->value, sizeof model->value, "%s", name);
  add_all(form, &before, run_settings(name), true);
  add_all(form, &before, run_pace, false);
  fill(form);
  form_free(&before);
}

static void give(struct form *form, int k, const char *value)
{
  struct form_row *row = &form->rows[k];
  free(row->given);
  row->given = value ? mem_strdup(value) : NULL;
  if (!strcmp(row->row->name, "model"))
    form_make(form);
  else
    fill(form);
}

bool form_takes(const struct form *form, int k, const char *value, struct err *err)
{
  return !*value || setting_takes(form->rows[k].row, value, err);
}

bool form_set(struct form *form, int k, const char *value, struct err *err)
{
  if (!form_takes(form, k, value, err))
    return false;
  give(form, k, *value ? value : NULL);
  return true;
}

/* The word after this one in "a|b|c", or the first. The caller frees. */
static char *word_after(const char *choices, const char *word)
{
  const char *p = choices;
  size_t size = strlen(word);
  while (*p && !(strcspn(p, "|") == size && !strncmp(p, word, size))) {
    p += strcspn(p, "|");
    p += *p == '|';
  }
  p += strcspn(p, "|");
  p = *p ? p + 1 : choices;
  return mem_strndup(p, strcspn(p, "|"));
}

/* What holds anyway is not given. */
void form_turn(struct form *form, int k)
{
  const struct form_row *row = &form->rows[k];
  char *next = word_after(row->row->choices, row->value);
  if (!row->is_setting && !strcmp(next, row->row->fallback)) {
    give(form, k, NULL);
  } else {
    if (row->is_setting)
      give(form, k, NULL);
    if (strcmp(form->rows[k].value, next))
      give(form, k, next);
  }
  free(next);
}

char *form_range(const struct setting_row *row)
{
  return row->type == SETTING_CHOICE ? mem_strdup(row->choices)
                                     : mem_printf("%.16g to %.16g", row->min, row->max);
}

/* "lr: step length of Adam. It takes a number from 1e-06 to 1; unless changed 0.001." */
char *form_help(const struct form *form)
{
  static const char *const kinds[] = {"a whole number from ", "a number from ", ""};
  const struct form_row *row = &form->rows[form->at];
  const char *about = run_choice_help(row->row->name, row->value), *fallback = row->row->fallback;
  char *range = form_range(row->row);
  char *choice = about ? mem_printf(" (%s: %s)", row->value, about) : mem_strdup("");
  char *text = mem_printf("%s: %s%s. It takes %s%s%s%s.", row->row->name, row->row->help, choice,
                          kinds[row->row->type], range, fallback ? "; unless changed " : "",
                          fallback ? fallback : "");
  free(range);
  free(choice);
  return text;
}

struct run_choice *form_choices(const struct form *form, int *count)
{
  struct run_choice *choices = mem_zero((size_t)form->count + 1, sizeof *choices);
  *count = 0;
  for (int k = 0; k < form->count; k++)
    if (form->rows[k].given)
      choices[(*count)++] = (struct run_choice){form->rows[k].row->name, form->rows[k].given};
  return choices;
}

void form_free(struct form *form)
{
  for (int k = 0; k < form->count; k++)
    free(form->rows[k].given);
  free(form->rows);
  *form = (struct form){0};
}
