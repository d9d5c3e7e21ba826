/* siblings.h - the other candidates of an item: a new one is to change something else
 *
 * Valid candidates of the same backend, model and templates, in the workspace or about to be saved;
 * stale ones are none. What they chose is told to a model (the field `taken`), and a candidate that chose
 * the same values for the same keys is doubted.
 * SPDX-License-Identifier: MIT */
#ifndef GEN_SIBLINGS_H
#define GEN_SIBLINGS_H

#include "gen/gen_private.h"

/* Look for them again. False when the workspace cannot be read. */
bool siblings_load(const struct gen *gen, struct chain *chain, struct err *err);
void siblings_free(struct chain *chain);
/* Lines "key: value, value" of what they have for the keys masked in this chain; "" when there is nothing. */
char *siblings_taken(const struct chain *chain);
/* Does one of them have the same new values? */
bool siblings_have(const struct chain *chain, const struct negative *negative);

#endif
