/* content.c - see content.h
 *
 * A block of items at a time, each by one thread: their features are in the cache when they are
 * multiplied.
 * SPDX-License-Identifier: MIT */
#include "model/content.h"

#include <omp.h>
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

/* Numbers that a thread works with: the features of a block, and its vectors behind them. */
static int64_t work_size(const struct content_shape *shape)
{
  int64_t width = 0;
  for (int m = 0; m < shape->sides; m++)
    width = shape->width[m] > width ? shape->width[m] : width;
  return ROWS_BLOCK * (width + shape->half);
}

static int64_t weights_size(const struct content_shape *shape)
{
  int64_t width = 1; /* of b */
  for (int m = 0; m < shape->sides; m++)
    width += shape->width[m];
  return width * shape->half;
}

/* turned: W_m, each turned, one behind the other. */
static void forward(const struct content_shape *shape, const real *turned, const real *b,
                    const struct content_input *in, int64_t first, int64_t count, real *vectors,
                    real *x, real *nodes)
{
  int64_t half = shape->half;
  for (int m = 0; m < shape->sides; m++) {
    int64_t width = shape->width[m];
    struct la_rows rows = rows_from(&in->x[m], width, first);
    la_rows_nn(count, half, width, &rows, turned, half, m > 0, vectors, half, x);
    turned += half * width;
  }
  vec_add_rows(vectors, b, count, half, half);
  for (int64_t k = 0; k < count; k++)
    memcpy(half_of(shape, in, first + k, nodes), vectors + k * half, (size_t)half * sizeof *vectors);
}

void content_forward(const struct content_shape *shape, const struct content_weights *w,
                     const struct content_input *in, real *nodes)
{
  int64_t room = work_size(shape), half = shape->half, whole = weights_size(shape);
  real *turned = la_scratch(whole + la_threads() * room), *scratch = turned + whole;
#pragma omp parallel
  {
    real *work = scratch + omp_get_thread_num() * room, *to = turned;
    la_one_thread_here();
    for (int m = 0; m < shape->sides; to += half * shape->width[m++])
      rows_turn(w->w[m], half, shape->width[m], to);
#pragma omp barrier
#pragma omp for schedule(dynamic, 1)
    for (int64_t first = 0; first < in->count; first += ROWS_BLOCK)
      forward(shape, turned, w->b, in, first,
              in->count - first < ROWS_BLOCK ? in->count - first : ROWS_BLOCK, work,
              work + ROWS_BLOCK * half, nodes);
  }
}

/* ---- backward: by parts of the items, whose gradients are added in order */

/* A block's gradients: W_m turned, one behind the other, then b. beta is 0 for the first block of a part. */
static void backward(const struct content_shape *shape, const struct content_input *in, int64_t first,
                     int64_t count, real *vectors, real *x, real *grad, real beta, real *part)
{
  int64_t half = shape->half;
  for (int64_t k = 0; k < count; k++) {
    real *from = half_of(shape, in, first + k, grad);
    memcpy(vectors + k * half, from, (size_t)half * sizeof *vectors);
    memset(from, 0, (size_t)half * sizeof *from);
  }
  for (int m = 0; m < shape->sides; part += half * shape->width[m++]) {
    struct la_rows rows = rows_from(&in->x[m], shape->width[m], first);
    la_rows_tn(shape->width[m], half, count, &rows, vectors, half, beta, part, half, x);
  }
  vec_column_sums(vectors, count, half, half, beta, part);
}

void content_backward(const struct content_shape *shape, const struct content_input *in, real *grad,
                      const struct content_weights *weight_grad)
{
  int64_t n = in->count, half = shape->half, room = work_size(shape), whole = weights_size(shape);
  int parts = rows_parts(n);
  real *sums = la_scratch(parts * whole + la_threads() * room), *scratch = sums + parts * whole;
#pragma omp parallel
  {
    real *work = scratch + omp_get_thread_num() * room;
    la_one_thread_here();
#pragma omp for schedule(dynamic, 1)
    for (int p = 0; p < parts; p++) {
      int64_t begin = rows_part(n, parts, p), end = rows_part(n, parts, p + 1);
      for (int64_t first = begin; first < end; first += ROWS_BLOCK)
        backward(shape, in, first, end - first < ROWS_BLOCK ? end - first : ROWS_BLOCK, work,
                 work + ROWS_BLOCK * half, grad, first > begin, sums + p * whole);
    }
    int64_t at = 0;
    for (int m = 0; m < shape->sides; at += half * shape->width[m++])
      rows_add_up_turned(sums + at, parts, whole, shape->width[m], half, weight_grad->w[m]);
    rows_add_up(sums + at, parts, whole, half, weight_grad->b);
  }
}
