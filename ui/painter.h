/* painter.h - libchafa, loaded when the first picture is drawn (base/library.h)
 *
 * It brings glib and pcre with it, which every start of the interface would wait for.
 * SPDX-License-Identifier: MIT */
#ifndef UI_PAINTER_H
#define UI_PAINTER_H

#include "picture.h"

/* Fill the cells, whose size is given, with symbols of two of the 240 fixed colours each. False when
 * neggen was built without libchafa, or it is gone. */
bool painter_paint(const struct picture *picture, struct cells *cells);

#endif
