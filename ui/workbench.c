/* workbench.c - view prompt: what is asked about an item, what comes back, and former runs
 * SPDX-License-Identifier: MIT */
#include "workbench.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "event_child.h"
#include "prompt/template.h"
#include "store/item.h"

enum { RUNS_MOST = 100, PICTURE_SIDE = 256 };

static struct workbench *state_of(const struct ui *ui) { return ui_state(ui, &prompt_view); }

/* ---------------------------------------------------------------- loading */

struct load_task {
  struct task task;
  char *key;
  int64_t at_id; /* step: the item after or before this id instead of key */
  int step, template_index;
  bool wants_picture, is_there;
  int64_t item_id;
  char *title;
  struct picture picture;
  struct trial **runs;
  int run_count;
  struct err err;
};

static void load_work(struct task *task, struct store *store, struct decoder *decoder)
{
  struct load_task *load = (struct load_task *)(void *)task;
  struct picture whole = {0};
  struct err unread;
  struct item *item = load->step ? item_at(store, load->at_id + load->step, &load->err)
                                 : item_find(store, load->key, &load->err);
  if (!item)
    return;
  free(load->key);
  load->key = mem_strdup(item->key);
  load->title = utf8_clean(item->title, false);
  load->item_id = item->id;
  if ((load->wants_picture || load->step) && item->picture_path &&
      decoder_read_file(decoder, item->picture_path, &whole, NULL, NULL, &unread)) {
    load->picture = picture_shrink(&whole, PICTURE_SIDE);
    picture_free(&whole);
  }
  load->is_there = trials_of(store, item->key, template_names[load->template_index], RUNS_MOST,
                             &load->runs, &load->run_count, &load->err);
  item_free(item);
}

static void load_free(struct task *task)
{
  struct load_task *load = (struct load_task *)(void *)task;
  trials_free(load->runs, load->run_count);
  picture_free(&load->picture);
  free(load->title);
  free(load->key);
  free(load);
}

static int index_of_run(const struct workbench *bench, int64_t id)
{
  for (int k = 0; id && k < bench->run_count; k++)
    if (bench->runs[k]->id == id)
      return k;
  return -1;
}

int workbench_marked(const struct workbench *bench) { return index_of_run(bench, bench->marked); }

/* Another item, or the first: nothing of the one before stays. */
static void take_item(struct workbench *bench, struct load_task *load)
{
  free(bench->key);
  free(bench->title);
  picture_free(&bench->picture);
  cells_free(&bench->cells);
  bench->key = mem_strdup(load->key);
  bench->title = mem_strdup(load->title);
  bench->item_id = load->item_id;
  bench->picture = load->picture;
  load->picture = (struct picture){0};
  bench->cells_width = 0;
  bench->marked = 0;
  bench->is_differing = false;
  memset(bench->scroll, 0, sizeof bench->scroll);
  if (bench->wanted_mark) {
    bench->marked = bench->wanted_mark;
    bench->is_differing = true;
    bench->wanted_mark = 0;
  }
}

static void load_done(struct task *task, struct ui *ui)
{
  struct load_task *load = (struct load_task *)(void *)task;
  struct workbench *bench = state_of(ui);
  ui->must_draw = true;
  bench->is_loading = false;
  if (!load->is_there) {
    if (load->step)
      ui_say(ui, load->step > 0 ? "this is the last item" : "this is the first item");
    else
      ui_complain(ui, "%s", load->err.text);
    return;
  }
  if (load->template_index != bench->template_index ||
      (!load->step && bench->key && strcmp(bench->key, load->key)))
    return; /* something else was asked for meanwhile */
  bool is_other = load->wants_picture || load->step;
  int64_t shown = bench->at >= 0 && bench->at < bench->run_count ? bench->runs[bench->at]->id : 0;
  if (is_other)
    take_item(bench, load);
  trials_free(bench->runs, bench->run_count);
  bench->runs = load->runs;
  bench->run_count = load->run_count;
  load->runs = NULL;
  load->run_count = 0;
  int wanted = index_of_run(bench, bench->wanted ? bench->wanted : shown);
  bench->at = bench->is_asking || (!is_other && !bench->wanted && !shown) ? -1
              : wanted >= 0 ? wanted : bench->run_count ? 0 : -1;
  if (!bench->is_asking)
    bench->wanted = 0;
  if (is_other)
    workbench_render(ui, bench);
}

static void load(struct ui *ui, struct workbench *bench, int step, bool is_other)
{
  struct load_task *task = mem_zero(1, sizeof *task);
  task->task = (struct task){.work = load_work, .done = load_done, .free_it = load_free};
  task->key = mem_strdup(bench->key);
  task->step = step;
  task->at_id = bench->item_id;
  task->template_index = bench->template_index;
  task->wants_picture = is_other;
  bench->is_loading = true;
  worker_read(ui->worker, &task->task);
}

void workbench_load(struct ui *ui, struct workbench *bench, int step) { load(ui, bench, step, false); }

void workbench_show(struct ui *ui, const char *item, int template_index)
{
  char *key = mem_strdup(item);
  ui_show(ui, &prompt_view);
  struct workbench *bench = state_of(ui);
  if (bench->is_asking && bench->key && strcmp(bench->key, key)) {
    ui_complain(ui, "one question at a time: Esc cancels what is under way");
    free(key);
    return;
  }
  free(bench->key);
  bench->key = key;
  bench->template_index = template_index >= 0 ? template_index : bench->template_index;
  load(ui, bench, 0, true);
}

void workbench_show_both(struct ui *ui, const char *item, int template_index, const int64_t runs[2])
{
  ui_show_over(ui, &prompt_view);
  workbench_show(ui, item, template_index);
  struct workbench *bench = state_of(ui);
  if (bench->is_asking)
    return;
  bench->wanted_mark = runs[0];
  bench->wanted = runs[1];
}

/* ---------------------------------------------------------------- the view */

struct run_view run_view_of(const struct workbench *bench, int at)
{
  if (at < 0 || at >= bench->run_count)
    return (struct run_view){.messages = bench->now, .rounds = bench->rounds};
  const struct trial *trial = bench->runs[at];
  return (struct run_view){.trial = trial, .messages = cJSON_Parse(trial->messages),
                           .rounds = cJSON_Parse(trial->rounds),
                           .checks = trial->checks ? cJSON_Parse(trial->checks) : NULL,
                           .is_ours = true};
}

void run_view_free(struct run_view *view)
{
  if (!view->is_ours)
    return;
  cJSON_Delete(view->messages);
  cJSON_Delete(view->rounds);
  cJSON_Delete(view->checks);
}

static void *workbench_open(struct ui *ui)
{
  struct workbench *bench = mem_zero(1, sizeof *bench);
  bench->ui = ui;
  bench->at = -1;
  return bench;
}

static void workbench_close(void *state)
{
  struct workbench *bench = state;
  workbench_stop(bench->ui, bench);
  workbench_forget_versus(bench);
  trials_free(bench->runs, bench->run_count);
  picture_free(&bench->picture);
  cells_free(&bench->cells);
  cJSON_Delete(bench->now);
  cJSON_Delete(bench->rounds);
  free(bench->key);
  free(bench->title);
  free(bench->partial);
  free(bench->state);
  free(bench->failure);
  free(bench);
}

static void workbench_changed(struct ui *ui, void *state)
{
  struct workbench *bench = state;
  if (ui_view(ui) == &prompt_view && bench->key && !bench->is_loading)
    workbench_load(ui, bench, 0);
}

static bool workbench_has(struct ui *ui, void *state, enum need need)
{
  const struct workbench *bench = state;
  (void)ui;
  return need == NEEDS_ITEM ? bench->key != NULL : need == NEEDS_RUN && bench->at >= 0;
}

static void show_template(struct ui *ui, struct workbench *bench, int index)
{
  if (bench->is_asking) {
    ui_complain(ui, "one question at a time: Esc cancels what is under way");
    return;
  }
  bench->template_index = index;
  trials_free(bench->runs, bench->run_count);
  bench->runs = NULL;
  bench->run_count = 0;
  bench->at = -1;
  load(ui, bench, 0, true);
}

static void show_run(struct workbench *bench, int at)
{
  bench->at = at < -1 ? -1 : at >= bench->run_count ? bench->run_count - 1 : at;
  bench->scroll[PANE_MESSAGES] = bench->scroll[PANE_REPLY] = 0;
}

static void mark(struct ui *ui, struct workbench *bench)
{
  int64_t id = bench->runs[bench->at]->id;
  bench->marked = bench->marked == id ? 0 : id;
  if (bench->marked)
    ui_say(ui, "run %lld is marked: go to another one, d shows what differs", (long long)id);
}

/* Without a mark: beside the run before. */
static void differ(struct ui *ui, struct workbench *bench)
{
  if (workbench_marked(bench) < 0 && bench->at + 1 < bench->run_count)
    bench->marked = bench->runs[bench->at + 1]->id;
  if (workbench_marked(bench) < 0 || workbench_marked(bench) == bench->at) {
    ui_complain(ui, "differ needs two runs: mark one with m, go to another one");
    return;
  }
  bench->is_differing = !bench->is_differing;
  bench->scroll[PANE_MESSAGES] = 0;
}

static bool move(struct workbench *bench, enum action action, int count)
{
  bool is_list = bench->pane == PANE_RUNS && !bench->is_differing;
  enum workbench_pane pane = bench->is_differing ? PANE_MESSAGES : bench->pane;
  int page = bench->rows[pane] > 2 ? bench->rows[pane] - 1 : 1;
  int to = is_list ? bench->at : bench->scroll[pane];
  switch (action) {
  case ACTION_down: to += count; break;
  case ACTION_up: to -= count; break;
  case ACTION_page_down: to += count * page; break;
  case ACTION_page_up: to -= count * page; break;
  case ACTION_first: to = is_list ? -1 : 0; break;
  case ACTION_last: to = bench->height[pane]; break;
  default: return false;
  }
  if (is_list)
    show_run(bench, to);
  else
    bench->scroll[pane] = to; /* drawing holds it within the pane */
  return true;
}

static bool cancel(struct workbench *bench)
{
  if (!bench->is_asking)
    return false;
  bench->is_cancelled = true;
  event_child_kill(bench->child);
  return true;
}

static bool workbench_act(struct ui *ui, void *state, enum action action, int count)
{
  struct workbench *bench = state;
  switch (action) {
  case ACTION_describe: show_template(ui, bench, DESCRIBE); return true;
  case ACTION_mask: show_template(ui, bench, MASK); return true;
  case ACTION_complete: show_template(ui, bench, COMPLETE); return true;
  case ACTION_ask: workbench_ask(ui, bench, false); return true;
  case ACTION_ask_anew: workbench_ask(ui, bench, true); return true;
  case ACTION_edit: workbench_edit(ui, bench); return true;
  case ACTION_older_run: show_run(bench, bench->at + count); return true;
  case ACTION_newer_run: show_run(bench, bench->at - count); return true;
  case ACTION_mark: mark(ui, bench); return true;
  case ACTION_differ: differ(ui, bench); return true;
  case ACTION_versus: workbench_versus(ui, bench); return true;
  case ACTION_pane: bench->pane = (bench->pane + 1) % PANES; return true;
  case ACTION_next_item: workbench_load(ui, bench, 1); return true;
  case ACTION_previous_item: workbench_load(ui, bench, -1); return true;
  case ACTION_cancel: return cancel(bench);
  default: return move(bench, action, count);
  }
}

const struct view_ops prompt_view = {
  .name = "prompt",
  .bit = V_PROMPT,
  .open = workbench_open,
  .close = workbench_close,
  .changed = workbench_changed,
  .draw = workbench_draw,
  .act = workbench_act,
  .has = workbench_has,
};
