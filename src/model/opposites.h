/* opposites.h - which negative of an item the module sees: generated ones, or a control's
 *
 * An item has none, one or several generated negatives; a step draws one of them, by the
 * step's seed and the item alone. An item without any has x- := x. A control keeps the counts
 * and changes what they are: those of another item, noise of the same length, or with one
 * modality put back.
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_OPPOSITES_H
#define MODEL_OPPOSITES_H

#include "model/gather.h"

#define OPPOSITES_KINDS "generated|swapped|noise|text-only|image-only"
enum opposites_kind {
  OPPOSITES_GENERATED,
  OPPOSITES_SWAPPED,    /* of the next item in a random order */
  OPPOSITES_NOISE,      /* x- := x + noise as long as the generated displacement */
  OPPOSITES_TEXT_ONLY,  /* the image as it was */
  OPPOSITES_IMAGE_ONLY, /* the text as it was */
};

struct opposites {
  const struct features *features;
  enum opposites_kind kind;
  int put_back;             /* a modality that is seen as it was; -1: none */
  int32_t *donor;           /* swapped: [items] whose negatives an item takes */
  real *noise[MODALITIES], *noise_more[MODALITIES]; /* in the places of x_neg and more */
  int32_t *which;           /* [items] the negative that is seen; 0: the newest */
  real *shift[MODALITIES];  /* [width] taken off every negative; NULL: nothing */
  const real **row[MODALITIES];     /* [room] */
  real *moved[MODALITIES];  /* [room, width] rows less their shift */
  int64_t room;
};

void opposites_init(struct opposites *opposites, const struct features *features);
void opposites_free(struct opposites *opposites);
/* seed: of what is random in a control. */
void opposites_choose(struct opposites *opposites, enum opposites_kind kind, uint64_t seed);
/* Take the mean displacement, weighted by item_count [items], off every negative: otherwise one fixed
 * direction tells what is generated from what is real (METHOD 5.10). */
void opposites_centre(struct opposites *opposites, const int32_t *item_count);
/* How many an item has; 0: none, x- := x. */
int32_t opposites_count(const struct opposites *opposites, int32_t item);
/* Which negative of which item is seen for this one; *place: 0 is the newest. */
int32_t opposites_seen(const struct opposites *opposites, int32_t item, int32_t *place);
/* The modalities that are intervened on, as bits. */
unsigned opposites_moved(const struct opposites *opposites);
/* See one of each item's, drawn by the seed; or the one at this place, the last where there are not
 * so many. */
void opposites_draw(struct opposites *opposites, uint64_t seed);
void opposites_fix(struct opposites *opposites, int32_t place);
/* The rows that are seen, of the items that `gather` took: x_neg[m] [count, width]. Valid until the
 * next call. */
void opposites_take(struct opposites *opposites, const struct gather *gather,
                    struct rows x_neg[MODALITIES]);

#endif
