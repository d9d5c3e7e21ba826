/* candidates.h - values that could stand in the place of another (METHOD 2.5, contrast)
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_CANDIDATES_H
#define ENGINE_CANDIDATES_H

#include "engine/taste.h"

enum { BESIDE_MAX = 64 };

struct candidate {
  int32_t value;
  const char *text;  /* what is written: the value's text, or a member of its class */
  double contrast;   /* 1 - cos of the profiles */
  double plausible;  /* beside what stays, 1 for the best candidate */
  double score;      /* what it is chosen by */
  bool is_less_shared; /* or any will do: among the item's users than the old value, by lift */
};

/* How often the values of a key stand beside a value, kept from one item to the next. */
struct beside_counts;
struct beside_counts *beside_counts_new(const struct statistics *statistics);
void beside_counts_free(struct beside_counts *counts); /* NULL is fine */

struct wish {
  const struct taste *taste; /* looks at the item */
  struct beside_counts *counts;
  int32_t old;               /* the value to be replaced */
  const char *old_text;
  const int32_t *own;        /* all values of the item */
  int own_count;
  const int32_t *beside;     /* values that stay, which the new one must fit */
  int beside_count;
  const float *prices;       /* [values], see prices.h; NULL: nothing costs */
  double year_from;          /* of FORM_YEAR: no earlier year is told of in the item's texts */
  uint64_t seed;             /* of the item and the attempt */
  bool is_any;               /* any value will do: by chance alone */
};

/* Candidates for the wish, best first; the caller frees. *count may be 0. */
struct candidate *candidates_find(const struct wish *wish, int *count);
/* Are these two texts of a key far enough apart to be a contrast (METHOD C3)? */
bool values_contrast(enum value_form form, const char *a, const char *b);
/* Geometric mean over `beside` of P(value | b), add-one smoothed, for every value of a key; out has
 * a number for each of its values. Values b of fewer than 5 items know too little and are left
 * out. */
void plausibility_of(struct beside_counts *counts, int key, const int32_t *beside, int beside_count,
                     double *out);

#endif
