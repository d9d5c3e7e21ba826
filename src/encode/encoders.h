/* encoders.h - the inside of struct encoders, for the files that make and save one
 * SPDX-License-Identifier: MIT */
#ifndef ENCODE_ENCODERS_H
#define ENCODE_ENCODERS_H

#include "base/hash.h"
#include "encode/features.h"
#include "encode/image_encoder.h"
#include "encode/text_encoder.h"

/* One modality: how it is encoded, and the rows of all items. */
struct encoded {
  char inputs[SHA256_HEX]; /* hash of what it was made from */
  int dim;
  float *rows;             /* [items, dim] divided by rms */
  uint8_t *present;        /* [items] */
  double rms, unit;        /* of the originals; displacement of a random swap */
};

struct encoders {
  int64_t item_count;
  struct encoded side[MODALITIES];
  struct text_encoder text;
  struct image_encoder image; /* dim 0: the catalogue has no picture */
  bool is_rotated; /* the texts are: text_encoder_rotate */
  bool is_saved;
  struct err save_error;
};

/* The hash of what each modality is made from; is_rotated: see struct encoders. */
void encoders_inputs(const struct item *const *items, int64_t count, enum modality modality,
                     bool is_rotated, char hex[SHA256_HEX]);
/* What features_rotate_texts chose. */
bool encoders_are_rotated(struct store *store);
/* Saved encoders of these inputs, into side and text or image; false when there are none. */
bool encoders_load(struct store *store, enum modality modality, struct encoders *encoders);
bool encoders_save(struct store *store, enum modality modality, const struct encoders *encoders,
                   struct err *err);
/* Divide rows [count, dim] by the RMS of those present; fills rms and unit. */
void encoded_scale(struct encoded *side, int64_t count);

#endif
