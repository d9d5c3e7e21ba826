/* lazy_adam.c - see lazy_adam.h
 * SPDX-License-Identifier: MIT */
#include "la/lazy_adam.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "la/adam.h"

enum {
  TERMS = 200,
  FEW = 2,       /* terms that are added up one by one */
  MOMENTS = 8,
  KNOWN = 40000, /* steps after which 1 - b2^t is 1 */
  AHEAD = 4,     /* rows that are fetched before they are needed */
};

/* Relative to the sum: what the first moment that is left out may be. */
#ifdef REAL_DOUBLE
#define NEGLIGIBLE 1e-17
#else
#define NEGLIGIBLE 1e-8
#endif

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

/* What is the same for all rows that missed as many steps. */
struct missed {
  int64_t t; /* the step up to which they are made up for */
  int terms;
  bool is_series;
  real rate[TERMS], q[TERMS]; /* unless is_series */
  real middle, moment[MOMENTS];
  real decay1, decay2;
};

/* sum_s rate_s / (root q_s + eps) around the mean q of the q_s: with d_s = q_s / q - 1 and
 * r = root q / (root q + eps), which is at most 1, it is
 *   1 / (root q + eps) sum_j (-r)^j sum_s rate_s d_s^j,
 * and d is small. False when it is not small enough, in the first steps. */
LA_CLONES static bool find_moments(struct missed *missed, const double *rate, const double *q)
{
  double sum = 0, middle = 0, moment[MOMENTS + 1] = {0};
  for (int s = 0; s < missed->terms; s++) {
    sum += rate[s];
    middle += rate[s] * q[s];
  }
  middle /= sum;
  for (int s = 0; s < missed->terms; s++) {
    double d = q[s] / middle - 1, power = rate[s];
    for (int j = 0; j <= MOMENTS; j++) {
      moment[j] += power;
      power *= d;
    }
  }
  missed->middle = (real)middle;
  for (int j = 0; j < MOMENTS; j++)
    missed->moment[j] = (real)moment[j];
  return moment[MOMENTS] <= NEGLIGIBLE * sum;
}

static void find_missed(struct missed *missed, double lr, int64_t moved, int64_t t)
{
  double rate[TERMS], q[TERMS];
  int64_t count = t - moved;
  missed->t = t;
  missed->terms = count < TERMS ? (int)count : TERMS;
  missed->decay1 = (real)(count <= TERMS ? steps.power1[count] : pow(ADAM_B1, (double)count));
  missed->decay2 = (real)(count <= TERMS ? steps.power2[count] * steps.power2[count]
                                         : pow(ADAM_B2, (double)count));
  for (int s = 0; s < missed->terms; s++) {
    rate[s] = lr * steps.power1[s + 1] * steps.first[known(moved + s + 1)];
    q[s] = steps.power2[s + 1] * steps.second[known(moved + s + 1)];
  }
  missed->is_series = missed->terms > FEW && find_moments(missed, rate, q);
  for (int s = 0; !missed->is_series && s < missed->terms; s++) {
    missed->rate[s] = (real)rate[s];
    missed->q[s] = (real)q[s];
  }
}

static inline real root_of(real v)
{
#ifdef REAL_DOUBLE
  return sqrt(v);
#else
  return sqrtf(v);
#endif
}

LA_CLONES static void make_up(const struct missed *missed, int dim, real *restrict theta,
                              real *restrict m, real *restrict v)
{
#pragma omp simd
  for (int k = 0; k < dim; k++) {
    real root = root_of(v[k]), sum = 0;
    for (int s = 0; s < missed->terms; s++)
      sum += missed->rate[s] / (root * missed->q[s] + (real)ADAM_EPS);
    theta[k] -= m[k] * sum;
    m[k] *= missed->decay1;
    v[k] *= missed->decay2;
  }
}

LA_CLONES static void make_up_by_series(const struct missed *missed, int dim, real *restrict theta,
                                        real *restrict m, real *restrict v)
{
#pragma omp simd
  for (int k = 0; k < dim; k++) {
    real root = root_of(v[k]) * missed->middle, whole = 1 / (root + (real)ADAM_EPS);
    real r = -root * whole, sum = 0;
    for (int j = MOMENTS - 1; j >= 0; j--)
      sum = sum * r + missed->moment[j];
    theta[k] -= m[k] * sum * whole;
    m[k] *= missed->decay1;
    v[k] *= missed->decay2;
  }
}

/* found: what this thread knows of rows that missed so many steps, [TERMS + 1], the last for more. */
static void wake(const struct lazy_table *table, double lr, int64_t t, int64_t row,
                 struct missed *found)
{
  int64_t moved = table->moved[row], at = row * table->dim;
  struct missed *missed = &found[t - moved < TERMS ? t - moved : TERMS];
  if (moved == t)
    return;
  table->moved[row] = (int32_t)t;
  if (!moved) /* it has no momentum yet */
    return;
  if (missed->t != t || t - moved >= TERMS)
    find_missed(missed, lr, moved, t);
  (missed->is_series ? make_up_by_series : make_up)(missed, table->dim, table->theta + at,
                                                    table->first + at, table->second + at);
}

/* Rows are anywhere in the tables. */
void lazy_adam_fetch(const struct lazy_table *table, int64_t row)
{
  const real *const all[] = {table->theta, table->first, table->second};
  for (int k = 0; k < 3; k++)
    for (int e = 0; e < table->dim; e += 64 / (int)sizeof(real))
      __builtin_prefetch(all[k] + row * table->dim + e, 1);
}

void lazy_adam_wake(const struct lazy_table *table, double lr, int64_t t, const int32_t *row,
                    int64_t count)
{
  learn_steps(t);
#pragma omp parallel
  {
    struct missed found[TERMS + 1];
    for (int k = 0; k <= TERMS; k++)
      found[k].t = -1;
#pragma omp for schedule(static)
    for (int64_t k = 0; k < count; k++) {
      if (row && k + AHEAD < count)
        lazy_adam_fetch(table, row[k + AHEAD]);
      wake(table, lr, t, row ? row[k] : k, found);
      if (row && table->grad)
        memset(table->grad + (int64_t)row[k] * table->dim, 0,
               (size_t)table->dim * sizeof *table->grad);
    }
  }
}

void lazy_adam_row(const struct lazy_table *table, struct adam_rates rates, int64_t t, int64_t row,
                   const real *g)
{
  int64_t at = row * table->dim;
  adam_update(rates, table->dim, table->theta + at, table->first + at, table->second + at, g);
  table->moved[row] = (int32_t)t;
}

void lazy_adam_step(const struct lazy_table *table, double lr, int64_t t, const int32_t *row,
                    int64_t count)
{
  struct adam_rates rates = adam_rates(lr, t);
#pragma omp parallel for schedule(static)
  for (int64_t k = 0; k < count; k++) {
    if (k + AHEAD < count)
      lazy_adam_fetch(table, row[k + AHEAD]);
    lazy_adam_row(table, rates, t, row[k], table->grad + (int64_t)row[k] * table->dim);
  }
}
