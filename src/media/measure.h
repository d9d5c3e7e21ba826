/* measure.h - what can be said of a picture without understanding it (METHOD 2.5)
 *
 * Five scalars, decorrelated on purpose, each in three classes whose borders are
 * the terciles of the catalogue; the hue family of the chromatic pixels; and where
 * the picture's weight lies. One table of image keys feeds the describe template,
 * the compare view, the pixel editor and the manual.
 * SPDX-License-Identifier: MIT */
#ifndef MEDIA_MEASURE_H
#define MEDIA_MEASURE_H

#include "media/picture.h"

/* The image keys. The first five are scalars with three classes (low|middle|high). Class names of
 * one key share no token. `entails`: what may follow a change of this key (METHOD 2.5). */
enum image_key {
  IMAGE_BRIGHTNESS,
  IMAGE_CONTRAST,
  IMAGE_WARMTH,
  IMAGE_SATURATION,
  IMAGE_TEXTURE,
  IMAGE_COLOR,
  IMAGE_COMPOSITION,
  IMAGE_KEYS
};
enum { IMAGE_SCALARS = 5, IMAGE_CLASSES_MAX = 16, MEASURE_SIDE = 128 };

struct image_key_row {
  const char *name;                        /* "brightness" */
  int class_count;
  const char *classes[IMAGE_CLASSES_MAX];  /* "dark", "medium", "bright" */
  unsigned entails;                        /* bits of image keys that may follow */
  bool can_edit;                           /* the pixel editor draws it */
  const char *measured_as;                 /* evidence: "mean L" */
};
extern const struct image_key_row image_keys[IMAGE_KEYS];

struct measure {
  float scalar[IMAGE_SCALARS]; /* mean L, sd L, sum b/sum chroma, mean chroma, mean |lap L|/sd L */
  float chromatic_share;       /* share of pixels with chroma >= 8 and 15 < L < 95 */
  int32_t color, composition;  /* classes */
};

/* The tercile borders of a catalogue: scalar < low is class 0, < high class 1, else 2. */
struct borders {
  float low[IMAGE_SCALARS], high[IMAGE_SCALARS];
};

/* Measure a picture (it is resized to 128 x 128 first, unless it is that already). */
struct measure measure_picture(const struct picture *picture);
/* The same of the planes of a 128 x 128 picture (lab.h); the scalars alone, and the colour. */
struct lab;
struct measure measure_lab(const struct lab *lab);
void measure_scalars(const struct lab *lab, float scalar[IMAGE_SCALARS]);
void measure_color(const struct lab *lab, struct measure *measure);
struct borders borders_fit(const struct measure *measures, size_t count);
int measure_class(const struct measure *measure, const struct borders *borders, enum image_key key);
/* -1 when the key has no such class. */
int image_class_named(enum image_key key, const char *value);
int image_key_named(const char *name);

#endif
