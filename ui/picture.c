/* picture.c - see picture.h
 * SPDX-License-Identifier: MIT */
#include "picture.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "colour.h"
#include "painter.h"
#include "text.h"

/* The largest box within width x height that has the picture's proportions. */
static void fit(const struct picture *picture, int *width, int *height)
{
  double cell = 0.5; /* width of a cell by its height */
  double by_width = (double)picture->height / picture->width * *width * cell;
  if (by_width <= *height)
    *height = by_width < 1 ? 1 : (int)(by_width + 0.5);
  else
    *width = (int)((double)picture->width / picture->height * *height / cell + 0.5);
  *width = *width < 1 ? 1 : *width;
}

static void shade(const struct picture *picture, struct cells *cells)
{
  static const char ramp[] = " .:-=+*#%@";
  struct picture small = picture_resize(picture, cells->width, cells->height);
  for (int k = 0; k < cells->width * cells->height; k++) {
    const uint8_t *p = small.rgb + 3 * (size_t)k;
    int light = (299 * p[0] + 587 * p[1] + 114 * p[2]) / 1000;
    cells->cells[k] = (struct cell){(unsigned)ramp[light * 10 / 256], -1, -1};
  }
  picture_free(&small);
}

/* A frame, and in it how large the picture is: "picture" over "400x600". */
static void write_card(const struct picture *picture, struct cells *cells)
{
  char size[32];
  const char *const lines[] = {"picture", size};
  int count = (int)COUNT_OF(lines), first = (cells->height - count) / 2;
  snprintf(size, sizeof size, "%dx%d", picture->width, picture->height);
  for (int y = 0; y < cells->height; y++)
    for (int x = 0; x < cells->width; x++) {
      bool is_edge = x == 0 || x == cells->width - 1, is_rim = y == 0 || y == cells->height - 1;
      cells->cells[y * cells->width + x] =
        (struct cell){is_edge && is_rim ? '+' : is_edge ? '|' : is_rim ? '-' : ' ', -1, -1};
    }
  for (int k = 0; k < count; k++) {
    int wide = (int)strlen(lines[k]), row = first + k, left = (cells->width - wide) / 2;
    for (int x = 0; x < wide && row > 0 && row < cells->height - 1 && left > 0; x++)
      cells->cells[row * cells->width + left + x].character = (unsigned char)lines[k][x];
  }
}

struct cells cells_of(const struct picture *picture, int width, int height)
{
  struct cells cells = {0};
  if (!picture->rgb || width < 2 || height < 1)
    return cells;
  fit(picture, &width, &height);
  cells.width = width;
  cells.height = height;
  cells.cells = mem_zero((size_t)width * (size_t)height, sizeof *cells.cells);
  if (!colour_has_many() || !text_is_unicode())
    shade(picture, &cells);
  else if (!painter_paint(picture, &cells))
    write_card(picture, &cells);
  return cells;
}

void cells_free(struct cells *cells)
{
  free(cells->cells);
  *cells = (struct cells){0};
}

void cells_draw(const struct cells *cells, int row, int column)
{
  for (int y = 0; y < cells->height && row + y < LINES; y++)
    for (int x = 0; x < cells->width && column + x < COLS; x++) {
      const struct cell *cell = &cells->cells[y * cells->width + x];
      wchar_t text[2] = {(wchar_t)(cell->character ? cell->character : ' '), 0};
      int pair = cell->foreground >= 0 || cell->background >= 0
                   ? colour_pair(cell->foreground, cell->background) : 0;
      cchar_t cchar;
      setcchar(&cchar, text, A_NORMAL, 0, &pair);
      mvadd_wch(row + y, column + x, &cchar);
    }
}
