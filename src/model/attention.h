/* attention.h - self-attention over the modality tokens of an item (METHOD 5.2)
 *
 * A bag has one token a modality; a softmax over so few keys is still a choice between them,
 * which a sequence of length one (as in the release) is not. Per head
 *   S = Q K^T / sqrt(d_h),  A = softmax over the present keys,  O = A V,
 * then the mean over present tokens, and Wo at last: pooling first is the same (it is linear)
 * and M times cheaper. A bag with no token has a = 0 and passes no gradient.
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_ATTENTION_H
#define MODEL_ATTENTION_H

#include <stdint.h>

#include "la/real.h"

#define TOKENS_MAX 8

struct attention_shape {
  int tokens, dim, heads; /* heads divides dim */
};

/* Weights, or their gradients. Rows of qkv: Wq, Wk, Wv. The gradient of the keys' bias is 0 by
 * itself (it shifts a softmax row alike) and is set so. */
struct attention_weights {
  real *qkv, *qkv_bias; /* [3 dim, dim], [3 dim] */
  real *out, *out_bias; /* [dim, dim], [dim] */
};

/* What forward leaves for backward; for up to `bags` bags. */
struct attention {
  int64_t bags;
  real *qkv;     /* [bags, tokens, 3 dim] */
  real *weights; /* [bags, heads, tokens, tokens] */
  real *pooled;  /* [bags, dim]: o */
};

void attention_init(struct attention *attention, const struct attention_shape *shape, int64_t bags);
void attention_free(struct attention *attention);

/* Both of `count` bags from `first` on, by the calling thread; z, present, out and their gradients
 * begin with the first of these. */

/* out [count, dim] from z [count, tokens, dim]; present [count, tokens] bytes, or NULL: all. Of w, qkv and
 * out are turned: [dim, 3 dim], [dim, dim]. */
void attention_forward(struct attention *attention, const struct attention_shape *shape,
                       const struct attention_weights *w, int64_t first, int64_t count, const real *z,
                       const unsigned char *present, real *out);
/* Numbers of work that backward needs. */
int64_t attention_work(const struct attention_shape *shape, int64_t count);
/* After forward on the same z: from the gradient of out to that of z and of the weights (beta times what
 * they were, and this). d_out is changed: rows of empty bags become 0. */
void attention_backward(const struct attention *attention, const struct attention_shape *shape,
                        const struct attention_weights *w, int64_t first, int64_t count,
                        const real *z, const unsigned char *present, real *d_out, real *dz,
                        real beta, const struct attention_weights *grad, real *work);

#endif
