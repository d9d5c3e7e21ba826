/* chart.c - see chart.h
 * SPDX-License-Identifier: MIT */
#include "chart.h"

#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text.h"

enum { LABEL = 8 }; /* columns of a number at the axis, and its line */

/* Dots of the curve, a byte a cell. */
struct grid {
  enum dots dots;
  int columns, rows;     /* in cells */
  int across, down;      /* dots in a cell */
  unsigned char *bits;   /* [rows][columns] */
  unsigned char *roles;  /* the same: which role wins the cell */
  bool *taken;           /* the same: does a mark stand there? */
};

struct range {
  double x0, x1, y0, y1;
};

enum dots chart_dots(void)
{
  const char *name = termname();
  if (!text_is_unicode())
    return DOTS_ASCII;
  return name && !strncmp(name, "linux", 5) ? DOTS_HALVES : DOTS_BRAILLE;
}

static void grow(double value, double *low, double *high)
{
  if (!isfinite(value))
    return;
  *low = value < *low ? value : *low;
  *high = value > *high ? value : *high;
}

/* False when there is not one point to show. */
static bool find_range(const struct chart *chart, struct range *range)
{
  *range = (struct range){INFINITY, -INFINITY, INFINITY, -INFINITY};
  for (int s = 0; s < chart->series_count; s++)
    for (int k = 0; k < chart->series[s].count; k++)
      if (isfinite(chart->series[s].points[k].y)) {
        grow(chart->series[s].points[k].x, &range->x0, &range->x1);
        grow(chart->series[s].points[k].y, &range->y0, &range->y1);
      }
  if (!(range->x0 <= range->x1))
    return false;
  if (range->y1 - range->y0 < 1e-9 * (fabs(range->y1) + 1e-3)) {
    double room = fabs(range->y1) * 0.1 + 1e-3;
    range->y0 -= room;
    range->y1 += room;
  }
  return true;
}

/* Is the dot one of the gaps of a dashed curve? */
static bool is_gap(enum dash dash, int x, int y)
{
  switch (dash) {
  case DASH_DOTS: return (x + y) % 3 != 0;
  case DASH_SHORT: return (x + y) % 5 >= 3;
  case DASH_LONG: return (x + y) % 10 >= 7;
  default: return false;
  }
}

static void set_dot(struct grid *grid, int x, int y, const struct chart_series *series)
{
  /* Bits of a braille cell: columns of 1 2 3 7 and 4 5 6 8. */
  static const unsigned char braille[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
  if (x < 0 || y < 0 || x >= grid->columns * grid->across || y >= grid->rows * grid->down ||
      is_gap(series->dash, x, y))
    return;
  int cell = y / grid->down * grid->columns + x / grid->across;
  grid->bits[cell] |= grid->dots == DOTS_BRAILLE ? braille[y % 4][x % 2]
                                                 : (unsigned char)(1 << y % 2);
  grid->roles[cell] = (unsigned char)series->role;
}

static int dot_x(const struct grid *grid, const struct range *range, double x)
{
  double share = range->x1 > range->x0 ? (x - range->x0) / (range->x1 - range->x0) : 0;
  return (int)lround(share * (grid->columns * grid->across - 1));
}

static int dot_y(const struct grid *grid, const struct range *range, double y)
{
  return (int)lround((range->y1 - y) / (range->y1 - range->y0) * (grid->rows * grid->down - 1));
}

/* A line of dots, every column between the two filled from one height to the next. */
static void join(struct grid *grid, int ax, int ay, int bx, int by,
                 const struct chart_series *series)
{
  int steps = abs(bx - ax) > abs(by - ay) ? abs(bx - ax) : abs(by - ay);
  for (int k = 0; k <= steps; k++) {
    double share = steps ? (double)k / steps : 0;
    set_dot(grid, ax + (int)lround(share * (bx - ax)), ay + (int)lround(share * (by - ay)), series);
  }
}

static void plot(struct grid *grid, const struct range *range, const struct chart_series *series)
{
  bool has_last = false;
  for (int k = 0, ax = 0, ay = 0; k < series->count; k++) {
    if (!isfinite(series->points[k].y)) {
      has_last = false;
      continue;
    }
    int x = dot_x(grid, range, series->points[k].x), y = dot_y(grid, range, series->points[k].y);
    if (has_last)
      join(grid, ax, ay, x, y, series);
    else
      set_dot(grid, x, y, series);
    ax = x;
    ay = y;
    has_last = true;
  }
}

static const char *glyph(enum dots dots, unsigned char bits, char text[4])
{
  static const char *const halves[] = {" ", "\xe2\x96\x80", "\xe2\x96\x84", "\xe2\x96\x88"};
  static const char *const ascii[] = {" ", "'", ".", ":"};
  if (dots == DOTS_ASCII)
    return ascii[bits & 3];
  if (dots == DOTS_HALVES)
    return halves[bits & 3];
  text[0] = '\xe2'; /* U+2800 + bits */
  text[1] = (char)(0xa0 | bits >> 6);
  text[2] = (char)(0x80 | (bits & 0x3f));
  text[3] = '\0';
  return text;
}

static void draw_grid(const struct grid *grid, int row, int column)
{
  for (int y = 0; y < grid->rows; y++)
    for (int x = 0; x < grid->columns; x++) {
      int cell = y * grid->columns + x;
      char text[4];
      if (grid->bits[cell])
        put(row + y, column + x, 1, (enum role_of_colour)grid->roles[cell],
            glyph(grid->dots, grid->bits[cell], text), false);
    }
}

/* The mark of a curve ends at its last point, or as near before it as no other mark stands. */
static void draw_mark(struct grid *grid, const struct range *range,
                      const struct chart_series *series, int row, int column)
{
  int size = (int)strlen(series->mark);
  for (int k = series->count - 1; size && k >= 0; k--) {
    if (!isfinite(series->points[k].y))
      continue;
    int y = dot_y(grid, range, series->points[k].y) / grid->down;
    int x = dot_x(grid, range, series->points[k].x) / grid->across - size + 1;
    x = x < 0 ? 0 : x;
    bool *taken = grid->taken + y * grid->columns + x;
    if (x + size > grid->columns || memchr(taken, true, (size_t)size))
      continue;
    memset(taken, true, (size_t)size);
    put(row + y, column + x, size, series->role, series->mark, false);
    return;
  }
}

static void draw_number(int row, int column, int decimals, double value)
{
  char text[32];
  snprintf(text, sizeof text, "%.*f", decimals, value);
  put_right(row, column, LABEL - 2, C_DIM, text);
}

static void draw_axes(const struct chart *chart, const struct range *range, int row, int column,
                      int rows, int columns)
{
  const char *line = text_is_unicode() ? "\xe2\x94\x82" : "|";
  char text[32];
  draw_number(row, column, chart->decimals, range->y1);
  draw_number(row + rows - 1, column, chart->decimals, range->y0);
  if (rows >= 7)
    draw_number(row + (rows - 1) / 2, column, chart->decimals, (range->y0 + range->y1) / 2);
  for (int y = 0; y < rows; y++)
    put(row + y, column + LABEL - 1, 1, C_DIM, line, false);
  put_format(row + rows, column + LABEL, columns - LABEL, C_DIM, "%.0f", range->x0);
  snprintf(text, sizeof text, "%.0f", range->x1);
  if (range->x1 > range->x0)
    put_right(row + rows, column + LABEL, columns - LABEL, C_DIM, text);
}

static void draw_borders(const struct chart *chart, const struct grid *grid,
                         const struct range *range, int row, int column)
{
  const char *line = text_is_unicode() ? "\xe2\x94\x8a" : "|";
  for (int k = 0; k < chart->border_count; k++) {
    if (chart->borders[k] <= range->x0 || chart->borders[k] >= range->x1)
      continue;
    int x = dot_x(grid, range, chart->borders[k]) / grid->across;
    for (int y = 0; y < grid->rows; y++)
      put(row + y, column + x, 1, C_DIM, line, false);
  }
}

void chart_draw(const struct chart *chart, int row, int column, int rows, int columns)
{
  struct range range;
  put(row, column, columns, C_TITLE, chart->title, false);
  if (rows < 4 || columns < 16)
    return;
  if (!find_range(chart, &range)) {
    put(row + 1, column + 2, columns - 2, C_DIM, "nothing measured yet", false);
    return;
  }
  struct grid grid = {.dots = chart_dots(), .columns = columns - LABEL, .rows = rows - 2};
  grid.across = grid.dots == DOTS_BRAILLE ? 2 : 1;
  grid.down = grid.dots == DOTS_BRAILLE ? 4 : 2;
  size_t cells = (size_t)grid.columns * (size_t)grid.rows;
  grid.bits = mem_zero(cells, 1);
  grid.roles = mem_zero(cells, 1);
  grid.taken = mem_zero(cells, sizeof *grid.taken);
  draw_axes(chart, &range, row + 1, column, grid.rows, columns);
  draw_borders(chart, &grid, &range, row + 1, column + LABEL);
  for (int s = 0; s < chart->series_count; s++)
    plot(&grid, &range, &chart->series[s]);
  draw_grid(&grid, row + 1, column + LABEL);
  for (int s = chart->series_count - 1; s >= 0; s--)
    draw_mark(&grid, &range, &chart->series[s], row + 1, column + LABEL);
  free(grid.bits);
  free(grid.roles);
  free(grid.taken);
}
