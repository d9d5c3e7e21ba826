/* auc.h - how well a score tells two kinds apart: P(a positive one is above a negative one)
 * SPDX-License-Identifier: MIT */
#ifndef EVAL_AUC_H
#define EVAL_AUC_H

#include <stdint.h>

/* kind[k]: 1 positive, 0 negative, others are left out. Equal scores count one half; NAN when a kind is
 * empty. */
double auc(const double *score, const int8_t *kind, int64_t count);

#endif
