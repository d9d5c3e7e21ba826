/* shell.c - what all views share: the stack of views, header, hints, messages, commands
 * SPDX-License-Identifier: MIT */
#include <curses.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "activity.h"
#include "backend/backend.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "generation.h"
#include "loop.h"
#include "text.h"
#include "ui.h"

static const struct view_ops *const views[VIEW_COUNT] = {&items_view, &compare_view, &train_view,
                                                         &jobs_view, &help_view, &prompt_view,
                                                         &versus_view};

static int index_of(const struct view_ops *view)
{
  for (int k = 0; k < VIEW_COUNT; k++)
    if (views[k] == view)
      return k;
  return 0;
}

const struct view_ops *ui_view(const struct ui *ui) { return views[ui->stack[ui->depth - 1]]; }

const struct view_ops *ui_view_below(const struct ui *ui)
{
  return ui->depth > 1 ? views[ui->stack[ui->depth - 2]] : NULL;
}

void *ui_state(const struct ui *ui, const struct view_ops *view)
{
  return ui->states[index_of(view)];
}

static void *shown_state(const struct ui *ui) { return ui->states[ui->stack[ui->depth - 1]]; }

void ui_show(struct ui *ui, const struct view_ops *view)
{
  int k = index_of(view);
  if (!ui->states[k])
    ui->states[k] = view->open(ui);
  for (int d = 0; d < ui->depth; d++) /* a view stands once in the stack: going to it goes back */
    if (ui->stack[d] == k)
      ui->depth = d;
  ui->stack[ui->depth++] = k;
  ui->must_draw = true;
  if (view->shown)
    view->shown(ui, ui->states[k]);
}

void ui_show_over(struct ui *ui, const struct view_ops *view)
{
  int k = index_of(view), kept = 0;
  for (int d = 0; d < ui->depth; d++)
    if (d == 0 || ui->stack[d] != k)
      ui->stack[kept++] = ui->stack[d];
  ui->depth = kept;
  ui_show(ui, view);
}

void ui_back(struct ui *ui)
{
  ui->must_draw = true;
  if (ui->depth == 1) {
    ui->is_quitting = true;
    return;
  }
  ui->depth--;
  if (ui_view(ui)->shown)
    ui_view(ui)->shown(ui, shown_state(ui));
}

static void set_status(struct ui *ui, bool is_bad, const char *format, va_list args)
{
  char *text = mem_vprintf(format, args);
  free(ui->status);
  ui->status = utf8_clean(text, false);
  free(text);
  ui->is_status_bad = is_bad;
  ui->must_draw = true;
}

void ui_say(struct ui *ui, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  set_status(ui, false, format, args);
  va_end(args);
}

void ui_complain(struct ui *ui, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  set_status(ui, true, format, args);
  va_end(args);
}

bool ui_has_in(struct ui *ui, const struct view_ops *view, enum need need)
{
  void *state = ui_state(ui, view);
  return need == NEEDS_NOTHING || (view->has && state && view->has(ui, state, need));
}

bool ui_has(struct ui *ui, enum need need) { return ui_has_in(ui, ui_view(ui), need); }

struct count_task {
  struct task task;
  struct store_counts counts;
  struct activity activity;
  bool ok;
  struct err err;
};

static void count_work(struct task *task, struct store *store, struct decoder *decoder)
{
  struct count_task *count = (struct count_task *)(void *)task;
  (void)decoder;
  count->ok = store_count_items(store, &count->counts, &count->err);
  activity_look(&count->activity, store_dir(store));
}

static void count_free(struct task *task)
{
  struct count_task *count = (struct count_task *)(void *)task;
  activity_free(&count->activity);
  free(count);
}

static void count_done(struct task *task, struct ui *ui)
{
  struct count_task *count = (struct count_task *)(void *)task;
  if (count->ok)
    ui->counts = count->counts;
  ui->has_counts |= count->ok;
  free(ui->activity);
  ui->activity = count->activity.text;
  count->activity.text = NULL;
  activity_watch(&count->activity, ui->loop, ui->workspace);
  ui->must_draw = true;
}

void ui_load_counts(struct ui *ui)
{
  struct count_task *count = mem_zero(1, sizeof *count);
  count->task = (struct task){.work = count_work, .done = count_done, .free_it = count_free};
  worker_read(ui->worker, &count->task);
}

void ui_changed(struct ui *ui, bool in_rows)
{
  ui_load_counts(ui);
  for (int k = 0; k < VIEW_COUNT; k++)
    if (ui->states[k] && views[k]->changed && (in_rows || !views[k]->is_of_rows))
      views[k]->changed(ui, ui->states[k]);
}

static void enter_command(struct ui *ui, const char *line)
{
  struct err err;
  if (*line && !ui_command(ui, line, &err))
    ui_complain(ui, "%s", err.text);
}

static bool act_everywhere(struct ui *ui, enum action action)
{
  switch (action) {
  case ACTION_items: ui_show(ui, &items_view); return true;
  case ACTION_train: ui_show(ui, &train_view); return true;
  case ACTION_jobs: ui_show(ui, &jobs_view); return true;
  case ACTION_help: ui_show(ui, &help_view); return true;
  case ACTION_command: ui->prompt = prompt_line_new(":", enter_command, NULL, true); return true;
  case ACTION_redraw: clearok(curscr, TRUE); return true;
  case ACTION_back: ui_back(ui); return true;
  case ACTION_quit: ui->is_quitting = true; return true;
  case ACTION_suspend: raise(SIGTSTP); return true; /* the loop hears of it */
  case ACTION_cancel:
    if (ui->generation)
      generation_cancel(ui);
    else if (ui->depth > 1)
      ui_back(ui);
    return true;
  default: return false;
  }
}

void ui_act(struct ui *ui, enum action action, int count)
{
  enum need need = action_rows[action].needs;
  ui->must_draw = true;
  if (!ui_has(ui, need)) {
    ui_complain(ui, "%s %s", action_rows[action].name, need_texts[need]);
    return;
  }
  bool is_taken = action != ACTION_cancel || !ui->generation
                    ? ui_view(ui)->act(ui, shown_state(ui), action, count) : false;
  if (!is_taken)
    act_everywhere(ui, action);
}

static bool is_too_small(void) { return COLS < 40 || LINES < 10; }

void ui_key(struct ui *ui, int key)
{
  if (key == K_RESIZE) {
    ui->must_draw = true;
    return;
  }
  enum action action = action_of_key(key, ui_view(ui)->bit);
  if (is_too_small() && action != ACTION_quit && action != ACTION_suspend)
    return; /* nobody would see what it does */
  if (ui->prompt && !is_too_small()) {
    prompt_line_key(ui, key);
    return;
  }
  free(ui->status);
  ui->status = NULL;
  ui->must_draw = true;
  bool is_digit = key >= '0' && key <= '9' && (key != '0' || ui->count > 0);
  if (is_digit && (action == ACTION_NONE || ui->count > 0)) {
    ui->count = ui->count > 100000 ? ui->count : ui->count * 10 + (key - '0');
    return;
  }
  int count = ui->count > 0 ? ui->count : 1;
  ui->count = 0;
  if (action != ACTION_NONE)
    ui_act(ui, action, count);
  else if (key > ' ' && key < 0x7f)
    ui_complain(ui, "%c does nothing here: ? shows the keys", key);
}

/* What is under way, else who answers prompts. The caller frees. */
static char *header_right(const struct ui *ui)
{
  const struct backend_row *row = backend_named(ui->session.backend);
  if (ui->activity)
    return mem_printf("%s ", ui->activity);
  if (row && row->needs_model && *ui->session.model)
    return mem_printf("%s at %s ", ui->session.model, ui->session.api_base);
  return mem_printf("%s ", row ? row->title : "");
}

/* " ml100k-mm   1,663 items  1,634 valid  12 waiting  312 reviewed            offline engine " */
static void draw_header(struct ui *ui)
{
  char a[32], b[32], c[32], d[32];
  const struct store_counts *n = &ui->counts;
  char *left = ui->has_counts
                 ? mem_printf(" %s   %s items  %s valid  %s waiting  %s reviewed", ui->name,
                              thousands(n->items, a), thousands(n->items_with_valid, b),
                              thousands(n->waiting, d), thousands(n->reviewed, c))
                 : mem_printf(" %s", ui->name);
  char *right = header_right(ui);
  put(0, 0, COLS, C_HEADER, left, true);
  int room = COLS - utf8_width(left) - 2, wide = utf8_width(right);
  if (wide <= room)
    put_right(0, COLS - wide, wide, C_HEADER, right);
  else if (room > 8)
    put(0, COLS - room, room, C_HEADER, right, false);
  free(left);
  free(right);
}

/* The keys that work here, as many as fit whole; room is kept for help. */
static void draw_hints(struct ui *ui, int row)
{
  int column = 1;
  bool is_full = false;
  for (int k = 1; k < ACTION_COUNT; k++) {
    int size;
    const char *key = action_key((enum action)k, &size);
    const struct action_row *action = &action_rows[k];
    if (!action->in_footer || !(action->views & ui_view(ui)->bit) || !ui_has(ui, action->needs))
      continue;
    char *label = mem_strdup(action->name), *keys = mem_strndup(key, (size_t)size);
    for (char *p = label; *p; p++)
      if (*p == '_')
        *p = ' ';
    int wide = size + 1 + (int)strlen(label);
    bool is_last = k == ACTION_help || k == ACTION_back;
    is_full = is_full || column + wide > COLS - (is_last ? 0 : 8);
    if (is_last ? column + wide <= COLS : !is_full) {
      put(row, column, size, C_HINT, keys, false);
      put(row, column + size + 1, COLS, C_DIM, label, false);
      column += wide + 2;
    }
    free(label);
    free(keys);
  }
}

/* A message takes as many of the last lines as it needs, three at most. */
static void draw_status(const struct ui *ui)
{
  enum role_of_colour role = ui->is_status_bad ? C_BAD : C_NORMAL;
  struct layout layout = layout_make(ui->status, NULL, 0, COLS - 2);
  int lines = layout.line_count < 3 ? layout.line_count : 3;
  for (int k = 0; k < lines; k++)
    put(LINES - lines + k, 0, COLS, C_NORMAL, "", true);
  layout_draw(&layout, LINES - lines, 1, 0, lines, role, role);
  layout_free(&layout);
}

void ui_draw(struct ui *ui)
{
  struct area area = {.top = 1, .rows = LINES - 2, .columns = COLS};
  ui->must_draw = false;
  erase();
  if (is_too_small()) {
    put(0, 0, COLS, C_BAD, "too small: 40x10 is the least", false);
    refresh();
    return;
  }
  draw_header(ui);
  ui_view(ui)->draw(ui, shown_state(ui), area);
  if (ui->prompt)
    prompt_line_draw(ui->prompt, LINES - 1);
  else if (ui->status)
    draw_status(ui);
  else
    draw_hints(ui, LINES - 1);
  curs_set(ui->prompt ? 1 : 0);
  refresh();
}

void ui_leave(struct ui *ui)
{
  generation_end(ui);
  prompt_line_free(ui->prompt);
  for (int k = 0; k < VIEW_COUNT; k++)
    if (ui->states[k])
      views[k]->close(ui->states[k]);
}
