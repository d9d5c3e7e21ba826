/* canvas.h - the pixel operations of an edit, on the Lab planes of an original
 *
 * Six parameters make the edited planes from the original ones: a turn of hue, and five
 * knobs, one for each scalar (METHOD 2.5: gamma on L, scale of L about its mean, shift of
 * b, scale of chroma, blur or unsharp). All knobs 0 and no turn: the original.
 * SPDX-License-Identifier: MIT */
#ifndef MEDIA_CANVAS_H
#define MEDIA_CANVAS_H

#include "media/lab.h"
#include "media/measure.h"

enum { KNOB_SHIFT = 20 };

struct knobs {
  /* By scalar: ln gamma of L, ln scale of L, shift of b in units of KNOB_SHIFT (so that all move
   * about as much), ln scale of chroma, ln scale of detail. */
  double at[IMAGE_SCALARS];
  double sigma; /* what counts as detail: below this many 128ths of a side */
};

/* From one class of IMAGE_COLOR to another; from == to: no turn. */
struct recolor {
  int from, to;
  double depth; /* 0..1: across the target family, or how strong a tint, or how grey */
  double reach; /* degrees beyond the family that turn with it, less and less */
};

struct canvas {
  int width, height;
  struct lab original, base, edited; /* base: the original recoloured */
  float *blurred;                    /* base.L without its detail */
  double blurred_sigma;              /* of blurred; 0: to be made */
};

struct canvas canvas_new(const struct picture *picture);
void canvas_free(struct canvas *canvas);
/* Make base from original. */
void canvas_recolor(struct canvas *canvas, const struct recolor *recolor);
/* Make edited from base. */
void canvas_apply(struct canvas *canvas, const struct knobs *knobs);

#endif
