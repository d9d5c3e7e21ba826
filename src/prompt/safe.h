/* safe.h - texts of a catalogue in the messages to a model, and back
 *
 * Chat formats mark turns with <|...|>, some with [INST] or <start_of_turn>; media markers are
 * <__media__>. A server takes them for what they mean wherever they stand, also in a title. A blank
 * behind the opening breaks them; a reply that quotes the text has it, too, and loses it again, so
 * that what was not masked is held to the byte.
 * SPDX-License-Identifier: MIT */
#ifndef PROMPT_SAFE_H
#define PROMPT_SAFE_H

#include "base/buf.h"
#include "base/json.h"

/* Add a text with its control tokens broken up. */
void prompt_safe_add(struct buf *out, const char *text);
/* A text from outside as it may stand in a message: clean, with its control tokens broken up. The
 * caller frees. */
char *prompt_safe(const char *text);
/* Make the control tokens of `original` (may be NULL) whole again in all texts of a reply. One that
 * the original does not have stays as the model wrote it. */
void prompt_restore(cJSON *reply, const char *original);

#endif
