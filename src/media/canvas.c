/* canvas.c - see canvas.h
 * SPDX-License-Identifier: MIT */
#include "media/canvas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "media/hue.h"

enum { CURVE = 1024 }; /* steps of the tabulated gamma */

struct canvas canvas_new(const struct picture *picture)
{
  struct canvas canvas = {.width = picture->width, .height = picture->height};
  canvas.original = lab_of(picture);
  canvas.base = lab_new(canvas.original.n);
  canvas.edited = lab_new(canvas.original.n);
  canvas.blurred = mem_aligned(canvas.original.n, sizeof *canvas.blurred);
  memcpy(canvas.base.L, canvas.original.L, 3 * canvas.original.n * sizeof(float));
  return canvas;
}

void canvas_free(struct canvas *canvas)
{
  lab_free(&canvas->original);
  lab_free(&canvas->base);
  lab_free(&canvas->edited);
  free(canvas->blurred);
}

/* Degrees from one angle to another, the short way: -180..180. */
static float turn_to(float from, float to)
{
  float turn = fmodf(to - from + 540, 360) - 180;
  return turn < -180 ? turn + 360 : turn;
}

/* Turn the hues of a family: its middle goes to `to`, its spread is squeezed by `squeeze`. */
static void turn_family(struct lab *lab, const struct recolor *recolor, float to, float squeeze)
{
  float centre = hue_centre(recolor->from), half = hue_width(recolor->from) / 2;
  float reach = (float)recolor->reach + 1e-3f;
  for (size_t k = 0; k < lab->n; k++) {
    float a = lab->a[k], b = lab->b[k], chroma = sqrtf(a * a + b * b);
    if (chroma < 1)
      continue;
    float angle = hue_angle(a, b), off = turn_to(centre, angle), beyond = fabsf(off) - half;
    if (beyond >= reach)
      continue;
    float share = beyond <= 0 ? 1 : 1 - beyond / reach;
    float turned = to + off * squeeze;
    float hue = (angle + share * turn_to(angle, turned)) * (float)(3.14159265358979 / 180);
    lab->a[k] = chroma * cosf(hue);
    lab->b[k] = chroma * sinf(hue);
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
  memcpy(canvas->base.L, canvas->original.L, 3 * canvas->original.n * sizeof(float));
  canvas->blurred_sigma = 0;
  if (recolor->from == recolor->to)
    return;
  struct lab *base = &canvas->base;
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
    tint(base, hue_centre(recolor->to), 16 + 24 * (float)recolor->depth);
    return;
  }
  /* Enter the target family from the nearer side; deeper is farther through it. */
  float centre = hue_centre(recolor->to);
  float side = turn_to(hue_centre(recolor->from), centre) > 0 ? 1 : -1;
  float to = centre + side * width * 0.3f * ((float)recolor->depth - 0.5f);
  turn_family(base, recolor, to, fminf(1, 0.6f * width / hue_width(recolor->from)));
}

/* One direction of a Gaussian blur: `lines` lines, line_step apart, of `length` values, step
 * apart; borders replicated. */
static void blur_lines(const float *from, float *to, int lines, int line_step, int length, int step,
                       const float *kernel, int radius)
{
  for (int line = 0; line < lines; line++) {
    const float *in = from + (size_t)line * (size_t)line_step;
    float *out = to + (size_t)line * (size_t)line_step;
    for (int x = 0; x < length; x++) {
      float sum = 0;
      for (int k = -radius; k <= radius; k++) {
        int at = x + k < 0 ? 0 : x + k >= length ? length - 1 : x + k;
        sum += kernel[k + radius] * in[(size_t)at * (size_t)step];
      }
      out[(size_t)x * (size_t)step] = sum;
    }
  }
}

/* Keep base.L blurred; sigma is in 128ths of the sides' geometric mean. */
static void blur(struct canvas *canvas, double sigma)
{
  if (canvas->blurred_sigma == sigma)
    return;
  canvas->blurred_sigma = sigma;
  double pixels = sigma * sqrt((double)canvas->width * canvas->height) / MEASURE_SIDE;
  int radius = (int)ceil(2.5 * pixels);
  float *kernel = mem_alloc((size_t)(2 * radius + 1) * sizeof *kernel), sum = 0;
  for (int k = -radius; k <= radius; k++)
    sum += kernel[k + radius] = (float)exp(-k * k / (2 * pixels * pixels));
  for (int k = 0; k <= 2 * radius; k++)
    kernel[k] /= sum;
  float *half = mem_alloc(canvas->base.n * sizeof *half);
  int w = canvas->width, h = canvas->height;
  blur_lines(canvas->base.L, half, h, w, w, 1, kernel, radius);
  blur_lines(half, canvas->blurred, w, 1, h, w, kernel, radius);
  free(half);
  free(kernel);
}

void canvas_apply(struct canvas *canvas, const struct knobs *knobs)
{
  const struct lab *base = &canvas->base;
  struct lab *edited = &canvas->edited;
  float curve[CURVE + 2];
  double gamma = exp(knobs->at[IMAGE_BRIGHTNESS]), mean = 0;
  blur(canvas, knobs->sigma);
  for (int k = 0; k < CURVE + 2; k++)
    curve[k] = (float)(100 * pow((double)k / CURVE, gamma));
  for (size_t k = 0; k < base->n; k++)
    mean += base->L[k];
  float centre = (float)(mean / (double)base->n), scale = (float)exp(knobs->at[IMAGE_CONTRAST]);
  float detail = (float)exp(knobs->at[IMAGE_TEXTURE]);
  float chroma = (float)exp(knobs->at[IMAGE_SATURATION]);
  float shift = (float)knobs->at[IMAGE_WARMTH] * KNOB_SHIFT;
  for (size_t k = 0; k < base->n; k++) {
    float l = canvas->blurred[k] + detail * (base->L[k] - canvas->blurred[k]);
    l = centre + scale * (l - centre);
    l = fminf(fmaxf(l, 0), 100) * (CURVE / 100.0f);
    int at = (int)l;
    edited->L[k] = curve[at] + (l - (float)at) * (curve[at + 1] - curve[at]);
    edited->a[k] = base->a[k] * chroma;
    edited->b[k] = base->b[k] * chroma + shift;
  }
}
