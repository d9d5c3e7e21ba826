/* comparison.h - two versions of a template, or two models, over the same items
 *
 * Every item goes through the whole chain twice, once a side, with nothing kept as a candidate:
 * what became of the template compared and of those behind it is written down as trials of the
 * comparison (store/trial.h). The sides take turns at being first, and the templates before the
 * one compared are answered from the record when both sides ask the same.
 * SPDX-License-Identifier: MIT */
#ifndef GEN_COMPARISON_H
#define GEN_COMPARISON_H

#include "gen/trials.h"

struct comparison_side {
  struct prompt_text text; /* of the template; text NULL: the one in use */
  const char *model;       /* NULL: that of the options */
};

struct comparison_options {
  struct gen_options gen;
  enum template_index index; /* of the template compared */
  struct comparison_side sides[2];
  char *const *items;
  int count, jobs; /* jobs: items under way at once */
  uint64_t seed;
  int64_t id;
  bool (*is_cancelled)(void);
  void (*done)(void *user, const char *item, int done); /* both sides of an item are at their end */
  void *user;
};

/* False: it could not begin, or could not be kept; cancelled is no failure. */
bool comparison_run(struct store *store, const struct comparison_options *options, struct err *err);
/* A sample of the catalogue, the same for the same seed: the keys, at most `count`. The caller frees them and
 * the array; NULL on failure. */
char **comparison_sample(struct store *store, int count, uint64_t seed, int *taken, struct err *err);

#endif
