/* features.h - the vectors of a catalogue and of its negatives, per modality
 *
 * Every item has a vector per modality, and so has its negative, made by the same encoder:
 * their difference is the effect of the intervention, so a gap between encoders must not
 * be in it (METHOD 2.1). Rows are divided by the RMS of the originals (METHOD 3.4);
 * balance and training see the same rows.
 *
 * The built-in encoders are fitted once and kept in the workspace's features/ as .npy with
 * a JSON card each (encoder, shape, hash of the inputs); they are used again while the hash
 * agrees. Vectors from elsewhere (.npy) stand in for one modality of the trainer; what is
 * generated is always measured by the built-in ones.
 * SPDX-License-Identifier: MIT */
#ifndef ENCODE_FEATURES_H
#define ENCODE_FEATURES_H

#include "media/picture.h"
#include "store/item.h"

/* The fitted built-in encoders with the rows of all items. Read-only once it is open: several
 * threads may use one. */
struct encoders;

/* Load them, or fit and save them (it needs all documents and pictures; a picture that cannot be
 * read is a missing modality). NULL with an error when the catalogue is empty. */
struct encoders *encoders_open(struct store *store, struct err *err);
void encoders_free(struct encoders *encoders); /* NULL is fine */
/* They are in features/ (written now or before); false with the error that kept them from it. */
bool encoders_saved(const struct encoders *encoders, struct err *err);
int encoders_dim(const struct encoders *encoders, enum modality modality);
/* The row [dim] of an item, or NULL when the modality is missing. */
const float *encoders_row(const struct encoders *encoders, enum modality modality, int64_t item);
/* Encode one side of a candidate, scaled as the rows are: out [dim]. */
void encoders_text(const struct encoders *encoders, const char *document, float *out);
void encoders_picture(const struct encoders *encoders, const struct picture *picture, float *out);
/* The same of the planes of a 128 x 128 picture (lab.h). */
struct lab;
void encoders_planes(const struct encoders *encoders, const struct lab *lab, float *out);

/* How far a negative moved (METHOD 2.3); NAN where not defined. */
struct displacement {
  double raw[MODALITIES], calibrated[MODALITIES];
  double balance_raw, balance; /* balance: of the calibrated ones */
};
/* Displacement of an item by vectors of its negative; NULL: that modality is missing. */
void encoders_displacement(const struct encoders *encoders, int64_t item,
                           const float *const negative[MODALITIES], struct displacement *out);
/* A picture that is changed in words only is measured by its two descriptions, both through the text
 * encoder: fills in its part of *out. Without one of them it has none. */
void encoders_displacement_in_words(const struct encoders *encoders, const char *original,
                                    const char *negative, struct displacement *out);

/* What the trainer takes: originals and negatives, one row per item in import order. */
struct features {
  int64_t item_count;
  int modality_count; /* MODALITIES */
  int dim[MODALITIES];
  float *x[MODALITIES];         /* [item_count, dim], zero where not present */
  float *x_neg[MODALITIES];     /* [item_count, dim]; equal to x where that modality did not move */
  uint8_t *present[MODALITIES]; /* [item_count] */
  uint8_t *has_negative;        /* [item_count]: a valid one that was not rejected */
  int64_t negative_count;       /* items that have one */
  /* x_neg is of an item's newest negative. Those before it, newest first, are rows
   * more_start[i] .. more_start[i + 1] - 1 of more. */
  int64_t *more_start;          /* [item_count + 1] */
  float *more[MODALITIES];      /* [more_start[item_count], dim] */
  double unit[MODALITIES];      /* mean displacement of a swap to a random item */
  char *source[MODALITIES];     /* "builtin" or the name of the file */
};

/* How many negatives of an item are used when nobody says. */
#define FEATURES_CANDIDATES 4
/* Encodes what is new (negatives are cached by id), loads the rest. At most `most` negatives of an
 * item, from 1; the rest of its candidates are not looked at. */
bool features_load_training(struct store *store, int most, struct features *out, struct err *err);
void features_free(struct features *features);

/* Keep vectors from elsewhere for one modality: rows in item order, or named by `ids_path` (a key
 * a line); negatives_path may be NULL: then that modality never moves. EX_DATAERR when rows and
 * items differ. */
bool features_import(struct store *store, enum modality modality, const char *path,
                     const char *ids_path, const char *negatives_path, struct err *err);
/* From now on the built-in encoder of texts ends in a truncated SVD of the catalogue's texts (true), or in
 * a random projection as at first. What was measured of negatives before stays as it was. */
bool features_rotate_texts(struct store *store, bool is_rotated, struct err *err);
/* Back to the built-in encoder. Were there any given vectors? */
bool features_forget(struct store *store, enum modality modality);

#endif
