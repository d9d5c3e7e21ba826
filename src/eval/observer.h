/* observer.h - what can be known of a user's likes at best, by one who knows the generator
 *
 * The generator of samples gives a user a like in each of four places, two of the picture and
 * two of the text, with weights. What he takes is on taste four times in five: an item in
 * proportion to its fame times the cube of the liked weight in it; else, by fame alone, one
 * that has nothing he likes. The observer knows all this, which values each place may have and
 * how often, and the training items of the user, and reckons P(u likes a | items) by Gibbs
 * sampling over the places. It looks at one user alone, as the lift does. Of the fame it
 * knows the counts of the catalogue. No method that sees the same can do better, but for
 * the likes that users share with their group.
 * SPDX-License-Identifier: MIT */
#ifndef EVAL_OBSERVER_H
#define EVAL_OBSERVER_H

#include "data/truth.h"

/* out [attributes]: for each, P(the user likes it). */
void observer_ask(const struct dataset *data, const struct truth *truth, int32_t user,
                  uint64_t seed, double *out);

#endif
