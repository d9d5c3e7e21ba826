/* train_draw.c - the train view on the screen: runs beside the form, curves below
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "text.h"
#include "train.h"

enum { LIST_WIDTH = 50, FORM_LEAST = 26, LOG_ROWS = 8 };

/* ---------------------------------------------------------------- runs and form */

static enum role_of_colour state_role(enum job_state state)
{
  return state == JOB_FAILED ? C_BAD : state == JOB_RUNNING ? C_WARN
         : state == JOB_DONE ? C_GOOD : C_NORMAL;
}

/* What was not measured is a dash. */
static void put_share(int row, int column, enum role_of_colour role, double value)
{
  char text[16] = "-";
  if (isfinite(value))
    snprintf(text, sizeof text, "%.4f", value);
  put_right(row, column, 8, role, text);
}

/* A new one has a directory before a process is at work in it. */
static bool is_starting(const struct train *train, const struct run *run)
{
  return train->launch && run->state == JOB_STOPPED && !run->tail.offset;
}

static void draw_run(const struct train *train, const struct run *run, int y, int column,
                     int columns, bool is_cursor)
{
  enum role_of_colour role = is_cursor && !train->is_on_form ? C_SELECTED : C_NORMAL;
  bool is_marked = train_is_marked(train, run->id);
  char epochs[24];
  if (role == C_SELECTED)
    put(y, column, columns, role, "", true);
  put_format(y, column, 6, role, "%s%s%s", is_cursor ? ">" : " ", is_marked ? "+" : " ", run->id);
  put(y, column + 6, 10, role, run->model ? run->model : "?", false);
  put(y, column + 16, 8, role == C_SELECTED ? role : state_role(run->state),
      is_starting(train, run) ? "starting" : job_state_names[run->state], false);
  snprintf(epochs, sizeof epochs, "%lld", (long long)run->epochs);
  put_right(y, column + 24, 7, role, run->epochs ? epochs : "");
  put_share(y, column + 32, role, run->best_valid);
  put_share(y, column + 41, role, run->test[0]);
}

static void draw_runs(struct train *train, int top, int rows, int column, int columns)
{
  put(top, column + 1, 6, train->is_on_form ? C_GROUP : C_TITLE, "RUNS", false);
  put_right(top, column + 24, 7, C_DIM, "epochs");
  put_right(top, column + 32, 8, C_DIM, "R@20");
  put_right(top, column + 41, 8, C_DIM, "test");
  rows--;
  if (train->at < train->top)
    train->top = train->at;
  if (train->at >= train->top + rows)
    train->top = train->at - rows + 1;
  if (train->top + rows > train->count)
    train->top = train->count > rows ? train->count - rows : 0;
  for (int k = 0; k < rows && train->top + k < train->count; k++)
    draw_run(train, &train->runs[train->count - 1 - train->top - k], top + 1 + k, column, columns,
             train->top + k == train->at);
  if (!train->count && train->is_loaded)
    put(top + 1, column + 2, columns - 3, C_DIM, "no run yet: s starts one", false);
}

/* "*lr            0.01       1e-06 to 1        0.001", the last two where there is room */
static void draw_form_row(const struct form_row *row, int y, int column, int columns, bool is_cursor)
{
  enum role_of_colour role = is_cursor ? C_SELECTED : C_NORMAL;
  int name = columns > 40 ? 18 : 14, value = columns - name - 2;
  bool is_wide = columns >= name + 62;
  if (is_cursor)
    put(y, column, columns, role, "", true);
  put_format(y, column, name + 1, role, "%s%s", row->given ? "*" : " ", row->row->name);
  put(y, column + name + 2, is_wide ? 14 : value, is_cursor ? role : row->given ? C_TITLE : C_NORMAL,
      *row->value ? row->value : "(own)", false);
  if (!is_wide)
    return;
  char *range = form_range(row->row);
  put(y, column + name + 18, 36, is_cursor ? role : C_DIM, range, false);
  if (row->row->fallback)
    put(y, column + name + 56, columns - name - 56, is_cursor ? role : C_DIM, row->row->fallback,
        false);
  free(range);
}

static void draw_form(struct train *train, int top, int rows, int column, int columns)
{
  struct form *form = &train->form;
  int used = put(top, column, columns, train->is_on_form ? C_TITLE : C_GROUP, "NEW RUN", false);
  put(top, column + used + 2, columns - used - 2, C_DIM,
      train->is_on_form ? "Enter changes" : "Tab to change", false);
  rows--;
  if (form->at < form->top)
    form->top = form->at;
  if (form->at >= form->top + rows)
    form->top = form->at - rows + 1;
  if (form->top + rows > form->count)
    form->top = form->count > rows ? form->count - rows : 0;
  for (int k = 0; k < rows && form->top + k < form->count; k++)
    draw_form_row(&form->rows[form->top + k], top + 1 + k, column, columns,
                  form->top + k == form->at && train->is_on_form);
}

/* ---------------------------------------------------------------- the selected run */

/* "tested: Recall@20 .3589, NDCG@20 .2163; base .3331, lambda_0 .3453, ..." */
static char *outcome_of(const struct run *run)
{
  const cJSON *test = json_get(json_get(json_get(run->end, "test"), "masks"), "train+valid"), *part;
  struct buf text = {0};
  double recall = json_num(test, "recall@20", NAN);
  if (!isfinite(recall))
    buf_str(&text, "done; no test interactions to measure it with");
  else
    buf_printf(&text, "tested: Recall@20 %.4f, NDCG@20 %.4f", recall, json_num(test, "ndcg@20", NAN));
  const char *lead = "; Recall@20 of";
  cJSON_ArrayForEach(part, json_get(run->end, "ablations"))
    if (cJSON_IsNumber(part)) {
      buf_printf(&text, "%s %s %.4f", lead, part->string, part->valuedouble);
      lead = ",";
    }
  return buf_take(&text);
}

enum { DURATION = 24 };

/* "12 s", "3 min", "2 h 5 min" */
static const char *duration(double seconds, char text[DURATION])
{
  if (seconds < 90)
    snprintf(text, DURATION, "%.0f s", seconds);
  else if (seconds < 90 * 60)
    snprintf(text, DURATION, "%.0f min", seconds / 60);
  else if (seconds < 1e7)
    snprintf(text, DURATION, "%d h %d min", (int)(seconds / 3600), (int)(seconds / 60) % 60);
  else
    snprintf(text, DURATION, "months");
  return text;
}

static char *state_of(const struct train *train, const struct run *run)
{
  const struct run_point *last = run->point_count ? &run->points[run->point_count - 1] : NULL;
  if (run->error)
    return utf8_clean(run->error, false);
  if (run->end)
    return outcome_of(run);
  if (run->note && !last)
    return utf8_clean(run->note, false);
  if (!last)
    return mem_strdup(run->state == JOB_RUNNING || is_starting(train, run) ? "getting ready"
                                                                           : "nothing trained yet");
  struct buf text = {0};
  struct run_left left;
  bool is_known = run_time_left(run, &left);
  buf_printf(&text, "%s%s", run->stages[last->stage].is_control ? "control " : "",
             run->stages[last->stage].name);
  if (is_known && left.stages > 1)
    buf_printf(&text, " %d/%d", left.stage, left.stages);
  buf_printf(&text, ", epoch %lld", (long long)last->stage_epoch);
  if (is_known)
    buf_printf(&text, " of at most %lld", (long long)left.epochs);
  buf_printf(&text, ", %.2f s each", last->seconds);
  if (is_known && run->state == JOB_RUNNING) {
    char least[DURATION], most[DURATION];
    buf_printf(&text, "; %s to %s left", duration(left.least, least), duration(left.most, most));
  }
  return buf_take(&text);
}

/* "run 7  neggen   module 2/5, epoch 8 of at most 20, 1.20 s each; 12 s to 3 min left" */
static void draw_about(const struct train *train, const struct run *run, int row, int columns)
{
  int column = 1 + put_format(row, 1, columns - 2, C_TITLE, "run %s  %s", run->id,
                              run->model ? run->model : "");
  char *state = state_of(train, run);
  put(row, column + 3, columns - column - 4, run->error ? C_BAD : C_NORMAL, state, false);
  free(state);
}

/* The end of what it printed. */
static void draw_log(const struct train *train, int top, int rows, int columns)
{
  put(top, 1, columns - 2, C_TITLE, "LOG", false);
  const char *text = train->log;
  if (!text || !*text) {
    put(top + 1, 3, columns - 4, C_DIM, text ? "nothing printed yet"
        : "none: it printed to a terminal, or has not begun", false);
    return;
  }
  const char *start = text + strlen(text);
  for (int k = 0; k < rows && start > text; k++) {
    start--;
    while (start > text && start[-1] != '\n')
      start--;
  }
  for (int y = 1; y < rows && *start; y++) {
    size_t size = strcspn(start, "\n");
    char *line = mem_strndup(start, size);
    put(top + y, 1, columns - 2, C_NORMAL, line, false);
    free(line);
    start += size + (start[size] == '\n');
  }
}

/* What the value being typed lacks, or all about the row of the form: lines used. */
static int draw_help(const struct train *train, int row, int columns)
{
  char *text = train->doubt ? mem_strdup(train->doubt) : form_help(&train->form);
  struct layout layout = layout_make(text, NULL, 0, columns - 2);
  enum role_of_colour role = train->doubt ? C_BAD : C_DIM;
  int lines = layout.line_count < 3 ? layout.line_count : 3;
  layout_draw(&layout, row, 1, 0, lines, role, role);
  layout_free(&layout);
  free(text);
  return lines;
}

/* Curves, or the log; where there is room the end of the log, too. */
static void draw_run_below(const struct train *train, const struct run *run, int top, int rows,
                           int columns)
{
  int log = train->shows_log ? rows : rows >= 24 ? LOG_ROWS : 0;
  if (rows - log >= 2)
    train_draw_curves(train, run, top, rows - log, columns);
  if (log >= 2)
    draw_log(train, top + rows - log, log, columns);
}

void train_draw(struct ui *ui, void *state, struct area area)
{
  struct train *train = state;
  const struct run *run = train_selected(train);
  int upper = area.rows >= 30 ? area.rows / 2 : area.rows * 9 / 20, columns = area.columns, used = 1;
  (void)ui;
  if (columns >= LIST_WIDTH + FORM_LEAST) {
    draw_runs(train, area.top, upper, 0, LIST_WIDTH);
    draw_form(train, area.top, upper, LIST_WIDTH + 2, columns - LIST_WIDTH - 3);
  } else if (train->is_on_form) {
    draw_form(train, area.top, upper, 1, columns - 2);
  } else {
    draw_runs(train, area.top, upper, 0, columns);
  }
  int row = area.top + upper;
  if (train->is_on_form && train->form.count)
    used = draw_help(train, row, columns);
  else if (run)
    draw_about(train, run, row, columns);
  if (run)
    draw_run_below(train, run, row + used, area.rows - upper - used, columns);
}
