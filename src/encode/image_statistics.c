/* image_statistics.c - see image_encoder.h: 656 numbers of a picture (METHOD 3.2)
 *
 * Histograms are compared by Hellinger's distance: each block is normalised to sum 1 and
 * its square roots are taken.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "encode/image_encoder.h"
#include "la/real.h"
#include "media/hue.h"
#include "media/lab.h"
#include "media/measure.h"

enum { SIDE = MEASURE_SIDE, CELLS = 4, ORIENTATIONS = 9, LBP_BINS = 59, QUADRANTS = 4 };

static int clamp(int value, int low, int high)
{
  return value < low ? low : value > high ? high : value;
}

static void hellinger(float *block, int size)
{
  double sum = 0;
  for (int k = 0; k < size; k++)
    sum += block[k];
  for (int k = 0; k < size && sum > 0; k++)
    block[k] = sqrtf((float)(block[k] / sum));
}

static void lab_histogram(const struct lab *lab, float out[IMAGE_LAB])
{
  for (size_t k = 0; k < lab->n; k++) {
    int l = clamp((int)(lab->L[k] * 0.04f), 0, 3);
    int a = clamp((int)floorf((lab->a[k] + 100) * 0.04f), 0, 7);
    int b = clamp((int)floorf((lab->b[k] + 100) * 0.04f), 0, 7);
    out[(l * 8 + a) * 8 + b]++;
  }
  hellinger(out, IMAGE_LAB);
}

void image_hsv(const uint8_t rgb[3], float hsv[3])
{
  float r = (float)rgb[0], g = (float)rgb[1], b = (float)rgb[2];
  float high = fmaxf(r, fmaxf(g, b)), spread = high - fminf(r, fminf(g, b));
  float hue = 0;
  if (spread > 0)
    hue = high == r ? (g - b) / spread : high == g ? (b - r) / spread + 2 : (r - g) / spread + 4;
  hsv[0] = (hue < 0 ? hue + 6 : hue) * 60;
  hsv[1] = high > 0 ? spread / high : 0;
  hsv[2] = high / 255;
}

/* 12 hues weighted by S * V, 4 saturations, 4 values. */
static void hsv_histogram(const struct picture *picture, float out[IMAGE_HSV])
{
  for (int k = 0; k < SIDE * SIDE; k++) {
    float hsv[3];
    image_hsv(picture->rgb + 3 * k, hsv);
    out[clamp((int)(hsv[0] / 30), 0, 11)] += hsv[1] * hsv[2];
    out[12 + clamp((int)(hsv[1] * 4), 0, 3)]++;
    out[16 + clamp((int)(hsv[2] * 4), 0, 3)]++;
  }
  hellinger(out, IMAGE_HSV);
}

static void normalise(float *block, int size)
{
  double sum = 0;
  for (int k = 0; k < size; k++)
    sum += (double)block[k] * block[k];
  for (int k = 0; k < size && sum > 0; k++)
    block[k] = (float)(block[k] / sqrt(sum));
}

/* Gradients of L by orientation, in 4 x 4 cells. */
static void edge_histogram(const float *l, float out[IMAGE_HOG])
{
  const float *table = circle_table();
  for (int y = 0; y < SIDE; y++) {
    const float *row = l + y * SIDE, *above = y ? row - SIDE : row;
    const float *below = y + 1 < SIDE ? row + SIDE : row;
    for (int x = 0; x < SIDE; x++) {
      float dx = row[x + 1 < SIDE ? x + 1 : x] - row[x ? x - 1 : x];
      float dy = below[x] - above[x], length = sqrtf(dx * dx + dy * dy);
      if (length == 0)
        continue;
      float turn = circle_degrees(table, circle_place(dx, dy)) * (ORIENTATIONS / 180.0f);
      turn -= turn >= ORIENTATIONS ? ORIENTATIONS : 0; /* edges have no direction */
      int bin = (int)(turn + 0.5f); /* bin k has its centre at k + 1/2: between bin - 1 and bin */
      float share = turn + 0.5f - (float)bin;
      float *cell = out + (y * CELLS / SIDE * CELLS + x * CELLS / SIDE) * ORIENTATIONS;
      cell[bin ? bin - 1 : ORIENTATIONS - 1] += length * (1 - share);
      cell[bin < ORIENTATIONS ? bin : 0] += length * share;
    }
  }
  normalise(out, IMAGE_HOG);
  for (int k = 0; k < IMAGE_HOG; k++)
    out[k] = fminf(out[k], 0.2f);
  normalise(out, IMAGE_HOG);
}

/* Codes that change at most twice around have bins of their own, in order; the rest share one. */
static uint8_t bins[256];
static pthread_once_t bins_once = PTHREAD_ONCE_INIT;

static void make_bins(void)
{
  uint8_t next = 0;
  for (unsigned code = 0; code < 256; code++) {
    unsigned turned = (code >> 1 | code << 7) & 255;
    bins[code] = __builtin_popcount(code ^ turned) <= 2 ? next++ : LBP_BINS - 1;
  }
}

int image_lbp_bin(unsigned code)
{
  pthread_once(&bins_once, make_bins);
  return bins[code & 255];
}

/* A row and the values left and right of each, ends repeated. */
struct shifted {
  float left[SIDE], middle[SIDE], right[SIDE];
};

static void shift_row(const float *row, struct shifted *out)
{
  memcpy(out->middle, row, sizeof out->middle);
  memcpy(out->left + 1, row, (SIDE - 1) * sizeof *row);
  memcpy(out->right, row + 1, (SIDE - 1) * sizeof *row);
  out->left[0] = row[0];
  out->right[SIDE - 1] = row[SIDE - 1];
}

/* The patterns of the pixels of a row: bit k where neighbour k is not darker, clockwise from the
 * upper left. */
LA_CLONES static void row_codes(const struct shifted *above, const struct shifted *row,
                                const struct shifted *below, int32_t codes[SIDE])
{
  const float *const around[8] = {above->left,  above->middle, above->right, row->right,
                                  below->right, below->middle, below->left,  row->left};
  memset(codes, 0, SIDE * sizeof *codes);
  for (int k = 0; k < 8; k++) {
    const float *neighbour = around[k];
#pragma omp simd
    for (int x = 0; x < SIDE; x++)
      codes[x] |= (neighbour[x] >= row->middle[x]) << k;
  }
}

void image_patterns(const float *l, uint8_t *out)
{
  struct shifted rows[3];
  int32_t codes[SIDE];
  shift_row(l, &rows[0]);
  rows[2] = rows[0];
  for (int y = 0; y < SIDE; y++) {
    struct shifted *above = &rows[(y + 2) % 3], *row = &rows[y % 3], *below = &rows[(y + 1) % 3];
    shift_row(l + (y + 1 < SIDE ? y + 1 : y) * SIDE, below);
    row_codes(above, row, below, codes);
    for (int x = 0; x < SIDE; x++)
      out[y * SIDE + x] = (uint8_t)codes[x];
  }
}

static void pattern_histogram(const float *l, float out[IMAGE_LBP])
{
  uint8_t codes[SIDE * SIDE];
  int counts[QUADRANTS][256] = {{0}};
  image_patterns(l, codes);
  for (int y = 0; y < SIDE; y++)
    for (int x = 0; x < SIDE; x++)
      counts[(y >= SIDE / 2) * 2 + (x >= SIDE / 2)][codes[y * SIDE + x]]++;
  for (unsigned c = 0; c < 256; c++) {
    int bin = image_lbp_bin(c);
    for (int q = 0; q < QUADRANTS; q++)
      out[q * LBP_BINS + bin] += (float)counts[q][c];
  }
  for (int q = 0; q < QUADRANTS; q++)
    hellinger(out + q * LBP_BINS, LBP_BINS);
}

void image_statistics(const struct picture *picture, float *out)
{
  struct picture square = picture_resize(picture, SIDE, SIDE);
  struct lab lab = lab_of(&square);
  memset(out, 0, IMAGE_STATISTICS * sizeof *out);
  lab_histogram(&lab, out);
  hsv_histogram(&square, out + IMAGE_LAB);
  edge_histogram(lab.L, out + IMAGE_LAB + IMAGE_HSV);
  pattern_histogram(lab.L, out + IMAGE_LAB + IMAGE_HSV + IMAGE_HOG);
  lab_free(&lab);
  picture_free(&square);
}
