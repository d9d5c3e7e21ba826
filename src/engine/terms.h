/* terms.h - words of free text as values, for catalogues whose items have no fields (METHOD 2.5)
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_TERMS_H
#define ENGINE_TERMS_H

#include "engine/statistics.h"

#define TERM_KEY "term"

struct terms;

/* Do most items have free text and nothing else to mask? */
bool terms_needed(struct item *const *items, int64_t count);
/* The terms of the free texts: neither rare nor everywhere. */
struct terms *terms_find(struct item *const *items, int64_t count);
void terms_free(struct terms *terms); /* NULL is fine */
/* The distinct terms of an item that has no field to mask; borrowed. */
const char *const *terms_of(const struct terms *terms, int64_t item, size_t *count);
/* For each value of the key: the TERM_NEAR values met in the most similar contexts (two words
 * before and after), nearest first, -1 where there are fewer. The caller frees. */
int32_t *terms_near(const struct terms *terms, const struct statistics *statistics, int key);

#endif
