/* train.c - training runs: a form to start one, the list, live curves
 *
 * A run is a process and a directory (train/run.h): whoever started it, it is found here,
 * and goes on when the interface is left. The worker reads all runs once; then those whose
 * files grew are read on from where reading ended.
 * SPDX-License-Identifier: MIT */
#include "train.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "loop.h"

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

/* The cursor goes back to the run that it was on. */
static void find_selected(struct train *train)
{
  train->at = 0;
  for (int k = 0; train->selected && k < train->count; k++)
    if (!strcmp(train->runs[k].id, train->selected))
      train->at = train->count - 1 - k;
}

/* ---------------------------------------------------------------- reading runs */

struct load_task {
  struct task task;
  struct run *runs;
  int count;
};

static void load_work(struct task *task, struct store *store, struct decoder *decoder)
{
  struct load_task *load = (struct load_task *)(void *)task;
  (void)decoder;
  load->runs = runs_load(store_dir(store), &load->count);
}

static void load_free(struct task *task)
{
  struct load_task *load = (struct load_task *)(void *)task;
  runs_free(load->runs, load->count);
  free(load);
}

static void load_runs(struct ui *ui, struct train *train);

/* Runs that are made, and what those at work write, call ui_changed. */
static void watch_runs(struct ui *ui, const struct train *train)
{
  char *all = path_join(ui->workspace, "runs");
  loop_watch_directory(ui->loop, all);
  for (int k = 0; k < train->count; k++) {
    char *dir = path_join(all, train->runs[k].id);
    if (train->runs[k].state == JOB_RUNNING)
      loop_watch_directory(ui->loop, dir);
    free(dir);
  }
  free(all);
}

static void load_done(struct task *task, struct ui *ui)
{
  struct load_task *load = (struct load_task *)(void *)task;
  struct train *train = ui_state(ui, &train_view);
  struct run *runs = train->runs;
  int count = train->count;
  train->runs = load->runs;
  train->count = load->count;
  load->runs = runs;
  load->count = count;
  train->is_loaded = true;
  train->is_loading = false;
  find_selected(train);
  watch_runs(ui, train);
  ui->must_draw = true;
  if (train->must_load)
    load_runs(ui, train);
}

static void load_runs(struct ui *ui, struct train *train)
{
  train->must_load = train->is_loading;
  if (train->is_loading)
    return; /* again when that one is there */
  struct load_task *load = mem_zero(1, sizeof *load);
  load->task = (struct task){.work = load_work, .done = load_done, .free_it = load_free};
  train->is_loading = true;
  worker_read(ui->worker, &load->task);
}

static bool has_grown(const struct run *run)
{
  struct stat status;
  return stat(run->tail.path, &status) == 0 && status.st_size > run->tail.offset;
}

/* Is there a run that is not in the list (or one less)? */
static bool has_other_runs(const struct ui *ui, const struct train *train)
{
  int count;
  char **ids = job_ids(ui->workspace, "runs", &count);
  bool is_other = count != train->count;
  for (int k = 0; k < count; k++) {
    is_other = is_other || strcmp(ids[k], train->runs[k].id);
    free(ids[k]);
  }
  free(ids);
  return is_other;
}

static void train_changed(struct ui *ui, void *state)
{
  struct train *train = state;
  if (ui_view(ui) != &train_view || !train->is_loaded)
    return;
  if (has_other_runs(ui, train)) {
    load_runs(ui, train);
    return;
  }
  for (int k = 0; k < train->count; k++) {
    struct run *run = &train->runs[k];
    if ((run->state == JOB_RUNNING || has_grown(run)) && run_update(run, ui->workspace)) {
      ui->must_draw = true;
      watch_runs(ui, train);
    }
  }
}

static void train_shown(struct ui *ui, void *state)
{
  struct train *train = state;
  if (!train->form.count)
    form_make(&train->form);
  load_runs(ui, train);
}

/* ---------------------------------------------------------------- starting and stopping */

struct launch {
  struct child child;
  struct buf said; /* the run's id */
};

static void free_launch(struct launch *launch)
{
  buf_free(&launch->said);
  free(launch);
}

/* It said all it had to say, and is at its end. */
static void end_launch(struct ui *ui, struct train *train)
{
  struct launch *launch = train->launch;
  train->launch = NULL;
  ui->launches--;
  loop_forget(ui->loop, launch->child.out);
  char *complaint = child_read_all(launch->child.error, 4096, NULL);
  int status = child_wait(&launch->child);
  const char *text = strncmp(complaint, "neggen: ", 8) ? complaint : complaint + 8;
  if (status) {
    ui_complain(ui, "%.*s", (int)strcspn(text, "\n"), text);
  } else {
    char *id = launch->said.size ? launch->said.data : "";
    id[strcspn(id, "\n")] = '\0';
    free(train->selected);
    train->selected = mem_strdup(id);
    train->is_on_form = false;
    ui_say(ui, "run %s was started; it goes on when you leave", id);
  }
  free(complaint);
  free_launch(launch);
  load_runs(ui, train);
}

static void on_output(struct ui *ui, void *user)
{
  struct train *train = user;
  char block[256];
  ssize_t size = read(train->launch->child.out, block, sizeof block);
  if (size > 0 && train->launch->said.size < 4096)
    buf_add(&train->launch->said, block, (size_t)size);
  else if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN))
    end_launch(ui, train);
}

/* A child that starts a run, or the run again that is named. */
static void launch_run(struct ui *ui, struct train *train, const char *again)
{
  struct err err;
  if (train->launch) {
    ui_complain(ui, "a run is being started already");
    return;
  }
  struct launch *launch = mem_zero(1, sizeof *launch);
  int count;
  struct run_choice *choices = form_choices(&train->form, &count);
  bool ok = again ? run_relaunch(&launch->child, ui->workspace, again, &err)
                  : run_launch(&launch->child, ui->workspace, choices, count, &err);
  free(choices);
  if (!ok) {
    ui_complain(ui, "%s", err.text);
    free_launch(launch);
    return;
  }
  train->launch = launch;
  ui->launches++;
  ui->has_worked = true;
  loop_watch(ui->loop, launch->child.out, on_output, train);
  ui_say(ui, "starting ...");
}

static void stop_run(struct ui *ui, const struct run *run)
{
  struct err err;
  if (run_stop(ui->workspace, run->id, &err))
    ui_say(ui, "run %s was asked to stop: it writes a checkpoint first", run->id);
  else
    ui_complain(ui, "%s", err.text);
}

/* ---------------------------------------------------------------- the form */

static void enter_value(struct ui *ui, const char *text)
{
  struct train *train = ui_state(ui, &train_view);
  struct err err;
  if (!form_set(&train->form, train->form.at, text, &err))
    ui_complain(ui, "%s", err.text);
}

static void change_value(struct ui *ui, struct train *train)
{
  const struct form_row *row = &train->form.rows[train->form.at];
  if (row->choices) {
    form_turn(&train->form, train->form.at);
    return;
  }
  snprintf(train->lead, sizeof train->lead, "%s (now %s): ", row->name,
           *row->value ? row->value : "empty");
  ui->prompt = prompt_line_new(train->lead, enter_value, NULL, false);
}

static void move(struct train *train, int steps)
{
  int *at = train->is_on_form ? &train->form.at : &train->at;
  int count = train->is_on_form ? train->form.count : train->count;
  int to = *at + steps;
  *at = to >= count ? (count ? count - 1 : 0) : to < 0 ? 0 : to;
  if (!train->is_on_form)
    remember(train);
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
  if (train->launch) { /* it detaches by itself */
    child_wait(&train->launch->child);
    free_launch(train->launch);
  }
  runs_free(train->runs, train->count);
  form_free(&train->form);
  free(train->selected);
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
  default: return false;
  }
}

static bool train_act(struct ui *ui, void *state, enum action action, int count)
{
  struct train *train = state;
  const int all = 1000000;
  switch (action) {
  case ACTION_down: move(train, count); return true;
  case ACTION_up: move(train, -count); return true;
  case ACTION_page_down: move(train, 8 * count); return true;
  case ACTION_page_up: move(train, -8 * count); return true;
  case ACTION_first: move(train, -all); return true;
  case ACTION_last: move(train, all); return true;
  case ACTION_pane: train->is_on_form = !train->is_on_form; return true;
  case ACTION_start: launch_run(ui, train, NULL); return true;
  case ACTION_resume: launch_run(ui, train, train_selected(train)->id); return true;
  case ACTION_stop: stop_run(ui, train_selected(train)); return true;
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
