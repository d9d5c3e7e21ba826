/* train_launch.c - runs are started, stopped and removed from the train view
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/child.h"
#include "base/mem.h"
#include "loop.h"
#include "train.h"

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
  train_load(ui, train);
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
void train_launch(struct ui *ui, struct train *train, const char *again)
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

void train_stop(struct ui *ui, const struct train *train)
{
  struct err err;
  const char *id = train_selected(train)->id;
  if (run_stop(ui->workspace, id, &err))
    ui_say(ui, "run %s was asked to stop: it writes a checkpoint first", id);
  else
    ui_complain(ui, "%s", err.text);
}

void train_end_launch(struct launch *launch)
{
  child_wait(&launch->child);
  free_launch(launch);
}

/* ---------------------------------------------------------------- removing */

struct delete_task {
  struct task task;
  char *id;
  bool ok;
  struct err err;
};

static void delete_work(struct task *task, struct store *store, struct decoder *decoder)
{
  struct delete_task *delete = (struct delete_task *)(void *)task;
  (void)decoder;
  delete->ok = run_delete(store_dir(store), delete->id, &delete->err);
}

static void delete_done(struct task *task, struct ui *ui)
{
  const struct delete_task *delete = (const struct delete_task *)(const void *)task;
  if (delete->ok)
    ui_say(ui, "run %s is removed", delete->id);
  else
    ui_complain(ui, "%s", delete->err.text);
  train_load(ui, ui_state(ui, &train_view));
}

static void delete_free(struct task *task)
{
  free(((struct delete_task *)(void *)task)->id);
  free(task);
}

static void enter_delete(struct ui *ui, const char *answer)
{
  const struct train *train = ui_state(ui, &train_view);
  if (strcmp(answer, "y") && strcmp(answer, "yes")) {
    ui_say(ui, "nothing was removed");
    return;
  }
  struct delete_task *delete = mem_zero(1, sizeof *delete);
  delete->task = (struct task){.work = delete_work, .done = delete_done, .free_it = delete_free};
  delete->id = mem_strdup(train->doomed);
  worker_write(ui->worker, &delete->task);
}

/* It is the run of this moment: others may come while the answer is typed. */
void train_ask_delete(struct ui *ui, struct train *train)
{
  const struct run *run = train_selected(train);
  free(train->doomed);
  train->doomed = mem_strdup(run->id);
  snprintf(train->lead, sizeof train->lead, "remove run %s (%s, %lld epochs)? y/N ", run->id,
           run->model ? run->model : "?", (long long)run->epochs);
  ui->prompt = prompt_line_new(train->lead, enter_delete, NULL, false);
}
