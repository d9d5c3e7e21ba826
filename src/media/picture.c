/* picture.c - see picture.h
 * SPDX-License-Identifier: MIT */
#include "media/picture.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>

#include "base/mem.h"

static size_t bytes_of(const struct picture *picture)
{
  return (size_t)picture->width * (size_t)picture->height * 3;
}

struct picture picture_new(int width, int height)
{
  assert(width > 0 && height > 0);
  struct picture picture = {width, height, NULL};
  picture.rgb = mem_zero(bytes_of(&picture), 1);
  return picture;
}

struct picture picture_copy(const struct picture *picture)
{
  struct picture copy = picture_new(picture->width, picture->height);
  memcpy(copy.rgb, picture->rgb, bytes_of(picture));
  return copy;
}

void picture_free(struct picture *picture)
{
  free(picture->rgb);
  *picture = (struct picture){0};
}

/* The source cells that output cell k of `to` covers, out of `from`: first..last, and the weight of
 * each is its covered part. */
struct cover {
  int first, last;
  float first_weight, last_weight; /* equal to the whole when first == last */
};

static struct cover cover_of(int k, int to, int from)
{
  /* In units of 1/to of a source cell, so that the borders are whole numbers. */
  int64_t start = (int64_t)k * from, end = start + from;
  struct cover cover = {.first = (int)(start / to), .last = (int)((end - 1) / to)};
  int64_t first_end = (int64_t)(cover.first + 1) * to;
  cover.first_weight = (float)((end < first_end ? end : first_end) - start) / (float)to;
  cover.last_weight = (float)(end - (int64_t)cover.last * to) / (float)to;
  if (cover.first == cover.last)
    cover.last_weight = cover.first_weight;
  return cover;
}

static float weight_at(const struct cover *cover, int k)
{
  return k == cover->first ? cover->first_weight : k == cover->last ? cover->last_weight : 1;
}

/* One row of the source averaged along x: sums of width * 3 floats. */
static void shrink_row(const uint8_t *row, const struct cover *covers, int width, float *out)
{
  for (int x = 0; x < width; x++) {
    const struct cover *cover = &covers[x];
    const uint8_t *from = row + 3 * cover->first;
    float w = cover->first_weight, red = w * from[0], green = w * from[1], blue = w * from[2];
    for (int k = cover->first + 1; k <= cover->last; k++) {
      w = k == cover->last ? cover->last_weight : 1;
      from = row + 3 * k;
      red += w * from[0];
      green += w * from[1];
      blue += w * from[2];
    }
    out[3 * x] = red;
    out[3 * x + 1] = green;
    out[3 * x + 2] = blue;
  }
}

struct picture picture_resize(const struct picture *picture, int width, int height)
{
  if (width == picture->width && height == picture->height)
    return picture_copy(picture);
  struct picture out = picture_new(width, height);
  size_t values = (size_t)width * 3;
  struct cover *covers = mem_alloc((size_t)width * sizeof *covers);
  float *row = mem_alloc(values * sizeof *row), *sum = mem_alloc(values * sizeof *sum);
  for (int x = 0; x < width; x++)
    covers[x] = cover_of(x, width, picture->width);
  float scale = (float)((double)width * height / ((double)picture->width * picture->height));
  int row_is = -1;
  for (int y = 0; y < height; y++) {
    struct cover cover = cover_of(y, height, picture->height);
    memset(sum, 0, values * sizeof *sum);
    for (int k = cover.first; k <= cover.last; k++) {
      if (k != row_is)
        shrink_row(picture->rgb + (size_t)k * (size_t)picture->width * 3, covers, width, row);
      row_is = k;
      float w = weight_at(&cover, k);
#pragma omp simd
      for (size_t v = 0; v < values; v++)
        sum[v] += w * row[v];
    }
    uint8_t *line = out.rgb + (size_t)y * values;
#pragma omp simd
    for (size_t v = 0; v < values; v++) {
      float value = sum[v] * scale + 0.5f;
      line[v] = (uint8_t)(int)(value > 255 ? 255 : value);
    }
  }
  free(covers);
  free(row);
  free(sum);
  return out;
}

struct picture picture_shrink(const struct picture *picture, int side)
{
  int longest = picture->width > picture->height ? picture->width : picture->height;
  if (longest <= side)
    return picture_copy(picture);
  int width = (int)(((int64_t)picture->width * side + longest / 2) / longest);
  int height = (int)(((int64_t)picture->height * side + longest / 2) / longest);
  return picture_resize(picture, width > 0 ? width : 1, height > 0 ? height : 1);
}

static void append(void *buf, void *data, int size) { buf_add(buf, data, (size_t)size); }

void picture_png(const struct picture *picture, struct buf *out)
{
  stbi_write_png_to_func(append, out, picture->width, picture->height, 3, picture->rgb,
                         3 * picture->width);
}

void picture_jpeg(const struct picture *picture, int quality, struct buf *out)
{
  stbi_write_jpg_to_func(append, out, picture->width, picture->height, 3, picture->rgb, quality);
}
