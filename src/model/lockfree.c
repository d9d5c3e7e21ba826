/* lockfree.c - see lockfree.h
 * SPDX-License-Identifier: MIT */
#include "model/lockfree.h"

#include <math.h>

#include "la/fetch.h"
#include "la/vec.h"

enum { AHEAD = 8 }; /* pairs whose rows are fetched before they are needed */

static void fetch(const struct lockfree *lockfree, int64_t row)
{
  fetch_to_write(lockfree->nodes + row * lockfree->dim, lockfree->dim);
  fetch_line_to_write(lockfree->squares + row * lockfree->dim);
}

/* The step length of a row after a gradient whose square is |g|^2. */
static inline real length_of(const struct lockfree *lockfree, int64_t row, double square)
{
  real *sum = lockfree->squares + row * lockfree->dim;
  *sum += (real)(square / lockfree->dim);
  return (real)(lockfree->lr / sqrt(1 + (double)*sum));
}

/* One pair. u += a (g (i - j) - rho u), i += b (g u - rho i), j += c (-g u - rho j). */
LA_CLONES static double pair(const struct lockfree *lockfree, int64_t ru, int64_t ri, int64_t rj,
                             double *l2)
{
  int dim = lockfree->dim;
  real *u = lockfree->nodes + ru * dim, *i = lockfree->nodes + ri * dim,
       *j = lockfree->nodes + rj * dim;
  real ui = 0, uj = 0, uu = 0, ii = 0, jj = 0, ij = 0;
#pragma omp simd reduction(+ : ui, uj, uu, ii, jj, ij)
  for (int k = 0; k < dim; k++) {
    ui += u[k] * i[k];
    uj += u[k] * j[k];
    uu += u[k] * u[k];
    ii += i[k] * i[k];
    jj += j[k] * j[k];
    ij += i[k] * j[k];
  }
  double margin = (double)(ui - uj), e = (double)expf(-fabsf((float)margin));
  double g = margin >= 0 ? e / (1 + e) : 1 / (1 + e), rho = lockfree->rho;
  /* The squares of the three gradients, from the products that are there. */
  double of_u = g * g * (double)(ii + jj - 2 * ij) - 2 * g * rho * margin + rho * rho * (double)uu;
  double of_i = g * g * (double)uu - 2 * g * rho * (double)ui + rho * rho * (double)ii;
  double of_j = g * g * (double)uu + 2 * g * rho * (double)uj + rho * rho * (double)jj;
  real a = length_of(lockfree, ru, fmax(of_u, 0)), b = length_of(lockfree, ri, fmax(of_i, 0)),
       c = length_of(lockfree, rj, fmax(of_j, 0));
  real ag = a * (real)g, bg = b * (real)g, cg = c * (real)g;
  real au = 1 - a * (real)rho, bi = 1 - b * (real)rho, cj = 1 - c * (real)rho;
#pragma omp simd
  for (int k = 0; k < dim; k++) {
    real old = u[k];
    u[k] = au * old + ag * (i[k] - j[k]);
    i[k] = bi * i[k] + bg * old;
    j[k] = cj * j[k] - cg * old;
  }
  *l2 += 0.5 * (double)(uu + ii + jj);
  return (margin >= 0 ? 0 : -margin) + (double)log1pf((float)e);
}

double lockfree_pass(const struct lockfree *lockfree, const struct batch *batch, double *l2)
{
  double loss = 0, squares = 0;
  int64_t items = lockfree->users;
#pragma omp parallel for schedule(static) reduction(+ : loss, squares)
  for (int32_t b = 0; b < batch->size; b++) {
    if (b + AHEAD < batch->size) {
      fetch(lockfree, batch->user[b + AHEAD]);
      fetch(lockfree, items + batch->item[b + AHEAD]);
      fetch(lockfree, items + batch->other[b + AHEAD]);
    }
    loss += pair(lockfree, batch->user[b], items + batch->item[b], items + batch->other[b],
                 &squares);
  }
  *l2 = squares;
  return loss;
}
