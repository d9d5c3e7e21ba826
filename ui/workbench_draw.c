/* workbench_draw.c - the prompt workbench on the screen: state in, cells out
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "prompt/template.h"
#include "workbench.h"

enum { WIDE = 120, PICTURE_COLUMNS = 30, PICTURE_ROWS = 12, RUNS_ROWS = 9 };

static const char *const pane_names[PANES] = {"messages", "reply", "runs"};

struct box {
  int row, column, rows, columns;
};

static int held(int first, int height, int rows)
{
  int most = height > rows ? height - rows : 0;
  return first < 0 ? 0 : first > most ? most : first;
}

/* A pane's lines, from where it was scrolled to. */
static int draw_pane(struct workbench *bench, enum workbench_pane pane, const struct lines *lines,
                     struct box box)
{
  bench->height[pane] = lines->count;
  bench->rows[pane] = box.rows;
  bench->scroll[pane] = held(bench->scroll[pane], lines->count, box.rows);
  lines_draw(lines, box.row, box.column, box.rows, box.columns, bench->scroll[pane]);
  return bench->scroll[pane];
}

/* ---- header */

/* "Heat (1995)   mask version 1 3f2a91bc   run 3 of 5, by another version". */
static void draw_header(const struct workbench *bench, int row, int columns)
{
  char now[9], ran[9];
  const char *name = template_names[bench->template_index];
  short_hash(json_str(bench->now, "hash"), now);
  int used = 1 + put(row, 1, columns / 2, C_TITLE, bench->title ? bench->title : "", false);
  used += put_format(row, used + 2, columns, C_GROUP, "%s", name) + 2;
  if (*now)
    used += put_format(row, used + 1, columns, C_NORMAL, "version %.0f %s",
                       json_num(bench->now, "version", 0), now) + 1;
  if (bench->at < 0 && bench->failure) {
    put(row, used + 2, columns - used - 2, C_BAD, bench->failure, false);
    return;
  }
  if (bench->at < 0) {
    put(row, used + 2, columns, C_DIM, bench->is_asking ? "being asked" : "as it would be sent", false);
    return;
  }
  const struct trial *trial = bench->runs[bench->at];
  short_hash(trial->version, ran);
  bool is_other = *now && strcmp(now, ran);
  used += put_format(row, used + 2, columns, C_NORMAL, "run %d of %d", bench->run_count - bench->at,
                     bench->run_count) + 2;
  if (is_other)
    put_format(row, used, columns, C_WARN, ", by version %s", ran);
}

/* "messages  [reply]  runs": the pane that is shown, or that the keys move. */
static void draw_tabs(const struct workbench *bench, int row)
{
  int column = 1;
  for (int k = 0; k < PANES; k++) {
    bool is_here = (int)bench->pane == k;
    column += put_format(row, column, 20, is_here ? C_TITLE : C_DIM, is_here ? "[%s]" : " %s ",
                         pane_names[k]) + 1;
  }
  put(row, column + 1, 40, C_DIM, "Tab: the next pane", false);
}

/* ---- panes */

/* The part of the picture that is in view. */
static void draw_picture(struct workbench *bench, int first, int picture_at, struct box box)
{
  int above = first > picture_at ? first - picture_at : 0;
  int row = box.row + picture_at - first + above, rows = bench->cells.height - above;
  if (!bench->cells.cells || rows <= 0 || row >= box.row + box.rows)
    return;
  struct cells part = bench->cells;
  part.cells += above * part.width;
  part.height = rows < box.row + box.rows - row ? rows : box.row + box.rows - row;
  cells_draw(&part, row, box.column + 1);
}

static void make_cells(struct workbench *bench, int columns)
{
  int width = columns < PICTURE_COLUMNS ? columns : PICTURE_COLUMNS;
  if (bench->cells_width == width)
    return;
  cells_free(&bench->cells);
  bench->cells = cells_of(&bench->picture, width, PICTURE_ROWS);
  bench->cells_width = width;
}

static void draw_messages(struct workbench *bench, const struct run_view *view, struct box box)
{
  struct lines lines = {0};
  int picture_at;
  if (bench->failure && bench->at < 0)
    lines_format(&lines, box.columns, C_BAD, "%s", bench->failure);
  workbench_messages(view, box.columns, &lines, &picture_at);
  make_cells(bench, box.columns - 2);
  if (picture_at >= 0)
    lines_pad(&lines, picture_at + bench->cells.height);
  int first = draw_pane(bench, PANE_MESSAGES, &lines, box);
  if (picture_at >= 0)
    draw_picture(bench, first, picture_at, box);
  lines_free(&lines);
}

static void draw_reply(struct workbench *bench, const struct run_view *view, struct box box)
{
  struct lines lines = {0};
  workbench_reply(bench, view, box.columns, &lines);
  if (bench->is_asking && bench->at < 0) /* what comes in is followed */
    bench->scroll[PANE_REPLY] = lines.count;
  draw_pane(bench, PANE_REPLY, &lines, box);
  lines_free(&lines);
}

/* "> 12  14:02:11  3f2a91bc  a-model      not valid  412+96   1.30 s". */
static void draw_run(const struct workbench *bench, int k, int row, struct box box)
{
  const struct trial *trial = bench->runs[k];
  bool is_here = bench->at == k;
  char hash[9], when[16], tokens[32] = "", seconds[32] = "";
  time_t started = (time_t)trial->started;
  struct tm local;
  localtime_r(&started, &local);
  strftime(when, sizeof when, "%d %H:%M:%S", &local);
  short_hash(trial->version, hash);
  if (trial->tokens_in >= 0 && trial->tokens_out >= 0)
    snprintf(tokens, sizeof tokens, "%d+%d", trial->tokens_in, trial->tokens_out);
  if (trial->is_cached)
    snprintf(seconds, sizeof seconds, "record");
  else if (isfinite(trial->seconds))
    snprintf(seconds, sizeof seconds, "%.2f s", trial->seconds);
  enum role_of_colour role = is_here ? C_SELECTED : C_NORMAL;
  const char *outcome = trial->reason ? "failed" : trial->is_valid ? "ok" : "not valid";
  if (is_here)
    put(row, box.column, box.columns, role, "", true);
  int at = box.column + put_format(row, box.column, box.columns, role, "%s%s%4lld  %s  %s  ",
                                   is_here ? ">" : " ", trial->id == bench->marked ? "m" : " ",
                                   (long long)trial->id, when, hash);
  put(row, at, 9, is_here ? role : trial->reason || !trial->is_valid ? C_BAD : C_GOOD, outcome, false);
  put(row, at + 10, 9, role, tokens, false);
  put(row, at + 20, 8, role, seconds, false);
  char *model = utf8_clean(trial->model, false);
  put(row, at + 29, box.columns - (at - box.column) - 29, role, model, false);
  free(model);
}

static void draw_runs(struct workbench *bench, struct box box)
{
  int here = bench->at + 1, first = bench->scroll[PANE_RUNS];
  bench->height[PANE_RUNS] = bench->run_count + 1;
  bench->rows[PANE_RUNS] = box.rows;
  first = here < first ? here : here >= first + box.rows ? here - box.rows + 1 : first;
  bench->scroll[PANE_RUNS] = first = held(first, bench->run_count + 1, box.rows);
  for (int k = 0; k < box.rows && first + k <= bench->run_count; k++) {
    if (first + k > 0) {
      draw_run(bench, first + k - 1, box.row + k, box);
      continue;
    }
    put(box.row + k, box.column, box.columns, bench->at < 0 ? C_SELECTED : C_NORMAL,
        bench->at < 0 ? ">  as it is now" : "   as it is now", bench->at < 0);
  }
}

static void draw_difference(struct workbench *bench, struct box box)
{
  struct run_view views[2] = {run_view_of(bench, workbench_marked(bench)),
                              run_view_of(bench, bench->at)};
  struct lines sides[2] = {{0}, {0}};
  int width = (box.columns - 3) / 2;
  workbench_differ(views, width, sides);
  int first = draw_pane(bench, PANE_MESSAGES, &sides[0], box);
  lines_draw(&sides[1], box.row, box.column + width + 3, box.rows, width, first);
  for (int k = 0; k < box.rows; k++)
    put(box.row + k, box.column + width + 1, 1, C_DIM, "|", false);
  for (int k = 0; k < 2; k++) {
    lines_free(&sides[k]);
    run_view_free(&views[k]);
  }
}

static void draw_panes(struct workbench *bench, struct area area, int row)
{
  struct run_view view = run_view_of(bench, bench->at);
  struct box whole = {row, 1, area.top + area.rows - row, area.columns - 2};
  if (area.columns >= WIDE) {
    int half = (whole.columns - 2) / 2, runs = bench->run_count + 1;
    runs = runs > RUNS_ROWS ? RUNS_ROWS : runs;
    struct box left = {row, 1, whole.rows, half};
    struct box right = {row, half + 3, whole.rows - runs - 1, half};
    struct box below = {row + right.rows + 1, half + 3, runs, half};
    draw_messages(bench, &view, left);
    draw_reply(bench, &view, right);
    put(below.row - 1, below.column, half, C_GROUP,
        "RUNS  id, day and time, version, outcome, tokens, time, model", false);
    draw_runs(bench, below);
  } else if (bench->pane == PANE_MESSAGES) {
    draw_messages(bench, &view, whole);
  } else if (bench->pane == PANE_REPLY) {
    draw_reply(bench, &view, whole);
  } else {
    draw_runs(bench, whole);
  }
  run_view_free(&view);
}

void workbench_draw(struct ui *ui, void *state, struct area area)
{
  struct workbench *bench = state;
  (void)ui;
  draw_header(bench, area.top, area.columns);
  if (bench->is_differing && bench->at >= 0 && workbench_marked(bench) >= 0) {
    put(area.top + 1, 1, area.columns, C_DIM,
        "word by word: what differs stands in brackets; d goes back", false);
    draw_difference(bench, (struct box){area.top + 2, 1, area.rows - 2, area.columns - 2});
    return;
  }
  draw_tabs(bench, area.top + 1);
  draw_panes(bench, area, area.top + 2);
}
