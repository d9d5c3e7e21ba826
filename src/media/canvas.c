/* canvas.c - see canvas.h
 * SPDX-License-Identifier: MIT */
#include "media/canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/real.h"
#include "media/hue.h"

/* The histogram of L covers what sharpening makes of 0..100. */
static const float level_first = -60, level_last = 160;
static const double shift_limit = 6, scale_limit = 2.5;

enum { CURVE = 1024 }; /* steps of the tabulated shift */

/* The side of a square as large as the picture. */
static double side_of(const struct picture *picture)
{
  return sqrt((double)picture->width * picture->height);
}

struct canvas canvas_new(const struct picture *picture, bool blurs_chroma)
{
  struct canvas canvas = {.width = picture->width, .height = picture->height};
  canvas.sigma_x = canvas.sigma_y = side_of(picture) / MEASURE_SIDE;
  canvas.blurs_chroma = blurs_chroma;
  canvas.original = canvas.base = lab_of(picture);
  canvas.edited = lab_new(canvas.original.n);
  canvas.detailed = mem_alloc(canvas.original.n * sizeof *canvas.detailed);
  if (blurs_chroma)
    canvas.blurred = lab_new(canvas.original.n);
  else
    canvas.blurred.L = mem_alloc(canvas.original.n * sizeof *canvas.blurred.L);
  return canvas;
}

struct canvas canvas_small(const struct picture *picture, bool blurs_chroma)
{
  struct picture square = picture_resize(picture, MEASURE_SIDE, MEASURE_SIDE);
  struct canvas canvas = canvas_new(&square, blurs_chroma);
  canvas.sigma_x = side_of(picture) / picture->width;
  canvas.sigma_y = side_of(picture) / picture->height;
  picture_free(&square);
  return canvas;
}

void canvas_free(struct canvas *canvas)
{
  if (canvas->base.L != canvas->original.L)
    lab_free(&canvas->base);
  lab_free(&canvas->original);
  lab_free(&canvas->edited);
  lab_free(&canvas->blurred);
  free(canvas->detailed);
}

/* Degrees from one angle to another, the short way: -180..180. */
static float turn_to(float from, float to)
{
  float turn = to - from;
  while (turn > 180)
    turn -= 360;
  while (turn < -180)
    turn += 360;
  return turn;
}

/* Turn the hues of a family: its middle goes to `to`, its spread is squeezed by `squeeze`. */
static void turn_family(struct lab *lab, const struct recolor *recolor, float to, float squeeze)
{
  const float *table = circle_table();
  float centre = hue_centre(recolor->from), half = hue_width(recolor->from) / 2;
  float reach = (float)recolor->reach + 1e-3f;
  for (size_t k = 0; k < lab->n; k++) {
    float a = lab->a[k], b = lab->b[k];
    if (a * a + b * b < 1)
      continue;
    float angle = circle_degrees(table, circle_place(a, b)), off = turn_to(centre, angle);
    float beyond = fabsf(off) - half;
    if (beyond >= reach)
      continue;
    float share = beyond <= 0 ? 1 : 1 - beyond / reach;
    float turn = share * turn_to(angle, to + off * squeeze) * (float)(3.14159265358979 / 180);
    float boost = 1 + share * (float)(recolor->boost - 1);
    float x = boost * cosf(turn), y = boost * sinf(turn);
    lab->a[k] = a * x - b * y;
    lab->b[k] = a * y + b * x;
  }
}

/* Give greys the hue `to`: most chroma at middle lightness, none at black and white. */
static void tint(struct lab *lab, float to, float chroma)
{
  float hue = to * (float)(3.14159265358979 / 180), x = cosf(hue), y = sinf(hue);
  for (size_t k = 0; k < lab->n; k++) {
    float l = lab->L[k] / 100, strength = chroma * 2 * sqrtf(fmaxf(0, l * (1 - l)));
    lab->a[k] = 0.25f * lab->a[k] + strength * x;
    lab->b[k] = 0.25f * lab->b[k] + strength * y;
  }
}

void canvas_recolor(struct canvas *canvas, const struct recolor *recolor)
{
  if (recolor->from == recolor->to)
    return;
  struct lab *base = &canvas->base;
  if (base->L == canvas->original.L)
    *base = lab_new(canvas->original.n);
  memcpy(base->L, canvas->original.L, 3 * base->n * sizeof *base->L);
  canvas->blurred_sigma = 0;
  if (recolor->to == HUE_MONOCHROME) {
    float keep = 0.3f * (1 - (float)recolor->depth);
    for (size_t k = 0; k < base->n; k++) {
      base->a[k] *= keep;
      base->b[k] *= keep;
    }
    return;
  }
  float width = hue_width(recolor->to);
  if (recolor->from == HUE_MONOCHROME) {
    tint(base, hue_centre(recolor->to), (16 + 24 * (float)recolor->depth) * (float)recolor->boost);
    return;
  }
  /* Enter the target family from the nearer side; deeper is farther through it. */
  float centre = hue_centre(recolor->to);
  float side = turn_to(hue_centre(recolor->from), centre) > 0 ? 1 : -1;
  float to = centre + side * width * 0.3f * ((float)recolor->depth - 0.5f);
  turn_family(base, recolor, to, fminf(1, 0.6f * width / hue_width(recolor->from)));
}

/* A Gaussian from -radius to radius, sum 1; the caller frees. */
static float *gaussian(double sigma, int *radius)
{
  *radius = (int)ceil(2.5 * sigma);
  float *kernel = mem_alloc((size_t)(2 * *radius + 1) * sizeof *kernel), sum = 0;
  for (int k = -*radius; k <= *radius; k++)
    sum += kernel[k + *radius] = (float)exp(-k * k / (2 * sigma * sigma));
  for (int k = 0; k <= 2 * *radius; k++)
    kernel[k] /= sum;
  return kernel;
}

static int inside(int at, int length) { return at < 0 ? 0 : at >= length ? length - 1 : at; }

/* Blur along x: each line is copied with its ends repeated, so that the sums need no test. */
LA_CLONES static void blur_x(const float *from, float *to, int width, int height, double sigma)
{
  int radius;
  float *kernel = gaussian(sigma, &radius);
  float *line = mem_alloc((size_t)(width + 2 * radius) * sizeof *line);
  for (int y = 0; y < height; y++, from += width, to += width) {
    for (int x = -radius; x < width + radius; x++)
      line[x + radius] = from[inside(x, width)];
    memset(to, 0, (size_t)width * sizeof *to);
    for (int k = 0; k <= 2 * radius; k++) {
#pragma omp simd
      for (int x = 0; x < width; x++)
        to[x] += kernel[k] * line[x + k];
    }
  }
  free(line);
  free(kernel);
}

LA_CLONES static void blur_y(const float *from, float *to, int width, int height, double sigma)
{
  int radius;
  float *kernel = gaussian(sigma, &radius);
  for (int y = 0; y < height; y++, to += width) {
    memset(to, 0, (size_t)width * sizeof *to);
    for (int k = -radius; k <= radius; k++) {
      const float *row = from + (size_t)inside(y + k, height) * (size_t)width;
      float share = kernel[k + radius];
#pragma omp simd
      for (int x = 0; x < width; x++)
        to[x] += share * row[x];
    }
  }
  free(kernel);
}

/* Keep base blurred. */
static void blur(struct canvas *canvas, double sigma)
{
  if (canvas->blurred_sigma == sigma)
    return;
  canvas->blurred_sigma = sigma;
  if (!canvas->blurs_chroma) {
    canvas->blurred.a = canvas->base.a;
    canvas->blurred.b = canvas->base.b;
  }
  float *half = mem_alloc(canvas->base.n * sizeof *half);
  const float *const from[] = {canvas->base.L, canvas->base.a, canvas->base.b};
  float *const to[] = {canvas->blurred.L, canvas->blurred.a, canvas->blurred.b};
  for (int c = 0; c < (canvas->blurs_chroma ? 3 : 1); c++) {
    blur_x(from[c], half, canvas->width, canvas->height, sigma * canvas->sigma_x);
    blur_y(half, to[c], canvas->width, canvas->height, sigma * canvas->sigma_y);
  }
  free(half);
}

void canvas_detail(struct canvas *canvas, const struct knobs *knobs)
{
  float scale = (float)exp(knobs->at[IMAGE_TEXTURE]), share = 1 / (float)canvas->base.n;
  float bins = LEVEL_BINS / (level_last - level_first);
  blur(canvas, knobs->sigma);
  memset(canvas->levels, 0, sizeof canvas->levels);
  for (size_t k = 0; k < canvas->base.n; k++) {
    float l = canvas->blurred.L[k] + scale * (canvas->base.L[k] - canvas->blurred.L[k]);
    l = fminf(fmaxf(l, level_first), level_last);
    int bin = (int)((l - level_first) * bins);
    canvas->levels[bin < LEVEL_BINS ? bin : LEVEL_BINS - 1] += share;
    canvas->detailed[k] = l;
  }
}

/* L shifted on the logistic scale; 0.01 and 0.99 stand for black and white, so that they move. */
static double shift_level(double l, double shift)
{
  double u = 0.01 + 0.98 * fmin(fmax(l / 100, 0), 1);
  double shifted = 1 / (1 + (1 - u) / u * exp(-shift));
  return 100 * fmin(fmax((shifted - 0.01) / 0.98, 0), 1);
}

static double level_at(int bin)
{
  return level_first + (bin + 0.5) * (level_last - level_first) / LEVEL_BINS;
}

void canvas_levels(const struct canvas *canvas, double *mean, double *spread)
{
  double sum = 0, squares = 0;
  for (int k = 0; k < LEVEL_BINS; k++) {
    sum += canvas->levels[k] * level_at(k);
    squares += canvas->levels[k] * level_at(k) * level_at(k);
  }
  *mean = sum;
  *spread = sqrt(fmax(squares - sum * sum, 1e-4));
}

/* How far mean and ln spread are from the wanted ones under a shift and a scale. */
static void level_error(const struct canvas *canvas, double centre, double shift, double scale,
                        double mean, double spread, double error[2])
{
  double sum = 0, squares = 0, factor = exp(scale);
  for (int k = 0; k < LEVEL_BINS; k++)
    if (canvas->levels[k] > 0) {
      double l = shift_level(centre + factor * (level_at(k) - centre), shift);
      sum += canvas->levels[k] * l;
      squares += canvas->levels[k] * l * l;
    }
  error[0] = (sum - mean) / 25; /* about as much as a shift of 1 */
  error[1] = log(sqrt(fmax(squares - sum * sum, 1e-4)) / spread);
}

static double limited(double value, double limit) { return fmin(fmax(value, -limit), limit); }

void canvas_level(const struct canvas *canvas, double mean, double spread, struct knobs *knobs)
{
  enum { STEPS = 12 };
  const double h = 1e-3;
  double *shift = &knobs->at[IMAGE_BRIGHTNESS], *scale = &knobs->at[IMAGE_CONTRAST];
  double centre, width, at[2], by_shift[2], by_scale[2];
  canvas_levels(canvas, &centre, &width);
  for (int step = 0; step < STEPS; step++) { /* Newton, with steps that stay where it is smooth */
    level_error(canvas, centre, *shift, *scale, mean, spread, at);
    if (fabs(at[0]) < 1e-4 && fabs(at[1]) < 1e-4)
      return;
    level_error(canvas, centre, *shift + h, *scale, mean, spread, by_shift);
    level_error(canvas, centre, *shift, *scale + h, mean, spread, by_scale);
    double a = (by_shift[0] - at[0]) / h, b = (by_scale[0] - at[0]) / h;
    double c = (by_shift[1] - at[1]) / h, d = (by_scale[1] - at[1]) / h, det = a * d - b * c;
    if (fabs(det) < 1e-6)
      return;
    *shift = limited(*shift + limited((b * at[1] - d * at[0]) / det, 1), shift_limit);
    *scale = limited(*scale + limited((c * at[0] - a * at[1]) / det, 0.4), scale_limit);
  }
}

LA_CLONES void canvas_apply(struct canvas *canvas, const struct knobs *knobs)
{
  const struct lab *base = &canvas->base;
  struct lab *edited = &canvas->edited;
  double mean, spread;
  canvas_levels(canvas, &mean, &spread);
  float curve[CURVE + 2], centre = (float)mean;
  float scale = (float)exp(knobs->at[IMAGE_CONTRAST]);
  float chroma = (float)exp(knobs->at[IMAGE_SATURATION]);
  float shift = (float)knobs->at[IMAGE_WARMTH] * KNOB_SHIFT;
  float soft = 1 - fminf((float)exp(knobs->at[IMAGE_TEXTURE]), 1); /* chroma blurs, too */
  for (int k = 0; k < CURVE + 2; k++)
    curve[k] = (float)shift_level(100.0 * k / CURVE, knobs->at[IMAGE_BRIGHTNESS]);
  for (size_t k = 0; k < base->n; k++) {
    float l = centre + scale * (canvas->detailed[k] - centre);
    l = fminf(fmaxf(l, 0), 100) * (CURVE / 100.0f);
    int at = (int)l;
    edited->L[k] = curve[at] + (l - (float)at) * (curve[at + 1] - curve[at]);
    float a = base->a[k] + soft * (canvas->blurred.a[k] - base->a[k]);
    float b = base->b[k] + soft * (canvas->blurred.b[k] - base->b[k]);
    edited->a[k] = chroma * a;
    edited->b[k] = chroma * (b + shift);
  }
}

struct measure canvas_finish(struct canvas *canvas, struct picture *out)
{
  lab_to_rgb(&canvas->edited, out->rgb);
  return measure_picture(out);
}
