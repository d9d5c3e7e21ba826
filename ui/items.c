/* items.c - the catalogue as a list: pages by key, a window of them in memory
 * SPDX-License-Identifier: MIT */
#include <curses.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "generation.h"
#include "text.h"
#include "ui.h"

/* Rows kept around the cursor; more are loaded when it comes within a page of an end. */
enum { MORE_LOAD = 400, FIRST_LOAD = 120 };

struct items {
  struct item_row *rows;
  int count, at, top;     /* rows in memory, cursor and first shown row among them */
  bool is_at_start, is_at_end, is_loading, is_loaded;
  char *filter;           /* or NULL */
  int generation;         /* of the filter: answers to older ones are dropped */


  int page_rows;
  char *failure;
};

/* ---------------------------------------------------------------- loading */

enum load_kind { LOAD_FIRST, LOAD_LAST, LOAD_MORE, LOAD_BEFORE, LOAD_SAME };

struct load_task {
  struct task task;
  enum load_kind kind;
  int64_t from;
  int limit, generation;
  char *filter;
  struct item_page page;
  bool ok;
  struct err err;
};

static void clean_text(char **text)
{
  char *clean = utf8_clean(*text ? *text : "", false);
  free(*text);
  *text = clean;
}

static void load_work(struct task *task, struct store *store, struct decoder *decoder)
{
  struct load_task *load = (struct load_task *)(void *)task;
  bool is_backward = load->kind == LOAD_LAST || load->kind == LOAD_BEFORE;
  (void)decoder;
  load->ok = item_page_load(store, load->from, is_backward, load->limit, load->filter, &load->page,
                            &load->err);
  for (int k = 0; load->ok && k < load->page.count; k++) {
    clean_text(&load->page.rows[k].title);
    clean_text(&load->page.rows[k].detail);
  }
}

static void load_free(struct task *task)
{
  struct load_task *load = (struct load_task *)(void *)task;
  item_page_free(&load->page);
  free(load->filter);
  free(load);
}

static void free_rows(struct items *items)
{
  struct item_page page = {items->rows, items->count};
  item_page_free(&page);
  items->rows = NULL;
  items->count = 0;
}

/* Take the page's rows over, behind (or before) those that are there. */
static void join_rows(struct items *items, struct item_page *page, bool is_before)
{
  int total = items->count + page->count;
  struct item_row *rows = mem_zero((size_t)total + 1, sizeof *rows);
  struct item_row *first = is_before ? page->rows : items->rows;
  int first_count = is_before ? page->count : items->count;
  if (first_count)
    memcpy(rows, first, (size_t)first_count * sizeof *rows);
  if (total - first_count)
    memcpy(rows + first_count, is_before ? items->rows : page->rows,
           (size_t)(total - first_count) * sizeof *rows);
  free(items->rows);
  free(page->rows);
  items->rows = rows;
  items->count = total;
  *page = (struct item_page){0};
}

static void load_around(struct ui *ui, struct items *items);

static void load_done(struct task *task, struct ui *ui)
{
  struct load_task *load = (struct load_task *)(void *)task;
  struct items *items = ui_state(ui, &items_view);
  items->is_loading = false;
  ui->must_draw = true;
  if (load->generation != items->generation)
    return;
  free(items->failure);
  items->failure = load->ok ? NULL : mem_strdup(load->err.text);
  if (!load->ok)
    return;
  bool is_full = load->page.count == load->limit;
  int added = load->page.count;
  switch (load->kind) {
  case LOAD_FIRST:
  case LOAD_LAST:
  case LOAD_SAME: {
    int keep_top = items->top, keep_at = items->at;
    free_rows(items);
    join_rows(items, &load->page, false);
    items->is_at_start = load->kind == LOAD_FIRST || (load->kind == LOAD_LAST ? !is_full : load->from < 0);
    items->is_at_end = load->kind == LOAD_LAST || !is_full;
    items->at = load->kind == LOAD_LAST ? items->count - 1 : load->kind == LOAD_SAME ? keep_at : 0;
    items->top = load->kind == LOAD_SAME ? keep_top : 0;
    break;
  }
  case LOAD_MORE:
    join_rows(items, &load->page, false);
    items->is_at_end = !is_full;
    break;
  case LOAD_BEFORE:
    join_rows(items, &load->page, true);
    items->is_at_start = !is_full;
    items->at += added;
    items->top += added;
    break;
  }
  if (items->at >= items->count)
    items->at = items->count ? items->count - 1 : 0;
  bool is_first = !items->is_loaded;
  items->is_loaded = true;
  if (is_first)
    load_around(ui, items);
}

static void load(struct ui *ui, struct items *items, enum load_kind kind, int64_t from, int limit)
{
  struct load_task *task = mem_zero(1, sizeof *task);
  task->task = (struct task){.work = load_work, .done = load_done, .free_it = load_free};
  task->kind = kind;
  task->from = from;
  task->limit = limit;
  task->generation = items->generation;
  task->filter = mem_strdup(items->filter);
  items->is_loading = true;
  worker_read(ui->worker, &task->task);
}

static void load_first(struct ui *ui, struct items *items)
{
  load(ui, items, LOAD_FIRST, -1, items->is_loaded ? FIRST_LOAD : LINES); /* the first frame soon */
}

/* More rows when the cursor nears an end of what is in memory. */
static void load_around(struct ui *ui, struct items *items)
{
  if (items->is_loading || !items->count)
    return;
  int near = items->page_rows > 0 ? 2 * items->page_rows : 40;
  if (!items->is_at_end && items->at + near >= items->count)
    load(ui, items, LOAD_MORE, items->rows[items->count - 1].id, MORE_LOAD);
  else if (!items->is_at_start && items->at < near)
    load(ui, items, LOAD_BEFORE, items->rows[0].id, MORE_LOAD);
}

/* ---------------------------------------------------------------- the view */

static void *items_open(struct ui *ui)
{
  struct items *items = mem_zero(1, sizeof *items);
  (void)ui;
  return items;
}

static void items_close(void *state)
{
  struct items *items = state;
  free_rows(items);
  free(items->filter);
  free(items->failure);
  free(items);
}

static void items_changed(struct ui *ui, void *state)
{
  struct items *items = state;
  if (!items->is_loaded || items->is_loading)
    return;
  int limit = items->count > FIRST_LOAD ? items->count : FIRST_LOAD;
  int64_t from = items->is_at_start || !items->count ? -1 : items->rows[0].id - 1;
  load(ui, items, LOAD_SAME, from, limit);
}

static void items_shown(struct ui *ui, void *state)
{
  struct items *items = state;
  if (!items->is_loaded)
    load_first(ui, items);
}

const char *items_selected(const struct ui *ui)
{
  const struct items *items = ui_state(ui, &items_view);
  return items && items->count ? items->rows[items->at].key : NULL;
}

static bool items_has(struct ui *ui, void *state, enum need need)
{
  (void)state;
  return need == NEEDS_ITEM && items_selected(ui) != NULL;
}

static const char *state_text(const struct item_row *row)
{
  if (row->decision == DECISION_ACCEPT)
    return "accepted";
  if (row->decision == DECISION_REJECT)
    return "rejected";
  return row->has_valid ? "waiting" : row->candidates ? "invalid" : "";
}

static enum role_of_colour state_role(const struct item_row *row)
{
  if (row->decision == DECISION_ACCEPT)
    return C_GOOD;
  if (row->decision == DECISION_REJECT || (row->candidates && !row->has_valid))
    return C_BAD;
  return C_NORMAL;
}

/* Columns: a mark, title, details, candidates, balance, state. Titles and details share what is left. */
static void draw_row(const struct item_row *row, int y, int columns, bool is_selected)
{
  int fixed = 2 + 5 + 7 + 10, rest = columns - fixed;
  int title = rest > 60 ? rest * 2 / 5 : rest > 36 ? rest / 2 : rest, detail = rest - title - 1;
  enum role_of_colour role = is_selected ? C_SELECTED : C_NORMAL;
  char number[32] = "", balance[32] = "";
  if (row->candidates)
    snprintf(number, sizeof number, "%d", row->candidates);
  if (isfinite(row->balance))
    snprintf(balance, sizeof balance, "%.2f", row->balance);
  if (is_selected)
    put(y, 0, columns, C_SELECTED, "", true);
  put(y, 0, 2, role, is_selected ? ">" : " ", true);
  put(y, 2, title, role, row->title, false);
  if (detail > 8)
    put(y, 2 + title + 1, detail, is_selected ? C_SELECTED : C_DIM, row->detail, false);
  put_right(y, columns - fixed + 2, 5, role, number);
  put_right(y, columns - fixed + 7, 7, role, balance);
  put(y, columns - 9, 9, is_selected ? C_SELECTED : state_role(row), state_text(row), false);
}

static void draw_heading(const struct items *items, int y, int columns)
{
  put(y, 2, columns, C_GROUP, "title", false);
  put_right(y, columns - 22, 5, C_GROUP, "made");
  put_right(y, columns - 17, 7, C_GROUP, "bal.");
  put(y, columns - 9, 9, C_GROUP, "state", false);
  if (items->filter)
    put_format(y, 9, columns - 34, C_WARN, "only those with \"%s\" (/ changes it)", items->filter);
}

static void items_draw(struct ui *ui, void *state, struct area area)
{
  struct items *items = state;
  int rows = area.rows - 1;
  items->page_rows = rows;
  if (items->at < items->top)
    items->top = items->at;
  if (items->at >= items->top + rows)
    items->top = items->at - rows + 1;
  if (items->top + rows > items->count)
    items->top = items->count > rows ? items->count - rows : 0;
  draw_heading(items, area.top, area.columns);
  for (int k = 0; k < rows && items->top + k < items->count; k++)
    draw_row(&items->rows[items->top + k], area.top + 1 + k, area.columns,
             items->top + k == items->at);
  const char *note = items->failure ? items->failure
                     : items->count || items->is_loading || !items->is_loaded ? ""
                     : items->filter ? "nothing holds this text" : "the catalogue is empty";
  put(area.top + 2, 2, area.columns - 4, items->failure ? C_BAD : C_DIM, note, false);
  load_around(ui, items);
  move(area.top + 1 + items->at - items->top, 0);
}

static void set_filter(struct ui *ui, const char *text)
{
  struct items *items = ui_state(ui, &items_view);
  if (!strcmp(items->filter ? items->filter : "", text))
    return;
  free(items->filter);
  items->filter = *text ? mem_strdup(text) : NULL;
  items->generation++;
  worker_cancel_reads(ui->worker);
  load_first(ui, items);
}

static void move_to(struct items *items, int at)
{
  items->at = at < 0 ? 0 : at >= items->count ? (items->count ? items->count - 1 : 0) : at;
}

static void go_to_end(struct ui *ui, struct items *items, bool is_last)
{
  if (is_last ? items->is_at_end : items->is_at_start)
    move_to(items, is_last ? items->count - 1 : 0);
  else
    load(ui, items, is_last ? LOAD_LAST : LOAD_FIRST, is_last ? INT64_MAX : -1, FIRST_LOAD);
}

static bool items_act(struct ui *ui, void *state, enum action action, int count)
{
  struct items *items = state;
  struct err err;
  int page = items->page_rows > 2 ? items->page_rows - 1 : 1;
  switch (action) {
  case ACTION_down: move_to(items, items->at + count); return true;
  case ACTION_up: move_to(items, items->at - count); return true;
  case ACTION_page_down:
    items->top += page * count;
    move_to(items, items->at + page * count);
    return true;
  case ACTION_page_up:
    items->top = items->top > page * count ? items->top - page * count : 0;
    move_to(items, items->at - page * count);
    return true;
  case ACTION_first: go_to_end(ui, items, false); return true;
  case ACTION_last: go_to_end(ui, items, true); return true;
  case ACTION_compare: compare_show(ui, items_selected(ui), 0); return true;
  case ACTION_prompt: workbench_show(ui, items_selected(ui), -1); return true;
  case ACTION_search: ui->prompt = prompt_line_new("/", set_filter, set_filter, false); return true;
  case ACTION_cancel:
    if (items->filter)
      set_filter(ui, "");
    return true;
  case ACTION_chain:
    compare_show(ui, items_selected(ui), 0);
    ui_act(ui, ACTION_chain, 1);
    return true;
  case ACTION_generate_all:
    if (generation_start_all(ui, &err))
      ui_say(ui, "generating for all items in the background: o shows it");
    else
      ui_complain(ui, "%s", err.text);
    return true;
  case ACTION_next_waiting:
  case ACTION_previous_waiting:
    compare_show(ui, items_selected(ui), 0);
    ui_act(ui, action, 1);
    return true;
  default: return false;
  }
}

const struct view_ops items_view = {
  .name = "items",
  .bit = V_ITEMS,
  .open = items_open,
  .close = items_close,
  .shown = items_shown,
  .changed = items_changed,
  .is_of_rows = true,
  .draw = items_draw,
  .act = items_act,
  .has = items_has,
};
