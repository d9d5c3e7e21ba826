/* picture.h - a picture as cells of a terminal
 *
 * With 256 colours libchafa picks the symbol and the two colours of each cell; with fewer
 * a cell is a character as dark as its part of the picture. Where libchafa is missing a card
 * takes the picture's place.
 * SPDX-License-Identifier: MIT */
#ifndef UI_PICTURE_H
#define UI_PICTURE_H

#include "media/picture.h"

struct cells {
  int width, height;
  struct cell {
    unsigned character;
    int foreground, background; /* palette indices, -1: the terminal's own */
  } *cells;
};

/* Cells for a box of at most width x height that keep the picture's proportions (a cell is about twice as high
 * as wide). */
struct cells cells_of(const struct picture *picture, int width, int height);
void cells_free(struct cells *cells);
void cells_draw(const struct cells *cells, int row, int column);

#endif
