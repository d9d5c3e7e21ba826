/* prose.h - where a mention of a value may be replaced in free text
 *
 * "A ceramic mug" may become "a glass mug"; "the horrors of war" must not become "the
 * comedies of war". Keys of things, looks and persons are replaced wherever they are
 * named; nations and languages only in a context of the list ("a French film", "set in
 * France"); any other key only where descriptions of the catalogue use to name its value.
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_PROSE_H
#define ENGINE_PROSE_H

#include "engine/statistics.h"
#include "text/mention.h"

enum prose_how { PROSE_NEVER, PROSE_THING, PROSE_PERSON, PROSE_NATION };

enum prose_how prose_how(const struct key *key);
/* Does a new value read well in the place of this mention? */
bool prose_reads_well(enum prose_how how, const char *text, struct span mention);

#endif
