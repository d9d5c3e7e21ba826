/* help.c - all keys and commands, made from the tables
 *
 * The view that help was asked from comes first, with what cannot be done there now in grey and
 * the reason beside it; then what works everywhere, the other views, `:` commands and settings.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text.h"
#include "ui.h"

enum { KEYS_WIDTH = 18, NAME_WIDTH = 20 };

struct help_row {
  enum role_of_colour role;
  char *keys, *name, *text; /* keys NULL: a heading, or "" an empty line */
};

struct help {
  struct help_row *rows;
  int count, room;
  int top, page; /* first row shown; rows of the area */
};

static void free_rows(struct help *help)
{
  for (int k = 0; k < help->count; k++) {
    free(help->rows[k].keys);
    free(help->rows[k].name);
    free(help->rows[k].text);
  }
  help->count = 0;
}

static void add(struct help *help, enum role_of_colour role, const char *keys, const char *name,
                char *text)
{
  VEC_PUSH(help->rows, help->count, help->room) =
    (struct help_row){role, mem_strdup(keys), mem_strdup(name), text};
}

static void add_heading(struct help *help, char *text)
{
  if (help->count)
    add(help, C_NORMAL, NULL, NULL, mem_strdup(""));
  add(help, C_GROUP, NULL, NULL, text);
}

static void add_action(struct help *help, enum action action, enum role_of_colour role)
{
  const struct action_row *row = &action_rows[action];
  add(help, role, row->keys, row->name, mem_strdup(row->help));
}

/* What works in this view and not everywhere. */
static void add_view(struct help *help, const struct view_ops *view)
{
  add_heading(help, mem_printf("In %s", view->name));
  for (int k = 1; k < ACTION_COUNT; k++)
    if ((action_rows[k].views & view->bit) && action_rows[k].views != V_ALL)
      add_action(help, (enum action)k, C_NORMAL);
}

/* The same of the view we came from: what can be done now, then what cannot, by its reason. */
static void add_here(struct help *help, struct ui *ui, const struct view_ops *view)
{
  add_heading(help, mem_printf("Here, in %s", view->name));
  for (int pass = 0; pass < 2 * NEED_COUNT; pass++) {
    enum need need = (enum need)(pass % NEED_COUNT);
    bool is_met = pass < NEED_COUNT, is_told = false;
    if (ui_has_in(ui, view, need) != is_met)
      continue;
    for (int k = 1; k < ACTION_COUNT; k++) {
      const struct action_row *row = &action_rows[k];
      if (!(row->views & view->bit) || row->views == V_ALL || row->needs != need)
        continue;
      if (!is_met && !is_told)
        add(help, C_DIM, "not now", "", mem_strdup(need_texts[need]));
      is_told = true;
      add_action(help, (enum action)k, is_met ? C_NORMAL : C_DIM);
    }
  }
}

static void add_commands(struct help *help, struct ui *ui)
{
  const char *operands, *sentence, *name;
  add_heading(help, mem_strdup("Commands, after :"));
  add(help, C_NORMAL, ":NAME", "", mem_strdup("anything above, by its name; Tab completes"));
  for (int k = 0; (name = ui_command_row(k, &operands, &sentence)) != NULL; k++) {
    char *typed = mem_printf(":%s %s", name, operands);
    add(help, C_NORMAL, typed, "", mem_strdup(sentence));
    free(typed);
  }
  add_heading(help, mem_strdup("Settings, after :set"));
  for (int k = 0; (name = session_option(k, &sentence)) != NULL; k++) {
    const char *value = session_get(&ui->session, name);
    add(help, C_NORMAL, name, value && *value ? value : "(none)", mem_strdup(sentence));
  }
}

static void help_shown(struct ui *ui, void *state)
{
  static const struct view_ops *const views[] = {&items_view, &compare_view, &prompt_view, &versus_view, &train_view, &jobs_view};
  struct help *help = state;
  const struct view_ops *below = ui_view_below(ui);
  free_rows(help);
  help->top = 0;
  if (below && below != &help_view)
    add_here(help, ui, below);
  add_heading(help, mem_strdup("Everywhere"));
  for (int k = 1; k < ACTION_COUNT; k++)
    if (action_rows[k].views == V_ALL)
      add_action(help, (enum action)k, C_NORMAL);
  add(help, C_NORMAL, "5 j, 20 ]", "", mem_strdup("a number before a key repeats it"));
  for (size_t k = 0; k < COUNT_OF(views); k++)
    if (views[k] != below)
      add_view(help, views[k]);
  add_commands(help, ui);
}

static void *help_open(struct ui *ui)
{
  (void)ui;
  return mem_zero(1, sizeof(struct help));
}

static void help_close(void *state)
{
  struct help *help = state;
  free_rows(help);
  free(help->rows);
  free(help);
}

static void clamp(struct help *help)
{
  int most = help->count > help->page ? help->count - help->page : 0;
  help->top = help->top > most ? most : help->top;
  help->top = help->top < 0 ? 0 : help->top;
}

static void draw_row(const struct help_row *row, int y, int columns)
{
  if (!row->keys) {
    put(y, 1, columns - 1, row->role, row->text, false);
    return;
  }
  bool has_names = columns >= 100;
  int text = 3 + KEYS_WIDTH + (has_names ? NAME_WIDTH : 0);
  put(y, 3, KEYS_WIDTH - 1, row->role == C_DIM ? C_DIM : C_HINT, row->keys, false);
  if (has_names)
    put(y, 3 + KEYS_WIDTH, NAME_WIDTH - 1, C_DIM, row->name, false);
  put(y, text, columns - text, row->role, row->text, false);
}

static void help_draw(struct ui *ui, void *state, struct area area)
{
  struct help *help = state;
  (void)ui;
  help->page = area.rows;
  clamp(help);
  for (int k = 0; k < area.rows && help->top + k < help->count; k++)
    draw_row(&help->rows[help->top + k], area.top + k, area.columns);
}

static bool help_act(struct ui *ui, void *state, enum action action, int count)
{
  struct help *help = state;
  int page = help->page > 2 ? help->page - 1 : 1;
  (void)ui;
  switch (action) {
  case ACTION_down: help->top += count; break;
  case ACTION_up: help->top -= count; break;
  case ACTION_page_down: help->top += page * count; break;
  case ACTION_page_up: help->top -= page * count; break;
  case ACTION_first: help->top = 0; break;
  case ACTION_last: help->top = help->count; break;
  default: return false;
  }
  clamp(help);
  return true;
}

const struct view_ops help_view = {
  .name = "help",
  .bit = V_HELP,
  .open = help_open,
  .close = help_close,
  .shown = help_shown,
  .draw = help_draw,
  .act = help_act,
};
