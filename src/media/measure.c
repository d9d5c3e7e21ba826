/* measure.c - see measure.h
 * SPDX-License-Identifier: MIT */
#include "media/measure.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "media/hue.h"
#include "media/lab.h"

#define BIT(key) (1u << (key))

const struct image_key_row image_keys[IMAGE_KEYS] = {
  [IMAGE_BRIGHTNESS] = {"brightness", 3, {"dark", "medium", "bright"}, BIT(IMAGE_COLOR), true,
                        "mean lightness"},
  [IMAGE_CONTRAST] = {"contrast", 3, {"flat", "moderate", "strong"}, 0, true,
                      "spread of lightness"},
  [IMAGE_WARMTH] = {"warmth", 3, {"cool", "neutral", "warm"}, BIT(IMAGE_COLOR), true,
                    "yellow against blue, per chroma"},
  [IMAGE_SATURATION] = {"saturation", 3, {"muted", "natural", "vivid"}, BIT(IMAGE_COLOR), true,
                        "mean chroma"},
  [IMAGE_TEXTURE] = {"texture", 3, {"smooth", "detailed", "crisp"}, 0, true,
                     "fine detail against the spread of lightness"},
  [IMAGE_COLOR] = {"color", HUE_FAMILIES + 1,
                   {"pink", "red", "orange", "yellow", "green", "teal", "azure", "blue", "purple",
                    "monochrome"},
                   BIT(IMAGE_WARMTH) | BIT(IMAGE_SATURATION), true, "hue of the chromatic pixels"},
  [IMAGE_COMPOSITION] = {"composition", 6,
                         {"centered", "left", "right", "top", "bottom", "even"}, 0, false,
                         "where what stands out lies"},
};

const float hue_begins[HUE_FAMILIES] = {350, 20, 48, 80, 112, 160, 215, 255, 305};

float hue_angle(float a, float b)
{
  float degrees = atan2f(b, a) * (float)(180 / 3.14159265358979);
  return degrees < 0 ? degrees + 360 : degrees;
}

int hue_family(float degrees)
{
  if (degrees < hue_begins[1] || degrees >= hue_begins[0])
    return 0;
  int family = 1;
  while (family + 1 < HUE_FAMILIES && degrees >= hue_begins[family + 1])
    family++;
  return family;
}

float hue_width(int family)
{
  float width = hue_begins[(family + 1) % HUE_FAMILIES] - hue_begins[family];
  return width < 0 ? width + 360 : width;
}

float hue_centre(int family)
{
  return fmodf(hue_begins[family] + hue_width(family) / 2, 360);
}

/* Sum of |4 l - its neighbours| over a side x side plane, borders replicated. */
static double detail(const float *l, int side)
{
  double sum = 0;
  for (int y = 0; y < side; y++) {
    const float *row = l + (size_t)y * (size_t)side;
    const float *above = y ? row - side : row, *below = y + 1 < side ? row + side : row;
    float line = 0;
    for (int x = 0; x < side; x++) {
      float left = row[x ? x - 1 : x], right = row[x + 1 < side ? x + 1 : x];
      line += fabsf(4 * row[x] - above[x] - below[x] - left - right);
    }
    sum += line;
  }
  return sum;
}

struct sums {
  double l, ll, a, b, chroma;
  double family[HUE_FAMILIES]; /* chroma of the chromatic pixels */
  int chromatic;
};

static struct sums sum_up(const struct lab *lab)
{
  struct sums sums = {0};
  for (size_t k = 0; k < lab->n; k++) {
    float l = lab->L[k], a = lab->a[k], b = lab->b[k], chroma = sqrtf(a * a + b * b);
    sums.l += l;
    sums.ll += l * l;
    sums.a += a;
    sums.b += b;
    sums.chroma += chroma;
    if (is_chromatic(l, chroma)) {
      sums.chromatic++;
      sums.family[hue_family(hue_angle(a, b))] += chroma;
    }
  }
  return sums;
}

static int color_of(const struct sums *sums, size_t n)
{
  int best = 0;
  for (int f = 1; f < HUE_FAMILIES; f++)
    if (sums->family[f] > sums->family[best])
      best = f;
  return sums->chromatic < 0.2 * (double)n ? HUE_MONOCHROME : best;
}

/* What stands out is lighter or darker than the picture's mean. Its centroid off the middle names a
 * side; else how much of it lies in the middle quarter tells centered from even. */
static int composition_of(const float *l, float mean, int side)
{
  double weight = 0, wx = 0, wy = 0, middle = 0;
  for (int y = 0; y < side; y++)
    for (int x = 0; x < side; x++) {
      float w = fabsf(l[(size_t)y * (size_t)side + (size_t)x] - mean);
      weight += w;
      wx += w * (float)x;
      wy += w * (float)y;
      if (x >= side / 4 && x < 3 * side / 4 && y >= side / 4 && y < 3 * side / 4)
        middle += w;
    }
  if (weight <= 0)
    return 5;
  double right = 2 * wx / weight / (side - 1) - 1, down = 2 * wy / weight / (side - 1) - 1;
  if (fmax(fabs(right), fabs(down)) < 0.08)
    return middle > 0.27 * weight ? 0 : 5;
  if (fabs(right) > fabs(down))
    return right < 0 ? 1 : 2;
  return down < 0 ? 3 : 4;
}

struct measure measure_picture(const struct picture *picture)
{
  struct picture square = {0};
  const struct picture *measured = picture;
  if (picture->width != MEASURE_SIDE || picture->height != MEASURE_SIDE) {
    square = picture_resize(picture, MEASURE_SIDE, MEASURE_SIDE);
    measured = &square;
  }
  struct lab lab = lab_of(measured);
  struct measure measure = measure_lab(&lab);
  lab_free(&lab);
  picture_free(&square);
  return measure;
}

struct measure measure_lab(const struct lab *lab)
{
  struct sums sums = sum_up(lab);
  double n = (double)lab->n, mean = sums.l / n, sd = sqrt(fmax(0, sums.ll / n - mean * mean));
  struct measure measure = {0};
  measure.scalar[IMAGE_BRIGHTNESS] = (float)mean;
  measure.scalar[IMAGE_CONTRAST] = (float)sd;
  measure.scalar[IMAGE_WARMTH] = sums.chroma > n * 1e-3 ? (float)(sums.b / sums.chroma) : 0;
  measure.scalar[IMAGE_SATURATION] = (float)(sums.chroma / n);
  measure.scalar[IMAGE_TEXTURE] = sd > 1e-3 ? (float)(detail(lab->L, MEASURE_SIDE) / n / sd) : 0;
  measure.chromatic_share = (float)(sums.chromatic / n);
  measure.color = color_of(&sums, lab->n);
  measure.composition = composition_of(lab->L, (float)mean, MEASURE_SIDE);
  return measure;
}

static int by_value(const void *a, const void *b)
{
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

struct borders borders_fit(const struct measure *measures, size_t count)
{
  struct borders borders = {0};
  float *values = mem_alloc((count + 1) * sizeof *values);
  for (int s = 0; s < IMAGE_SCALARS && count > 0; s++) {
    for (size_t k = 0; k < count; k++)
      values[k] = measures[k].scalar[s];
    qsort(values, count, sizeof *values, by_value);
    borders.low[s] = values[count / 3];
    borders.high[s] = values[2 * count / 3];
  }
  free(values);
  return borders;
}

int measure_class(const struct measure *measure, const struct borders *borders, enum image_key key)
{
  if (key == IMAGE_COLOR)
    return measure->color;
  if (key == IMAGE_COMPOSITION)
    return measure->composition;
  float value = measure->scalar[key];
  return value < borders->low[key] ? 0 : value < borders->high[key] ? 1 : 2;
}

int image_class_named(enum image_key key, const char *value)
{
  for (int c = 0; c < image_keys[key].class_count; c++)
    if (strcmp(image_keys[key].classes[c], value) == 0)
      return c;
  return -1;
}

int image_key_named(const char *name)
{
  for (int key = 0; key < IMAGE_KEYS; key++)
    if (strcmp(image_keys[key].name, name) == 0)
      return key;
  return -1;
}
