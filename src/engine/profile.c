/* profile.c - a truncated singular value decomposition by subspace iteration
 *
 * A = D_i^-1/2 R D_u^-1/2 (items x users) has the leading singular vector sqrt(degree):
 * popularity. With it, contrast would follow unpopularity and two unknown actors would
 * replace nearly everyone; so 65 vectors are taken and the first is left out.
 *
 * Q: users x L Gaussian; six times Y = orth(A Q), Q = A^T Y; then Y's directions are turned
 * to the singular ones by the eigenvectors of Q^T Q. One thread, fixed order: the same
 * numbers on every run.
 * SPDX-License-Identifier: MIT */
#include "engine/profile.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "la/blas.h"

enum { RANK = PROFILE_DIM + 1, WIDTH = RANK + 15, ROUNDS = 6 };

static double degree_scale(const int64_t *offsets, int64_t row)
{
  int64_t degree = offsets[row + 1] - offsets[row];
  return degree ? 1 / sqrt((double)degree) : 0;
}

/* out = D_r^-1/2 R D_c^-1/2 x: [rows, WIDTH] from [columns, WIDTH]. */
static void incidence_times(int64_t rows, const int64_t *offsets, const int32_t *columns,
                            const int64_t *column_offsets, const float *x, float *out)
{
  for (int64_t r = 0; r < rows; r++) {
    float *y = out + (size_t)r * WIDTH;
    double scale = degree_scale(offsets, r);
    memset(y, 0, WIDTH * sizeof *y);
    for (int64_t e = offsets[r]; e < offsets[r + 1]; e++) {
      const float *from = x + (size_t)columns[e] * WIDTH;
      float weight = (float)(scale * degree_scale(column_offsets, columns[e]));
      for (int d = 0; d < WIDTH; d++)
        y[d] += weight * from[d];
    }
  }
}

/* gram = x^T x, [WIDTH, WIDTH] in double. */
static void gram_of(const float *x, int64_t rows, double *gram)
{
  memset(gram, 0, sizeof *gram * WIDTH * WIDTH);
  for (int64_t r = 0; r < rows; r++) {
    const float *row = x + (size_t)r * WIDTH;
    for (int a = 0; a < WIDTH; a++)
      for (int b = 0; b <= a; b++)
        gram[a * WIDTH + b] += (double)row[a] * row[b];
  }
  for (int a = 0; a < WIDTH; a++)
    for (int b = a + 1; b < WIDTH; b++)
      gram[a * WIDTH + b] = gram[b * WIDTH + a];
}

/* Orthonormal columns by Cholesky of the Gram matrix; a column that the others span becomes 0. */
static void orthonormalise_once(float *x, int64_t rows)
{
  double *l = mem_zero(WIDTH * WIDTH, sizeof *l);
  gram_of(x, rows, l);
  for (int a = 0; a < WIDTH; a++) {
    double full = l[a * WIDTH + a];
    for (int b = 0; b <= a; b++) {
      double sum = l[a * WIDTH + b];
      for (int d = 0; d < b; d++)
        sum -= l[a * WIDTH + d] * l[b * WIDTH + d];
      if (b < a)
        l[a * WIDTH + b] = l[b * WIDTH + b] > 0 ? sum / l[b * WIDTH + b] : 0;
      else
        l[a * WIDTH + a] = sum > 1e-10 * full && sum > 1e-30 ? sqrt(sum) : 0;
    }
  }
  for (int64_t r = 0; r < rows; r++) {
    float *row = x + (size_t)r * WIDTH;
    double y[WIDTH];
    for (int a = 0; a < WIDTH; a++) {
      double sum = row[a];
      for (int d = 0; d < a; d++)
        sum -= l[a * WIDTH + d] * y[d];
      y[a] = l[a * WIDTH + a] > 0 ? sum / l[a * WIDTH + a] : 0;
    }
    for (int a = 0; a < WIDTH; a++)
      row[a] = (float)y[a];
  }
  free(l);
}

static void orthonormalise(float *x, int64_t rows)
{
  orthonormalise_once(x, rows); /* twice is enough */
  orthonormalise_once(x, rows);
}

/* How many vectors say something: of a small catalogue a quarter of what there is, since all of them
 * would put every two items equally far apart. */
static int useful_rank(int64_t rows, int64_t columns)
{
  int64_t quarter = (rows < columns ? rows : columns) / 4;
  return quarter < 2 ? 2 : quarter < PROFILE_DIM ? (int)quarter : PROFILE_DIM;
}

/* With y orthonormal and q = A^T y: the left singular vectors are y W for the eigenvectors W of
 * q^T q. Writes the second to the 65th, largest first, of those above the noise. */
static void turn_to_singular(const float *y, const float *q, int64_t rows, int64_t columns,
                             float *out)
{
  double *w = mem_zero(WIDTH * WIDTH, sizeof *w), sigma2[WIDTH], work[WIDTH * 34];
  const int n = WIDTH, lwork = WIDTH * 34;
  int info = 0;
  gram_of(q, columns, w);
  blas()->dsyev_("V", "L", &n, w, &n, sigma2, work, &lwork, &info); /* ascending; vectors in columns */
  for (int64_t r = 0; r < rows && info == 0; r++)
    for (int d = 0; d < useful_rank(rows, columns); d++) {
      int e = WIDTH - 2 - d;
      double sum = 0;
      if (sigma2[e] > 1e-8 * sigma2[WIDTH - 1])
        for (int k = 0; k < WIDTH; k++)
          sum += (double)y[r * WIDTH + k] * w[e * WIDTH + k];
      out[r * PROFILE_DIM + d] = (float)sum;
    }
  free(w);
}

float *item_vectors(const struct statistics *s)
{
  float *out = mem_zero((size_t)s->item_count * PROFILE_DIM + 1, sizeof *out);
  if (s->pair_count == 0)
    return out;
  float *q = mem_zero((size_t)s->user_count * WIDTH, sizeof *q);
  float *y = mem_zero((size_t)s->item_count * WIDTH, sizeof *y);
  struct rng rng = rng_stream(0, RNG_INIT, 0);
  for (int64_t k = 0; k < s->user_count * WIDTH; k++)
    q[k] = (float)rng_gauss(&rng);
  for (int round = 0; round < ROUNDS; round++) {
    incidence_times(s->item_count, s->item_users, s->users, s->user_items, q, y);
    orthonormalise(y, s->item_count);
    incidence_times(s->user_count, s->user_items, s->items, s->item_users, y, q);
  }
  turn_to_singular(y, q, s->item_count, s->user_count, out);
  free(q);
  free(y);
  return out;
}

float *profiles_of_values(const struct statistics *s)
{
  float *vectors = item_vectors(s);
  float *out = mem_zero((size_t)s->value_count * PROFILE_DIM + 1, sizeof *out);
  for (int64_t v = 0; v < s->value_count; v++) {
    double sum[PROFILE_DIM] = {0}, square = 0;
    for (int64_t h = s->value_items[v]; h < s->value_items[v + 1]; h++)
      for (int d = 0; d < PROFILE_DIM; d++)
        sum[d] += vectors[(size_t)s->holders[h] * PROFILE_DIM + d];
    for (int d = 0; d < PROFILE_DIM; d++)
      square += sum[d] * sum[d];
    double scale = square > 1e-24 ? 1 / sqrt(square) : 0;
    for (int d = 0; d < PROFILE_DIM; d++)
      out[v * PROFILE_DIM + d] = (float)(sum[d] * scale);
  }
  free(vectors);
  return out;
}
