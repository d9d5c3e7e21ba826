/* versions.h - what came of a comparison: rates and means of both sides, and what may be chance
 *
 * A side of an item is valid when all checks of its candidate passed; one that never came to a candidate is
 * not. A check is compared over the items where both sides came to it, a mean over those where both
 * sides know it; times only where both were really asked. Rates by McNemar's exact test, means by
 * sign flips (paired.h); the p of a row is its own, not corrected for the number of rows.
 * SPDX-License-Identifier: MIT */
#ifndef EVAL_VERSIONS_H
#define EVAL_VERSIONS_H

#include "prompt/template.h"
#include "store/store.h"

struct versions_row {
  char *name;       /* "valid", "check NAME", "balance", "reply characters", ... */
  bool is_rate;
  int pairs;
  double mean[2];   /* rates in [0, 1]; NAN without pairs */
  int only[2];      /* of a rate: items that passed on this side alone */
  double p;         /* NAN without pairs */
};

struct versions_pair {
  char *item;
  int64_t trial[2];  /* the run of the compared template */
  bool is_valid[2];
  char *why[2];      /* why it is not, or NULL */
  bool differs;      /* in validity, or in a check */
};

struct versions {
  struct versions_row *rows;
  struct versions_pair *pairs; /* those that differ first */
  int row_count, row_room, pair_count, pair_room;
  char *version[2], *model[2]; /* hash and model of each side; NULL: there is no run yet */
};

bool versions_read(struct store *store, int64_t comparison, enum template_index index,
                   struct versions *out, struct err *err);
void versions_free(struct versions *versions);

#endif
