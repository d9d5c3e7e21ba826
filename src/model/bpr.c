/* bpr.c - see bpr.h
 * SPDX-License-Identifier: MIT */
#include "model/bpr.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/fetch.h"
#include "la/scalar.h"
#include "la/vec.h"

enum {
  BLOCK = 256, /* pairs a partial sum is made of */
  AHEAD = 8,   /* pairs, or rows, that are fetched before they are needed */
};

void bpr_init(struct bpr *bpr, int32_t users, int32_t items, int dim, int32_t room)
{
  *bpr = (struct bpr){.users = users, .nodes = users + items, .room = room, .dim = dim};
  bpr->index = mem_zero(3 * (size_t)room + 1, sizeof *bpr->index);
  bpr->rows = mem_aligned(3 * (size_t)room * (size_t)dim, sizeof *bpr->rows);
  bpr->loss = mem_zero((size_t)room / BLOCK + 2, sizeof *bpr->loss);
  bpr->squares = mem_zero(3 * (3 * (size_t)room / BLOCK + 2), sizeof *bpr->squares);
  scatter_init(&bpr->scatter, bpr->nodes, 3 * room);
}

void bpr_free(struct bpr *bpr)
{
  free(bpr->index);
  free(bpr->rows);
  free(bpr->loss);
  free(bpr->squares);
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
  real ui = 0, uj = 0;
#pragma omp simd reduction(+ : ui, uj)
  for (int k = 0; k < dim; k++) {
    ui += u[k] * i[k];
    uj += u[k] * j[k];
  }
  double sigmoid, loss = scalar_softplus((double)uj - (double)ui, &sigmoid);
  real g = (real)(-scale * sigmoid);
#pragma omp simd
  for (int k = 0; k < dim; k++) {
    du[k] = g * (i[k] - j[k]);
    di[k] = g * u[k];
    dj[k] = -g * u[k];
  }
  return loss;
}

double bpr_pairs(struct bpr *bpr, const struct batch *batch, const real *e)
{
  int32_t n = batch->size, blocks = (n + BLOCK - 1) / BLOCK;
  int64_t dim = bpr->dim;
  double sum = 0;
#pragma omp parallel for schedule(dynamic, 1)
  for (int32_t block = 0; block < blocks; block++) {
    double part = 0;
    for (int64_t b = block * BLOCK; b < n && b < (block + 1) * BLOCK; b++) {
      for (int r = 0; r < 3 && b + AHEAD < n; r++) {
        fetch_to_read(e + bpr->index[r * n + b + AHEAD] * dim, dim);
        fetch_to_write(bpr->rows + (r * n + b + AHEAD) * dim, dim);
      }
      part += pair(bpr->dim, 1.0 / n, e + bpr->index[b] * dim, e + bpr->index[n + b] * dim,
                   e + bpr->index[2 * n + b] * dim, bpr->rows + b * dim,
                   bpr->rows + (n + b) * dim, bpr->rows + (2 * (int64_t)n + b) * dim);
    }
    bpr->loss[block] = part;
  }
  for (int32_t block = 0; block < blocks; block++)
    sum += bpr->loss[block];
  return sum / n;
}

double bpr_loss(struct bpr *bpr, const struct batch *batch, const real *e, real *de)
{
  double loss = bpr_pairs(bpr, batch, e);
  scatter_add(&bpr->scatter, bpr->dim, bpr->rows, de);
  return loss;
}

/* How often the row at place p of the scatter stands for a user, item, other. */
static void roles(const struct scatter *scatter, int32_t p, int32_t n, int count[3])
{
  memset(count, 0, 3 * sizeof *count);
  for (int32_t e = scatter->start[p]; e < scatter->start[p + 1]; e++)
    count[scatter->entry[e] / n]++;
}

/* Sums of the squares of users', items' and others' rows, by blocks of rows. */
static void sum_squares(struct bpr *bpr, int32_t n, const real *nodes, double square[3])
{
  const struct scatter *scatter = &bpr->scatter;
  int32_t blocks = (scatter->count + BLOCK - 1) / BLOCK;
  memset(square, 0, 3 * sizeof *square);
#pragma omp parallel for schedule(static)
  for (int32_t block = 0; block < blocks; block++) {
    double *sum = bpr->squares + 3 * (size_t)block;
    memset(sum, 0, 3 * sizeof *sum);
    for (int32_t p = block * BLOCK; p < scatter->count && p < (block + 1) * BLOCK; p++) {
      int count[3];
      double row = vec_square(nodes + (int64_t)scatter->row[p] * bpr->dim, bpr->dim);
      roles(scatter, p, n, count);
      for (int r = 0; r < 3; r++)
        sum[r] += count[r] * row;
    }
  }
  for (int32_t k = 0; k < 3 * blocks; k++)
    square[k % 3] += bpr->squares[k];
}

double bpr_l2_value(const struct batch *batch, enum l2_kind kind, const double square[3])
{
  double value = 0;
  for (int r = 0; r < 3; r++)
    value += kind == L2_FRO ? sqrt(square[r]) / batch->size : square[r] / (2 * batch->nominal);
  return value;
}

static void find_scale(const struct batch *batch, enum l2_kind kind, double rho, const double square[3],
                       double scale[3])
{
  for (int r = 0; r < 3; r++) {
    double norm = kind == L2_FRO ? sqrt(square[r]) : 0;
    scale[r] = kind == L2_SQ ? rho / batch->nominal
               : norm < REAL_TINY ? 0 : rho / (batch->size * norm);
  }
}

void bpr_l2_scale(struct bpr *bpr, const struct batch *batch, enum l2_kind kind, double rho,
                  const real *nodes, double scale[3])
{
  double square[3] = {0};
  if (kind == L2_FRO)
    sum_squares(bpr, batch->size, nodes, square);
  find_scale(batch, kind, rho, square, scale);
}

/* The weight of a row in the gradient of the L2. */
static real weight_of(const struct scatter *scatter, int32_t p, int32_t n, const double scale[3],
                      int count[3])
{
  roles(scatter, p, n, count);
  return (real)(count[0] * scale[0] + count[1] * scale[1] + count[2] * scale[2]);
}

double bpr_l2(struct bpr *bpr, const struct batch *batch, enum l2_kind kind, double rho,
              const real *nodes, real *grad)
{
  const struct scatter *scatter = &bpr->scatter;
  double square[3], scale[3];
  if (rho == 0)
    return 0;
  sum_squares(bpr, batch->size, nodes, square);
  find_scale(batch, kind, rho, square, scale);
#pragma omp parallel for schedule(static)
  for (int32_t p = 0; p < scatter->count; p++) {
    int count[3];
    int64_t at = (int64_t)scatter->row[p] * bpr->dim;
    real weight = weight_of(scatter, p, batch->size, scale, count);
    vec_axpy(grad + at, weight, nodes + at, bpr->dim);
  }
  return bpr_l2_value(batch, kind, square);
}

LA_CLONES static double row_gradient(int dim, const real *from, const int32_t *entry, int32_t entries,
                                     real weight, const real *node, real *restrict out)
{
  double square = 0;
#pragma omp simd reduction(+ : square)
  for (int k = 0; k < dim; k++) {
    out[k] = weight * node[k];
    square += (double)node[k] * (double)node[k];
  }
  for (int32_t e = 0; e < entries; e++) {
    const real *row = from + (int64_t)entry[e] * dim;
#pragma omp simd
    for (int k = 0; k < dim; k++)
      out[k] += row[k];
  }
  return square;
}

void bpr_row_gradients(const struct bpr *bpr, int32_t n, const double scale[3], const real *nodes,
                       int32_t first, int32_t end, real *out, double square[3])
{
  const struct scatter *scatter = &bpr->scatter;
  memset(square, 0, 3 * sizeof *square);
  for (int32_t p = first; p < end; p++, out += bpr->dim) {
    int count[3];
    int32_t start = scatter->start[p];
    real weight = weight_of(scatter, p, n, scale, count);
    if (p + AHEAD < scatter->count)
      fetch_to_read(bpr->rows + (int64_t)scatter->entry[scatter->start[p + AHEAD]] * bpr->dim, bpr->dim);
    double row = row_gradient(bpr->dim, bpr->rows, scatter->entry + start, scatter->start[p + 1] - start,
                              weight, nodes + (int64_t)scatter->row[p] * bpr->dim, out);
    for (int r = 0; r < 3; r++)
      square[r] += count[r] * row;
  }
}
