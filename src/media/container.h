/* container.h - what can be known of an image file without decoding it
 *
 * stb_image decodes a JPEG that ends in the middle to half a picture, and takes zeros for
 * the missing rows of a BMP. Walking the segments of a file to its end mark tells a whole
 * file from a cut one; the walk reads hostile bytes, so it runs where the decoding does.
 * SPDX-License-Identifier: MIT */
#ifndef MEDIA_CONTAINER_H
#define MEDIA_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum container {
  CONTAINER_UNKNOWN,
  CONTAINER_JPEG,
  CONTAINER_PNG,
  CONTAINER_GIF,
  CONTAINER_BMP,
  CONTAINER_DECODED = CONTAINER_BMP, /* those after it are known by name only */
  CONTAINER_WEBP,
  CONTAINER_AVIF,
  CONTAINER_HEIC,
  CONTAINER_TIFF,
};

/* By the first bytes. */
enum container container_of(const uint8_t *bytes, size_t size);
const char *container_name(enum container container);
/* Does the file reach its end mark (JPEG EOI, PNG IEND, the end of a GIF's first frame, the last
 * row of a BMP)? False as well for a structure that makes no sense. */
bool container_is_whole(enum container container, const uint8_t *bytes, size_t size);
/* What the header says; false when it says nothing. */
bool container_dimensions(enum container container, const uint8_t *bytes, size_t size,
                          int64_t *width, int64_t *height);
/* The EXIF orientation of a JPEG, 1..8; 1 when it has none. */
int jpeg_orientation(const uint8_t *bytes, size_t size);

#endif
