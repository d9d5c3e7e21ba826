/* kept.h - is everything that was not to be changed still there, byte for byte?
 *
 * Two moments: masking may take away the words of the attribute and nothing else (METHOD
 * C2), completing may put new values there and nothing else (C4). Outside of the masks an
 * article may follow its noun (a, an), and a new value its place (number, capitals).
 * SPDX-License-Identifier: MIT */
#ifndef GEN_KEPT_H
#define GEN_KEPT_H

#include "prompt/reply.h"
#include "store/negative.h"

/* Did masking change nothing but the words of the attributes? Else why not, in words that follow "in the
 * text, ...": the caller frees. */
char *masking_changed(const struct side *side, enum modality modality,
                      const struct reply_mask *mask);
/* What a completed text differs in from the expected one, in words that follow "in the text, ...";
 * NULL when in nothing. The caller frees. */
char *completing_changed(const char *expected, const char *completed,
                         const struct reply_complete *complete);

#endif
