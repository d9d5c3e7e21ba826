/* content.c - see content.h
 * SPDX-License-Identifier: MIT */
#include "model/content.h"

#include <string.h>

#include "la/gemm.h"
#include "la/vec.h"

/* The second half of the table's row of item k. */
static real *half_of(const struct content_shape *shape, const struct content_input *in, int64_t k,
                     real *table)
{
  int64_t row = in->first + (in->item ? in->item[k] : k);
  return table + row * 2 * shape->half + shape->half;
}

void content_forward(const struct content_shape *shape, const struct content_weights *w,
                     const struct content_input *in, real *work, real *nodes)
{
  int64_t half = shape->half;
  for (int m = 0; m < shape->sides; m++)
    la_gemm_nt(in->count, half, shape->width[m], in->x[m], shape->width[m], w->w[m],
               shape->width[m], m > 0, work, half);
  la_add_rows(work, w->b, in->count, half);
#pragma omp parallel for schedule(static)
  for (int64_t k = 0; k < in->count; k++)
    memcpy(half_of(shape, in, k, nodes), work + k * half, (size_t)half * sizeof *work);
}

void content_backward(const struct content_shape *shape, const struct content_input *in, real *work,
                      real *grad, const struct content_weights *weight_grad)
{
  int64_t half = shape->half;
#pragma omp parallel for schedule(static)
  for (int64_t k = 0; k < in->count; k++) {
    real *from = half_of(shape, in, k, grad);
    memcpy(work + k * half, from, (size_t)half * sizeof *work);
    memset(from, 0, (size_t)half * sizeof *work);
  }
  for (int m = 0; m < shape->sides; m++)
    la_gemm_tn(half, shape->width[m], in->count, work, half, in->x[m], shape->width[m], 0,
               weight_grad->w[m], shape->width[m]);
  la_column_sums(work, in->count, half, half, weight_grad->b);
}
