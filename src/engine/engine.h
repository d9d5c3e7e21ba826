/* engine.h - the offline engine: the three templates answered without a model (METHOD 2.5)
 *
 * Deterministic for a seed; it says what it is. It is handed the template's name, the
 * item and the replies so far, and answers with the same JSON text, through the same
 * parser and checks, as a model does. The wording of a prompt is not read.
 *
 * The catalogue's statistics (counts, profiles of values, plausibility, couplings,
 * encoders) are computed once and kept in the workspace's features/ under a hash of
 * their inputs; opening with a warm cache takes tens of milliseconds.
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "media/easel.h"
#include "store/item.h"

struct engine;

/* What a negative changes. TOP: what the item's users share most, into values that they share less. TURNS:
 * one key of the text and one of the picture, the next ones with the next seed, into any value that is
 * plausible, whatever the users' taste: as an experiment would assign it. */
enum engine_keys { ENGINE_TOP, ENGINE_TURNS };

struct engine *engine_open(struct store *store, enum engine_keys keys, struct err *err);
void engine_close(struct engine *engine);

/* Answer template "describe", "mask" or "complete" for an item.
 *   easel     its picture, or NULL when it has none that can be read
 *   replies   the JSON texts of the templates before it: [0] describe, [1] mask; NULL when not run
 *   seed      mixed with the item's key: the answer depends on neither order nor jobs
 *   attempt   0, 1, 2: the pipeline asks again when checks failed (other keys, other values)
 * Returns the JSON text (METHOD 2.1, T1..T3; T3 has also "strength" of the picture's edit; T2 the evidence
 * h, p, lift of each key; T3 "entailed" and "kept_mentions"); the caller frees. NULL with an error when
 * the item gives nothing to work with ("has no attribute that could be masked"). */
char *engine_answer(struct engine *engine, const char *template_name, const struct item *item,
                    struct easel *easel, const char *const replies[2], uint64_t seed, int attempt,
                    struct err *err);

#endif
