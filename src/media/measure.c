/* measure.c - see measure.h
 * SPDX-License-Identifier: MIT */
#include "media/measure.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/real.h"
#include "media/hue.h"
#include "media/lab.h"

#define BIT(key) (1u << (key))

const struct image_key_row image_keys[IMAGE_KEYS] = {
  [IMAGE_BRIGHTNESS] = {"brightness", 3, {"dark", "medium", "bright"},
                        BIT(IMAGE_COLOR) | BIT(IMAGE_COMPOSITION), true,
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

static float circle[CIRCLE_STEPS + 2];
static uint8_t place_family[CIRCLE_STEPS + 1];
static pthread_once_t circle_once = PTHREAD_ONCE_INIT;

/* The angle at a place: undo circle_place. */
static float angle_at(double place)
{
  double b = place < 1 ? place : place < 3 ? 2 - place : place - 4;
  double a = (place < 1 || place >= 3 ? 1 : -1) * (1 - fabs(b));
  return hue_angle((float)a, (float)b);
}

static void make_circle(void)
{
  for (int k = 0; k <= CIRCLE_STEPS; k++) {
    circle[k] = k == CIRCLE_STEPS ? 360 : angle_at(4.0 * k / CIRCLE_STEPS);
    place_family[k] = (uint8_t)hue_family(angle_at(4 * fmin(k + 0.5, CIRCLE_STEPS) / CIRCLE_STEPS));
  }
  circle[CIRCLE_STEPS + 1] = 360;
}

const float *circle_table(void)
{
  pthread_once(&circle_once, make_circle);
  return circle;
}

/* Sum of |4 l - its neighbours| over a side x side plane, borders replicated. */
LA_CLONES static double detail(const float *l, int side)
{
  double sum = 0;
  for (int y = 0; y < side; y++) {
    const float *row = l + (size_t)y * (size_t)side;
    const float *above = y ? row - side : row, *below = y + 1 < side ? row + side : row;
    float line = fabsf(3 * row[0] - above[0] - below[0] - row[1]) +
                 fabsf(3 * row[side - 1] - above[side - 1] - below[side - 1] - row[side - 2]);
#pragma omp simd reduction(+ : line)
    for (int x = 1; x < side - 1; x++)
      line += fabsf(4 * row[x] - above[x] - below[x] - row[x - 1] - row[x + 1]);
    sum += line;
  }
  return sum;
}

/* The scalars alone, of a 128 x 128 plane. */
LA_CLONES void measure_scalars(const struct lab *lab, float scalar[IMAGE_SCALARS])
{
  const float pivot = 50; /* squares about the middle of L lose less */
  double sum_l = 0, sum_ll = 0, sum_b = 0, sum_chroma = 0, n = (double)lab->n;
  for (size_t at = 0; at < lab->n; at += MEASURE_SIDE) {
    const float *l = lab->L + at, *a = lab->a + at, *b = lab->b + at;
    float row_l = 0, row_ll = 0, row_b = 0, row_chroma = 0;
#pragma omp simd reduction(+ : row_l, row_ll, row_b, row_chroma)
    for (int k = 0; k < MEASURE_SIDE; k++) {
      row_l += l[k] - pivot;
      row_ll += (l[k] - pivot) * (l[k] - pivot);
      row_b += b[k];
      row_chroma += sqrtf(a[k] * a[k] + b[k] * b[k]);
    }
    sum_l += row_l;
    sum_ll += row_ll;
    sum_b += row_b;
    sum_chroma += row_chroma;
  }
  double mean = sum_l / n, sd = sqrt(fmax(0, sum_ll / n - mean * mean));
  scalar[IMAGE_BRIGHTNESS] = (float)mean + pivot;
  scalar[IMAGE_CONTRAST] = (float)sd;
  scalar[IMAGE_WARMTH] = sum_chroma > n * 1e-3 ? (float)(sum_b / sum_chroma) : 0;
  scalar[IMAGE_SATURATION] = (float)(sum_chroma / n);
  scalar[IMAGE_TEXTURE] = sd > 1e-3 ? (float)(detail(lab->L, MEASURE_SIDE) / n / sd) : 0;
}

/* The step of the circle of each pixel, and its chroma, 0 where it is not seen as coloured. Returns
 * how many are. */
LA_CLONES static int hue_row(const float *l, const float *a, const float *b, int32_t *step,
                             float *chroma)
{
  int chromatic = 0;
#pragma omp simd reduction(+ : chromatic)
  for (int k = 0; k < MEASURE_SIDE; k++) {
    float length = sqrtf(a[k] * a[k] + b[k] * b[k]);
    step[k] = (int32_t)(circle_place(a[k], b[k]) * (CIRCLE_STEPS / 4));
    chroma[k] = is_chromatic(l[k], length) ? length : 0;
    chromatic += chroma[k] > 0;
  }
  return chromatic;
}

/* How many pixels are chromatic; and the family that most of their chroma is of. */
static int32_t color_of(const struct lab *lab, float *chromatic_share)
{
  float family[2][HUE_FAMILIES] = {{0}}, chroma[MEASURE_SIDE];
  int32_t step[MEASURE_SIDE];
  int chromatic = 0, best = 0;
  pthread_once(&circle_once, make_circle);
  for (size_t at = 0; at < lab->n; at += MEASURE_SIDE) {
    chromatic += hue_row(lab->L + at, lab->a + at, lab->b + at, step, chroma);
    for (int k = 0; k < MEASURE_SIDE; k += 2) { /* two at once: neighbours often are of one family */
      family[0][place_family[step[k]]] += chroma[k];
      family[1][place_family[step[k + 1]]] += chroma[k + 1];
    }
  }
  for (int f = 0; f < HUE_FAMILIES; f++) {
    family[0][f] += family[1][f];
    if (family[0][f] > family[0][best])
      best = f;
  }
  *chromatic_share = (float)chromatic / (float)lab->n;
  return *chromatic_share < 0.2f ? HUE_MONOCHROME : best;
}

/* What stands out is lighter or darker than the picture's mean. Its centroid off the middle names a
 * side; else how much of it lies in the middle quarter tells centered from even. */
LA_CLONES static int32_t composition_of(const float *l, float mean, int side)
{
  double weight = 0, wx = 0, wy = 0, middle = 0;
  for (int y = 0; y < side; y++, l += side) {
    float row = 0, row_x = 0, row_middle = 0;
#pragma omp simd reduction(+ : row, row_x)
    for (int x = 0; x < side; x++) {
      row += fabsf(l[x] - mean);
      row_x += fabsf(l[x] - mean) * (float)x;
    }
#pragma omp simd reduction(+ : row_middle)
    for (int x = side / 4; x < 3 * side / 4; x++)
      row_middle += fabsf(l[x] - mean);
    weight += row;
    wx += row_x;
    wy += row * (float)y;
    middle += y >= side / 4 && y < 3 * side / 4 ? row_middle : 0;
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

void measure_color(const struct lab *lab, struct measure *measure)
{
  measure->color = color_of(lab, &measure->chromatic_share);
}

struct measure measure_lab(const struct lab *lab)
{
  struct measure measure = {0};
  measure_scalars(lab, measure.scalar);
  measure_color(lab, &measure);
  measure.composition = composition_of(lab->L, measure.scalar[IMAGE_BRIGHTNESS], MEASURE_SIDE);
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
