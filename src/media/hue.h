/* hue.h - families of hue: what a person calls a colour
 *
 * A chromatic pixel belongs to the family that its Lab hue angle falls into; the colour of
 * a picture is the family that most of its chroma lies in. Families are at least 30 degrees
 * wide or apart, so that two of them are told apart at any chroma that is seen as a colour.
 * SPDX-License-Identifier: MIT */
#ifndef MEDIA_HUE_H
#define MEDIA_HUE_H

#include <math.h>
#include <stdbool.h>

enum { HUE_FAMILIES = 9, HUE_MONOCHROME = HUE_FAMILIES };

/* Degrees in [0, 360) where each family begins; the next one's beginning ends it. */
extern const float hue_begins[HUE_FAMILIES];

float hue_angle(float a, float b); /* degrees in [0, 360) */
int hue_family(float degrees);
float hue_width(int family);
float hue_centre(int family);
/* A place around the circle, 0..4, that grows with the angle of (a, b) and needs no arc tangent. */
static inline float circle_place(float a, float b)
{
  float t = b / (fabsf(a) + fabsf(b) + 1e-20f);
  return a < 0 ? 2 - t : b < 0 ? 4 + t : t;
}

/* The degrees of a place, by a table: within 1e-4 of the arc tangent's. */
enum { CIRCLE_STEPS = 1024 };
const float *circle_table(void); /* [CIRCLE_STEPS + 2] */
static inline float circle_degrees(const float *table, float place)
{
  float at = place * (CIRCLE_STEPS / 4);
  int step = (int)at;
  return table[step] + (at - (float)step) * (table[step + 1] - table[step]);
}

/* Is a pixel seen as coloured (METHOD 2.5)? */
static inline bool is_chromatic(float lightness, float chroma)
{
  return (chroma >= 8) & (lightness > 15) & (lightness < 95); /* no branch: loops vectorise */
}

#endif
