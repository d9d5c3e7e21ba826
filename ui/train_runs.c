/* train_runs.c - reading the runs of a workspace, and on as they grow
 *
 * The worker reads all runs once; then those whose files grew are read on from where reading
 * ended.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "loop.h"
#include "train.h"

/* The cursor goes back to the run that it was on. */
static void find_selected(struct train *train)
{
  train->at = 0;
  for (int k = 0; train->selected && k < train->count; k++)
    if (!strcmp(train->runs[k].id, train->selected))
      train->at = train->count - 1 - k;
}

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
  train_read_log(ui, train);
  watch_runs(ui, train);
  ui->must_draw = true;
  if (train->must_load)
    train_load(ui, train);
}

void train_load(struct ui *ui, struct train *train)
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

void train_changed(struct ui *ui, void *state)
{
  struct train *train = state;
  if (ui_view(ui) != &train_view || !train->is_loaded)
    return;
  if (has_other_runs(ui, train)) {
    train_load(ui, train);
    return;
  }
  for (int k = 0; k < train->count; k++) {
    struct run *run = &train->runs[k];
    if ((run->state == JOB_RUNNING || has_grown(run)) && run_update(run, ui->workspace)) {
      ui->must_draw = true;
      watch_runs(ui, train);
    }
  }
  train_read_log(ui, train);
}

/* A few kilobytes. */
void train_read_log(struct ui *ui, struct train *train)
{
  const struct run *run = train_selected(train);
  char *text = run ? run_log_tail(ui->workspace, run->id) : NULL;
  free(train->log);
  train->log = text ? utf8_clean(text, true) : NULL;
  free(text);
}
