/* lazy_adam.h - Adam on a table of which a step uses few rows, without another result
 *
 * A row without a gradient still moves, by its momentum, at every step. But nobody sees it
 * until it is used again: then the steps that it missed are made up for, in one go (METHOD
 * 4.4). With root = sqrt(v) and k steps missed since step t,
 *   theta -= m sum_s rate_s / (root q_s + eps), s = 1..k,
 *   rate_s = lr b1^s / (1 - b1^(t+s)), q_s = sqrt(b2^s / (1 - b2^(t+s))),
 * so that the root is taken once and what depends on s alone is the same for a whole row. The terms
 * fade by 0.9 each: those after the 200th are below what a float can tell. Most of the time q_s hardly
 * changes with s: then the sum is a series of few terms, the same of all rows that missed as much.
 * SPDX-License-Identifier: MIT */
#ifndef LA_LAZY_ADAM_H
#define LA_LAZY_ADAM_H

#include <stdint.h>

#include "la/adam.h"

struct lazy_table {
  int dim;
  real *theta, *first, *second, *grad; /* [rows, dim]; grad may be NULL */
  int32_t *moved;                      /* [rows] the step up to which a row has moved */
};

/* Before step t + 1 uses these rows [count]: their theta stands after step t, their gradients are 0. Their
 * moments follow in step t + 1, which must move all of them. */
void lazy_adam_wake(const struct lazy_table *table, double lr, int64_t t, const int32_t *row,
                    int64_t count);
/* All of the `rows` rows stand after step t, moments too; the gradients are let be. */
void lazy_adam_settle(const struct lazy_table *table, double lr, int64_t t, int64_t rows);
/* Step t of one row by the gradient g [dim], by the calling thread; rates as of adam_rates. The row was
 * woken to t - 1. */
void lazy_adam_row(const struct lazy_table *table, struct adam_rates rates, int64_t t, int64_t row,
                   const real *g);
/* Row will soon be asked for. */
void lazy_adam_fetch(const struct lazy_table *table, int64_t row);
/* Step t by the gradient, of rows that were woken to t - 1. */
void lazy_adam_step(const struct lazy_table *table, double lr, int64_t t, const int32_t *row,
                    int64_t count);

#endif
