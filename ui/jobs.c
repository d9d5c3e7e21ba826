/* jobs.c - what generates in the background, and the newest exchanges with models
 *
 * A job is a process of its own (store/job.h): it is found by its directory, whoever
 * started it, and goes on when the interface is left. What is listed is read by the
 * worker, again whenever a file of a job or the database changes.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "backend/backend.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "loop.h"
#include "store/job.h"
#include "store/request.h"
#include "text.h"
#include "ui.h"

enum { JOBS_MOST = 50, REQUESTS_MOST = 200 };

struct pane {
  int count, at, top;
};

struct jobs {
  struct job_info *infos; /* newest first */
  struct request **requests;
  struct pane jobs, asked;
  bool is_on_requests, is_loading, must_load, is_loaded;
  char *failure;
};

/* ---------------------------------------------------------------- loading */

struct load_task {
  struct task task;
  struct job_info *infos;
  struct request **requests;
  int info_count, request_count;
  bool ok;
  struct err err;
};

static void free_infos(struct job_info *infos, int count)
{
  for (int k = 0; k < count; k++)
    job_info_free(&infos[k]);
  free(infos);
}

static void load_jobs(struct load_task *load, const char *workspace)
{
  int count;
  char **ids = job_ids(workspace, "jobs", &count);
  load->infos = mem_zero(JOBS_MOST, sizeof *load->infos);
  for (int k = count - 1; k >= 0; k--) {
    if (load->info_count < JOBS_MOST &&
        job_look(workspace, "jobs", ids[k], &load->infos[load->info_count], NULL))
      load->info_count++;
    free(ids[k]);
  }
  free(ids);
}

static void load_work(struct task *task, struct store *store, struct decoder *decoder)
{
  struct load_task *load = (struct load_task *)(void *)task;
  (void)decoder;
  load_jobs(load, store_dir(store));
  load->ok = requests_recent(store, NULL, REQUESTS_MOST, &load->requests, &load->request_count,
                             &load->err);
}

static void load_free(struct task *task)
{
  struct load_task *load = (struct load_task *)(void *)task;
  free_infos(load->infos, load->info_count);
  if (load->requests)
    requests_free(load->requests, load->request_count);
  free(load);
}

static void load(struct ui *ui, struct jobs *jobs);

/* The directory of all jobs, and those of the jobs at work, tell when something happens. */
static void watch_jobs(struct ui *ui, const struct jobs *jobs)
{
  char *all = path_join(ui->workspace, "jobs");
  loop_watch_directory(ui->loop, all);
  for (int k = 0; k < jobs->jobs.count; k++)
    if (jobs->infos[k].state == JOB_RUNNING) {
      char *dir = path_join(all, jobs->infos[k].id);
      loop_watch_directory(ui->loop, dir);
      free(dir);
    }
  free(all);
}

/* The cursor stays on what it was on: new rows come in above. */
static void keep_place(struct pane *pane, int count, int found)
{
  pane->at = found >= 0 && pane->at > 0 ? found : pane->at;
  pane->count = count;
  pane->at = pane->at >= count ? (count ? count - 1 : 0) : pane->at;
}

static int find_job(const struct load_task *load, const struct jobs *jobs)
{
  for (int k = 0; jobs->jobs.at < jobs->jobs.count && k < load->info_count; k++)
    if (!strcmp(load->infos[k].id, jobs->infos[jobs->jobs.at].id))
      return k;
  return -1;
}

static int find_request(const struct load_task *load, const struct jobs *jobs)
{
  for (int k = 0; jobs->asked.at < jobs->asked.count && k < load->request_count; k++)
    if (load->requests[k]->id == jobs->requests[jobs->asked.at]->id)
      return k;
  return -1;
}

static void load_done(struct task *task, struct ui *ui)
{
  struct load_task *load_ = (struct load_task *)(void *)task;
  struct jobs *jobs = ui_state(ui, &jobs_view);
  struct load_task old = {.infos = jobs->infos, .info_count = jobs->jobs.count,
                          .requests = jobs->requests, .request_count = jobs->asked.count};
  keep_place(&jobs->jobs, load_->info_count, find_job(load_, jobs));
  keep_place(&jobs->asked, load_->request_count, find_request(load_, jobs));
  jobs->infos = load_->infos;
  jobs->requests = load_->requests;
  load_->infos = old.infos;
  load_->info_count = old.info_count;
  load_->requests = old.requests;
  load_->request_count = old.request_count;
  free(jobs->failure);
  jobs->failure = load_->ok ? NULL : utf8_clean(load_->err.text, false);
  jobs->is_loaded = true;
  jobs->is_loading = false;
  ui->must_draw = true;
  watch_jobs(ui, jobs);
  if (jobs->must_load)
    load(ui, jobs);
}

static void load(struct ui *ui, struct jobs *jobs)
{
  jobs->must_load = jobs->is_loading;
  if (jobs->is_loading)
    return; /* again when that one is there */
  struct load_task *task = mem_zero(1, sizeof *task);
  task->task = (struct task){.work = load_work, .done = load_done, .free_it = load_free};
  jobs->is_loading = true;
  worker_read(ui->worker, &task->task);
}

/* ---------------------------------------------------------------- drawing */

static enum role_of_colour state_role(enum job_state state)
{
  return state == JOB_FAILED ? C_BAD : state == JOB_RUNNING ? C_WARN
         : state == JOB_DONE ? C_GOOD : C_NORMAL;
}

/* A number of the newest event, by the first of two names that it has. */
static double figure_of(const struct job_info *info, const char *name, const char *other)
{
  double value = json_num(info->last, name, NAN);
  return isnan(value) ? json_num(info->last, other, NAN) : value;
}

static const char *error_of(const struct job_info *info)
{
  return info->state == JOB_FAILED ? json_str(info->last, "reason") : NULL;
}

static void draw_job(const struct job_info *info, int y, int columns, bool is_selected)
{
  char number[32], total[32];
  const char *backend = json_str(info->config, "backend"), *model = json_str(info->config, "model");
  double items = figure_of(info, "total", "items"), done = figure_of(info, "done", "done");
  double valid = figure_of(info, "valid_so_far", "valid"), failed = json_num(info->last, "failed", NAN);
  enum role_of_colour role = is_selected ? C_SELECTED : C_NORMAL;
  if (is_selected)
    put(y, 0, columns, role, "", true);
  put_format(y, 0, 7, role, "%s %s", is_selected ? ">" : " ", info->id);
  put(y, 8, 9, is_selected ? role : state_role(info->state), job_state_names[info->state], false);
  const char *command = json_str(info->config, "command"), *name = json_str(info->config, "template");
  bool compares = command && !strcmp(command, "compare") && name;
  char *what = compares ? mem_printf("compare %s", name) : mem_strdup(model && *model ? model : backend);
  char *who = utf8_clean(what ? what : "", false);
  put(y, 18, 14, role, who, false);
  free(who);
  free(what);
  if (isfinite(done) && isfinite(items)) {
    put_format(y, 33, 17, role, "%s of %s", thousands((long long)done, number),
               thousands((long long)items, total));
    int wide = columns - 78;
    if (wide >= 8 && items > 0 && !is_selected)
      put_bar(y, columns - wide - 1, wide > 40 ? 40 : wide, done / items, C_BAR);
  }
  if (isfinite(valid))
    put_format(y, 51, 12, role, "%s valid", thousands((long long)valid, number));
  if (isfinite(failed))
    put_format(y, 64, 14, failed > 0 && !is_selected ? C_BAD : role, "%s failed",
               thousands((long long)failed, number));
}

static void clock_text(int64_t wall, char text[16])
{
  time_t when = (time_t)wall;
  struct tm local;
  localtime_r(&when, &local);
  strftime(text, 16, "%H:%M:%S", &local);
}

static void draw_request(const struct request *request, int y, int columns, bool is_selected)
{
  enum role_of_colour role = is_selected ? C_SELECTED : C_NORMAL;
  char when[16], tokens[32] = "", answer[32];
  clock_text(request->started, when);
  snprintf(answer, sizeof answer, "%d", request->status);
  if (request->tokens_in >= 0 && request->tokens_out >= 0)
    snprintf(tokens, sizeof tokens, "%d+%d", request->tokens_in, request->tokens_out);
  if (is_selected)
    put(y, 0, columns, role, "", true);
  put_format(y, 0, 11, role, "%s %s", is_selected ? ">" : " ", when);
  char *item = utf8_clean(request->item ? request->item : "", false);
  put(y, 12, 13, role, item, false);
  put(y, 26, 9, role, request->template_name ? request->template_name : "", false);
  put(y, 36, 6, is_selected ? role : request->error ? C_BAD : C_GOOD,
      request->status ? answer : request->error ? "none" : "ok", false);
  put_format(y, 42, 8, role, "%6.1f s", request->seconds);
  put(y, 51, 11, role, tokens, false);
  char *say = utf8_clean(request->error ? request->error : request->model ? request->model : "", false);
  put(y, 63, columns - 64, is_selected ? role : request->error ? C_BAD : C_DIM, say, false);
  free(item);
  free(say);
}

/* The rows of a pane in view; its cursor among them. */
static void follow(struct pane *pane, int rows)
{
  if (pane->at < pane->top)
    pane->top = pane->at;
  if (pane->at >= pane->top + rows)
    pane->top = pane->at - rows + 1;
  if (pane->top + rows > pane->count)
    pane->top = pane->count > rows ? pane->count - rows : 0;
}

static void draw_jobs(struct jobs *jobs, int top, int rows, int columns)
{
  put(top, 1, columns, jobs->is_on_requests ? C_GROUP : C_TITLE, "GENERATION JOBS", false);
  follow(&jobs->jobs, rows - 1);
  for (int k = 0; k < rows - 1 && jobs->jobs.top + k < jobs->jobs.count; k++)
    draw_job(&jobs->infos[jobs->jobs.top + k], top + 1 + k, columns,
             !jobs->is_on_requests && jobs->jobs.top + k == jobs->jobs.at);
  if (!jobs->jobs.count && jobs->is_loaded)
    put(top + 1, 2, columns - 3, C_DIM, "none yet: G among the items generates for all of them", false);
}

static void draw_requests(const struct ui *ui, struct jobs *jobs, int top, int rows, int columns)
{
  int used = put(top, 1, columns, jobs->is_on_requests ? C_TITLE : C_GROUP,
                 "EXCHANGES WITH MODELS", false);
  put(top, used + 3, columns - used - 3, C_DIM, "newest first; time, item, template, answer", false);
  follow(&jobs->asked, rows - 1);
  for (int k = 0; k < rows - 1 && jobs->asked.top + k < jobs->asked.count; k++)
    draw_request(jobs->requests[jobs->asked.top + k], top + 1 + k, columns,
                 jobs->is_on_requests && jobs->asked.top + k == jobs->asked.at);
  if (!jobs->asked.count && jobs->is_loaded)
    put(top + 1, 2, columns - 3, C_DIM, backend_named(ui->session.backend)->needs_model
          ? "none yet" : "none yet: the offline engine needs none", false);
}

/* All of what the selected row had to leave out. */
static void draw_detail(const struct jobs *jobs, int row, int rows, int columns)
{
  const char *text = jobs->failure;
  if (!text && jobs->is_on_requests && jobs->asked.count)
    text = jobs->requests[jobs->asked.at]->error;
  if (!text && !jobs->is_on_requests && jobs->jobs.count)
    text = error_of(&jobs->infos[jobs->jobs.at]);
  if (!text)
    return;
  char *clean = utf8_clean(text, false);
  struct layout layout = layout_make(clean, NULL, 0, columns - 3);
  layout_draw(&layout, row, 2, 0, rows, C_BAD, C_BAD);
  layout_free(&layout);
  free(clean);
}

static void jobs_draw(struct ui *ui, void *state, struct area area)
{
  struct jobs *jobs = state;
  int detail = area.rows >= 14 ? 2 : 1, most = (area.rows - detail) / 2;
  int upper = jobs->jobs.count + 2 < most ? jobs->jobs.count + 2 : most;
  upper = upper < 3 ? 3 : upper;
  draw_jobs(jobs, area.top, upper, area.columns);
  draw_requests(ui, jobs, area.top + upper, area.rows - upper - detail, area.columns);
  draw_detail(jobs, area.top + area.rows - detail, detail, area.columns);
}

/* ---------------------------------------------------------------- the view */

static void *jobs_open(struct ui *ui)
{
  (void)ui;
  return mem_zero(1, sizeof(struct jobs));
}

static void jobs_close(void *state)
{
  struct jobs *jobs = state;
  free_infos(jobs->infos, jobs->jobs.count);
  if (jobs->requests)
    requests_free(jobs->requests, jobs->asked.count);
  free(jobs->failure);
  free(jobs);
}

static void jobs_shown(struct ui *ui, void *state) { load(ui, state); }

static void jobs_changed(struct ui *ui, void *state)
{
  if (ui_view(ui) == &jobs_view)
    load(ui, state);
}

/* Is the selected job a comparison of prompts? */
static bool is_comparison(const struct jobs *jobs)
{
  const char *command = jobs->jobs.count ? json_str(jobs->infos[jobs->jobs.at].config, "command") : NULL;
  return command && !strcmp(command, "compare");
}

static void look(struct ui *ui, const struct jobs *jobs)
{
  if (jobs->is_on_requests)
    compare_show(ui, jobs->requests[jobs->asked.at]->item, 0);
  else
    versus_show(ui, jobs->infos[jobs->jobs.at].id);
}

static bool jobs_has(struct ui *ui, void *state, enum need need)
{
  const struct jobs *jobs = state;
  (void)ui;
  if (need == NEEDS_ITEM)
    return jobs->is_on_requests ? jobs->asked.count > 0 : is_comparison(jobs);
  return need == NEEDS_LIVE_RUN && !jobs->is_on_requests && jobs->jobs.count &&
         jobs->infos[jobs->jobs.at].state == JOB_RUNNING;
}

static void stop_job(struct ui *ui, const struct jobs *jobs)
{
  struct err err;
  const char *id = jobs->infos[jobs->jobs.at].id;
  if (job_stop(ui->workspace, "jobs", id, &err))
    ui_say(ui, "job %s was asked to stop; what it made is kept", id);
  else
    ui_complain(ui, "%s", err.text);
}

static bool jobs_act(struct ui *ui, void *state, enum action action, int count)
{
  struct jobs *jobs = state;
  struct pane *pane = jobs->is_on_requests ? &jobs->asked : &jobs->jobs;
  switch (action) {
  case ACTION_down: pane->at += count; break;
  case ACTION_up: pane->at -= count; break;
  case ACTION_page_down: pane->at += 10 * count; break;
  case ACTION_page_up: pane->at -= 10 * count; break;
  case ACTION_first: pane->at = 0; break;
  case ACTION_last: pane->at = pane->count - 1; break;
  case ACTION_pane: jobs->is_on_requests = !jobs->is_on_requests; return true;
  case ACTION_stop: stop_job(ui, jobs); return true;
  case ACTION_compare: look(ui, jobs); return true;
  default: return false;
  }
  pane->at = pane->at >= pane->count ? pane->count - 1 : pane->at;
  pane->at = pane->at < 0 ? 0 : pane->at;
  return true;
}

const struct view_ops jobs_view = {
  .name = "jobs",
  .bit = V_JOBS,
  .open = jobs_open,
  .close = jobs_close,
  .shown = jobs_shown,
  .changed = jobs_changed,
  .draw = jobs_draw,
  .act = jobs_act,
  .has = jobs_has,
};
