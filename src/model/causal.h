/* causal.h - NegGen's module: what an item owes to the attributes that were intervened on
 *
 * x are the features of an item, x- those of its generated negative, per modality. With the
 * attention a(.) over modality tokens z_m = P_m x^m + p_m (METHOD 5.2, 5.3):
 *   e = a(x) - a(x-)           the causal effect of the intervention
 *   c = MLP(e), n = MLP(a(x-)) one pass over both, MLP = Linear ReLU Linear
 * The item side of every score is then i + lambda c.
 *
 * Two variants: all modalities in one token (the release has sequences of length one, whose
 * attention is affine), and c from what the item is, c = MLP(a(x)), instead of from the effect.
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_CAUSAL_H
#define MODEL_CAUSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "model/attention.h"
#include "model/rows.h"

struct causal_shape {
  struct attention_shape attention; /* tokens: as many as modalities, or 1: their sum */
  int modalities;
  int width[TOKENS_MAX]; /* features of each modality */
  bool is_content;       /* c = MLP(a(x)) */
};

struct causal_weights { /* or gradients */
  real *project[TOKENS_MAX], *token[TOKENS_MAX]; /* P [dim, width], p [dim] */
  struct attention_weights attention;
  real *w1, *b1, *w2, *b2; /* [dim, dim], [dim] */
};

/* n items make 2 n rows: 0 .. n-1 of x, n .. 2n-1 of x- of the same items. Blocks of items go through all
 * layers one after the other, each by one thread: what a layer leaves is in the cache for the next. */
struct causal {
  int64_t items; /* room */
  struct attention attention;
  real *z;      /* [2 items, tokens, dim] */
  real *s;      /* [2 items, dim]: e, then a- */
  real *hidden; /* [2 items, dim]: after the ReLU */
  real *y;      /* [2 items, dim]: c, then n */
  real *parts;  /* [parts, ...] gradients of the weights, by parts of the items */
  real *turned; /* the weights as forward takes them */
};

/* items: how many there will be at first; forward makes room for more. */
void causal_init(struct causal *causal, const struct causal_shape *shape, int64_t items);
void causal_free(struct causal *causal);
/* The features of n items: x[m], x_neg[m] [n, width[m]]; present [2 n, tokens] bytes, or NULL: all
 * tokens are there. */
struct causal_input {
  int64_t n;
  struct rows x[TOKENS_MAX], x_neg[TOKENS_MAX];
  const unsigned char *present;
};

/* c to causal->y, n behind it. */
void causal_forward(struct causal *causal, const struct causal_shape *shape,
                    const struct causal_weights *w, const struct causal_input *in);
/* After forward on the same input: from dy [2 n, dim], the gradients of c and n, to those of all
 * weights (overwritten). */
void causal_backward(struct causal *causal, const struct causal_shape *shape,
                     const struct causal_weights *w, const struct causal_input *in,
                     const real *dy, const struct causal_weights *grad);

#endif
