/* synonyms.h - words that mean the same of an item (METHOD C3, C6)
 * SPDX-License-Identifier: MIT */
#ifndef GEN_SYNONYMS_H
#define GEN_SYNONYMS_H

#include <stdbool.h>

/* Are these two values in one set of synonyms? Case and final punctuation do not count. */
bool are_synonyms(const char *a, const char *b);
/* Does the text mention the value or a synonym of it? */
bool mentions_value(const char *text, const char *value);

#endif
