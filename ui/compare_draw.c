/* compare_draw.c - the compare view on the screen: state in, cells out
 * SPDX-License-Identifier: MIT */
#include <curses.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "compare.h"
#include "generation.h"

enum { LABEL = 11, GAP = 3, PICTURE_ROWS_SMALL = 6, PICTURE_ROWS_MOST = 14 };

static void lay_out(struct compare *compare, int width)
{
  if (compare->layout_width == width)
    return;
  compare->layout_width = width;
  compare->body_height = 0;
  for (int k = 0; k < compare->row_count; k++) {
    struct compare_row *row = &compare->rows[k];
    struct span *marks[2] = {NULL, NULL};
    size_t counts[2] = {0, 0};
    if (*row->right)
      text_diff(row->left, row->right, &marks[0], &counts[0], &marks[1], &counts[1]);
    layout_free(&row->layouts[0]);
    layout_free(&row->layouts[1]);
    row->layouts[0] = layout_make(row->left, marks[0], counts[0], width);
    row->layouts[1] = layout_make(row->right, marks[1], counts[1], width);
    int left = row->layouts[0].line_count, right = row->layouts[1].line_count;
    row->height = row->is_group ? 1 : left > right ? left : right;
    compare->body_height += row->height;
    free(marks[0]);
    free(marks[1]);
  }
}

static void draw_body(struct compare *compare, int top, int rows, int columns)
{
  int pane = (columns - LABEL - GAP - 3) / 2, right = 2 + LABEL + pane + GAP;
  lay_out(compare, pane);
  compare->body_rows = rows;
  int most = compare->body_height - rows;
  compare->scroll = compare->scroll > most ? (most > 0 ? most : 0) : compare->scroll;
  int y = -compare->scroll;
  for (int k = 0; k < compare->row_count && y < rows; k++) {
    const struct compare_row *row = &compare->rows[k];
    int skip = y < 0 ? -y : 0, visible = row->height - skip;
    visible = visible > rows - y - skip ? rows - y - skip : visible;
    if (visible > 0) {
      int at = top + y + skip;
      if (row->is_group) {
        put(at, 1, columns, C_GROUP, row->label, false);
      } else {
        if (!skip) {
          char mark[2] = {row->mark, 0};
          put(at, 1, 1, row->mark == ' ' ? C_NORMAL : C_WARN, mark, false);
          put(at, 3, LABEL - 2, row->mark == ' ' ? C_DIM : C_TITLE, row->label, false);
        }
        layout_draw(&row->layouts[0], at, 2 + LABEL, skip, visible, C_NORMAL, C_OLD);
        layout_draw(&row->layouts[1], at, right, skip, visible, C_NORMAL, C_NEW);
      }
    }
    y += row->height;
  }
  for (int k = 0; k < rows; k++)
    put(top + k, right - 2, 1, C_DIM, text_is_unicode() ? "\xe2\x94\x82" : "|", false);
}

static void draw_more(const struct compare *compare, int row, int columns)
{
  int below = compare->body_height - compare->scroll - compare->body_rows;
  if (below > 0 || compare->scroll > 0) {
    char *text = mem_printf(" %d lines above, %d below (j k) ", compare->scroll, below > 0 ? below : 0);
    put_right(row, columns - (int)strlen(text) - 1, (int)strlen(text), C_DIM, text);
    free(text);
  }
}

/* ---------------------------------------------------------------- pictures */

static void fill_cells(struct compare *compare, int width, int height)
{
  struct pictures *pictures = &compare->pictures;
  if (pictures->width == width && pictures->height == height)
    return;
  for (int k = 0; k < 2; k++) {
    cells_free(&pictures->cells[k]);
    pictures->cells[k] = cells_of(&pictures->picture[k], width, height);
  }
  pictures->width = width;
  pictures->height = height;
}

static void draw_pictures(struct compare *compare, int top, int rows, int columns)
{
  int pane = (columns - LABEL - GAP - 3) / 2, right = 2 + LABEL + pane + GAP;
  int width = pane < 4 * rows ? pane : 4 * rows;
  fill_cells(compare, width, rows);
  for (int k = 0; k < 2; k++) {
    int column = k ? right : 2 + LABEL;
    const struct pictures *pictures = &compare->pictures;
    cells_draw(&pictures->cells[k], top, column);
    int after = pictures->cells[k].width ? pictures->cells[k].width + 1 : 0;
    if (pictures->note[k])
      put(top, column + after, pane - after, C_DIM, pictures->note[k], false);
  }
  put(top, 1, LABEL, C_GROUP, "original", false);
  put(top + 1, 1, LABEL, C_DIM, "intervened", false);
  put(top + 2, 1, LABEL, C_DIM, "beside", false);
}

/* ---------------------------------------------------------------- what was measured */

static void put_number(int row, int column, double value)
{
  if (isfinite(value))
    put_format(row, column, 6, C_NORMAL, "%.2f", value);
  else
    put(row, column, 6, C_DIM, "none", false);
}

static void draw_balance(const struct negative *negative, int row, int columns)
{
  int bar = (columns - 58) / 2;
  bar = bar > 24 ? 24 : bar < 0 ? 0 : bar;
  put(row, 1, 8, C_GROUP, "moved", false);
  put(row, 9, 6, C_NORMAL, "text", false);
  put_number(row, 14, negative->sides[TEXT].calibrated);
  put_bar(row, 19, bar, negative->sides[TEXT].calibrated, C_BAR);
  int column = 21 + bar;
  put(row, column, 8, C_NORMAL, "picture", false);
  put_number(row, column + 8, negative->sides[IMAGE].calibrated);
  put_bar(row, column + 13, bar, negative->sides[IMAGE].calibrated, C_BAR);
  column += 15 + bar;
  put(row, column, 8, C_TITLE, "balance", false);
  put_number(row, column + 8, negative->balance);
  double text = negative->sides[TEXT].calibrated, picture = negative->sides[IMAGE].calibrated;
  if (column + 22 < columns && text > 0 && picture > 0)
    put_format(row, column + 14, columns - column - 15, C_DIM, "(%.1f : %.1f)",
               text >= picture ? text / picture : 1.0, text >= picture ? 1.0 : picture / text);
}

/* "+ keys  + contrast ... - fluent: why", over two rows. */
static void draw_checks(const struct negative *negative, int row, int columns)
{
  int column = 9, line = 0;
  put(row, 1, 8, C_GROUP, "checks", false);
  if (negative->failure) {
    put(row, column, columns - column, C_BAD, negative->failure, false);
    return;
  }
  if (!negative->check_count)
    put(row, column, columns - column, C_DIM, "a draft: not checked before the third template", false);
  for (int pass = 0; pass < 2; pass++) /* what failed comes first, with its reason */
    for (int k = 0; k < negative->check_count; k++) {
      const struct check *check = &negative->checks[k];
      if (check->is_passed != (pass == 1))
        continue;
      char *text = check->is_passed || !check->reason
                     ? mem_printf("%s %s", check->is_passed ? "+" : "-", check->name)
                     : mem_printf("%s %s: %s", check->is_flag ? "?" : "-", check->name, check->reason);
      char *clean = utf8_clean(text, false);
      int wide = utf8_width(clean);
      if (column + wide > columns - 1 && column > 9 && line == 0) {
        line = 1;
        column = 9;
      }
      enum role_of_colour role = check->is_passed ? C_GOOD : check->is_flag ? C_WARN : C_BAD;
      if (column < columns - 4)
        column += put(row + line, column, columns - column - 1, role, clean, false) + 2;
      free(clean);
      free(text);
    }
}

static const char *decision_text(const struct compare *compare, const struct negative *negative)
{
  if (compare->is_deciding)
    return text_is_unicode() ? "\xe2\x80\xa6" : "...";
  if (negative->is_draft)
    return "draft";
  if (negative->decision != DECISION_NONE)
    return decision_names[negative->decision];
  return negative->is_stale ? "stale" : negative->is_valid ? "waiting" : "invalid";
}

static void draw_title(struct ui *ui, const struct compare *compare, int row, int columns)
{
  const struct negative *negative = compare_candidate(compare);
  const char *item = NULL, *state = generation_state(ui, &item);
  char *title = utf8_clean(compare->item ? compare->item->title : compare->key, false);
  char *right;
  if (state && !strcmp(item, compare->key))
    right = mem_printf("%s, Esc cancels ", state);
  else if (negative)
    right = mem_printf("candidate %d/%d  %s  %s ", compare->at + 1, compare->candidate_count,
                       negative->backend, decision_text(compare, negative));
  else
    right = mem_strdup(compare->is_loading ? "" : "no candidate yet: g generates ");
  int wide = utf8_width(right);
  put(row, 1, columns - wide - 2, C_TITLE, title, false);
  put_right(row, columns - wide, wide, state ? C_WARN : C_NORMAL, right);
  free(title);
  free(right);
}

void compare_draw(struct ui *ui, void *state, struct area area)
{
  struct compare *compare = state;
  const struct negative *negative = compare_candidate(compare);
  int top = area.top, foot = negative ? 4 : 0, bottom = area.top + area.rows;
  if (!compare->key) {
    put(top + 1, 2, area.columns, C_DIM, "no item: Enter in the list shows one", false);
    return;
  }
  draw_title(ui, compare, top++, area.columns);
  if (compare->failure)
    put(top, 1, area.columns, C_BAD, compare->failure, false);
  if (!compare->item)
    return;
  int pictures = compare->is_folded ? 0 : area.rows / 3;
  pictures = pictures > PICTURE_ROWS_MOST ? PICTURE_ROWS_MOST : pictures;
  if (area.rows <= 24 && pictures > PICTURE_ROWS_SMALL)
    pictures = PICTURE_ROWS_SMALL;
  if (pictures >= 3) {
    draw_pictures(compare, top, pictures, area.columns);
    top += pictures;
  }
  draw_body(compare, top, bottom - foot - top, area.columns);
  if (foot) {
    int row = bottom - foot;
    put_line(row, 0, area.columns, '-', "\xe2\x94\x80");
    draw_more(compare, row, area.columns);
    draw_balance(negative, row + 1, area.columns);
    draw_checks(negative, row + 2, area.columns);
  }
}
