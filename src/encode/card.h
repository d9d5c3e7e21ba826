/* card.h - what is known of a file of vectors: features/NAME.json beside NAME.npy
 *
 * A card is written after its matrices, so that what a card tells of is there and whole.
 * SPDX-License-Identifier: MIT */
#ifndef ENCODE_CARD_H
#define ENCODE_CARD_H

#include "base/json.h"
#include "encode/npy.h"
#include "store/store.h"

/* The path of features/NAME.EXTENSION; the caller frees. */
char *card_path(struct store *store, const char *name, const char *extension);
/* The card, if its "inputs" are `inputs` (NULL: any); else NULL. cJSON_Delete it. */
cJSON *card_read(struct store *store, const char *name, const char *inputs);
/* Deletes the card object. Makes features/ when it is missing. */
bool card_write(struct store *store, const char *name, cJSON *card, struct err *err);
/* A matrix of features/: of this shape (-1: any), or false. */
bool card_matrix(struct store *store, const char *name, int64_t rows, int64_t columns,
                 struct npy *out);
bool card_matrix_write(struct store *store, const char *name, const float *data, int64_t rows,
                       int64_t columns, struct err *err);
void card_remove(struct store *store, const char *name);

#endif
