/* canvas.c - see canvas.h
 * SPDX-License-Identifier: MIT */
#include "canvas.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include <stb/stb_image_write.h>
#pragma GCC diagnostic pop

#include "base/mem.h"

enum { CORNERS_MAX = 16, MIDDLE = CANVAS_GRID / 2 };

struct shape {
  enum { RECT, ROUND, ELLIPSE, LINE, POLYGON } kind;
  int x0, y0, x1, y1; /* the box; for a line its ends */
  int radius;
  int corners[2 * CORNERS_MAX], corner_count;
};

static bool in_round(const struct shape *shape, int x, int y)
{
  int left = shape->x0 + shape->radius, right = shape->x1 - shape->radius;
  int top = shape->y0 + shape->radius, bottom = shape->y1 - shape->radius;
  int dx = x < left ? left - x : x > right ? x - right : 0;
  int dy = y < top ? top - y : y > bottom ? y - bottom : 0;
  return dx * dx + dy * dy <= shape->radius * shape->radius;
}

static bool in_ellipse(const struct shape *shape, int x, int y)
{
  int64_t rx = shape->x1 - shape->x0, ry = shape->y1 - shape->y0;
  int64_t dx = 2 * x - shape->x0 - shape->x1, dy = 2 * y - shape->y0 - shape->y1;
  return dx * dx * ry * ry + dy * dy * rx * rx <= rx * rx * ry * ry;
}

/* Within half the width of the segment: its squared distance, times its squared length. */
static bool in_line(const struct shape *shape, int x, int y)
{
  int64_t ax = shape->x1 - shape->x0, ay = shape->y1 - shape->y0;
  int64_t bx = x - shape->x0, by = y - shape->y0, square = ax * ax + ay * ay;
  int64_t along = ax * bx + ay * by, reach = (int64_t)shape->radius * shape->radius;
  if (along <= 0)
    return 4 * (bx * bx + by * by) <= reach;
  if (along >= square)
    return 4 * ((bx - ax) * (bx - ax) + (by - ay) * (by - ay)) <= reach;
  int64_t across = ax * by - ay * bx;
  return 4 * across * across <= reach * square;
}

static bool in_polygon(const struct shape *shape, int x, int y)
{
  bool inside = false;
  for (int k = 0, last = shape->corner_count - 1; k < shape->corner_count; last = k++) {
    int64_t ax = shape->corners[2 * k], ay = shape->corners[2 * k + 1];
    int64_t bx = shape->corners[2 * last], by = shape->corners[2 * last + 1];
    if ((ay > y) == (by > y))
      continue;
    int64_t left = (x - ax) * (by - ay), right = (bx - ax) * (y - ay);
    if (by > ay ? left < right : left > right)
      inside = !inside;
  }
  return inside;
}

static bool has(const struct shape *shape, int x, int y)
{
  switch (shape->kind) {
  case ROUND:
    return in_round(shape, x, y);
  case ELLIPSE:
    return in_ellipse(shape, x, y);
  case LINE:
    return in_line(shape, x, y);
  case POLYGON:
    return in_polygon(shape, x, y);
  case RECT:
    break;
  }
  return x >= shape->x0 && x < shape->x1 && y >= shape->y0 && y < shape->y1;
}

/* Where a shape can be: from (x0, y0) to before (x1, y1), within the grid. */
struct box {
  int x0, y0, x1, y1;
};

static int clamp(int v) { return v < 0 ? 0 : v > CANVAS_GRID ? CANVAS_GRID : v; }

static struct box box_of(const struct shape *shape)
{
  struct box box = {shape->x0, shape->y0, shape->x1, shape->y1};
  if (shape->kind == LINE) {
    int reach = shape->radius / 2 + 1;
    bool is_left = shape->x0 < shape->x1, is_up = shape->y0 < shape->y1;
    box = (struct box){(is_left ? shape->x0 : shape->x1) - reach,
                       (is_up ? shape->y0 : shape->y1) - reach,
                       (is_left ? shape->x1 : shape->x0) + reach,
                       (is_up ? shape->y1 : shape->y0) + reach};
  }
  for (int k = 0; k < shape->corner_count; k++) {
    int x = shape->corners[2 * k], y = shape->corners[2 * k + 1];
    box.x0 = k && box.x0 < x ? box.x0 : x;
    box.y0 = k && box.y0 < y ? box.y0 : y;
    box.x1 = k && box.x1 > x ? box.x1 : x;
    box.y1 = k && box.y1 > y ? box.y1 : y;
  }
  return (struct box){clamp(box.x0), clamp(box.y0), clamp(box.x1 + 1), clamp(box.y1 + 1)};
}

static void stamp(struct canvas *canvas, enum mask_op op, const struct shape *shape)
{
  struct box box = op == KEEP ? (struct box){0, 0, CANVAS_GRID, CANVAS_GRID} : box_of(shape);
  for (int y = box.y0; y < box.y1; y++)
    for (int x = box.x0; x < box.x1; x++) {
      uint8_t *cell = &canvas->mask[y][x];
      if (op == ADD ? !*cell && has(shape, x, y) : *cell && has(shape, x, y) == (op == CUT))
        *cell = op == ADD;
    }
}

static int scaled(const struct canvas *canvas, int length)
{
  return length * canvas->percent / 100;
}

static void place(const struct canvas *canvas, int *x, int *y)
{
  int off = scaled(canvas, *x - MIDDLE);
  *x = MIDDLE + (canvas->is_mirrored ? -off : off) + canvas->dx;
  *y = MIDDLE + scaled(canvas, *y - MIDDLE) + canvas->dy;
}

/* The box between two opposite corners, wherever they were placed. */
static struct shape boxed(const struct canvas *canvas, int x0, int y0, int x1, int y1)
{
  place(canvas, &x0, &y0);
  place(canvas, &x1, &y1);
  return (struct shape){.x0 = x0 < x1 ? x0 : x1, .x1 = x0 < x1 ? x1 : x0, .y0 = y0, .y1 = y1};
}

void canvas_rect(struct canvas *canvas, enum mask_op op, int x, int y, int width, int height)
{
  struct shape shape = boxed(canvas, x, y, x + width, y + height);
  stamp(canvas, op, &shape);
}

void canvas_round(struct canvas *canvas, enum mask_op op, int x, int y, int width, int height,
                  int radius)
{
  struct shape shape = boxed(canvas, x, y, x + width, y + height);
  shape.kind = ROUND;
  shape.radius = scaled(canvas, radius);
  stamp(canvas, op, &shape);
}

void canvas_ellipse(struct canvas *canvas, enum mask_op op, int x, int y, int rx, int ry)
{
  struct shape shape = boxed(canvas, x - rx, y - ry, x + rx, y + ry);
  shape.kind = ELLIPSE;
  stamp(canvas, op, &shape);
}

void canvas_line(struct canvas *canvas, enum mask_op op, int x0, int y0, int x1, int y1, int width)
{
  struct shape shape = {.kind = LINE, .radius = scaled(canvas, width)};
  place(canvas, &x0, &y0);
  place(canvas, &x1, &y1);
  shape.x0 = x0, shape.y0 = y0, shape.x1 = x1, shape.y1 = y1;
  stamp(canvas, op, &shape);
}

void canvas_polygon(struct canvas *canvas, enum mask_op op, const int *corners, int count)
{
  struct shape shape = {.kind = POLYGON, .corner_count = count};
  assert(count <= CORNERS_MAX);
  memcpy(shape.corners, corners, sizeof *corners * 2 * (size_t)count);
  for (int k = 0; k < count; k++)
    place(canvas, &shape.corners[2 * k], &shape.corners[2 * k + 1]);
  stamp(canvas, op, &shape);
}

/* Is this point in the pattern's second colour? Bold enough to be seen at 22 x 22. */
static bool is_second(enum pattern pattern, int x, int y)
{
  switch (pattern) {
  case STRIPES:
    return x / 30 % 2;
  case DOTS: {
    int row = y / 56, dx = (x + row % 2 * 28) % 56 - 28, dy = y % 56 - 28;
    return dx * dx + dy * dy <= 17 * 17;
  }
  case CHECKS:
    return (x / 38 + y / 38) % 2;
  case ZIGZAG:
    return (y + abs(x % 72 - 36)) / 26 % 2;
  case PLAIN:
    break;
  }
  return false;
}

void canvas_fill_and_keep(struct canvas *canvas, struct paint paint)
{
  for (int y = 0; y < CANVAS_GRID; y++)
    for (int x = 0; x < CANVAS_GRID; x++)
      if (canvas->mask[y][x])
        canvas->grid[y][x] = is_second(paint.pattern, x, y) ? paint.second : paint.ink;
}

void canvas_fill(struct canvas *canvas, struct paint paint)
{
  canvas_fill_and_keep(canvas, paint);
  memset(canvas->mask, 0, sizeof canvas->mask);
}

struct paint paint_plain(struct ink ink) { return (struct paint){ink, ink, PLAIN}; }

struct ink ink_mix(struct ink a, struct ink b, int percent_of_b)
{
  return (struct ink){(uint8_t)((a.r * (100 - percent_of_b) + b.r * percent_of_b) / 100),
                      (uint8_t)((a.g * (100 - percent_of_b) + b.g * percent_of_b) / 100),
                      (uint8_t)((a.b * (100 - percent_of_b) + b.b * percent_of_b) / 100)};
}

struct paint paint_darker(struct paint paint, int percent)
{
  struct ink black = {0};
  return (struct paint){ink_mix(black, paint.ink, percent), ink_mix(black, paint.second, percent),
                        paint.pattern};
}

static void add_bytes(void *context, void *data, int size)
{
  buf_add(context, data, (size_t)size);
}

void canvas_png(const struct canvas *canvas, struct buf *out)
{
  uint8_t *pixels = mem_alloc(CANVAS_PIXELS * CANVAS_PIXELS * 3), *p = pixels;
  for (int y = 0; y < CANVAS_GRID; y += CANVAS_FINE)
    for (int x = 0; x < CANVAS_GRID; x += CANVAS_FINE) {
      int r = 0, g = 0, b = 0, n = CANVAS_FINE * CANVAS_FINE;
      for (int k = 0; k < n; k++) {
        struct ink ink = canvas->grid[y + k / CANVAS_FINE][x + k % CANVAS_FINE];
        r += ink.r, g += ink.g, b += ink.b;
      }
      *p++ = (uint8_t)((r + n / 2) / n);
      *p++ = (uint8_t)((g + n / 2) / n);
      *p++ = (uint8_t)((b + n / 2) / n);
    }
  stbi_write_png_compression_level = 20;
  stbi_write_png_to_func(add_bytes, out, CANVAS_PIXELS, CANVAS_PIXELS, 3, pixels,
                         CANVAS_PIXELS * 3);
  free(pixels);
}
