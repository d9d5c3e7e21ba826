/* influence.h - what each modality of an item does to its score (METHOD 2.4)
 *
 * A model that learnt from interventions knows what an item's vector would be with one
 * modality put back as it was: c^(m). The influence of m on item i is
 *   inf_m(i) = mean over the users of i in training of |lambda u.(c_i - c_i^(m))|,
 * in units of the score; that on a user is the mean over his training items. Its share and
 * evenness are those of displacements (METHOD 2.3).
 * SPDX-License-Identifier: MIT */
#ifndef EVAL_INFLUENCE_H
#define EVAL_INFLUENCE_H

#include "eval/rank.h"
#include "store/item.h"

/* Parts of the item side of the score, as vectors [items, dim]. */
struct effects {
  const real *whole;             /* lambda c: all that the module adds; NULL: there are none */
  const real *moved[MODALITIES]; /* lambda (c - c^(m)) */
  const real *caused;            /* what of the whole the intervention does; not kept with a run */
};

/* By item or by user; NAN where not defined: nobody to ask, or nothing above 1e-9 in any modality. */
struct influence {
  float *item[MODALITIES], *user[MODALITIES]; /* [items], [users] */
};

void influence_measure(const struct dataset *data, const struct embedding *embedding,
                       const struct effects *effects, struct influence *out);
void influence_free(struct influence *influence);
/* Of the influences of one item or user: the share of each, which decides, and how even they are, in
 * [0, 1]. False where not defined. */
bool influence_share(const double value[MODALITIES], double share[MODALITIES],
                     enum modality *most, double *evenness);

#endif
