/* lazy_adam.c - see lazy_adam.h
 * SPDX-License-Identifier: MIT */
#include "la/lazy_adam.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "la/adam.h"
#include "la/fetch.h"

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

/* sum_s rate_s / (root q_s + eps) around the mean q of the q_s: with d_s = q_s / q - 1 and
 * r = root q / (root q + eps), which is at most 1, it is
 *   1 / (root q + eps) sum_j (-r)^j sum_s rate_s d_s^j,
 * and d is small. All of it for lr = 1. */
struct series {
  bool is_good; /* d is small enough: not in the first steps */
  real middle, moment[MOMENTS];
};

/* What every row needs of the steps: powers by their number, corrections by the step. */
static struct {
  int32_t known; /* steps that `first` and `second` are there for */
  double power1[TERMS + 1], power2[KNOWN + 1];     /* b1^s, sqrt(b2^s) */
  double first[KNOWN + 1], second[KNOWN + 1];      /* 1 / (1 - b1^t), 1 / sqrt(1 - b2^t) */
  int32_t later_known;
  struct series later[KNOWN + 1]; /* of rows that moved in this step and missed TERMS or more */
} steps;

static inline int64_t known(int64_t t) { return t < KNOWN ? t : KNOWN; }

/* rate_s for lr = 1 and q_s of s = 1 .. terms. */
static void find_terms(int64_t moved, int terms, double *rate, double *q)
{
  for (int s = 0; s < terms; s++) {
    rate[s] = steps.power1[s + 1] * steps.first[known(moved + s + 1)];
    q[s] = steps.power2[s + 1] * steps.second[known(moved + s + 1)];
  }
}

LA_CLONES static void find_series(struct series *series, int terms, const double *rate, const double *q)
{
  double sum = 0, middle = 0, moment[MOMENTS + 1] = {0};
  for (int s = 0; s < terms; s++) {
    sum += rate[s];
    middle += rate[s] * q[s];
  }
  middle /= sum;
  for (int s = 0; s < terms; s++) {
    double d = q[s] / middle - 1, power = rate[s];
    for (int j = 0; j <= MOMENTS; j++) {
      moment[j] += power;
      power *= d;
    }
  }
  series->middle = (real)middle;
  for (int j = 0; j < MOMENTS; j++)
    series->moment[j] = (real)moment[j];
  series->is_good = moment[MOMENTS] <= NEGLIGIBLE * sum;
}

/* Before the threads ask: all up to step t. */
static void learn_steps(int64_t t)
{
  double rate[TERMS], q[TERMS];
  for (int s = 0; !steps.known && s <= TERMS; s++)
    steps.power1[s] = pow(ADAM_B1, s);
  for (int s = 0; !steps.known && s <= KNOWN; s++)
    steps.power2[s] = pow(ADAM_B2, 0.5 * s);
  while (steps.known < t && steps.known < KNOWN) {
    steps.known++;
    steps.first[steps.known] = 1 / (1 - pow(ADAM_B1, steps.known));
    steps.second[steps.known] = 1 / sqrt(1 - pow(ADAM_B2, steps.known));
  }
  while (steps.later_known + TERMS < t && steps.later_known < KNOWN) {
    find_terms(++steps.later_known, TERMS, rate, q);
    find_series(&steps.later[steps.later_known], TERMS, rate, q);
  }
}

/* What is the same for all rows that missed as many steps, up to TERMS. */
struct missed {
  int64_t t; /* the step up to which they are made up for */
  int terms;
  struct series series;
  real rate[TERMS], q[TERMS]; /* unless the series is good */
};

static void find_missed(struct missed *missed, double lr, int64_t moved, int64_t t)
{
  double rate[TERMS], q[TERMS];
  int64_t count = t - moved;
  missed->t = t;
  missed->terms = count < TERMS ? (int)count : TERMS;
  missed->series.is_good = false;
  find_terms(moved, missed->terms, rate, q);
  if (missed->terms > FEW)
    find_series(&missed->series, missed->terms, rate, q);
  for (int s = 0; !missed->series.is_good && s < missed->terms; s++) {
    missed->rate[s] = (real)(lr * rate[s]);
    missed->q[s] = (real)q[s];
  }
}

static void forget(struct missed found[TERMS + 1])
{
  for (int k = 0; k <= TERMS; k++)
    found[k].t = -1;
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
                              const real *restrict m, const real *restrict v)
{
  enum { PIECE = 64 };
  for (int first = 0; first < dim; first += PIECE) {
    int size = dim - first < PIECE ? dim - first : PIECE;
    real root[PIECE], sum[PIECE];
#pragma omp simd
    for (int k = 0; k < size; k++) {
      root[k] = root_of(v[first + k]);
      sum[k] = 0;
    }
    for (int s = 0; s < missed->terms; s++)
#pragma omp simd
      for (int k = 0; k < size; k++)
        sum[k] += missed->rate[s] / (root[k] * missed->q[s] + (real)ADAM_EPS);
#pragma omp simd
    for (int k = 0; k < size; k++)
      theta[first + k] -= m[first + k] * sum[k];
  }
}

LA_CLONES static void make_up_by_series(const struct series *series, real lr, int dim,
                                        real *restrict theta, const real *restrict m,
                                        const real *restrict v)
{
#pragma omp simd
  for (int k = 0; k < dim; k++) {
    real root = root_of(v[k]) * series->middle, whole = 1 / (root + (real)ADAM_EPS);
    real r = -root * whole, sum = 0;
    for (int j = MOMENTS - 1; j >= 0; j--)
      sum = sum * r + series->moment[j];
    theta[k] -= lr * m[k] * sum * whole;
  }
}

/* What is left of the moments after so many steps. */
static real first_left(int64_t missed)
{
  return (real)(missed <= TERMS ? steps.power1[missed] : pow(ADAM_B1, (double)missed));
}

static real second_left(int64_t missed)
{
  double root = missed <= KNOWN ? steps.power2[missed] : pow(ADAM_B2, 0.5 * (double)missed);
  return (real)(root * root);
}

LA_CLONES static void decay(int64_t missed, int dim, real *restrict m, real *restrict v)
{
  real left1 = first_left(missed), left2 = second_left(missed);
#pragma omp simd
  for (int k = 0; k < dim; k++) {
    m[k] *= left1;
    v[k] *= left2;
  }
}

/* Bring theta to where it stands after step t. found: what this thread knows of rows that missed so many
 * steps, [TERMS + 1], the last for more. */
static void wake(const struct lazy_table *table, double lr, int64_t t, int64_t row,
                 struct missed *found)
{
  int64_t moved = table->moved[row], count = t - moved, at = row * table->dim;
  real *theta = table->theta + at, *m = table->first + at, *v = table->second + at;
  struct missed *missed = &found[count < TERMS ? count : TERMS];
  const struct series *series = &steps.later[known(moved)];
  if (!count || !moved) /* or it has no momentum yet */
    return;
  if (count <= TERMS || !series->is_good) {
    if (missed->t != t || count >= TERMS)
      find_missed(missed, lr, moved, t);
    series = &missed->series;
  }
  if (series->is_good)
    make_up_by_series(series, (real)lr, table->dim, theta, m, v);
  else
    make_up(missed, table->dim, theta, m, v);
}

/* Rows are anywhere in the tables. */
void lazy_adam_fetch(const struct lazy_table *table, int64_t row)
{
  fetch_to_write(table->theta + row * table->dim, table->dim);
  fetch_to_write(table->first + row * table->dim, table->dim);
  fetch_to_write(table->second + row * table->dim, table->dim);
}

void lazy_adam_wake(const struct lazy_table *table, double lr, int64_t t, const int32_t *row,
                    int64_t count)
{
  learn_steps(t);
#pragma omp parallel
  {
    struct missed found[TERMS + 1];
    forget(found);
#pragma omp for schedule(static)
    for (int64_t k = 0; k < count; k++) {
      if (k + AHEAD < count)
        lazy_adam_fetch(table, row[k + AHEAD]);
      wake(table, lr, t, row[k], found);
      if (table->grad)
        memset(table->grad + (int64_t)row[k] * table->dim, 0,
               (size_t)table->dim * sizeof *table->grad);
    }
  }
}

void lazy_adam_settle(const struct lazy_table *table, double lr, int64_t t, int64_t rows)
{
  learn_steps(t);
#pragma omp parallel
  {
    struct missed found[TERMS + 1];
    forget(found);
#pragma omp for schedule(static)
    for (int64_t row = 0; row < rows; row++) {
      int64_t missed = t - table->moved[row], at = row * table->dim;
      wake(table, lr, t, row, found);
      if (missed)
        decay(missed, table->dim, table->first + at, table->second + at);
      table->moved[row] = (int32_t)t;
    }
  }
}

void lazy_adam_row(const struct lazy_table *table, struct adam_rates rates, int64_t t, int64_t row,
                   const real *g)
{
  int64_t at = row * table->dim, missed = t - 1 - table->moved[row];
  rates.keep_first *= first_left(missed);
  rates.keep_second *= second_left(missed);
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
