/* bpr.c - see bpr.h
 * SPDX-License-Identifier: MIT */
#include "model/bpr.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/scalar.h"
#include "la/vec.h"

#define BLOCK 256 /* pairs a partial sum is made of */

void bpr_init(struct bpr *bpr, int32_t users, int32_t items, int dim, int32_t room)
{
  *bpr = (struct bpr){.users = users, .nodes = users + items, .room = room, .dim = dim};
  bpr->index = mem_zero(3 * (size_t)room + 1, sizeof *bpr->index);
  bpr->rows = mem_aligned(3 * (size_t)room * (size_t)dim, sizeof *bpr->rows);
  bpr->loss = mem_zero((size_t)room / BLOCK + 2, sizeof *bpr->loss);
  scatter_init(&bpr->scatter, bpr->nodes, 3 * room);
}

void bpr_free(struct bpr *bpr)
{
  free(bpr->index);
  free(bpr->rows);
  free(bpr->loss);
  scatter_free(&bpr->scatter);
  *bpr = (struct bpr){0};
}

void bpr_sort(struct bpr *bpr, const struct batch *batch)
{
  int32_t n = batch->size;
  for (int32_t b = 0; b < n; b++) {
    bpr->index[b] = batch->user[b];
    bpr->index[n + b] = bpr->users + batch->item[b];
    bpr->index[2 * n + b] = bpr->users + batch->other[b];
  }
  scatter_sort(&bpr->scatter, bpr->index, 3 * n);
}

/* One pair: its loss; the gradients of its three rows. */
LA_CLONES static double pair(int dim, double scale, const real *u, const real *i, const real *j,
                             real *du, real *di, real *dj)
{
  double margin = (double)vec_dot(u, i, dim) - (double)vec_dot(u, j, dim);
  real g = (real)(-scale * scalar_sigmoid(-margin));
#pragma omp simd
  for (int k = 0; k < dim; k++) {
    du[k] = g * (i[k] - j[k]);
    di[k] = g * u[k];
    dj[k] = -g * u[k];
  }
  return scalar_softplus(-margin);
}

double bpr_loss(struct bpr *bpr, const struct batch *batch, const real *e, real *de)
{
  int32_t n = batch->size, blocks = (n + BLOCK - 1) / BLOCK;
  int64_t dim = bpr->dim;
  double sum = 0;
#pragma omp parallel for schedule(dynamic, 1)
  for (int32_t block = 0; block < blocks; block++) {
    double part = 0;
    for (int64_t b = block * BLOCK; b < n && b < (block + 1) * BLOCK; b++)
      part += pair(bpr->dim, 1.0 / n, e + bpr->index[b] * dim, e + bpr->index[n + b] * dim,
                   e + bpr->index[2 * n + b] * dim, bpr->rows + b * dim,
                   bpr->rows + (n + b) * dim, bpr->rows + (2 * (int64_t)n + b) * dim);
    bpr->loss[block] = part;
  }
  for (int32_t block = 0; block < blocks; block++)
    sum += bpr->loss[block];
  scatter_add(&bpr->scatter, bpr->dim, bpr->rows, de);
  return sum / n;
}

/* How often the row at place p of the scatter stands for a user, item, other. */
static void roles(const struct scatter *scatter, int32_t p, int32_t n, int count[3])
{
  memset(count, 0, 3 * sizeof *count);
  for (int32_t e = scatter->start[p]; e < scatter->start[p + 1]; e++)
    count[scatter->entry[e] / n]++;
}

double bpr_l2(struct bpr *bpr, const struct batch *batch, enum l2_kind kind, double rho,
              const real *nodes, real *grad)
{
  const struct scatter *scatter = &bpr->scatter;
  double square[3] = {0}, scale[3], value = 0;
  int count[3];
  if (rho == 0)
    return 0;
  for (int32_t p = 0; p < scatter->count; p++) {
    double row = vec_square(nodes + (int64_t)scatter->row[p] * bpr->dim, bpr->dim);
    roles(scatter, p, batch->size, count);
    for (int r = 0; r < 3; r++)
      square[r] += count[r] * row;
  }
  for (int r = 0; r < 3; r++) {
    double norm = sqrt(square[r]);
    value += kind == L2_FRO ? norm / batch->size : square[r] / (2 * batch->nominal);
    scale[r] = kind == L2_SQ ? rho / batch->nominal
               : norm < REAL_TINY ? 0 : rho / (batch->size * norm);
  }
#pragma omp parallel for schedule(dynamic, 64) private(count)
  for (int32_t p = 0; p < scatter->count; p++) {
    int64_t at = (int64_t)scatter->row[p] * bpr->dim;
    roles(scatter, p, batch->size, count);
    vec_axpy(grad + at, (real)(count[0] * scale[0] + count[1] * scale[1] + count[2] * scale[2]),
             nodes + at, bpr->dim);
  }
  return value;
}
