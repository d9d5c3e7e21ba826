/* price.h - what a model's tokens cost, from the settings file
 *
 *   [price gpt-4o-mini]
 *   input = 0.15
 *   output = 0.60
 *
 * for a million tokens, in whatever money the reader of the figures has in mind.
 * SPDX-License-Identifier: MIT */
#ifndef CLI_PRICE_H
#define CLI_PRICE_H

#include <stdbool.h>

#include "base/err.h"

struct price {
  char *model;
  double input, output;
};

struct prices {
  struct price *rows;
  int count, room;
};

/* Is this section one of prices? Its model, else NULL. */
const char *price_section(const char *section);
/* A setting of such a section; EX_CONFIG. */
bool price_set(struct prices *prices, const char *model, const char *key, const char *value,
               struct err *err);
/* NULL when nothing is said of this model. */
const struct price *price_of(const struct prices *prices, const char *model);
void prices_free(struct prices *prices);

#endif
