/* canvas.h - flat pictures out of masks and integers
 *
 * A picture is drawn on a grid four times as fine as its pixels, in whole numbers only,
 * so that every machine makes the same bytes. Shapes gather in a mask (added, cut out,
 * kept within); the mask is then filled with a paint: one colour, or two in a pattern.
 * SPDX-License-Identifier: MIT */
#ifndef SAMPLES_CANVAS_H
#define SAMPLES_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum { CANVAS_PIXELS = 128, CANVAS_FINE = 4, CANVAS_GRID = CANVAS_PIXELS * CANVAS_FINE };

struct ink {
  uint8_t r, g, b;
};

enum pattern { PLAIN, STRIPES, DOTS, CHECKS, ZIGZAG };

struct paint {
  struct ink ink, second; /* second: the pattern's */
  enum pattern pattern;
};

struct canvas {
  struct ink grid[CANVAS_GRID][CANVAS_GRID];
  uint8_t mask[CANVAS_GRID][CANVAS_GRID];
  int percent, dx, dy; /* where shapes go: scaled about the middle, then moved */
  bool is_mirrored;
};

enum mask_op { ADD, CUT, KEEP };

void canvas_rect(struct canvas *canvas, enum mask_op op, int x, int y, int width, int height);
/* A rectangle whose corners are quarter circles of this radius. */
void canvas_round(struct canvas *canvas, enum mask_op op, int x, int y, int width, int height,
                  int radius);
void canvas_ellipse(struct canvas *canvas, enum mask_op op, int x, int y, int rx, int ry);
/* A stroke with round ends. */
void canvas_line(struct canvas *canvas, enum mask_op op, int x0, int y0, int x1, int y1, int width);
/* Up to 16 corners as x, y pairs. */
void canvas_polygon(struct canvas *canvas, enum mask_op op, const int *corners, int count);

/* Fill the mask and clear it; or fill it and leave it, to go on from its shape. */
void canvas_fill(struct canvas *canvas, struct paint paint);
void canvas_fill_and_keep(struct canvas *canvas, struct paint paint);

/* One colour; a colour of so many percent of the light, for shades. */
struct paint paint_plain(struct ink ink);
struct paint paint_darker(struct paint paint, int percent);
struct ink ink_mix(struct ink a, struct ink b, int percent_of_b);

/* Average to pixels and encode as PNG. */
void canvas_png(const struct canvas *canvas, struct buf *out);

#endif
