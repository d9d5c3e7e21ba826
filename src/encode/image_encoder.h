/* image_encoder.h - a picture becomes 128 numbers: statistics of pixels and PCA (METHOD 3.2)
 *
 * Colours (Lab and HSV histograms), edges (HOG) and small patterns (LBP) of the picture at
 * 128 x 128 are 656 numbers; standardised over the catalogue and rotated to the 128
 * directions of most variance. Negatives reuse the catalogue's mean, spread and rotation.
 * SPDX-License-Identifier: MIT */
#ifndef ENCODE_IMAGE_ENCODER_H
#define ENCODE_IMAGE_ENCODER_H

#include <stdint.h>

#include "base/err.h"
#include "media/picture.h"

enum {
  IMAGE_LAB = 256,
  IMAGE_HSV = 20,
  IMAGE_HOG = 144,
  IMAGE_LBP = 236,
  IMAGE_STATISTICS = IMAGE_LAB + IMAGE_HSV + IMAGE_HOG + IMAGE_LBP,
  IMAGE_DIM = 128,
};

/* The statistics of a picture, out [IMAGE_STATISTICS]. Safe from several threads. */
void image_statistics(const struct picture *picture, float *out);
/* The same of the planes of a 128 x 128 picture. */
struct lab;
void image_statistics_of_planes(const struct lab *lab, float *out);
/* Its parts: hue in degrees, saturation and value in 0..1; the pattern of each pixel of a 128 x 128
 * plane, a bit for each of its 8 neighbours clockwise from the upper left; and a pattern's bin. */
void image_hsv(const uint8_t rgb[3], float hsv[3]);
void image_patterns(const float *l, uint8_t *out);
int image_lbp_bin(unsigned code);

struct image_encoder {
  int dim;                         /* IMAGE_DIM, or fewer when there are fewer pictures */
  float mean[IMAGE_STATISTICS];
  float scale[IMAGE_STATISTICS];   /* 1 / sd; 0 where sd < 1e-8 */
  float *rotation;                 /* [dim, IMAGE_STATISTICS] rows are directions */
};

/* Fit on statistics [count, IMAGE_STATISTICS] of the catalogue's pictures. */
bool image_encoder_fit(const float *statistics, int64_t count, struct image_encoder *out,
                       struct err *err);
void image_encoder_free(struct image_encoder *encoder);
/* out [dim] of the statistics of one picture. */
void image_encode(const struct image_encoder *encoder, const float *statistics, float *out);

#endif
