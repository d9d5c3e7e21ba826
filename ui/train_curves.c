/* train_curves.c - the curves of a run, or of several over each other
 *
 * The first chart shows a figure of the run (its loss with the loss's parts, unless another one
 * was asked for), the second how well it ranks the validation items. Of several runs both charts
 * show one figure each, and the mark of a curve is the run's number.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "chart.h"
#include "text.h"
#include "train.h"

enum { SERIES_MOST = 12 };

static const char loss[] = "loss", recall[] = "Recall@20", ndcg[] = "NDCG@20";

/* What a chart is made of. */
struct curves {
  struct chart_series series[SERIES_MOST];
  struct chart_point *points[SERIES_MOST]; /* of each, owned */
  double borders[SERIES_MOST];
  int count, border_count;
  struct buf title;
};

/* Points of which stages? */
enum stages { OWN_STAGES = -1 }; /* the model's, all; else the index of one */

/* The k-th that can be shown of a run; NULL behind the last. */
static const char *figure_at(const struct run *run, int k)
{
  if (k == 0)
    return loss;
  if (k <= run->part_count)
    return run->parts[k - 1].name;
  return k == run->part_count + 1 ? ndcg : NULL;
}

/* The one of that name; NULL: it has none. */
static const char *figure_named(const struct run *run, const char *name)
{
  const char *figure;
  for (int k = 0; (figure = figure_at(run, k)) != NULL; k++)
    if (!strcmp(figure, name))
      return figure;
  return NULL;
}

/* Behind the last comes the loss with its parts, which of several runs is the loss alone. */
void train_next_figure(struct train *train)
{
  const struct run *run = train_selected(train);
  const char *figure;
  int at = *train->figure ? -1 : train->marked_count ? 0 : -1;
  for (int k = 0; *train->figure && (figure = figure_at(run, k)) != NULL; k++)
    if (!strcmp(figure, train->figure))
      at = k;
  figure = figure_at(run, at + 1);
  snprintf(train->figure, sizeof train->figure, "%s", figure ? figure : "");
}

/* NAN where the epoch has none. */
static double value_of(const struct run *run, const struct run_point *point, const char *figure)
{
  if (figure == loss || figure == recall || figure == ndcg)
    return figure == loss ? point->loss : figure == recall ? point->recall : point->ndcg;
  for (int k = 0; k < run->part_count; k++)
    if (!strcmp(run->parts[k].name, figure))
      return (double)point->parts[k];
  return NAN;
}

static bool belongs(const struct run_point *point, int stage)
{
  return stage == OWN_STAGES ? !point->is_control : point->stage == stage;
}

/* The values of a figure, with a gap between stages; how many are finite. */
static int take_points(const struct run *run, int stage, const char *figure,
                       struct chart_point *out, int *count)
{
  int found = 0, before = -1;
  *count = 0;
  for (int k = 0; k < run->point_count; k++) {
    const struct run_point *point = &run->points[k];
    if (!belongs(point, stage))
      continue;
    if (before >= 0 && point->stage != before)
      out[(*count)++] = (struct chart_point){(double)point->epoch, NAN};
    before = point->stage;
    double y = value_of(run, point, figure);
    out[(*count)++] = (struct chart_point){(double)point->epoch, y};
    found += isfinite(y) != 0;
  }
  return found;
}

/* False when there is nothing to show. */
static bool add_curve(struct curves *curves, const struct run *run, int stage, const char *figure,
                      struct chart_series style)
{
  if (curves->count == SERIES_MOST)
    return false;
  struct chart_point *points =
    mem_zero((size_t)run->point_count + (size_t)run->stage_count + 1, sizeof *points);
  int count;
  if (!take_points(run, stage, figure, points, &count)) {
    free(points);
    return false;
  }
  style.points = points;
  style.count = count;
  curves->points[curves->count] = points;
  curves->series[curves->count++] = style;
  return true;
}

/* A letter of the name that no other curve has. */
static struct chart_series style_for(const struct curves *curves, const char *name,
                                     enum role_of_colour role, enum dash dash)
{
  struct chart_series style = {.role = role, .dash = dash};
  for (const char *p = name; *p && !*style.mark; p++) {
    bool is_taken = !isalnum((unsigned char)*p);
    for (int k = 0; k < curves->count; k++)
      is_taken = is_taken || curves->series[k].mark[0] == *p;
    if (!is_taken)
      snprintf(style.mark, sizeof style.mark, "%c", *p);
  }
  return style;
}

/* "l loss  r real": the newest curve is explained. */
static void explain(struct curves *curves, const char *name, double value)
{
  buf_printf(&curves->title, "%s%s%s%s", curves->title.size ? "  " : "",
             curves->series[curves->count - 1].mark, *name ? " " : "", name);
  if (isfinite(value))
    buf_printf(&curves->title, " %.4f", value);
}

/* The newest value of the model's own stages. */
static double newest(const struct run *run, const char *figure)
{
  for (int k = run->point_count - 1; k >= 0; k--)
    if (!run->points[k].is_control)
      return value_of(run, &run->points[k], figure);
  return NAN;
}

static void add_own(struct curves *curves, const struct run *run, const char *figure, double value,
                    enum role_of_colour role, enum dash dash)
{
  if (add_curve(curves, run, OWN_STAGES, figure, style_for(curves, figure, role, dash)))
    explain(curves, figure, value);
}

static void add_borders(struct curves *curves, const struct run *run)
{
  int before = -1;
  for (int k = 0; k < run->point_count && curves->border_count < SERIES_MOST; k++) {
    const struct run_point *point = &run->points[k];
    if (point->is_control || point->stage == before)
      continue;
    if (before >= 0)
      curves->borders[curves->border_count++] = (double)point->epoch - 0.5;
    before = point->stage;
  }
}

static void draw(struct curves *curves, const char *fallback, int row, int column, int rows,
                 int columns)
{
  struct chart chart = {curves->title.size ? curves->title.data : fallback, curves->series,
                        curves->count, curves->borders, curves->border_count, 3};
  chart_draw(&chart, row, column, rows, columns);
  for (int k = 0; k < curves->count; k++)
    free(curves->points[k]);
  buf_free(&curves->title);
}

/* ---------------------------------------------------------------- one run */

static void draw_figure(const struct run *run, const char *name, int row, int column, int rows,
                        int columns)
{
  static const enum dash dashes[] = {DASH_DOTS, DASH_SHORT, DASH_LONG};
  struct curves curves = {0};
  add_borders(&curves, run);
  add_own(&curves, run, name ? name : loss, newest(run, name ? name : loss), C_CURVE, DASH_NONE);
  for (int k = 0; !name && k < run->part_count; k++)
    if (!run->parts[k].is_watched)
      add_own(&curves, run, run->parts[k].name, NAN, k % 2 ? C_CURVE : C_CURVE2, dashes[k % 3]);
  draw(&curves, name ? name : loss, row, column, rows, columns);
}

/* Recall above all; beside it NDCG, and what was trained for comparison. */
static void draw_ranking(const struct run *run, int row, int column, int rows, int columns)
{
  struct curves curves = {0};
  add_borders(&curves, run);
  add_own(&curves, run, recall, run->best_valid, C_CURVE2, DASH_NONE);
  if (curves.count && run->best_epoch)
    buf_printf(&curves.title, " at %lld", (long long)run->best_epoch);
  add_own(&curves, run, ndcg, NAN, C_CURVE, DASH_SHORT);
  for (int s = 0; s < run->stage_count; s++) {
    const char *name = run->stages[s].name;
    if (run->stages[s].is_control &&
        add_curve(&curves, run, s, recall, style_for(&curves, name, C_DIM, DASH_DOTS)))
      explain(&curves, name, NAN);
  }
  draw(&curves, "validation", row, column, rows, columns);
}

/* ---------------------------------------------------------------- several */

static int overlaid(const struct train *train, const struct run *selected,
                    const struct run *runs[MARKED_MOST + 1])
{
  int count = 0;
  for (int k = 0; k < train->count; k++)
    if (&train->runs[k] != selected && train_is_marked(train, train->runs[k].id))
      runs[count++] = &train->runs[k];
  runs[count++] = selected; /* above the others */
  return count;
}

static void draw_over(const struct run *const runs[], int count, const char *figure, int row,
                      int column, int rows, int columns)
{
  static const enum role_of_colour roles[] = {C_CURVE, C_CURVE2, C_GOOD, C_OLD, C_NORMAL};
  struct curves curves = {0};
  buf_str(&curves.title, figure);
  for (int k = 0; k < count; k++) {
    struct chart_series style = {.role = roles[k % 5], .dash = (enum dash)(k % 4)};
    snprintf(style.mark, sizeof style.mark, "%s", runs[k]->id);
    double value = figure == recall ? runs[k]->best_valid : newest(runs[k], figure);
    if (add_curve(&curves, runs[k], OWN_STAGES, figure, style))
      explain(&curves, columns < 20 * count || !runs[k]->model ? "" : runs[k]->model, value);
  }
  draw(&curves, figure, row, column, rows, columns);
}

void train_draw_curves(const struct train *train, const struct run *run, int top, int rows,
                       int columns)
{
  const struct run *runs[MARKED_MOST + 1];
  int count = overlaid(train, run, runs), half = columns / 2, left = half, right = columns - half;
  const char *figure = figure_named(run, train->figure);
  if (columns < 60) { /* room for one: the first when it was asked for */
    left = figure ? columns : 0;
    right = columns - left;
  }
  if (left && count > 1)
    draw_over(runs, count, figure ? figure : loss, top, 1, rows, left - 2);
  else if (left)
    draw_figure(run, figure, top, 1, rows, left - 2);
  if (right && count > 1)
    draw_over(runs, count, recall, top, left + 1, rows, right - 2);
  else if (right)
    draw_ranking(run, top, left + 1, rows, right - 2);
}
