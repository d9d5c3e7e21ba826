/* train.c - training runs: a form to start one, the list, live curves
 *
 * A run is a process and a directory (train/run.h): whoever started it, it is found here,
 * and goes on when the interface is left.
 * SPDX-License-Identifier: MIT */
#include "train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

struct run *train_selected(const struct train *train)
{
  return train->count ? &train->runs[train->count - 1 - train->at] : NULL;
}

static void remember(struct train *train)
{
  const struct run *run = train_selected(train);
  free(train->selected);
  train->selected = train->at && run ? mem_strdup(run->id) : NULL;
}

static void train_shown(struct ui *ui, void *state)
{
  struct train *train = state;
  if (!train->form.count)
    form_make(&train->form);
  train_load(ui, train);
}

/* ---------------------------------------------------------------- the form */

static void forget_doubt(struct train *train)
{
  free(train->doubt);
  train->doubt = NULL;
}

static void enter_value(struct ui *ui, const char *text)
{
  struct train *train = ui_state(ui, &train_view);
  struct err err;
  forget_doubt(train);
  if (!form_set(&train->form, train->form.at, text, &err))
    ui_complain(ui, "%s", err.text);
}

/* While it is typed the form says what is wrong with it. */
static void doubt_value(struct ui *ui, const char *text)
{
  struct train *train = ui_state(ui, &train_view);
  struct err err;
  forget_doubt(train);
  if (!form_takes(&train->form, train->form.at, text, &err))
    train->doubt = mem_strdup(err.text);
}

static void change_value(struct ui *ui, struct train *train)
{
  const struct form_row *row = &train->form.rows[train->form.at];
  if (row->row->type == SETTING_CHOICE) {
    form_turn(&train->form, train->form.at);
    return;
  }
  snprintf(train->lead, sizeof train->lead, "%s (now %s): ", row->row->name,
           *row->value ? row->value : "its own");
  forget_doubt(train);
  ui->prompt = prompt_line_new(train->lead, enter_value, doubt_value, false);
}

/* ---------------------------------------------------------------- the list */

bool train_is_marked(const struct train *train, const char *id)
{
  for (int k = 0; k < train->marked_count; k++)
    if (!strcmp(train->marked[k], id))
      return true;
  return false;
}

/* Mark the run, or take its mark away. */
static void turn_mark(struct ui *ui, struct train *train)
{
  const char *id = train_selected(train)->id;
  for (int k = 0; k < train->marked_count; k++)
    if (!strcmp(train->marked[k], id)) {
      free(train->marked[k]);
      train->marked[k] = train->marked[--train->marked_count];
      return;
    }
  if (train->marked_count == MARKED_MOST)
    ui_complain(ui, "%d runs are laid over each other: take a mark away first", MARKED_MOST);
  else
    train->marked[train->marked_count++] = mem_strdup(id);
}

static void move(struct ui *ui, struct train *train, int steps)
{
  int *at = train->is_on_form ? &train->form.at : &train->at;
  int count = train->is_on_form ? train->form.count : train->count;
  int to = *at + steps;
  *at = to >= count ? (count ? count - 1 : 0) : to < 0 ? 0 : to;
  if (!train->is_on_form) {
    remember(train);
    train_read_log(ui, train);
  }
}

/* ---------------------------------------------------------------- the view */

static void *train_open(struct ui *ui)
{
  struct train *train = mem_zero(1, sizeof *train);
  (void)ui;
  return train;
}

static void train_close(void *state)
{
  struct train *train = state;
  if (train->launch)
    train_end_launch(train->launch);
  for (int k = 0; k < train->marked_count; k++)
    free(train->marked[k]);
  runs_free(train->runs, train->count);
  form_free(&train->form);
  free(train->selected);
  free(train->doomed);
  free(train->doubt);
  free(train->log);
  free(train);
}

static bool train_has(struct ui *ui, void *state, enum need need)
{
  const struct train *train = state;
  const struct run *run = train_selected(train);
  (void)ui;
  switch (need) {
  case NEEDS_RUN: return run != NULL;
  case NEEDS_LIVE_RUN: return run && run->state == JOB_RUNNING;
  case NEEDS_STOPPED_RUN: return run && run->state == JOB_STOPPED;
  case NEEDS_ENDED_RUN: return run && run->state != JOB_RUNNING;
  default: return false;
  }
}

static bool train_act(struct ui *ui, void *state, enum action action, int count)
{
  struct train *train = state;
  const int all = 1000000;
  switch (action) {
  case ACTION_down: move(ui, train, count); return true;
  case ACTION_up: move(ui, train, -count); return true;
  case ACTION_page_down: move(ui, train, 8 * count); return true;
  case ACTION_page_up: move(ui, train, -8 * count); return true;
  case ACTION_first: move(ui, train, -all); return true;
  case ACTION_last: move(ui, train, all); return true;
  case ACTION_pane: train->is_on_form = !train->is_on_form; return true;
  case ACTION_start: train_launch(ui, train, NULL); return true;
  case ACTION_resume: train_launch(ui, train, train_selected(train)->id); return true;
  case ACTION_stop: train_stop(ui, train); return true;
  case ACTION_delete: train_ask_delete(ui, train); return true;
  case ACTION_overlay: turn_mark(ui, train); return true;
  case ACTION_figure: train_next_figure(train); return true;
  case ACTION_log: train->shows_log = !train->shows_log; return true;
  case ACTION_change:
    if (train->is_on_form)
      change_value(ui, train);
    else
      train->is_on_form = true;
    return true;
  default: return false;
  }
}

const struct view_ops train_view = {
  .name = "train",
  .bit = V_TRAIN,
  .open = train_open,
  .close = train_close,
  .shown = train_shown,
  .changed = train_changed,
  .draw = train_draw,
  .act = train_act,
  .has = train_has,
};
