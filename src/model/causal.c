/* causal.c - see causal.h
 * SPDX-License-Identifier: MIT */
#include "model/causal.h"

#include <stdlib.h>

#include "base/mem.h"
#include "la/gemm.h"
#include "la/vec.h"

void causal_init(struct causal *causal, const struct causal_shape *shape, int64_t items)
{
  size_t rows = 2 * (size_t)items, dim = (size_t)shape->attention.dim;
  size_t tokens = (size_t)shape->attention.tokens;
  *causal = (struct causal){
    .items = items,
    .z = mem_aligned(rows * tokens * dim, sizeof(real)),
    .a = mem_aligned(rows * dim, sizeof(real)),
    .s = mem_aligned(rows * dim, sizeof(real)),
    .hidden = mem_aligned(rows * dim, sizeof(real)),
    .y = mem_aligned(rows * dim, sizeof(real)),
    .back = mem_aligned(rows * dim, sizeof(real)),
    .z_back = mem_aligned(rows * tokens * dim, sizeof(real)),
  };
  attention_init(&causal->attention, &shape->attention, 2 * items);
}

void causal_free(struct causal *causal)
{
  attention_free(&causal->attention);
  free(causal->z);
  free(causal->a);
  free(causal->s);
  free(causal->hidden);
  free(causal->y);
  free(causal->back);
  free(causal->z_back);
  *causal = (struct causal){0};
}

/* max(x, 0), but what is not a number stays so: the loss shall tell. */
static void rectify(real *x, int64_t n)
{
#pragma omp parallel for simd schedule(static)
  for (int64_t k = 0; k < n; k++)
    x[k] = x[k] < 0 ? 0 : x[k];
}

/* The token that modality m goes to. */
static int token_of(const struct causal_shape *shape, int m)
{
  return shape->attention.tokens == 1 ? 0 : m;
}

/* Modality m of rows first .. first + n - 1: P x + p, into z viewed as [rows][tokens][dim]. */
static void project(const struct causal *causal, const struct causal_shape *shape,
                    const struct causal_weights *w, int m, int64_t first, int64_t n,
                    const real *x)
{
  int64_t tokens = shape->attention.tokens, dim = shape->attention.dim, width = shape->width[m];
  real *z = causal->z + (first * tokens + token_of(shape, m)) * dim;
  real beta = tokens == 1 && m > 0; /* added to the modalities before it */
  la_gemm_nt(n, dim, width, x, width, w->project[m], width, beta, z, tokens * dim);
#pragma omp parallel for schedule(static)
  for (int64_t r = 0; r < n; r++)
    vec_axpy(z + r * tokens * dim, 1, w->token[m], dim);
}

void causal_forward(struct causal *causal, const struct causal_shape *shape,
                    const struct causal_weights *w, const struct causal_input *in)
{
  int64_t n = in->n, dim = shape->attention.dim, half = n * dim;
  for (int m = 0; m < shape->modalities; m++) {
    project(causal, shape, w, m, 0, n, in->x[m]);
    project(causal, shape, w, m, n, n, in->x_neg[m]);
  }
  attention_forward(&causal->attention, &shape->attention, &w->attention, 2 * n, causal->z,
                    in->present, causal->a);
#pragma omp parallel for simd schedule(static)
  for (int64_t k = 0; k < half; k++) {
    causal->s[k] = shape->is_content ? causal->a[k] : causal->a[k] - causal->a[half + k];
    causal->s[half + k] = causal->a[half + k];
  }
  la_gemm_nt(2 * n, dim, dim, causal->s, dim, w->w1, dim, 0, causal->hidden, dim);
  la_add_rows(causal->hidden, w->b1, 2 * n, dim);
  rectify(causal->hidden, 2 * half);
  la_gemm_nt(2 * n, dim, dim, causal->hidden, dim, w->w2, dim, 0, causal->y, dim);
  la_add_rows(causal->y, w->b2, 2 * n, dim);
}

/* Through both layers of the MLP: dy to the gradient of its input, in `back`. */
static void mlp_backward(struct causal *causal, int64_t rows, int64_t dim,
                         const struct causal_weights *w, const real *dy,
                         const struct causal_weights *grad)
{
  real *d_hidden = causal->a; /* no longer needed */
  la_gemm_tn(dim, dim, rows, dy, dim, causal->hidden, dim, 0, grad->w2, dim);
  la_column_sums(dy, rows, dim, dim, grad->b2);
  la_gemm_nn(rows, dim, dim, dy, dim, w->w2, dim, 0, d_hidden, dim);
#pragma omp parallel for simd schedule(static)
  for (int64_t k = 0; k < rows * dim; k++)
    d_hidden[k] = causal->hidden[k] > 0 ? d_hidden[k] : 0;
  la_gemm_tn(dim, dim, rows, d_hidden, dim, causal->s, dim, 0, grad->w1, dim);
  la_column_sums(d_hidden, rows, dim, dim, grad->b1);
  la_gemm_nn(rows, dim, dim, d_hidden, dim, w->w1, dim, 0, causal->back, dim);
}

void causal_backward(struct causal *causal, const struct causal_shape *shape,
                     const struct causal_weights *w, const struct causal_input *in,
                     const real *dy, const struct causal_weights *grad)
{
  int64_t n = in->n, tokens = shape->attention.tokens, dim = shape->attention.dim, half = n * dim;
  real *back = causal->back;
  mlp_backward(causal, 2 * n, dim, w, dy, grad);
#pragma omp parallel for simd schedule(static)
  for (int64_t k = 0; k < half; k++) /* e = a - a-, and a- itself */
    back[half + k] -= shape->is_content ? 0 : back[k];
  attention_backward(&causal->attention, &shape->attention, &w->attention, 2 * n, causal->z,
                     in->present, back, causal->z_back, &grad->attention);
  for (int m = 0; m < shape->modalities; m++) {
    const real *dz = causal->z_back + token_of(shape, m) * dim;
    int64_t width = shape->width[m];
    la_gemm_tn(dim, width, n, dz, tokens * dim, in->x[m], width, 0, grad->project[m], width);
    la_gemm_tn(dim, width, n, dz + n * tokens * dim, tokens * dim, in->x_neg[m], width, 1,
               grad->project[m], width);
    la_column_sums(dz, 2 * n, dim, tokens * dim, grad->token[m]);
  }
}
