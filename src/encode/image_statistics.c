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

static void hellinger(float *block, int size)
{
  double sum = 0;
  for (int k = 0; k < size; k++)
    sum += block[k];
  for (int k = 0; k < size && sum > 0; k++)
    block[k] = sqrtf((float)(block[k] / sum));
}

/* The cell of each pixel of a row: 4 lightnesses of 8 x 8 chromas. */
LA_CLONES static void lab_cells(const float *l, const float *a, const float *b, int32_t *cell)
{
#pragma omp simd
  for (int k = 0; k < SIDE; k++) {
    /* a whole number is added so that the cut towards 0 is one downwards */
    int32_t x = (int32_t)(l[k] * 0.04f), y = (int32_t)((a[k] + 300) * 0.04f) - 8;
    int32_t z = (int32_t)((b[k] + 300) * 0.04f) - 8;
    x = x > 3 ? 3 : x;
    y = y < 0 ? 0 : y;
    y = y > 7 ? 7 : y;
    z = z < 0 ? 0 : z;
    z = z > 7 ? 7 : z;
    cell[k] = (x * 8 + y) * 8 + z;
  }
}

static void lab_histogram(const struct lab *lab, float out[IMAGE_LAB])
{
  int32_t cell[SIDE], counts[2][IMAGE_LAB] = {{0}};
  for (size_t at = 0; at < lab->n; at += SIDE) {
    lab_cells(lab->L + at, lab->a + at, lab->b + at, cell);
    for (int k = 0; k < SIDE; k++)
      counts[k % 2][cell[k]]++;
  }
  for (int k = 0; k < IMAGE_LAB; k++)
    out[k] = (float)(counts[0][k] + counts[1][k]);
  hellinger(out, IMAGE_LAB);
}

/* Written without branches, so that a loop over pixels vectorises. */
static inline void hsv_of(float r, float g, float b, float *hue, float *saturation, float *value)
{
  float high = r > g ? r : g, low = r < g ? r : g;
  high = high > b ? high : b;
  low = low < b ? low : b;
  float spread = high - low, per = 1 / (spread > 0 ? spread : 1);
  float turn = high == r ? (g - b) * per : high == g ? (b - r) * per + 2 : (r - g) * per + 4;
  *hue = (turn < 0 ? turn + 6 : turn) * 60;
  *saturation = spread / (high > 0 ? high : 1);
  *value = high / 255;
}

void image_hsv(const uint8_t rgb[3], float hsv[3])
{
  hsv_of((float)rgb[0], (float)rgb[1], (float)rgb[2], &hsv[0], &hsv[1], &hsv[2]);
}

/* A row of pixels: the bins of hue, saturation and value, and the weight of the first. */
LA_CLONES static void hsv_bins(const uint8_t *rgb, int32_t *hue, int32_t *saturation, int32_t *value,
                               float *weight)
{
#pragma omp simd
  for (int k = 0; k < SIDE; k++) {
    float h, s, v;
    hsv_of((float)rgb[3 * k], (float)rgb[3 * k + 1], (float)rgb[3 * k + 2], &h, &s, &v);
    int32_t x = (int32_t)(h / 30), y = (int32_t)(s * 4), z = (int32_t)(v * 4);
    hue[k] = x < 11 ? x : 11;
    saturation[k] = 12 + (y < 3 ? y : 3);
    value[k] = 16 + (z < 3 ? z : 3);
    weight[k] = s * v;
  }
}

/* 12 hues weighted by S * V, 4 saturations, 4 values. */
static void hsv_histogram(const uint8_t *rgb, float out[IMAGE_HSV])
{
  int32_t hue[SIDE], saturation[SIDE], value[SIDE], counts[2][IMAGE_HSV] = {{0}};
  float weight[SIDE];
  for (int y = 0; y < SIDE; y++) {
    hsv_bins(rgb + 3 * y * SIDE, hue, saturation, value, weight);
    for (int k = 0; k < SIDE; k++) {
      out[hue[k]] += weight[k];
      counts[k % 2][saturation[k]]++;
      counts[k % 2][value[k]]++;
    }
  }
  for (int k = 12; k < IMAGE_HSV; k++)
    out[k] = (float)(counts[0][k] + counts[1][k]);
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

/* The gradients of a row: how long, and where around the circle. */
LA_CLONES static void gradients(const float *above, const float *row, const float *below,
                                float *length, float *place)
{
  float left[SIDE], right[SIDE];
  memcpy(left + 1, row, (SIDE - 1) * sizeof *row);
  memcpy(right, row + 1, (SIDE - 1) * sizeof *row);
  left[0] = row[0];
  right[SIDE - 1] = row[SIDE - 1];
#pragma omp simd
  for (int x = 0; x < SIDE; x++) {
    float dx = right[x] - left[x], dy = below[x] - above[x];
    length[x] = sqrtf(dx * dx + dy * dy);
    place[x] = circle_place(dx, dy);
  }
}

/* Gradients of L by orientation, in 4 x 4 cells. */
static void edge_histogram(const float *l, float out[IMAGE_HOG])
{
  const float *table = circle_table();
  float length[SIDE], place[SIDE];
  for (int y = 0; y < SIDE; y++) {
    const float *row = l + y * SIDE, *above = y ? row - SIDE : row;
    gradients(above, row, y + 1 < SIDE ? row + SIDE : row, length, place);
    for (int x = 0; x < SIDE; x++) {
      float turn = circle_degrees(table, place[x]) * (ORIENTATIONS / 180.0f);
      turn -= turn >= ORIENTATIONS ? ORIENTATIONS : 0; /* edges have no direction */
      int bin = (int)(turn + 0.5f); /* bin k has its centre at k + 1/2: between bin - 1 and bin */
      float share = turn + 0.5f - (float)bin;
      float *cell = out + (y * CELLS / SIDE * CELLS + x * CELLS / SIDE) * ORIENTATIONS;
      cell[bin ? bin - 1 : ORIENTATIONS - 1] += length[x] * (1 - share);
      cell[bin < ORIENTATIONS ? bin : 0] += length[x] * share;
    }
  }
  normalise(out, IMAGE_HOG);
  for (int k = 0; k < IMAGE_HOG; k++)
    out[k] = out[k] < 0.2f ? out[k] : 0.2f;
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

static void statistics_of(const struct lab *lab, const uint8_t *rgb, float *out)
{
  memset(out, 0, IMAGE_STATISTICS * sizeof *out);
  lab_histogram(lab, out);
  hsv_histogram(rgb, out + IMAGE_LAB);
  edge_histogram(lab->L, out + IMAGE_LAB + IMAGE_HSV);
  pattern_histogram(lab->L, out + IMAGE_LAB + IMAGE_HSV + IMAGE_HOG);
}

void image_statistics_of_planes(const struct lab *lab, float *out)
{
  uint8_t rgb[SIDE * SIDE * 3];
  lab_to_rgb(lab, rgb);
  statistics_of(lab, rgb, out);
}

void image_statistics(const struct picture *picture, float *out)
{
  struct picture square = picture_resize(picture, SIDE, SIDE);
  struct lab lab = lab_of(&square);
  statistics_of(&lab, square.rgb, out);
  lab_free(&lab);
  picture_free(&square);
}
