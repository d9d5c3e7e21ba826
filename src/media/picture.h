/* picture.h - 8-bit RGB pixels in memory: resize, encode
 *
 * Decoding lives elsewhere, in a process of its own (decoder.h). All work on pixels is
 * done on what that process handed over.
 * SPDX-License-Identifier: MIT */
#ifndef MEDIA_PICTURE_H
#define MEDIA_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct picture {
  int width, height;
  uint8_t *rgb; /* [height][width][3], owned */
};

struct picture picture_new(int width, int height);
struct picture picture_copy(const struct picture *picture);
void picture_free(struct picture *picture);
/* Area averaging to exactly width x height. */
struct picture picture_resize(const struct picture *picture, int width, int height);
/* Area averaging so that the longest side is at most `side`; never enlarges. */
struct picture picture_shrink(const struct picture *picture, int side);
/* Append a file of lossless PNG, or of JPEG. */
void picture_png(const struct picture *picture, struct buf *out);
void picture_jpeg(const struct picture *picture, int quality, struct buf *out);

#endif
