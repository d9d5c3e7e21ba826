/* checks.h - when a negative is valid: the checks of METHOD 2.2, a row each
 * SPDX-License-Identifier: MIT */
#ifndef GEN_CHECKS_H
#define GEN_CHECKS_H

#include "media/edit.h"
#include "prompt/reply.h"
#include "store/negative.h"

/* All that a check may look at. */
struct check_input {
  const struct item *item;
  const struct negative *negative; /* sides and changes are filled in */
  const struct reply_mask *mask;
  const struct reply_complete *complete;
  bool is_present[MODALITIES];
  bool is_drawn;             /* the picture was edited: difference and kept are set */
  bool is_reached, is_rest_kept;
  double difference;         /* mean CIE76 of original and intervened picture */
  double twin_cosine;        /* to the nearest item of its users' histories; NAN: unknown */
  const char *twin;          /* its title, or NULL */
  bool is_repeated;          /* another candidate of the item has the same new values */
};

struct check_row {
  const char *name;
  bool is_flag;
  const char *help; /* the condition, in one sentence */
  /* True when it holds; else *reason is one sentence that a curator understands (the caller frees). */
  bool (*holds)(const struct check_input *input, char **reason);
};
extern const struct check_row check_rows[]; /* ends with a NULL name */

/* Run all; fills negative->checks and is_valid. */
void checks_run(const struct check_input *input, struct negative *negative);

#endif
