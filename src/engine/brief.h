/* brief.h - what a prompt may tell a model of users' histories and of other items' values
 *
 * The same numbers that the offline engine decides by, as lines of text.
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_BRIEF_H
#define ENGINE_BRIEF_H

#include "store/item.h"

struct brief;

/* Loads (or counts) the catalogue's statistics. */
struct brief *brief_open(struct store *store, struct err *err);
void brief_free(struct brief *brief); /* NULL is fine */
/* A line per attribute of the item, the highest lift first:
 * "genres: Crime  (31 % of its users' histories, 12 % overall, lift 2.6)". The caller frees. */
char *brief_evidence(struct brief *brief, const struct item *item);
/* A line per key: "genres: Drama, Comedy, ...", the values of other items, the most frequent first. The
 * caller frees. */
char *brief_candidates(const struct brief *brief, const struct item *item, const char *const *keys,
                       int key_count);

#endif
