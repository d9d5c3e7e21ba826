/* picture.c - see picture.h
 * SPDX-License-Identifier: MIT */
#include "picture.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/mem.h"
#include "colour.h"
#include "config.h"
#include "text.h"

#ifdef HAVE_CHAFA
#include <chafa.h>
#endif

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

#ifdef HAVE_CHAFA
static void paint(const struct picture *picture, struct cells *cells)
{
  chafa_set_n_threads(1);
  ChafaSymbolMap *symbols = chafa_symbol_map_new();
  chafa_symbol_map_add_by_tags(symbols, CHAFA_SYMBOL_TAG_BLOCK | CHAFA_SYMBOL_TAG_SPACE |
                                          CHAFA_SYMBOL_TAG_HALF | CHAFA_SYMBOL_TAG_QUAD);
  ChafaCanvasConfig *config = chafa_canvas_config_new();
  chafa_canvas_config_set_geometry(config, cells->width, cells->height);
  chafa_canvas_config_set_canvas_mode(config, CHAFA_CANVAS_MODE_INDEXED_240);
  chafa_canvas_config_set_symbol_map(config, symbols);
  ChafaCanvas *canvas = chafa_canvas_new(config);
  chafa_canvas_draw_all_pixels(canvas, CHAFA_PIXEL_RGB8, picture->rgb, picture->width,
                               picture->height, picture->width * 3);
  for (int y = 0; y < cells->height; y++)
    for (int x = 0; x < cells->width; x++) {
      struct cell *cell = &cells->cells[y * cells->width + x];
      cell->character = chafa_canvas_get_char_at(canvas, x, y);
      chafa_canvas_get_raw_colors_at(canvas, x, y, &cell->foreground, &cell->background);
    }
  chafa_canvas_unref(canvas);
  chafa_canvas_config_unref(config);
  chafa_symbol_map_unref(symbols);
}
#endif

struct cells cells_of(const struct picture *picture, int width, int height)
{
  struct cells cells = {0};
  if (!picture->rgb || width < 2 || height < 1)
    return cells;
  fit(picture, &width, &height);
  cells.width = width;
  cells.height = height;
  cells.cells = mem_zero((size_t)width * (size_t)height, sizeof *cells.cells);
#ifdef HAVE_CHAFA
  if (colour_has_many() && text_is_unicode()) {
    paint(picture, &cells);
    return cells;
  }
#endif
  shade(picture, &cells);
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
