/* keys.h - the reply schema of complete, for the very keys that were masked
 *
 * The template's schema cannot know them, and leaves the members of "values" open. A server that holds
 * schemas then lets a model invent keys, or leave some out: so they are named in what is sent.
 * SPDX-License-Identifier: MIT */
#ifndef PROMPT_KEYS_H
#define PROMPT_KEYS_H

#include "prompt/reply.h"

/* The schema with exactly these members of "values", each a text, all required; a schema of another shape is
 * returned as it is. The caller frees. */
char *schema_with_keys(const char *schema, const struct reply_mask *mask);

#endif
