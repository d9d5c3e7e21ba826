/* neggen_loss.h - what NegGen minimises, and its gradient at u, i, j, c, n (METHOD 5.3)
 *
 *   v_i = i + lambda c_i      s+ = u.v_i    s_g = u.n_i    s_j = u.v_j (or u.j)
 *   L = gamma/B sum_b w_b softplus(s_g - s+)     against the generated negative
 *     + eta/B   sum_b     softplus(s_j - s+)     against a real item
 *     + alpha L_align                            c near i, n away from it
 * w_b is 1 when item i_b has a valid negative.
 *
 * n is a free vector, and soon solved: s_g > s+ never happens (METHOD 5.10). With GEN_SHARED n
 * stands where c does, s_g = u.(i + lambda n), so that only what the module makes of x and x-
 * tells them apart; and the pair's pull t in [-1, 1] may weigh it and turn it around:
 *   gamma/B sum_b w_b |t_b| softplus(sgn(t_b) (s_g - s+))
 *
 * L_content lets c alone rank against the sampled item, so that it can stand for an item that nobody
 * took, and keeps it small:
 *   content/B sum_b softplus(lambda u.(c_j - c_i)) + content_l2/2B sum_b |c_i|^2 + |c_j|^2
 * SPDX-License-Identifier: MIT */
#ifndef MODEL_NEGGEN_LOSS_H
#define MODEL_NEGGEN_LOSS_H

#include <stdbool.h>

#include "model/bpr.h"
#include "model/infonce.h"

enum align_kind {
  ALIGN_PAIR,    /* softplus((cos(n,i) - cos(c,i)) / tau): bounded */
  ALIGN_INFONCE, /* against the other c of the batch, too */
  ALIGN_LINEAR,  /* as released: (n - c).i / tau, unbounded */
};

enum gen_kind { GEN_FREE, GEN_SHARED };

struct neggen_hyper {
  double lambda, alpha, tau, gamma, eta;
  enum align_kind align;
  bool is_real_full; /* s_j = u.(j + lambda c_j); else u.j */
  enum gen_kind gen;
  double content, content_l2; /* see L_content */
};

/* Means over the batch; harder and weighted are counts. */
struct neggen_parts {
  double gen, real, align, content; /* content: with its L2, both weighted */
  double harder;   /* pairs whose generated negative scores above the item */
  double weighted; /* pairs whose item has a negative */
  double cos_c, cos_n; /* sums over weighted pairs of cos(c,i), cos(n,i) */
};

struct neggen_input {
  const real *e;        /* [nodes, dim] vectors of users and items */
  const real *y;        /* [2 count, dim]: c, then n, of the distinct items */
  int32_t count;
  const int32_t *place; /* [items] -> where the item stands among the distinct ones */
  const unsigned char *has_negative; /* [items] */
  const real *pull; /* [batch] t; NULL: 1 */
};

struct neggen_loss {
  int32_t room;
  int dim;
  real *rows;      /* [3 room, dim] gradients of c_i, c_j, n_i */
  int32_t *index;  /* [3 room] their rows of y */
  double *part;    /* [blocks, struct neggen_parts] */
  struct scatter scatter; /* over rows of y */
  struct infonce infonce; /* empty unless it is asked for */
};

/* items: at most so many distinct ones; with_infonce: room for its [room, room] matrix. */
void neggen_loss_init(struct neggen_loss *loss, int dim, int32_t items, int32_t room,
                      bool with_infonce);
void neggen_loss_free(struct neggen_loss *loss);
/* After bpr_sort(bpr, batch). Adds the gradients to de [nodes, dim] and dy [2 count, dim]. */
void neggen_loss_step(struct neggen_loss *loss, struct bpr *bpr, const struct batch *batch,
                      const struct neggen_hyper *hyper, const struct neggen_input *in, real *de,
                      real *dy, struct neggen_parts *parts);

#endif
