/* given.h - vectors from elsewhere that stand in for a built-in encoder
 * SPDX-License-Identifier: MIT */
#ifndef ENCODE_GIVEN_H
#define ENCODE_GIVEN_H

#include "encode/features.h"

/* Put the given vectors of a modality, if there are any, in the place of the built-in ones.
 * EX_DATAERR when the items are others than they were given for. */
bool given_replace(struct store *store, enum modality modality, struct features *features,
                   struct err *err);

#endif
