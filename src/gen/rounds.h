/* rounds.h - asking a model again: what for, how often, and what came of it
 *
 * A repair round tells a model what was wrong with its reply; so it does when a candidate says what
 * another one of the item says already. A balance round follows when all checks passed and one
 * modality moved much farther than the other: the model is told how far each moved. What is better stands,
 * and a round that gains nothing is the last one.
 * The offline engine balances while it chooses, and tries other seeds instead.
 * SPDX-License-Identifier: MIT */
#ifndef GEN_ROUNDS_H
#define GEN_ROUNDS_H

#include "gen/gen_private.h"

/* Ask again because of `why`, while there are repair rounds left for this template. */
bool round_repair(struct gen *gen, struct chain *chain, const char *reply, const char *why);
/* The reply to complete passed the checks: is there something to gain by asking again? Then the chain is
 * ready for it, its candidate is remembered as the best so far, and *why says it. */
bool round_improve(struct gen *gen, struct chain *chain, struct err *why);
/* The answer to such a round was read, or could not be (is_valid false): the better candidate stands. */
void round_weigh(struct gen *gen, struct chain *chain, bool is_valid);

#endif
