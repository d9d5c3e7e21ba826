/* infonce.c - see infonce.h
 * SPDX-License-Identifier: MIT */
#include "model/infonce.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "la/gemm.h"
#include "la/vec.h"

void infonce_init(struct infonce *infonce, int dim, int32_t room)
{
  size_t r = (size_t)room, d = (size_t)dim;
  *infonce = (struct infonce){.room = room, .dim = dim};
  for (int k = 0; k < 3; k++) {
    infonce->unit[k] = mem_aligned(r * d, sizeof(real));
    infonce->norm[k] = mem_zero(r + 1, sizeof(double));
  }
  for (int k = 0; k < 2; k++)
    infonce->back[k] = mem_aligned(r * d, sizeof(real));
  infonce->score = mem_aligned(r * r, sizeof(real));
  infonce->own = mem_zero(r + 1, sizeof(double));
  infonce->loss = mem_zero(r + 1, sizeof(double));
}

void infonce_free(struct infonce *infonce)
{
  for (int k = 0; k < 3; k++) {
    free(infonce->unit[k]);
    free(infonce->norm[k]);
  }
  free(infonce->back[0]);
  free(infonce->back[1]);
  free(infonce->score);
  free(infonce->own);
  free(infonce->loss);
  *infonce = (struct infonce){0};
}

/* Rows of a table as unit rows; dead ones are 0. */
static void make_units(const struct infonce *infonce, int which, const real *table,
                       const int32_t *row, int32_t count)
{
  int64_t dim = infonce->dim;
#pragma omp parallel for schedule(static)
  for (int32_t b = 0; b < count; b++) {
    const real *from = table + row[b] * dim;
    real *to = infonce->unit[which] + b * dim;
    double norm = sqrt(vec_square(from, dim));
    infonce->norm[which][b] = norm < REAL_TINY ? 0 : norm;
    for (int64_t k = 0; k < dim; k++)
      to[k] = norm < REAL_TINY ? 0 : (real)((double)from[k] / norm);
  }
}

/* One row of scores to its loss (returned) and, in place, alpha times the gradient of them. */
static double row_loss(const struct infonce *infonce, const struct infonce_input *in, int32_t b,
                       double tau, double alpha)
{
  real *score = infonce->score + (int64_t)b * in->count;
  double own = (double)vec_dot(infonce->unit[0] + (int64_t)b * infonce->dim,
                               infonce->unit[2] + (int64_t)b * infonce->dim, infonce->dim) / tau;
  double top = own, sum, positive = (double)score[b] / tau;
  bool is_weighted = in->has_negative[in->items[b]];
  double g = is_weighted ? alpha / (in->count * tau) : 0;
  for (int32_t k = 0; k < in->count; k++) {
    bool is_kept = k == b || (in->items[k] != in->items[b] && in->has_negative[in->items[k]]);
    score[k] = is_kept ? (real)((double)score[k] / tau) : -(real)INFINITY;
    top = (double)score[k] > top ? (double)score[k] : top;
  }
  sum = exp(own - top);
  for (int32_t k = 0; k < in->count; k++)
    sum += exp((double)score[k] - top);
  for (int32_t k = 0; k < in->count; k++)
    score[k] = (real)(g * (exp((double)score[k] - top) / sum - (k == b)));
  infonce->own[b] = g * exp(own - top) / sum;
  return is_weighted ? top + log(sum) - positive : 0;
}

/* d += (g - xh (g.xh)) / |x|; nothing for a dead row. */
static void unit_backward(int64_t dim, const real *g, const real *unit, double norm, real *d)
{
  if (norm == 0)
    return;
  vec_axpy(d, (real)(1 / norm), g, dim);
  vec_axpy(d, (real)(-(double)vec_dot(g, unit, dim) / norm), unit, dim);
}

double infonce_step(struct infonce *infonce, const struct infonce_input *in, double tau,
                    double alpha, real *di, real *dc, real *dn)
{
  int64_t n = in->count, dim = infonce->dim;
  double sum = 0;
  make_units(infonce, 0, in->e, in->node, in->count);
  make_units(infonce, 1, in->y, in->row, in->count);
  make_units(infonce, 2, in->y, in->negative_row, in->count);
  la_gemm_nt(n, n, dim, infonce->unit[0], dim, infonce->unit[1], dim, 0, infonce->score, n);
#pragma omp parallel for schedule(dynamic, 16)
  for (int32_t b = 0; b < in->count; b++)
    infonce->loss[b] = row_loss(infonce, in, b, tau, alpha);
  for (int64_t b = 0; b < n; b++)
    sum += infonce->loss[b];
  la_gemm_nn(n, dim, n, infonce->score, n, infonce->unit[1], dim, 0, infonce->back[0], dim);
  la_gemm_tn(n, dim, n, infonce->score, n, infonce->unit[0], dim, 0, infonce->back[1], dim);
#pragma omp parallel for schedule(static)
  for (int64_t b = 0; b < n; b++) {
    real own = (real)infonce->own[b], *back = infonce->back[0] + b * dim;
    vec_axpy(back, own, infonce->unit[2] + b * dim, dim);
    unit_backward(dim, back, infonce->unit[0] + b * dim, infonce->norm[0][b], di + b * dim);
    unit_backward(dim, infonce->back[1] + b * dim, infonce->unit[1] + b * dim,
                  infonce->norm[1][b], dc + b * dim);
    for (int64_t k = 0; k < dim; k++)
      back[k] = own * infonce->unit[0][b * dim + k];
    unit_backward(dim, back, infonce->unit[2] + b * dim, infonce->norm[2][b], dn + b * dim);
  }
  return sum / (double)n;
}
