/* lab.h - sRGB and CIE Lab (D65), both ways
 *
 * In Lab equal distances look about equally different, which is what "a person can tell
 * them apart" is measured in (METHOD 3.2 for the constants). Planes are separate arrays,
 * so that the loops over them vectorise.
 * SPDX-License-Identifier: MIT */
#ifndef MEDIA_LAB_H
#define MEDIA_LAB_H

#include <stddef.h>

#include "media/picture.h"

/* Three planes of n floats in one block: L, a, b. */
struct lab {
  size_t n;
  float *L, *a, *b; /* L owns the block */
};

struct lab lab_new(size_t n);
void lab_free(struct lab *lab);
struct lab lab_of(const struct picture *picture);
/* The same into planes that are there, lab->n = width * height. */
void lab_fill(struct lab *lab, const uint8_t *rgb);
/* What lies outside the gamut of sRGB loses chroma, not lightness, until it is inside. */
void lab_clip(struct lab *lab);
/* Planes to 8-bit pixels; clips as lab_clip does. */
void lab_to_rgb(const struct lab *lab, uint8_t *rgb);
/* Mean CIE76 distance of two sets of planes of one size. */
double lab_difference(const struct lab *p, const struct lab *q);

#endif
