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

enum {
  LABEL = 13, GAP = 3,
  PICTURE_ROWS_SMALL = 6, PICTURE_ROWS_MOST = 24, /* of 24 lines; of any number */
  VALUE = 15,                                     /* columns of a value beside a picture */
};

/* Where things stand: one label, two panes. */
struct panes {
  int width, left, right; /* of a pane; first columns */
};

static struct panes panes_of(int columns)
{
  int width = (columns - LABEL - GAP - 3) / 2;
  return (struct panes){width, 2 + LABEL, 2 + LABEL + width + GAP};
}

static void lay_out(struct compare *compare, int width)
{
  if (compare->layout_width == width)
    return;
  compare->layout_width = width;
  compare->body_height = 0;
  for (int k = 0; k < compare->row_count; k++) {
    struct compare_row *row = &compare->rows[k];
    if (row->is_beside)
      continue;
    struct span *marks[2] = {NULL, NULL};
    size_t counts[2] = {0, 0};
    if (*row->right && !row->is_plain)
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

static void draw_label(const struct compare_row *row, int y)
{
  char mark[2] = {row->mark, 0};
  put(y, 1, 1, row->mark == ' ' ? C_NORMAL : C_WARN, mark, false);
  put(y, 3, LABEL - 2, row->mark == ' ' ? C_DIM : C_TITLE, row->label, false);
}

static void draw_row(const struct compare_row *row, int y, int skip, int visible, struct panes panes)
{
  if (row->is_group) {
    put(y, 1, LABEL, C_GROUP, row->label, false);
    return;
  }
  if (!skip)
    draw_label(row, y);
  layout_draw(&row->layouts[0], y, panes.left, skip, visible, C_NORMAL, C_OLD);
  layout_draw(&row->layouts[1], y, panes.right, skip, visible, C_NORMAL, C_NEW);
}

static void draw_border(int top, int rows, struct panes panes)
{
  for (int k = 0; k < rows; k++)
    put(top + k, panes.right - 2, 1, C_DIM, text_is_unicode() ? "\xe2\x94\x82" : "|", false);
}

static void draw_body(struct compare *compare, int top, int rows, int columns)
{
  struct panes panes = panes_of(columns);
  int most = compare->body_height - rows, y = 0;
  compare->body_rows = rows;
  compare->scroll = compare->scroll > most ? (most > 0 ? most : 0) : compare->scroll;
  y = -compare->scroll;
  draw_border(top, rows, panes);
  for (int k = 0; k < compare->row_count && y < rows; k++) {
    const struct compare_row *row = &compare->rows[k];
    if (row->is_beside)
      continue;
    int skip = y < 0 ? -y : 0, visible = row->height - skip;
    visible = visible > rows - y - skip ? rows - y - skip : visible;
    if (visible > 0)
      draw_row(row, top + y + skip, skip, visible, panes);
    y += row->height;
  }
}

/* " 9 above, 6 below: k j " */
static void draw_more(const struct compare *compare, int row, int columns)
{
  int above = compare->scroll, below = compare->body_height - above - compare->body_rows;
  char *text = above > 0 && below > 0 ? mem_printf(" %d above, %d below: k j ", above, below)
               : above > 0            ? mem_printf(" %d above: k ", above)
               : below > 0            ? mem_printf(" %d more below: j ", below)
                                      : mem_strdup("");
  put_right(row, columns - (int)strlen(text) - 1, (int)strlen(text), C_DIM, text);
  free(text);
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

/* As many values as there are rows under the heading go beside the pictures; what is left of the
 * group, if anything, stays in the body. */
static void put_beside(struct compare *compare, int rows)
{
  struct compare_row *heading = NULL;
  int left = rows - 1;
  for (int k = 0; k < compare->row_count; k++) {
    struct compare_row *row = &compare->rows[k];
    bool is_beside = row->is_image && left-- > 0;
    if (row->is_group && !strcmp(row->label, "PICTURE"))
      heading = row;
    if (is_beside != row->is_beside)
      compare->layout_width = 0;
    row->is_beside = is_beside;
  }
  if (!heading)
    return;
  heading->is_beside = rows > 0;
  for (struct compare_row *row = heading + 1;
       row < compare->rows + compare->row_count && !row->is_group; row++)
    heading->is_beside = heading->is_beside && row->is_beside;
}

static void put_value(int row, int column, int width, const char *value, bool is_changed,
                      enum role_of_colour role)
{
  char *text = is_changed ? mem_printf("[%s]", value) : mem_strdup(value);
  put(row, column, width, is_changed ? role : C_NORMAL, text, false);
  free(text);
}

static void draw_values(const struct compare *compare, int top, const int column[2], int width)
{
  int y = top;
  for (int k = 0; k < compare->row_count; k++) {
    const struct compare_row *row = &compare->rows[k];
    if (!row->is_image || !row->is_beside)
      continue;
    draw_label(row, y);
    put_value(y, column[0], width, row->left, row->mark != ' ' && *row->right, C_OLD);
    put_value(y, column[1], width, row->right, row->mark != ' ', C_NEW);
    y++;
  }
}

static void draw_pictures(struct compare *compare, int top, int rows, int columns)
{
  const struct pictures *pictures = &compare->pictures;
  struct panes panes = panes_of(columns);
  int most = panes.width - VALUE, column[2] = {panes.left, panes.right};
  bool has_values = most >= rows;
  most = has_values ? most : panes.width;
  fill_cells(compare, most < 4 * rows ? most : 4 * rows, rows);
  put(top, 1, LABEL, C_GROUP, "PICTURE", false);
  draw_border(top, rows, panes);
  int wide = pictures->cells[0].width > pictures->cells[1].width ? pictures->cells[0].width
                                                                 : pictures->cells[1].width;
  wide += wide ? 2 : 0;
  for (int k = 0; k < 2; k++) {
    cells_draw(&pictures->cells[k], top, column[k]);
    column[k] += wide;
    if (pictures->note[k])
      put(top, column[k], panes.width - wide, C_DIM, pictures->note[k], false);
  }
  if (has_values)
    draw_values(compare, top + 1, column, panes.width - wide);
}

/* How many rows the pictures take: a third, and what the text leaves free. */
static int picture_rows(struct compare *compare, int rows, int columns)
{
  struct panes panes = panes_of(columns);
  int pictures = rows / 3, foot = compare->influence.run ? 6 : 5;
  if (rows <= 24 && pictures > PICTURE_ROWS_SMALL)
    pictures = PICTURE_ROWS_SMALL;
  const struct negative *negative = compare_candidate(compare);
  bool has_picture = compare->item->picture_path || (negative && negative->has_picture);
  pictures = compare->is_folded || !has_picture || pictures < 3 ? 0 : pictures;
  put_beside(compare, panes.width - VALUE >= pictures ? pictures : 0);
  lay_out(compare, panes.width);
  int spare = rows - foot - pictures - compare->body_height;
  if (!pictures || spare <= 0)
    return pictures;
  int most = (panes.width - VALUE + 1) / 2; /* of a square picture beside its values */
  most = most < PICTURE_ROWS_MOST ? most : PICTURE_ROWS_MOST;
  if (pictures < most)
    pictures = pictures + spare < most ? pictures + spare : most;
  put_beside(compare, panes.width - VALUE >= pictures ? pictures : 0);
  lay_out(compare, panes.width);
  return pictures;
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
  if (negative->is_draft) {
    put(row, 9, columns - 10, C_DIM, "a draft: measured and checked after the third template", false);
    return;
  }
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
/* What the newest run's model makes of the item, beside what was measured in its texts and pixels: bars
 * of shares. */
static void draw_influence(const struct run_influence *influence, int row, int columns)
{
  int bar = (columns - 58) / 2, column;
  bar = bar > 24 ? 24 : bar < 0 ? 0 : bar;
  column = 21 + bar;
  put(row, 1, 8, C_GROUP, "model", false);
  put(row, 9, 6, C_NORMAL, "text", false);
  put_number(row, 14, influence->value[TEXT]);
  put_bar(row, 19, bar, influence->share[TEXT], C_BAR);
  put(row, column, 8, C_NORMAL, "picture", false);
  put_number(row, column + 8, influence->value[IMAGE]);
  put_bar(row, column + 13, bar, influence->share[IMAGE], C_BAR);
  column += 15 + bar;
  put_format(row, column, columns - column, C_NORMAL, "run %s: %s decides", influence->run,
             influence->most == TEXT ? "text" : "picture");
}

static void draw_checks(const struct negative *negative, int row, int columns)
{
  int column = 9, line = 0;
  if (negative->is_draft)
    return;
  put(row, 1, 8, C_GROUP, "checks", false);
  if (negative->failure) {
    put(row, column, columns - column, C_BAD, negative->failure, false);
    return;
  }
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
  int told = negative && compare->influence.run ? 1 : 0;
  int top = area.top, foot = negative ? 4 + told : 1, bottom = area.top + area.rows;
  if (!compare->key) {
    put(top + 1, 2, area.columns, C_DIM, "no item: Enter in the list shows one", false);
    return;
  }
  draw_title(ui, compare, top++, area.columns);
  if (compare->failure)
    put(top, 1, area.columns, C_BAD, compare->failure, false);
  if (!compare->item)
    return;
  int pictures = picture_rows(compare, area.rows, area.columns);
  if (pictures) {
    draw_pictures(compare, top, pictures, area.columns);
    top += pictures;
  }
  draw_body(compare, top, bottom - foot - top, area.columns);
  int row = bottom - foot;
  put_line(row, 0, area.columns, '-', "\xe2\x94\x80");
  draw_more(compare, row, area.columns);
  if (negative) {
    draw_balance(negative, row + 1, area.columns);
    if (told)
      draw_influence(&compare->influence, row + 2, area.columns);
    draw_checks(negative, row + 2 + told, area.columns);
  }
}
