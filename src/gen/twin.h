/* twin.h - is a negative close to something that the item's users chose (METHOD C7)?
 * SPDX-License-Identifier: MIT */
#ifndef GEN_TWIN_H
#define GEN_TWIN_H

#include "encode/features.h"

struct twins;

struct twins *twins_open(struct store *store, const struct encoders *encoders, struct err *err);
void twins_free(struct twins *twins);
/* The greatest cosine of a negative's concatenated vectors (NULL: a missing modality) to those of another
 * item in a training history of the item's users; NAN when there is none. *who gets that item. */
double twins_nearest(const struct twins *twins, int64_t item, const float *const vectors[MODALITIES],
                     int64_t *who);

#endif
