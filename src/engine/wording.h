/* wording.h - a new value put in the place of a mention: case, plural, article
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_WORDING_H
#define ENGINE_WORDING_H

#include <stdbool.h>

#include "base/buf.h"

/* The new value as it stands where `mention` of the value `old` stood: plural where the mention is
 * one, lower or upper case where the mention differs so from `old`. The caller frees. */
char *wording_fit(const char *mention, size_t mention_size, const char *old, const char *new_value);
/* English plural of the last word. The caller frees. */
char *wording_plural(const char *text);
/* Does "an" go before this text? */
bool wording_wants_an(const char *text);
/* `out` ends with the article "a " or "an ": make it the one that `next` wants. */
void wording_mend_article(struct buf *out, const char *next);

#endif
