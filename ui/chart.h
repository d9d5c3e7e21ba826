/* chart.h - curves in cells: axes, dots, and what does not depend on colour
 *
 * Braille gives a cell 2 x 4 dots; the Linux console, whose font has none, gets half
 * blocks (1 x 2); a locale that is not UTF-8 gets `.`, `'` and `:` (1 x 2). A curve is
 * joined from point to point, and broken where a value is not finite. Curves are told apart
 * by the mark at the end of each, which the title explains, and by their dashes.
 * SPDX-License-Identifier: MIT */
#ifndef UI_CHART_H
#define UI_CHART_H

#include <stdbool.h>

#include "colour.h"

struct chart_point {
  double x, y; /* y not finite: a gap */
};

enum dash { DASH_NONE, DASH_DOTS, DASH_SHORT, DASH_LONG };

struct chart_series {
  const struct chart_point *points; /* x ascending */
  int count;
  enum role_of_colour role;
  enum dash dash;
  char mark[8]; /* stands at its last point; may be empty */
};

struct chart {
  const char *title;
  const struct chart_series *series; /* later ones are drawn over earlier ones */
  int series_count;
  const double *borders; /* x of vertical lines, e.g. where a stage begins; may be NULL */
  int border_count;
  int decimals; /* of the numbers at the axis */
};

enum dots { DOTS_BRAILLE, DOTS_HALVES, DOTS_ASCII };
/* What this terminal can show. */
enum dots chart_dots(void);

/* Draw into rows [row, row + rows), columns [column, column + columns): a line of title, the curve, a line
 * of x. Below 4 rows or 16 columns only the title. */
void chart_draw(const struct chart *chart, int row, int column, int rows, int columns);

#endif
