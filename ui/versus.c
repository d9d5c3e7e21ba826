/* versus.c - two versions of a template, or two models, compared over a sample of items
 *
 * A comparison is a job (`neggen prompts compare --detach`): it goes on when the interface is left, and is
 * found among the jobs. Its result is read by the worker, again while it grows. Enter on an item
 * opens the workbench with both runs side by side.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "eval/versions.h"
#include "loop.h"
#include "store/job.h"
#include "text.h"
#include "ui.h"

struct versus {
  char *id; /* of the job; NULL: none was asked for yet */
  struct job_info info;
  struct versions versions;
  bool is_loaded, is_loading, must_load;
  int at, top, page;
  char *failure;
};

/* ---------------------------------------------------------------- loading */

struct load_task {
  struct task task;
  char *id;
  struct job_info info;
  struct versions versions;
  bool ok;
  struct err err;
};

static int template_of(const struct job_info *info)
{
  const char *name = json_str(info->config, "template");
  return name ? template_named(name) : -1;
}

static void load_work(struct task *task, struct store *store, struct decoder *decoder)
{
  struct load_task *load = (struct load_task *)(void *)task;
  (void)decoder;
  if (!job_look(store_dir(store), "jobs", load->id, &load->info, &load->err))
    return;
  int index = template_of(&load->info);
  load->ok = index >= 0 ? versions_read(store, strtoll(load->id, NULL, 10), (enum template_index)index,
                                        &load->versions, &load->err)
                        : err_set(&load->err, EX_USAGE, "job %s compares no prompts", load->id);
}

static void load_free(struct task *task)
{
  struct load_task *load = (struct load_task *)(void *)task;
  job_info_free(&load->info);
  versions_free(&load->versions);
  free(load->id);
  free(load);
}

static void load(struct ui *ui, struct versus *versus);

static void load_done(struct task *task, struct ui *ui)
{
  struct load_task *done = (struct load_task *)(void *)task;
  struct versus *versus = ui_state(ui, &versus_view);
  versus->is_loading = false;
  ui->must_draw = true;
  free(versus->failure);
  versus->failure = done->ok ? NULL : utf8_clean(done->err.text, false);
  if (done->ok && !strcmp(done->id, versus->id)) {
    job_info_free(&versus->info);
    versions_free(&versus->versions);
    versus->info = done->info;
    versus->versions = done->versions;
    done->info = (struct job_info){0};
    done->versions = (struct versions){0};
    versus->is_loaded = true;
  }
  if (versus->at >= versus->versions.pair_count)
    versus->at = versus->versions.pair_count ? versus->versions.pair_count - 1 : 0;
  if (versus->must_load)
    load(ui, versus);
}

static void load(struct ui *ui, struct versus *versus)
{
  versus->must_load = versus->is_loading;
  if (versus->is_loading)
    return; /* again when that one is there */
  struct load_task *task = mem_zero(1, sizeof *task);
  task->task = (struct task){.work = load_work, .done = load_done, .free_it = load_free};
  task->id = mem_strdup(versus->id);
  versus->is_loading = true;
  worker_read(ui->worker, &task->task);
}

void versus_show(struct ui *ui, const char *id)
{
  char *wanted = mem_strdup(id);
  ui_show(ui, &versus_view);
  struct versus *versus = ui_state(ui, &versus_view);
  if (!versus->id || strcmp(versus->id, wanted))
    versus->at = versus->top = 0;
  free(versus->id);
  versus->id = wanted;
  char *dir = mem_printf("%s/jobs/%s", ui->workspace, wanted);
  loop_watch_directory(ui->loop, dir);
  free(dir);
  load(ui, versus);
}

/* ---------------------------------------------------------------- drawing */

/* "A  mask 3f2a91bc, a-model". */
static void draw_side(const struct versus *versus, int side, int row, int columns)
{
  const char *name = json_str(versus->info.config, "template");
  const char *hash = json_str(versus->info.config, side ? "b" : "a");
  char *model = utf8_clean(versus->versions.model[side] ? versus->versions.model[side] : "", false);
  put_format(row, 1, columns, C_NORMAL, "%c  %s %.8s%s%s", side ? 'B' : 'A',
             name ? name : "", hash ? hash : "",
             *model ? ", " : "", model);
  free(model);
}

static void draw_state(const struct versus *versus, int row, int columns)
{
  const struct job_info *info = &versus->info;
  double total = json_num(info->config, "items", NAN);
  const char *backend = json_str(info->config, "backend");
  put_format(row, 1, columns, info->state == JOB_RUNNING ? C_WARN : C_DIM,
             "comparison %s, %s: %d of %.0f items%s", versus->id,
             job_state_names[info->state], versus->versions.pair_count, total,
             backend && !strcmp(backend, "offline")
               ? "; the offline engine does not read the wording" : "");
}

static void draw_row(const struct versions_row *row, int y, int columns)
{
  char a[16] = "-", b[16] = "-", p[16] = "-";
  for (int s = 0; s < 2 && row->pairs; s++)
    snprintf(s ? b : a, sizeof a, row->is_rate ? "%.1f%%" : "%.4g", (row->is_rate ? 100 : 1) * row->mean[s]);
  if (!isnan(row->p))
    snprintf(p, sizeof p, row->p < 0.0001 ? "<.0001" : "%.4f", row->p);
  bool is_sure = row->p < 0.05;
  char *name = utf8_clean(row->name, false);
  put(y, 1, 20, C_NORMAL, name, false);
  free(name);
  put_format(y, 22, 6, C_DIM, "%5d", row->pairs);
  put_right(y, 28, 10, C_NORMAL, a);
  put_right(y, 38, 10, C_NORMAL, b);
  if (row->is_rate && row->pairs)
    put_format(y, 49, 16, C_DIM, "%6d %6d", row->only[0], row->only[1]);
  put_right(y, 64, 8, is_sure ? C_TITLE : C_NORMAL, p);
  if (is_sure)
    put(y, 73, columns - 73, C_TITLE, "*", false);
}

/* A check that no side failed says nothing. */
static bool is_silent(const struct versions_row *row)
{
  return row->is_rate && !strncmp(row->name, "check ", 6) && row->mean[0] >= 1 && row->mean[1] >= 1;
}

/* As many rows as may be; how many were drawn. */
static int draw_rows(const struct versus *versus, int top, int most, int columns)
{
  const struct versions *versions = &versus->versions;
  int drawn = 0, silent = 0;
  for (int k = 0; k < versions->row_count; k++) {
    bool says_nothing = is_silent(&versions->rows[k]);
    silent += says_nothing;
    if (!says_nothing && drawn < most)
      draw_row(&versions->rows[k], top + drawn++, columns);
  }
  if (silent && drawn < most)
    put_format(top + drawn++, 1, columns, C_DIM, "%d other checks passed on all items and both sides",
               silent);
  return drawn;
}

static void draw_pair(const struct versions_pair *pair, int y, int columns, bool is_here)
{
  enum role_of_colour role = is_here ? C_SELECTED : C_NORMAL;
  char *item = utf8_clean(pair->item, false);
  if (is_here)
    put(y, 0, columns, role, "", true);
  put_format(y, 0, 18, role, "%s%s %s", is_here ? ">" : " ", pair->differs ? "*" : " ", item);
  int half = (columns - 20) / 2;
  for (int s = 0; s < 2; s++) {
    char *why = utf8_clean(pair->why[s] ? pair->why[s] : "valid", false);
    put_format(y, 19 + s * half, half - 1, is_here ? role : pair->is_valid[s] ? C_GOOD : C_BAD, "%c: %s",
               s ? 'B' : 'A', why);
    free(why);
  }
  free(item);
}

static void draw_pairs(struct versus *versus, int top, int rows, int columns)
{
  int count = versus->versions.pair_count;
  put(top, 1, columns, C_GROUP, "ITEMS  * differs in a check; Enter: both runs word by word", false);
  rows--;
  versus->page = rows > 1 ? rows - 1 : 1;
  versus->top = versus->at < versus->top ? versus->at
                : versus->at >= versus->top + rows ? versus->at - rows + 1 : versus->top;
  for (int k = 0; k < rows && versus->top + k < count; k++)
    draw_pair(&versus->versions.pairs[versus->top + k], top + 1 + k, columns,
              versus->top + k == versus->at);
}

static void versus_draw(struct ui *ui, void *state, struct area area)
{
  struct versus *versus = state;
  (void)ui;
  if (versus->failure || !versus->is_loaded) {
    put(area.top + 1, 2, area.columns - 4, C_BAD, versus->failure ? versus->failure : "", false);
    return;
  }
  draw_side(versus, 0, area.top, area.columns);
  draw_side(versus, 1, area.top + 1, area.columns);
  draw_state(versus, area.top + 2, area.columns);
  put(area.top + 3, 1, area.columns, C_GROUP,
      "                      items        A         B  only A only B         p", false);
  int rows = draw_rows(versus, area.top + 4, area.rows - 4 - 5, area.columns);
  int below = area.top + 4 + rows;
  draw_pairs(versus, below, area.top + area.rows - below, area.columns);
}

/* ---------------------------------------------------------------- the view */

static void *versus_open(struct ui *ui)
{
  (void)ui;
  return mem_zero(1, sizeof(struct versus));
}

static void versus_close(void *state)
{
  struct versus *versus = state;
  job_info_free(&versus->info);
  versions_free(&versus->versions);
  free(versus->id);
  free(versus->failure);
  free(versus);
}

static void versus_changed(struct ui *ui, void *state)
{
  struct versus *versus = state;
  if (ui_view(ui) == &versus_view && versus->id)
    load(ui, versus);
}

static bool versus_has(struct ui *ui, void *state, enum need need)
{
  const struct versus *versus = state;
  (void)ui;
  bool is_live = versus->is_loaded && versus->info.state == JOB_RUNNING;
  return need == NEEDS_ITEM ? versus->versions.pair_count > 0 : need == NEEDS_LIVE_RUN && is_live;
}

static void stop(struct ui *ui, const struct versus *versus)
{
  struct err err;
  if (job_stop(ui->workspace, "jobs", versus->id, &err))
    ui_say(ui, "the comparison was asked to stop; what is done is kept");
  else
    ui_complain(ui, "%s", err.text);
}

static bool versus_act(struct ui *ui, void *state, enum action action, int count)
{
  struct versus *versus = state;
  int to = versus->at, last = versus->versions.pair_count - 1;
  switch (action) {
  case ACTION_down: to += count; break;
  case ACTION_up: to -= count; break;
  case ACTION_page_down: to += count * versus->page; break;
  case ACTION_page_up: to -= count * versus->page; break;
  case ACTION_first: to = 0; break;
  case ACTION_last: to = last; break;
  case ACTION_stop: stop(ui, versus); return true;
  case ACTION_both_runs: {
    const struct versions_pair *pair = &versus->versions.pairs[versus->at];
    workbench_show_both(ui, pair->item, template_of(&versus->info), pair->trial);
    return true;
  }
  default: return false;
  }
  versus->at = to > last ? last : to;
  versus->at = versus->at < 0 ? 0 : versus->at;
  return true;
}

const struct view_ops versus_view = {
  .name = "versus",
  .bit = V_VERSUS,
  .open = versus_open,
  .close = versus_close,
  .changed = versus_changed,
  .draw = versus_draw,
  .act = versus_act,
  .has = versus_has,
};
