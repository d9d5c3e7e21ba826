/* fill.h - masked texts with values in their slots
 * SPDX-License-Identifier: MIT */
#ifndef GEN_FILL_H
#define GEN_FILL_H

#include "prompt/reply.h"
#include "store/negative.h"

bool has_any_slot(const char *masked);
bool has_slot(const char *masked, const char *key);
/* The negative text of a modality as it should be: the masked one with the new values in its slots, and what
 * is entailed changed as well. The caller frees. */
char *fill_expected(const struct negative *negative, enum modality modality,
                    const struct reply_complete *complete);

#endif
