/* hue.h - families of hue: what a person calls a colour
 *
 * A chromatic pixel belongs to the family that its Lab hue angle falls into; the colour of
 * a picture is the family that most of its chroma lies in. Families are at least 30 degrees
 * wide or apart, so that two of them are told apart at any chroma that is seen as a colour.
 * SPDX-License-Identifier: MIT */
#ifndef MEDIA_HUE_H
#define MEDIA_HUE_H

#include <stdbool.h>

enum { HUE_FAMILIES = 9, HUE_MONOCHROME = HUE_FAMILIES };

/* Degrees in [0, 360) where each family begins; the next one's beginning ends it. */
extern const float hue_begins[HUE_FAMILIES];

float hue_angle(float a, float b); /* degrees in [0, 360) */
int hue_family(float degrees);
float hue_width(int family);
float hue_centre(int family);
/* Is a pixel seen as coloured (METHOD 2.5)? */
static inline bool is_chromatic(float lightness, float chroma)
{
  return chroma >= 8 && lightness > 15 && lightness < 95;
}

#endif
