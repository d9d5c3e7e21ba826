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
#include "chart.h"
#include "text.h"
#include "train.h"

enum { LIST_WIDTH = 50, FORM_LEAST = 26, SERIES_MOST = 12 };

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

static void draw_run(const struct run *run, int y, int column, int columns, bool is_cursor,
                     bool is_focused)
{
  enum role_of_colour role = is_cursor && is_focused ? C_SELECTED : C_NORMAL;
  char epochs[24];
  if (role == C_SELECTED)
    put(y, column, columns, role, "", true);
  put_format(y, column, 5, role, "%s %s", is_cursor ? ">" : " ", run->id);
  put(y, column + 6, 10, role, run->model ? run->model : "?", false);
  put(y, column + 16, 8, role == C_SELECTED ? role : state_role(run->state),
      job_state_names[run->state], false);
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
    draw_run(&train->runs[train->count - 1 - train->top - k], top + 1 + k, column, columns,
             train->top + k == train->at, !train->is_on_form);
  if (!train->count && train->is_loaded)
    put(top + 1, column + 2, columns - 3, C_DIM, "no run yet: s starts one", false);
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
  for (int k = 0; k < rows && form->top + k < form->count; k++) {
    const struct form_row *row = &form->rows[form->top + k];
    bool is_cursor = form->top + k == form->at && train->is_on_form;
    enum role_of_colour role = is_cursor ? C_SELECTED : C_NORMAL;
    bool is_own = strcmp(row->value, row->fallback) != 0;
    int name = columns > 40 ? 18 : 14;
    if (is_cursor)
      put(top + 1 + k, column, columns, role, "", true);
    put_format(top + 1 + k, column, name + 1, role, "%s%s", is_own ? "*" : " ", row->name);
    put(top + 1 + k, column + name + 2, columns - name - 2,
        is_cursor ? role : is_own ? C_TITLE : C_NORMAL, *row->value ? row->value : "(own)", false);
  }
}

/* ---------------------------------------------------------------- curves */

/* Points of one stage; recall or loss. */
static int take_points(const struct run *run, int stage, bool is_recall, struct chart_point *out)
{
  int count = 0;
  for (int k = 0; k < run->point_count; k++)
    if (run->points[k].stage == stage)
      out[count++] = (struct chart_point){(double)run->points[k].epoch,
                                          is_recall ? run->points[k].recall : run->points[k].loss};
  return count;
}

static void title_of(const struct run *run, bool is_recall, char *title, size_t size)
{
  const struct run_point *last = NULL;
  for (int k = 0; k < run->point_count; k++)
    last = run->points[k].is_control ? last : &run->points[k];
  if (is_recall && isfinite(run->best_valid))
    snprintf(title, size, "valid Recall@20, best %.4f at %lld", run->best_valid,
             (long long)run->best_epoch);
  else if (!is_recall && last && isfinite(last->loss))
    snprintf(title, size, "loss %.4f", last->loss);
  else
    snprintf(title, size, "%s", is_recall ? "valid Recall@20" : "loss");
}

/* Controls first, so that the model's own curve lies above; of the loss only the model's own. */
static void draw_curve(const struct run *run, bool is_recall, int row, int column, int rows,
                       int columns)
{
  struct chart_series series[SERIES_MOST];
  struct chart_point *points = mem_zero((size_t)run->point_count + 1, sizeof *points);
  double borders[SERIES_MOST];
  int used = 0, count = 0, border_count = 0;
  for (int pass = 0; pass < 2; pass++)
    for (int s = 0; s < run->stage_count && count < SERIES_MOST; s++) {
      if (run->stages[s].is_control == (pass == 1) || (!is_recall && pass == 0))
        continue;
      int taken = take_points(run, s, is_recall, points + used);
      if (!taken)
        continue;
      if (pass == 1 && border_count < SERIES_MOST)
        borders[border_count++] = points[used].x - 0.5;
      series[count++] = (struct chart_series){
        points + used, taken, pass == 0 ? C_DIM : is_recall ? C_CURVE2 : C_CURVE};
      used += taken;
    }
  char title[96];
  title_of(run, is_recall, title, sizeof title);
  struct chart chart = {title, series, count, borders, border_count, 3};
  chart_draw(&chart, row, column, rows, columns);
  free(points);
}

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

static char *state_of(const struct run *run)
{
  const struct run_point *last = run->point_count ? &run->points[run->point_count - 1] : NULL;
  if (run->error)
    return utf8_clean(run->error, false);
  if (run->end)
    return outcome_of(run);
  if (run->note && !last)
    return utf8_clean(run->note, false);
  if (!last)
    return mem_strdup(run->state == JOB_RUNNING ? "getting ready" : "nothing trained yet");
  return mem_printf("%s%s, epoch %lld, %.2f s each",
                    run->stages[last->stage].is_control ? "control " : "",
                    run->stages[last->stage].name, (long long)last->stage_epoch, last->seconds);
}

/* "run 7  neggen   module, epoch 41, 1.2 s each" */
static void draw_about(const struct run *run, int row, int columns)
{
  int column = 1 + put_format(row, 1, columns - 2, C_TITLE, "run %s  %s", run->id,
                              run->model ? run->model : "");
  char *state = state_of(run);
  put(row, column + 3, columns - column - 4, run->error ? C_BAD : C_NORMAL, state, false);
  free(state);
}

static void draw_curves(const struct run *run, int top, int rows, int columns)
{
  int half = columns / 2;
  if (columns < 60) {
    draw_curve(run, true, top, 1, rows, columns - 2);
    return;
  }
  draw_curve(run, false, top, 1, rows, half - 2);
  draw_curve(run, true, top, half + 1, rows, columns - half - 2);
}

void train_draw(struct ui *ui, void *state, struct area area)
{
  struct train *train = state;
  const struct run *run = train_selected(train);
  int upper = area.rows >= 30 ? area.rows / 2 : area.rows * 9 / 20, columns = area.columns;
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
    put(row, 1, columns - 2, C_DIM, train->form.rows[train->form.at].help, false);
  else if (run)
    draw_about(run, row, columns);
  if (run)
    draw_curves(run, row + 1, area.rows - upper - 1, columns);
}
