/* lab.c - see lab.h
 * SPDX-License-Identifier: MIT */
#include "media/lab.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/real.h"

enum { BLOCK = 512, GUESSES = 4096 };

/* sRGB D65, rows already divided by the white point. */
static const float to_xyz[3][3] = {
  {0.4124564f / 0.95047f, 0.3575761f / 0.95047f, 0.1804375f / 0.95047f},
  {0.2126729f, 0.7151522f, 0.0721750f},
  {0.0193339f / 1.08883f, 0.1191920f / 1.08883f, 0.9503041f / 1.08883f},
};
static const float to_rgb[3][3] = {
  {3.2404542f * 0.95047f, -1.5371385f, -0.4985314f * 1.08883f},
  {-0.9692660f * 0.95047f, 1.8760108f, 0.0415560f * 1.08883f},
  {0.0556434f * 0.95047f, -0.2040259f, 1.0572252f * 1.08883f},
};

static float linear[256];      /* of an 8-bit sRGB value */
static float border[256];      /* linear value from which v + 1 is nearer; [255] infinite */
static uint8_t guess[GUESSES]; /* the 8-bit value at the lower end of each step */
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static double linear_of(double v)
{
  return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static void make_tables(void)
{
  for (int v = 0; v < 256; v++) {
    linear[v] = (float)linear_of(v / 255.0);
    border[v] = v == 255 ? INFINITY : (float)linear_of((v + 0.5) / 255.0);
  }
  int v = 0;
  for (int k = 0; k < GUESSES; k++) {
    while ((float)k / (GUESSES - 1) >= border[v])
      v++;
    guess[k] = (uint8_t)v;
  }
}

struct lab lab_new(size_t n)
{
  float *block = mem_alloc((3 * n + 1) * sizeof *block);
  return (struct lab){n, block, block + n, block + 2 * n};
}

void lab_free(struct lab *lab)
{
  free(lab->L);
  *lab = (struct lab){0};
}

/* f(t) of CIE Lab, in place: a cube root (two Halley steps from a guess by the exponent, exact to
 * float) or the straight piece near black. */
LA_CLONES static void lab_curve(float *t, size_t n)
{
#pragma omp simd
  for (size_t k = 0; k < n; k++) {
    float x = t[k];
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = (int32_t)((float)bits * (1.0f / 3)) + 709958130;
    float y;
    memcpy(&y, &bits, sizeof y);
    float cube = y * y * y;
    y *= (cube + 2 * x) / (2 * cube + x);
    cube = y * y * y;
    y *= (cube + 2 * x) / (2 * cube + x);
    float straight = (float)(24389.0 / 27 / 116) * x + 16.0f / 116;
    t[k] = x > (float)(216.0 / 24389) ? y : straight;
  }
}

/* At most BLOCK pixels. */
LA_CLONES static void fill_block(const uint8_t *rgb, size_t n, float *L, float *a, float *b)
{
  float xyz[3][BLOCK];
  for (size_t k = 0; k < n; k++) {
    float red = linear[rgb[3 * k]], green = linear[rgb[3 * k + 1]], blue = linear[rgb[3 * k + 2]];
    for (int c = 0; c < 3; c++)
      xyz[c][k] = to_xyz[c][0] * red + to_xyz[c][1] * green + to_xyz[c][2] * blue;
  }
  for (int c = 0; c < 3; c++)
    lab_curve(xyz[c], n);
#pragma omp simd
  for (size_t k = 0; k < n; k++) {
    L[k] = 116 * xyz[1][k] - 16;
    a[k] = 500 * (xyz[0][k] - xyz[1][k]);
    b[k] = 200 * (xyz[1][k] - xyz[2][k]);
  }
}

void lab_fill(struct lab *lab, const uint8_t *rgb)
{
  pthread_once(&tables_once, make_tables);
  for (size_t at = 0; at < lab->n; at += BLOCK) {
    size_t n = lab->n - at < BLOCK ? lab->n - at : BLOCK;
    fill_block(rgb + 3 * at, n, lab->L + at, lab->a + at, lab->b + at);
  }
}

struct lab lab_of(const struct picture *picture)
{
  struct lab lab = lab_new((size_t)picture->width * (size_t)picture->height);
  lab_fill(&lab, picture->rgb);
  return lab;
}

static inline float uncurve(float f)
{
  float cube = f * f * f;
  return cube > (float)(216.0 / 24389) ? cube : (116 * f - 16) * (float)(27.0 / 24389);
}

/* How much of the way from grey y (0..1) to y + d stays in 0..1. */
static inline float room(float y, float d)
{
  float above = d > 1 - y ? (1 - y) / d : 1, below = d < -y ? y / -d : 1;
  return above < below ? above : below;
}

/* Which of at most BLOCK pixels lie outside the gamut. */
LA_CLONES static void find_outside(const float *L, const float *a, const float *b, size_t n,
                                   int32_t *is_outside)
{
  const float low = -1e-5f, high = 1 + 1e-5f;
#pragma omp simd
  for (size_t k = 0; k < n; k++) {
    float fy = (L[k] + 16) * (1 / 116.0f), y = uncurve(fy);
    float dx = uncurve(fy + a[k] * (1 / 500.0f)) - y, dz = uncurve(fy - b[k] * (1 / 200.0f)) - y;
    float red = y + to_rgb[0][0] * dx + to_rgb[0][2] * dz;
    float green = y + to_rgb[1][0] * dx + to_rgb[1][2] * dz;
    float blue = y + to_rgb[2][0] * dx + to_rgb[2][2] * dz;
    float most = red > green ? red : green, least = red < green ? red : green;
    most = most > blue ? most : blue;
    least = least < blue ? least : blue;
    is_outside[k] = (most > high) | (least < low);
  }
}

/* Linear colour: xyz by the white point, pulled towards the grey of the same y until it is inside
 * the gamut. At most BLOCK pixels. */
LA_CLONES static void clip_block(const float *L, const float *a, const float *b, size_t n,
                                 float *x, float *y, float *z)
{
#pragma omp simd
  for (size_t k = 0; k < n; k++) {
    float fy = (L[k] + 16) * (1 / 116.0f), grey = uncurve(fy);
    grey = grey < 0 ? 0 : grey;
    grey = grey > 1 ? 1 : grey;
    float dx = uncurve(fy + a[k] * (1 / 500.0f)) - grey, dz = uncurve(fy - b[k] * (1 / 200.0f)) - grey;
    float red = room(grey, to_rgb[0][0] * dx + to_rgb[0][2] * dz);
    float green = room(grey, to_rgb[1][0] * dx + to_rgb[1][2] * dz);
    float blue = room(grey, to_rgb[2][0] * dx + to_rgb[2][2] * dz);
    float keep = red < green ? red : green;
    keep = keep < blue ? keep : blue;
    x[k] = grey + keep * dx;
    y[k] = grey;
    z[k] = grey + keep * dz;
  }
}

void lab_clip(struct lab *lab)
{
  float x[BLOCK], y[BLOCK], z[BLOCK];
  int32_t is_outside[BLOCK];
  size_t outside[BLOCK];
  for (size_t at = 0; at < lab->n; at += BLOCK) {
    size_t n = lab->n - at < BLOCK ? lab->n - at : BLOCK, moved = 0;
    float *L = lab->L + at, *a = lab->a + at, *b = lab->b + at;
    find_outside(L, a, b, n, is_outside);
    for (size_t k = 0; k < n; k++) { /* most pixels are inside: only the others are made anew */
      outside[moved] = k;
      moved += (size_t)is_outside[k];
    }
    for (size_t k = 0; k < moved; k++) {
      x[k] = L[outside[k]];
      y[k] = a[outside[k]];
      z[k] = b[outside[k]];
    }
    clip_block(x, y, z, moved, x, y, z);
    lab_curve(x, moved);
    lab_curve(y, moved);
    lab_curve(z, moved);
    for (size_t k = 0; k < moved; k++) {
      L[outside[k]] = 116 * y[k] - 16;
      a[outside[k]] = 500 * (x[k] - y[k]);
      b[outside[k]] = 200 * (y[k] - z[k]);
    }
  }
}

/* Linear red, green and blue of 0..1 from xyz, and the step of guess[] of each. */
LA_CLONES static void rgb_block(const float *x, const float *y, const float *z, size_t n,
                                float value[3][BLOCK], int32_t step[3][BLOCK])
{
  for (int c = 0; c < 3; c++) {
    const float *row = to_rgb[c];
#pragma omp simd
    for (size_t k = 0; k < n; k++) {
      float v = row[0] * x[k] + row[1] * y[k] + row[2] * z[k];
      v = v > 0 ? v : 0;
      v = v < 1 ? v : 1;
      value[c][k] = v;
      step[c][k] = (int32_t)(v * (GUESSES - 1));
    }
  }
}

void lab_to_rgb(const struct lab *lab, uint8_t *rgb)
{
  float x[BLOCK], y[BLOCK], z[BLOCK], value[3][BLOCK];
  int32_t step[3][BLOCK];
  pthread_once(&tables_once, make_tables);
  for (size_t at = 0; at < lab->n; at += BLOCK) {
    size_t n = lab->n - at < BLOCK ? lab->n - at : BLOCK;
    clip_block(lab->L + at, lab->a + at, lab->b + at, n, x, y, z);
    rgb_block(x, y, z, n, value, step);
    for (size_t k = 0; k < n; k++)
      for (size_t c = 0; c < 3; c++) {
        int v = guess[step[c][k]];
        while (value[c][k] >= border[v])
          v++;
        rgb[3 * (at + k) + c] = (uint8_t)v;
      }
  }
}

/* The sum over at most BLOCK pixels. */
LA_CLONES static float difference_block(const struct lab *p, const struct lab *q, size_t at, size_t n)
{
  const float *l = p->L + at, *a = p->a + at, *b = p->b + at;
  const float *m = q->L + at, *c = q->a + at, *d = q->b + at;
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (size_t k = 0; k < n; k++)
    sum += sqrtf((l[k] - m[k]) * (l[k] - m[k]) + (a[k] - c[k]) * (a[k] - c[k]) +
                 (b[k] - d[k]) * (b[k] - d[k]));
  return sum;
}

double lab_difference(const struct lab *p, const struct lab *q)
{
  double sum = 0;
  for (size_t at = 0; at < p->n; at += BLOCK)
    sum += (double)difference_block(p, q, at, p->n - at < BLOCK ? p->n - at : BLOCK);
  return sum / (double)p->n;
}
