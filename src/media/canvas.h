/* canvas.h - the pixel operations of an edit, on the Lab planes of an original
 *
 * Six parameters make the edited planes from the original ones: a turn of hue, and five
 * knobs, one for each scalar (METHOD 2.5). Brightness and contrast are levels of L: scaled
 * about its mean, then shifted on the logistic scale, which is a gamma that also moves
 * black and white. Warmth shifts b, saturation scales chroma, texture blurs or sharpens.
 * All knobs 0 and no turn: the original.
 * SPDX-License-Identifier: MIT */
#ifndef MEDIA_CANVAS_H
#define MEDIA_CANVAS_H

#include "media/lab.h"
#include "media/measure.h"

enum { KNOB_SHIFT = 20, LEVEL_BINS = 512 };

struct knobs {
  /* By scalar: logistic shift of L, ln scale of L, shift of b in units of KNOB_SHIFT (so that all
   * move about as much), ln scale of chroma after that, ln scale of detail. */
  double at[IMAGE_SCALARS];
  double sigma; /* what counts as detail: below this many 128ths of a side */
};

/* From one class of IMAGE_COLOR to another; from == to: no turn. */
struct recolor {
  int from, to;
  double depth; /* 0..1: across the target family, or how strong a tint, or how grey */
  double reach; /* degrees beyond the family that turn with it, less and less */
  double boost; /* of the chroma of what turned; 1: none */
};

struct canvas {
  int width, height;
  double sigma_x, sigma_y; /* pixels of a 128th of a side */
  struct lab original, edited;
  struct lab base;         /* the original, with the chroma of `recoloured` while it is that */
  struct lab recoloured;   /* room for chroma; its L is scratch */
  struct lab blurred;      /* base without its detail */
  double blurred_sigma, blurred_chroma_sigma; /* of blurred; 0: to be made */
  bool blurs_chroma;
  float *detailed;         /* base.L with its detail scaled, by this sigma and knob */
  double detailed_sigma, detailed_knob;
  float levels[LEVEL_BINS]; /* histogram of detailed, sum 1 */
};

struct canvas canvas_new(const struct picture *picture);
/* The 128 x 128 picture that is measured, with detail of the shape that it has in the picture. */
struct canvas canvas_small(const struct picture *picture);
/* Begin an edit, with the original as base. A blur is of L, and of chroma, too, when `blurs_chroma`:
 * such an edit may not recolour. */
void canvas_begin(struct canvas *canvas, bool blurs_chroma);
void canvas_free(struct canvas *canvas);
/* Make base from original. */
void canvas_recolor(struct canvas *canvas, const struct recolor *recolor);
/* Make detailed and levels from base, by the knob of texture and sigma. */
void canvas_detail(struct canvas *canvas, const struct knobs *knobs);
void canvas_levels(const struct canvas *canvas, double *mean, double *spread);
/* Find the knobs of brightness and contrast that give detailed this mean and spread, as nearly as
 * they can. */
void canvas_level(const struct canvas *canvas, double mean, double spread, struct knobs *knobs);
/* Make edited from detailed and base, by the other knobs. */
void canvas_apply(struct canvas *canvas, const struct knobs *knobs);
/* Edited as 8-bit pixels, and what they measure. */
struct measure canvas_finish(struct canvas *canvas, struct picture *out);

#endif
