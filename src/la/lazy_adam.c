/* lazy_adam.c - see lazy_adam.h
 * SPDX-License-Identifier: MIT */
#include "la/lazy_adam.h"

#include <math.h>
#include <string.h>

#include "la/adam.h"

enum { TERMS = 200, KNOWN = 40000 /* steps after which 1 - b2^t is 1 */ };

/* What every row needs of the steps: powers by their number, corrections by the step. */
static struct {
  int32_t known; /* steps that `first` and `second` are there for */
  double power1[TERMS + 1], power2[TERMS + 1];     /* b1^s, sqrt(b2^s) */
  double first[KNOWN + 1], second[KNOWN + 1];      /* 1 / (1 - b1^t), 1 / sqrt(1 - b2^t) */
} steps;

/* Before the threads ask: all up to step t. */
static void learn_steps(int64_t t)
{
  for (int s = 0; !steps.known && s <= TERMS; s++) {
    steps.power1[s] = pow(ADAM_B1, s);
    steps.power2[s] = pow(ADAM_B2, 0.5 * s);
  }
  while (steps.known < t && steps.known < KNOWN) {
    steps.known++;
    steps.first[steps.known] = 1 / (1 - pow(ADAM_B1, steps.known));
    steps.second[steps.known] = 1 / sqrt(1 - pow(ADAM_B2, steps.known));
  }
}

static inline int64_t known(int64_t t) { return t < KNOWN ? t : KNOWN; }

LA_CLONES static void make_up(int dim, int terms, const real *rate, const real *q, real decay1,
                              real decay2, real *restrict theta, real *restrict m,
                              real *restrict v)
{
#pragma omp simd
  for (int k = 0; k < dim; k++) {
#ifdef REAL_DOUBLE
    real root = sqrt(v[k]), sum = 0;
#else
    real root = sqrtf(v[k]), sum = 0;
#endif
    for (int s = 0; s < terms; s++)
      sum += rate[s] / (root * q[s] + (real)ADAM_EPS);
    theta[k] -= m[k] * sum;
    m[k] *= decay1;
    v[k] *= decay2;
  }
}

static void wake(const struct lazy_table *table, double lr, int64_t t, int64_t row)
{
  real rate[TERMS], q[TERMS];
  int64_t moved = table->moved[row], missed = t - moved, at = row * table->dim;
  int terms = missed < TERMS ? (int)missed : TERMS;
  if (!missed)
    return;
  table->moved[row] = (int32_t)t;
  if (!moved) /* it has no momentum yet */
    return;
  for (int s = 0; s < terms; s++) {
    rate[s] = (real)(lr * steps.power1[s + 1] * steps.first[known(moved + s + 1)]);
    q[s] = (real)(steps.power2[s + 1] * steps.second[known(moved + s + 1)]);
  }
  make_up(table->dim, terms, rate, q,
          (real)(missed <= TERMS ? steps.power1[missed] : pow(ADAM_B1, (double)missed)),
          (real)pow(ADAM_B2, (double)missed), table->theta + at, table->first + at,
          table->second + at);
}

void lazy_adam_wake(const struct lazy_table *table, double lr, int64_t t, const int32_t *row,
                    int64_t count)
{
  learn_steps(t);
#pragma omp parallel for schedule(dynamic, 256)
  for (int64_t k = 0; k < count; k++) {
    wake(table, lr, t, row ? row[k] : k);
    if (row)
      memset(table->grad + (int64_t)row[k] * table->dim, 0,
             (size_t)table->dim * sizeof *table->grad);
  }
}

void lazy_adam_step(const struct lazy_table *table, double lr, int64_t t, const int32_t *row,
                    int64_t count)
{
  struct adam_rates rates = adam_rates(lr, t);
#pragma omp parallel for schedule(dynamic, 256)
  for (int64_t k = 0; k < count; k++) {
    int64_t at = (int64_t)row[k] * table->dim;
    adam_update(rates, table->dim, table->theta + at, table->first + at, table->second + at,
                table->grad + at);
    table->moved[row[k]] = (int32_t)t;
  }
}
