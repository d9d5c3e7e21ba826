/* painter.c - see painter.h
 * SPDX-License-Identifier: MIT */
#include "painter.h"

#include "config.h"

#ifdef HAVE_CHAFA
#include <chafa.h>
#include <string.h>

#include "base/library.h"

#define CHAFA_FUNCTIONS(_)                                                                   \
  _(chafa_set_n_threads) _(chafa_symbol_map_new) _(chafa_symbol_map_add_by_tags)             \
  _(chafa_symbol_map_unref) _(chafa_canvas_config_new) _(chafa_canvas_config_set_geometry)   \
  _(chafa_canvas_config_set_canvas_mode) _(chafa_canvas_config_set_symbol_map)               \
  _(chafa_canvas_config_unref) _(chafa_canvas_new) _(chafa_canvas_draw_all_pixels)           \
  _(chafa_canvas_get_char_at) _(chafa_canvas_get_raw_colors_at) _(chafa_canvas_unref)

struct chafa {
#define CHAFA_MEMBER(name) __typeof__(name) *name;
  CHAFA_FUNCTIONS(CHAFA_MEMBER)
};

/* NULL when it cannot be had. */
static const struct chafa *chafa(void)
{
#define CHAFA_NAME(name) #name,
  static const char *const names[] = {CHAFA_FUNCTIONS(CHAFA_NAME) NULL};
  static struct chafa functions;
  static bool has_tried, is_there;
  if (!has_tried) {
    void *found[sizeof names / sizeof *names] = {NULL};
    struct err unused;
    is_there = library_load(CHAFA_SONAME, names, found, &unused);
    memcpy(&functions, found, sizeof functions);
    has_tried = true;
  }
  return is_there ? &functions : NULL;
}

bool painter_paint(const struct picture *picture, struct cells *cells)
{
  const struct chafa *its = chafa();
  if (!its)
    return false;
  its->chafa_set_n_threads(1);
  ChafaSymbolMap *symbols = its->chafa_symbol_map_new();
  its->chafa_symbol_map_add_by_tags(symbols, CHAFA_SYMBOL_TAG_BLOCK | CHAFA_SYMBOL_TAG_SPACE |
                                               CHAFA_SYMBOL_TAG_HALF | CHAFA_SYMBOL_TAG_QUAD);
  ChafaCanvasConfig *config = its->chafa_canvas_config_new();
  its->chafa_canvas_config_set_geometry(config, cells->width, cells->height);
  its->chafa_canvas_config_set_canvas_mode(config, CHAFA_CANVAS_MODE_INDEXED_240);
  its->chafa_canvas_config_set_symbol_map(config, symbols);
  ChafaCanvas *canvas = its->chafa_canvas_new(config);
  its->chafa_canvas_draw_all_pixels(canvas, CHAFA_PIXEL_RGB8, picture->rgb, picture->width,
                                    picture->height, picture->width * 3);
  for (int y = 0; y < cells->height; y++)
    for (int x = 0; x < cells->width; x++) {
      struct cell *cell = &cells->cells[y * cells->width + x];
      cell->character = its->chafa_canvas_get_char_at(canvas, x, y);
      its->chafa_canvas_get_raw_colors_at(canvas, x, y, &cell->foreground, &cell->background);
    }
  its->chafa_canvas_unref(canvas);
  its->chafa_canvas_config_unref(config);
  its->chafa_symbol_map_unref(symbols);
  return true;
}
#else
bool painter_paint(const struct picture *picture, struct cells *cells)
{
  (void)picture;
  (void)cells;
  return false;
}
#endif
