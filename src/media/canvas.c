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

/* The side of a square as large as the picture. */
static double side_of(const struct picture *picture)
{
  return sqrt((double)picture->width * picture->height);
}

static struct canvas canvas_of(const struct picture *picture)
{
  struct canvas canvas = {.width = picture->width, .height = picture->height};
  canvas.original = canvas.base = lab_of(picture);
  canvas.edited = lab_new(canvas.original.n);
  canvas.recoloured = lab_new(canvas.original.n);
  canvas.blurred = lab_new(canvas.original.n);
  canvas.detailed = mem_alloc(canvas.original.n * sizeof *canvas.detailed);
  return canvas;
}

struct canvas canvas_new(const struct picture *picture)
{
  struct canvas canvas = canvas_of(picture);
  canvas.sigma_x = canvas.sigma_y = side_of(picture) / MEASURE_SIDE;
  return canvas;
}

struct canvas canvas_small(const struct picture *picture)
{
  struct picture square = picture_resize(picture, MEASURE_SIDE, MEASURE_SIDE);
  struct canvas canvas = canvas_of(&square);
  canvas.sigma_x = side_of(picture) / picture->width;
  canvas.sigma_y = side_of(picture) / picture->height;
  picture_free(&square);
  return canvas;
}

void canvas_begin(struct canvas *canvas, bool blurs_chroma)
{
  canvas->base = canvas->original;
  canvas->blurs_chroma = blurs_chroma;
}

void canvas_free(struct canvas *canvas)
{
  lab_free(&canvas->original);
  lab_free(&canvas->edited);
  lab_free(&canvas->recoloured);
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
  base->a = canvas->recoloured.a;
  base->b = canvas->recoloured.b;
  memcpy(base->a, canvas->original.a, base->n * sizeof *base->a);
  memcpy(base->b, canvas->original.b, base->n * sizeof *base->b);
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

static void blur_plane(const struct canvas *canvas, const float *from, double sigma, float *to)
{
  float *half = canvas->recoloured.L; /* whose L is the original's */
  blur_x(from, half, canvas->width, canvas->height, sigma * canvas->sigma_x);
  blur_y(half, to, canvas->width, canvas->height, sigma * canvas->sigma_y);
}

/* Keep L blurred, and the chroma that blurs with it: that of an original that is not recoloured. */
static void blur(struct canvas *canvas, double sigma)
{
  if (canvas->blurred_sigma != sigma)
    blur_plane(canvas, canvas->base.L, sigma, canvas->blurred.L);
  canvas->blurred_sigma = sigma;
  if (!canvas->blurs_chroma || canvas->blurred_chroma_sigma == sigma)
    return;
  blur_plane(canvas, canvas->base.a, sigma, canvas->blurred.a);
  blur_plane(canvas, canvas->base.b, sigma, canvas->blurred.b);
  canvas->blurred_chroma_sigma = sigma;
}

/* Detail scaled, inside what the histogram covers. */
LA_CLONES static void scale_detail(const float *base, const float *blurred, float scale, size_t n,
                                   float *out)
{
#pragma omp simd
  for (size_t k = 0; k < n; k++) {
    float l = blurred[k] + scale * (base[k] - blurred[k]);
    l = l < level_first ? level_first : l;
    out[k] = l > level_last ? level_last : l;
  }
}

/* The share of each of the bins; neighbours are counted apart, so that equal ones do not wait. */
static void count_levels(const float *l, size_t n, float levels[LEVEL_BINS])
{
  enum { APART = 4 };
  int32_t counts[APART][LEVEL_BINS + 1] = {{0}};
  const float bins = LEVEL_BINS / (level_last - level_first);
  for (size_t k = 0; k < n; k++)
    counts[k % APART][(int)((l[k] - level_first) * bins)]++;
  for (int bin = 0; bin <= LEVEL_BINS; bin++) {
    int sum = counts[0][bin] + counts[1][bin] + counts[2][bin] + counts[3][bin];
    if (bin < LEVEL_BINS)
      levels[bin] = (float)sum / (float)n;
    else
      levels[LEVEL_BINS - 1] += (float)sum / (float)n; /* exactly the last level */
  }
}

void canvas_detail(struct canvas *canvas, const struct knobs *knobs)
{
  double detail = knobs->at[IMAGE_TEXTURE];
  blur(canvas, knobs->sigma);
  if (canvas->detailed_sigma == knobs->sigma && canvas->detailed_knob == detail)
    return;
  scale_detail(canvas->base.L, canvas->blurred.L, (float)exp(detail), canvas->base.n,
               canvas->detailed);
  count_levels(canvas->detailed, canvas->base.n, canvas->levels);
  canvas->detailed_sigma = knobs->sigma;
  canvas->detailed_knob = detail;
}

/* L shifted on the logistic scale; 0.01 and 0.99 stand for black and white, so that they move.
 * `pull` is exp of minus the shift. */
static inline float shift_level(float l, float pull)
{
  float u = 0.01f + 0.0098f * l;
  float shifted = (u / (u + (1 - u) * pull) - 0.01f) * (100 / 0.98f);
  shifted = shifted < 0 ? 0 : shifted;
  return shifted > 100 ? 100 : shifted;
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

/* Levels that occur, and what they are under a shift and a scale. */
struct level_list {
  int count;
  float at[LEVEL_BINS], share[LEVEL_BINS];
  double centre;
};

static void list_levels(const struct canvas *canvas, struct level_list *list)
{
  double spread;
  canvas_levels(canvas, &list->centre, &spread);
  list->count = 0;
  for (int k = 0; k < LEVEL_BINS; k++)
    if (canvas->levels[k] > 0) {
      list->at[list->count] = (float)level_at(k);
      list->share[list->count++] = canvas->levels[k];
    }
}

/* How far mean and ln spread are from the wanted ones under a shift and a scale. */
LA_CLONES static void level_error(const struct level_list *list, double shift, double scale,
                                  double mean, double spread, double error[2])
{
  double sum = 0, squares = 0;
  float factor = (float)exp(scale), pull = (float)exp(-shift), centre = (float)list->centre;
#pragma omp simd reduction(+ : sum, squares)
  for (int k = 0; k < list->count; k++) {
    float l = centre + factor * (list->at[k] - centre);
    l = l < 0 ? 0 : l;
    l = l > 100 ? 100 : l;
    double shifted = (double)shift_level(l, pull), share = (double)list->share[k];
    sum += share * shifted;
    squares += share * shifted * shifted;
  }
  error[0] = (sum - mean) / 25; /* about as much as a shift of 1 */
  error[1] = log(sqrt(fmax(squares - sum * sum, 1e-4)) / spread);
}

static double limited(double value, double limit) { return fmin(fmax(value, -limit), limit); }

void canvas_level(const struct canvas *canvas, double mean, double spread, struct knobs *knobs)
{
  enum { STEPS = 12 };
  const double h = 1e-2; /* the levels are floats */
  double *shift = &knobs->at[IMAGE_BRIGHTNESS], *scale = &knobs->at[IMAGE_CONTRAST];
  double at[2], by_shift[2], by_scale[2];
  struct level_list list;
  list_levels(canvas, &list);
  for (int step = 0; step < STEPS; step++) { /* Newton, with steps that stay where it is smooth */
    level_error(&list, *shift, *scale, mean, spread, at);
    if (fabs(at[0]) < 1e-4 && fabs(at[1]) < 1e-4)
      return;
    level_error(&list, *shift + h, *scale, mean, spread, by_shift);
    level_error(&list, *shift, *scale + h, mean, spread, by_scale);
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
  size_t n = canvas->base.n;
  const float *detailed = canvas->detailed, *base_a = canvas->base.a, *base_b = canvas->base.b;
  const float *blurred_a = canvas->blurs_chroma ? canvas->blurred.a : base_a;
  const float *blurred_b = canvas->blurs_chroma ? canvas->blurred.b : base_b;
  float *out_l = canvas->edited.L, *out_a = canvas->edited.a, *out_b = canvas->edited.b;
  double mean, spread;
  canvas_levels(canvas, &mean, &spread);
  float centre = (float)mean, pull = (float)exp(-knobs->at[IMAGE_BRIGHTNESS]);
  float scale = (float)exp(knobs->at[IMAGE_CONTRAST]);
  float chroma = (float)exp(knobs->at[IMAGE_SATURATION]);
  float shift = (float)knobs->at[IMAGE_WARMTH] * KNOB_SHIFT;
  float soft = 1 - (float)fmin(exp(knobs->at[IMAGE_TEXTURE]), 1); /* chroma blurs, too */
#pragma omp simd
  for (size_t k = 0; k < n; k++) {
    float l = centre + scale * (detailed[k] - centre);
    l = l < 0 ? 0 : l;
    l = l > 100 ? 100 : l;
    out_l[k] = shift_level(l, pull);
    out_a[k] = chroma * (base_a[k] + soft * (blurred_a[k] - base_a[k]));
    out_b[k] = chroma * (base_b[k] + soft * (blurred_b[k] - base_b[k]) + shift);
  }
}

struct measure canvas_finish(struct canvas *canvas, struct picture *out)
{
  lab_to_rgb(&canvas->edited, out->rgb);
  return measure_picture(out);
}
