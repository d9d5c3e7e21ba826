/* interaction.h - who liked what, and how it is split
 * SPDX-License-Identifier: MIT */
#ifndef STORE_INTERACTION_H
#define STORE_INTERACTION_H

#include "store/store.h"

enum phase { PHASE_TRAIN, PHASE_VALID, PHASE_TEST, PHASES };

/* All interactions sorted by (user, source order). user: dense 0..; item: the id of struct item. */
struct interactions {
  int64_t count;
  int32_t user_count, item_count;
  int32_t *user, *item;
  float *value;  /* rating, or 1 */
  int64_t *time; /* 0 when unknown */
  int8_t *given; /* x_label 0 1 2 as enum phase, or -1 */
  int8_t *phase; /* by the catalogue's split (below), METHOD 1.2 */
};
/* The split (kind random|time|given, seed, fractions) is kept with the catalogue by import and
 * applied here, so that everything that asks sees the same. phase -1: dropped (valid or test row of
 * a user without a training row, or a pair that occurs in an earlier phase). */
bool interactions_load(struct store *store, struct interactions *out, struct err *err);
void interactions_free(struct interactions *interactions);
/* The pure rule, METHOD 1.2: n interactions of one user in the order given -> phase of each. */
void split_user(int64_t n, int8_t *phase);

/* User keys by dense number; the caller frees each and the array. */
char **user_keys(struct store *store, int32_t *count, struct err *err);

#endif
