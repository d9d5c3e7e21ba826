/* content.h - the part of an item's vector that is made from its features (VBPR, METHOD 4.3)
 *
 * An item's vector is [i ; F], F = sum_m W_m x^m + b. It stands in the table of nodes as if it
 * were learnt: F is written into the second half of the item's row before the score, and its
 * gradient is taken out of there after it. What is left of that half's gradient is 0, so the
 * optimiser lets it be, and scores, L2 and ranking see one table as with any other model.
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_CONTENT_H
#define MODEL_CONTENT_H

#include <stdint.h>

#include "model/rows.h"

#define CONTENT_SIDES 8

struct content_shape {
  int half;                 /* numbers of F; the table's rows have 2 half */
  int sides;                /* modalities */
  int width[CONTENT_SIDES]; /* features of each */
};

struct content_weights { /* or gradients */
  real *w[CONTENT_SIDES], *b; /* [half, width], [half] */
};

/* Some items: their rows of the table, and their features. */
struct content_input {
  int64_t count;
  int64_t first;       /* row of item 0 in the table */
  const int32_t *item; /* [count]; NULL: 0, 1, 2, ... */
  struct rows x[CONTENT_SIDES]; /* [count, width] */
};

/* F of these items to the second halves of their rows of nodes [., 2 half]. */
void content_forward(const struct content_shape *shape, const struct content_weights *w,
                     const struct content_input *in, real *nodes);
/* From the second halves of their rows of grad [., 2 half], which become 0, to the gradients of the
 * weights (overwritten). */
void content_backward(const struct content_shape *shape, const struct content_input *in, real *grad,
                      const struct content_weights *weight_grad);

#endif
