/* container.c - see container.h
 * SPDX-License-Identifier: MIT */
#include "media/container.h"

#include <string.h>

static unsigned big16(const uint8_t *p) { return (unsigned)p[0] << 8 | p[1]; }

static uint32_t big32(const uint8_t *p)
{
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static unsigned little16(const uint8_t *p) { return (unsigned)p[1] << 8 | p[0]; }

static uint32_t little32(const uint8_t *p)
{
  return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static bool starts(const uint8_t *bytes, size_t size, size_t at, const char *magic, size_t length)
{
  return size >= at + length && memcmp(bytes + at, magic, length) == 0;
}

enum container container_of(const uint8_t *bytes, size_t size)
{
  if (starts(bytes, size, 0, "\xff\xd8\xff", 3))
    return CONTAINER_JPEG;
  if (starts(bytes, size, 0, "\x89PNG\r\n\x1a\n", 8))
    return CONTAINER_PNG;
  if (starts(bytes, size, 0, "GIF87a", 6) || starts(bytes, size, 0, "GIF89a", 6))
    return CONTAINER_GIF;
  if (starts(bytes, size, 0, "RIFF", 4) && starts(bytes, size, 8, "WEBP", 4))
    return CONTAINER_WEBP;
  if (starts(bytes, size, 4, "ftypavi", 7))
    return CONTAINER_AVIF;
  if (starts(bytes, size, 4, "ftyphe", 6) || starts(bytes, size, 4, "ftypmif1", 8))
    return CONTAINER_HEIC;
  if (starts(bytes, size, 0, "II*\0", 4) || starts(bytes, size, 0, "MM\0*", 4))
    return CONTAINER_TIFF;
  if (starts(bytes, size, 0, "BM", 2) && size >= 26)
    return CONTAINER_BMP;
  return CONTAINER_UNKNOWN;
}

const char *container_name(enum container container)
{
  static const char *const names[] = {"unknown", "JPEG", "PNG",  "GIF", "BMP",
                                      "WebP",    "AVIF", "HEIC", "TIFF"};
  return names[container];
}

/* The next marker of a JPEG at or after *at: its code, and *at behind it. 0 at the end. With
 * in_scan, entropy-coded bytes and restart markers are passed over. */
static int jpeg_marker(const uint8_t *bytes, size_t size, size_t *at, bool in_scan)
{
  size_t k = *at;
  while (k + 1 < size) {
    if (bytes[k] != 0xff) {
      if (!in_scan)
        return 0;
      k++;
      continue;
    }
    int code = bytes[k + 1];
    if (code == 0xff) {
      k++;
    } else if (code == 0 || (code >= 0xd0 && code <= 0xd7)) {
      k += 2;
    } else {
      *at = k + 2;
      return code;
    }
  }
  return 0;
}

static bool jpeg_is_whole(const uint8_t *bytes, size_t size)
{
  size_t at = 2;
  bool in_scan = false;
  for (;;) {
    int code = jpeg_marker(bytes, size, &at, in_scan);
    if (code == 0xd9)
      return true;
    if (code == 0 || size - at < 2)
      return false;
    size_t length = big16(bytes + at);
    if (length < 2 || length > size - at)
      return false;
    at += length;
    in_scan = in_scan || code == 0xda;
  }
}

static bool png_is_whole(const uint8_t *bytes, size_t size)
{
  size_t at = 8;
  while (size - at >= 12) {
    size_t length = big32(bytes + at);
    if (length > size - at - 12)
      return false;
    if (memcmp(bytes + at + 4, "IEND", 4) == 0)
      return true;
    at += length + 12;
  }
  return false;
}

/* Pass over the sub-blocks that start at *at, to behind the empty one. */
static bool gif_blocks(const uint8_t *bytes, size_t size, size_t *at)
{
  while (*at < size) {
    size_t length = bytes[*at];
    *at += 1 + length;
    if (length == 0)
      return true;
  }
  return false;
}

static size_t gif_palette(uint8_t flags)
{
  return flags & 0x80 ? (size_t)3 << ((flags & 7) + 1) : 0;
}

static bool gif_is_whole(const uint8_t *bytes, size_t size)
{
  if (size < 13)
    return false;
  size_t at = 13 + gif_palette(bytes[10]);
  while (at < size) {
    uint8_t kind = bytes[at++];
    if (kind == 0x2c) {
      if (at + 9 > size)
        return false;
      at += 9 + gif_palette(bytes[at + 8]) + 1;
      return gif_blocks(bytes, size, &at);
    }
    at++;
    if (kind != 0x21 || !gif_blocks(bytes, size, &at))
      return false;
  }
  return false;
}

/* The frame header (SOF0..SOF15 but the three codes between them that are others). */
static bool jpeg_dimensions(const uint8_t *bytes, size_t size, int64_t *width, int64_t *height)
{
  size_t at = 2;
  for (;;) {
    int code = jpeg_marker(bytes, size, &at, false);
    if (code == 0 || size - at < 7)
      return false;
    if (code >= 0xc0 && code <= 0xcf && code != 0xc4 && code != 0xc8 && code != 0xcc) {
      *height = big16(bytes + at + 3);
      *width = big16(bytes + at + 5);
      return true;
    }
    size_t length = big16(bytes + at);
    if (length < 2 || length > size - at)
      return false;
    at += length;
  }
}

static bool bmp_dimensions(const uint8_t *bytes, size_t size, int64_t *width, int64_t *height)
{
  if (size < 30)
    return false;
  if (little32(bytes + 14) == 12) {
    *width = little16(bytes + 18);
    *height = little16(bytes + 20);
  } else {
    int64_t rows = (int32_t)little32(bytes + 22); /* negative: from the top */
    *width = (int32_t)little32(bytes + 18);
    *height = rows < 0 ? -rows : rows;
  }
  return true;
}

bool container_dimensions(enum container container, const uint8_t *bytes, size_t size,
                          int64_t *width, int64_t *height)
{
  switch (container) {
  case CONTAINER_JPEG:
    return jpeg_dimensions(bytes, size, width, height);
  case CONTAINER_PNG:
    *width = size < 24 ? 0 : big32(bytes + 16);
    *height = size < 24 ? 0 : big32(bytes + 20);
    return size >= 24;
  case CONTAINER_GIF:
    *width = size < 10 ? 0 : little16(bytes + 6);
    *height = size < 10 ? 0 : little16(bytes + 8);
    return size >= 10;
  case CONTAINER_BMP:
    return bmp_dimensions(bytes, size, width, height);
  default:
    return false;
  }
}

/* Every row is there: the pixels of a BMP are not compressed. */
static bool bmp_is_whole(const uint8_t *bytes, size_t size)
{
  int64_t width, height;
  if (!bmp_dimensions(bytes, size, &width, &height) || width < 0)
    return false;
  uint64_t bits = little16(bytes + (little32(bytes + 14) == 12 ? 24 : 28));
  uint64_t row = ((uint64_t)width * bits + 31) / 32 * 4, offset = little32(bytes + 10);
  return height == 0 || (offset <= size && row <= (size - offset) / (uint64_t)height);
}

bool container_is_whole(enum container container, const uint8_t *bytes, size_t size)
{
  switch (container) {
  case CONTAINER_JPEG:
    return jpeg_is_whole(bytes, size);
  case CONTAINER_PNG:
    return png_is_whole(bytes, size);
  case CONTAINER_GIF:
    return gif_is_whole(bytes, size);
  case CONTAINER_BMP:
    return bmp_is_whole(bytes, size);
  default:
    return false;
  }
}

/* Tag 0x0112 in the first directory of a TIFF block of `size` bytes. */
static int tiff_orientation(const uint8_t *tiff, size_t size)
{
  if (size < 8)
    return 1;
  bool is_little = tiff[0] == 'I';
  size_t at = is_little ? little32(tiff + 4) : big32(tiff + 4);
  if (at > size - 2 || size - at < 2)
    return 1;
  unsigned count = is_little ? little16(tiff + at) : big16(tiff + at);
  at += 2;
  for (unsigned k = 0; k < count && size - at >= 12; k++, at += 12) {
    const uint8_t *entry = tiff + at;
    if ((is_little ? little16(entry) : big16(entry)) != 0x0112)
      continue;
    unsigned value = is_little ? little16(entry + 8) : big16(entry + 8);
    return value >= 1 && value <= 8 ? (int)value : 1;
  }
  return 1;
}

int jpeg_orientation(const uint8_t *bytes, size_t size)
{
  size_t at = 2;
  for (;;) {
    int code = jpeg_marker(bytes, size, &at, false);
    if (code == 0 || code == 0xda || code == 0xd9 || size - at < 2)
      return 1;
    size_t length = big16(bytes + at);
    if (length < 2 || length > size - at)
      return 1;
    if (code == 0xe1 && length >= 8 && memcmp(bytes + at + 2, "Exif\0\0", 6) == 0)
      return tiff_orientation(bytes + at + 8, length - 8);
    at += length;
  }
}
