/* given.h - vectors from elsewhere that stand in for a built-in encoder
 * SPDX-License-Identifier: MIT */
#ifndef ENCODE_GIVEN_H
#define ENCODE_GIVEN_H

#include "base/intern.h"
#include "encode/features.h"

/* Vectors of one modality, read and found to fit the items. */
struct given;

/* The keys of a catalogue in its order, behind those that are there. */
bool given_keys(struct store *store, struct intern *keys, struct err *err);
/* The list of ids beside FILE.npy: FILE.ids or items.ids. NULL when there is none; the caller frees. */
char *given_ids_beside(const char *path);
/* Read what features_import takes, for the items of these keys. NULL on failure. */
struct given *given_read(enum modality modality, const char *path, const char *ids_path,
                         const char *negatives_path, const struct intern *keys, struct err *err);
/* Into the features of a workspace, whose items are those that it was read for. */
bool given_write(struct store *store, const struct given *given, struct err *err);
void given_free(struct given *given); /* NULL is fine */
/* Rows that were read, the items that they are for, and their columns. */
int64_t given_rows(const struct given *given);
int64_t given_items(const struct given *given);
int given_columns(const struct given *given);

/* Put the given vectors of a modality, if there are any, in the place of the built-in ones.
 * EX_DATAERR when the items are others than they were given for. */
bool given_replace(struct store *store, enum modality modality, struct features *features,
                   struct err *err);

#endif
