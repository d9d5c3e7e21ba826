/* topk.h - the best k of many scores, found while they are made
 *
 * Scores come in pieces, ids ascending. What beats the k-th best so far goes to a small
 * basket; when the basket is full, its worst half is dropped and the bar rises. Most scores
 * cost one comparison. Order: score descending, then id ascending (METHOD 1.3): both together
 * are one whole number, so that the work on the basket has no branches to guess.
 * SPDX-License-Identifier: MIT */
#ifndef LA_TOPK_H
#define LA_TOPK_H

#include <stdint.h>

#include "la/real.h"

#ifdef REAL_DOUBLE
__extension__ typedef unsigned __int128 topk_key;
#else
typedef uint64_t topk_key;
#endif

struct topk {
  int k, count, room;
  real bar; /* a later score must be above it */
  topk_key *basket; /* a score in the order of whole numbers, then the id's complement */
};

void topk_init(struct topk *top, int k);
void topk_free(struct topk *top);
void topk_start(struct topk *top, int k); /* empty again, for another k <= the first */
/* n finite scores of ids first, first + 1, ...; -INFINITY: removed. */
void topk_push(struct topk *top, const real *scores, int32_t first, int n);
/* Sort; the ids go to out[k], best first. Their number. */
int topk_finish(struct topk *top, int32_t *out);

#endif
