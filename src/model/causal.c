/* causal.c - see causal.h
 * SPDX-License-Identifier: MIT */
#include "model/causal.h"

#include <omp.h>
#include <stdlib.h>

#include "base/mem.h"
#include "la/gemm.h"
#include "la/vec.h"

enum { OWN, NEGATIVE, SIDES };

/* ---- the weights' gradients as one array */

enum { WEIGHTS_MAX = 2 * TOKENS_MAX + 8 };

/* Where each weight is, and its size. Their number. */
static int list_weights(const struct causal_shape *shape, struct causal_weights *w,
                        real **list[WEIGHTS_MAX], int64_t size[WEIGHTS_MAX])
{
  int64_t dim = shape->attention.dim, square = dim * dim;
  int count = 0;
  for (int m = 0; m < shape->modalities; m++) {
    list[count] = &w->project[m];
    size[count++] = dim * shape->width[m];
    list[count] = &w->token[m];
    size[count++] = dim;
  }
  real **others[] = {&w->attention.qkv, &w->attention.qkv_bias, &w->attention.out,
                     &w->attention.out_bias, &w->w1, &w->b1, &w->w2, &w->b2};
  const int64_t sizes[] = {3 * square, 3 * dim, square, dim, square, dim, square, dim};
  for (size_t k = 0; k < COUNT_OF(others); k++) {
    list[count] = others[k];
    size[count++] = sizes[k];
  }
  return count;
}

static int64_t weights_size(const struct causal_shape *shape)
{
  struct causal_weights w;
  real **list[WEIGHTS_MAX];
  int64_t size[WEIGHTS_MAX], sum = 0;
  for (int k = list_weights(shape, &w, list, size) - 1; k >= 0; k--)
    sum += size[k];
  return sum;
}

/* The weights that stand one behind the other from here on. */
static struct causal_weights weights_at(const struct causal_shape *shape, real *at)
{
  struct causal_weights w = {0};
  real **list[WEIGHTS_MAX];
  int64_t size[WEIGHTS_MAX];
  int count = list_weights(shape, &w, list, size);
  for (int k = 0; k < count; at += size[k++])
    *list[k] = at;
  return w;
}

/* grad = the sum of the parts, in their order. Those of the projections are [width, dim]. */
static void add_up(const struct causal *causal, const struct causal_shape *shape, int parts,
                   struct causal_weights grad)
{
  int64_t size[WEIGHTS_MAX], whole = weights_size(shape), at = 0;
  real **list[WEIGHTS_MAX];
  int count = list_weights(shape, &grad, list, size);
  for (int k = 0; k < count; at += size[k++]) {
    bool is_projection = k < 2 * shape->modalities && k % 2 == 0;
    if (is_projection)
      rows_add_up_turned(causal->parts + at, parts, whole, shape->width[k / 2], shape->attention.dim,
                         *list[k]);
    else
      rows_add_up(causal->parts + at, parts, whole, size[k], *list[k]);
  }
}

/* ---- forward, with the weights turned */

void causal_init(struct causal *causal, const struct causal_shape *shape, int64_t items)
{
  size_t rows = 2 * (size_t)items, dim = (size_t)shape->attention.dim;
  size_t tokens = (size_t)shape->attention.tokens;
  *causal = (struct causal){
    .items = items,
    .z = mem_aligned(rows * tokens * dim, sizeof(real)),
    .s = mem_aligned(rows * dim, sizeof(real)),
    .hidden = mem_aligned(rows * dim, sizeof(real)),
    .y = mem_aligned(rows * dim, sizeof(real)),
  };
  attention_init(&causal->attention, &shape->attention, 2 * items);
}

void causal_free(struct causal *causal)
{
  attention_free(&causal->attention);
  free(causal->z);
  free(causal->s);
  free(causal->hidden);
  free(causal->y);
  free(causal->parts);
  free(causal->turned);
  *causal = (struct causal){0};
}

/* The token that modality m goes to. */
static int token_of(const struct causal_shape *shape, int m)
{
  return shape->attention.tokens == 1 ? 0 : m;
}

static int64_t widest(const struct causal_shape *shape)
{
  int64_t width = 1;
  for (int m = 0; m < shape->modalities; m++)
    width = shape->width[m] > width ? shape->width[m] : width;
  return width;
}

/* Items first .. first + count - 1 of one side: `row` is where they stand among the 2 n. */
struct block {
  int64_t first, row, count;
  const struct rows *x;
  const unsigned char *present;
};

static struct block block_of(const struct causal_shape *shape, const struct causal_input *in, int side,
                             int64_t first, int64_t count)
{
  int64_t row = side == OWN ? first : in->n + first;
  return (struct block){first, row, count, side == OWN ? in->x : in->x_neg,
                        in->present ? in->present + row * shape->attention.tokens : NULL};
}

/* The weights as forward takes them, by all threads. */
static struct causal_weights turn(struct causal *causal, const struct causal_shape *shape,
                                  const struct causal_weights *w)
{
  int64_t dim = shape->attention.dim;
  struct causal_weights to = weights_at(shape, causal->turned), turned = *w;
  for (int m = 0; m < shape->modalities; m++) {
    rows_turn(w->project[m], dim, shape->width[m], to.project[m]);
    turned.project[m] = to.project[m];
  }
  rows_turn(w->attention.qkv, 3 * dim, dim, to.attention.qkv);
  rows_turn(w->attention.out, dim, dim, to.attention.out);
  rows_turn(w->w1, dim, dim, to.w1);
  rows_turn(w->w2, dim, dim, to.w2);
  turned.attention.qkv = to.attention.qkv;
  turned.attention.out = to.attention.out;
  turned.w1 = to.w1;
  turned.w2 = to.w2;
  return turned;
}

/* z = P x + p of all modalities, a token each or their sum; work [count, widest]. */
static void project(const struct causal *causal, const struct causal_shape *shape,
                    const struct causal_weights *w, const struct block *block, real *work)
{
  int64_t tokens = shape->attention.tokens, dim = shape->attention.dim;
  for (int m = 0; m < shape->modalities; m++) {
    int64_t width = shape->width[m];
    real *z = causal->z + (block->row * tokens + token_of(shape, m)) * dim;
    struct la_rows x = rows_from(&block->x[m], width, block->first);
    la_rows_nn(block->count, dim, width, &x, w->project[m], dim, tokens == 1 && m > 0, z, tokens * dim,
               work);
    vec_add_rows(z, w->token[m], block->count, dim, tokens * dim);
  }
}

/* max(x + bias, 0), but what is not a number stays so: the loss shall tell. */
LA_CLONES static void rectify(real *restrict x, const real *restrict bias, int64_t rows, int64_t dim)
{
  for (int64_t r = 0; r < rows; r++)
#pragma omp simd
    for (int64_t k = 0; k < dim; k++) {
      real sum = x[r * dim + k] + bias[k];
      x[r * dim + k] = sum < 0 ? 0 : sum;
    }
}

/* s to y. */
static void mlp(const struct causal *causal, int64_t dim, const struct causal_weights *w,
                const struct block *block)
{
  int64_t at = block->row * dim;
  la_tile_nn(block->count, dim, dim, causal->s + at, dim, w->w1, dim, 0, causal->hidden + at, dim);
  rectify(causal->hidden + at, w->b1, block->count, dim);
  la_tile_nn(block->count, dim, dim, causal->hidden + at, dim, w->w2, dim, 0, causal->y + at, dim);
  vec_add_rows(causal->y + at, w->b2, block->count, dim, dim);
}

static void forward(struct causal *causal, const struct causal_shape *shape,
                    const struct causal_weights *w, const struct causal_input *in, int64_t first,
                    int64_t count, real *work)
{
  int64_t tokens = shape->attention.tokens, dim = shape->attention.dim;
  struct block block[SIDES];
  for (int side = 0; side < SIDES; side++) {
    block[side] = block_of(shape, in, side, first, count);
    project(causal, shape, w, &block[side], work);
    attention_forward(&causal->attention, &shape->attention, &w->attention, block[side].row, count,
                      causal->z + block[side].row * tokens * dim, block[side].present,
                      causal->s + block[side].row * dim);
  }
  real *own = causal->s + block[OWN].row * dim;
  if (!shape->is_content)
    vec_axpy(own, -1, causal->s + block[NEGATIVE].row * dim, count * dim);
  for (int side = 0; side < SIDES; side++)
    mlp(causal, dim, w, &block[side]);
}

/* For n items and some more: batches do not differ by much. */
static void make_room(struct causal *causal, const struct causal_shape *shape, int64_t n)
{
  if (n <= causal->items)
    return;
  causal_free(causal);
  causal_init(causal, shape, n + n / 32);
}

void causal_forward(struct causal *causal, const struct causal_shape *shape,
                    const struct causal_weights *w, const struct causal_input *in)
{
  make_room(causal, shape, in->n);
  int64_t room = ROWS_BLOCK * widest(shape);
  real *work = la_scratch(la_threads() * room);
  if (!causal->turned)
    causal->turned = mem_aligned((size_t)weights_size(shape), sizeof(real));
#pragma omp parallel
  {
    struct causal_weights turned = turn(causal, shape, w);
    la_one_thread_here();
#pragma omp barrier
#pragma omp for schedule(dynamic, 1)
    for (int64_t first = 0; first < in->n; first += ROWS_BLOCK)
      forward(causal, shape, &turned, in, first, in->n - first < ROWS_BLOCK ? in->n - first : ROWS_BLOCK,
              work + omp_get_thread_num() * room);
  }
}

/* ---- backward */

/* What a thread works with. */
struct work {
  real *x;      /* [ROWS_BLOCK, widest] */
  real *hidden; /* [ROWS_BLOCK, dim] */
  real *back[SIDES]; /* [ROWS_BLOCK, dim] gradients of s, then of a */
  real *z;      /* [ROWS_BLOCK, tokens, dim] */
  real *attention;
};

static int64_t work_size(const struct causal_shape *shape)
{
  return ROWS_BLOCK * (widest(shape) + (SIDES + 1 + shape->attention.tokens) * shape->attention.dim) +
         attention_work(&shape->attention, ROWS_BLOCK);
}

static struct work work_at(const struct causal_shape *shape, real *at)
{
  int64_t rows = (int64_t)ROWS_BLOCK * shape->attention.dim;
  struct work work = {.x = at, .hidden = at + ROWS_BLOCK * widest(shape)};
  work.back[OWN] = work.hidden + rows;
  work.back[NEGATIVE] = work.back[OWN] + rows;
  work.z = work.back[NEGATIVE] + rows;
  work.attention = work.z + shape->attention.tokens * rows;
  return work;
}

/* d = 0 where x is: the derivative of max(x, 0). */
LA_CLONES static void rectify_backward(const real *restrict x, int64_t n, real *restrict d)
{
#pragma omp simd
  for (int64_t k = 0; k < n; k++)
    d[k] = x[k] > 0 ? d[k] : 0;
}

/* Through both layers of the MLP, to the gradient of its input. */
static void mlp_backward(const struct causal *causal, int64_t dim, const struct causal_weights *w,
                         const struct block *block, const real *dy, real beta,
                         const struct causal_weights *grad, real *d_hidden, real *d_input)
{
  int64_t rows = block->count, at = block->row * dim;
  const real *hidden = causal->hidden + at;
  la_tile_tn(dim, dim, rows, dy + at, dim, hidden, dim, beta, grad->w2, dim);
  vec_column_sums(dy + at, rows, dim, dim, beta, grad->b2);
  la_tile_nn(rows, dim, dim, dy + at, dim, w->w2, dim, 0, d_hidden, dim);
  rectify_backward(hidden, rows * dim, d_hidden);
  la_tile_tn(dim, dim, rows, d_hidden, dim, causal->s + at, dim, beta, grad->w1, dim);
  vec_column_sums(d_hidden, rows, dim, dim, beta, grad->b1);
  la_tile_nn(rows, dim, dim, d_hidden, dim, w->w1, dim, 0, d_input, dim);
}

static void project_backward(const struct causal_shape *shape, const struct block *block, real beta,
                             const struct causal_weights *grad, const struct work *work)
{
  int64_t tokens = shape->attention.tokens, dim = shape->attention.dim;
  for (int m = 0; m < shape->modalities; m++) {
    int64_t width = shape->width[m];
    const real *dz = work->z + token_of(shape, m) * dim;
    struct la_rows x = rows_from(&block->x[m], width, block->first);
    la_rows_tn(width, dim, block->count, &x, dz, tokens * dim, beta, grad->project[m], dim, work->x);
    vec_column_sums(dz, block->count, dim, tokens * dim, beta, grad->token[m]);
  }
}

/* A block of a part; beta is 0 for the first one. */
static void backward(const struct causal *causal, const struct causal_shape *shape,
                     const struct causal_weights *w, const struct causal_input *in, int64_t first,
                     int64_t count, const real *dy, real beta, const struct causal_weights *grad,
                     const struct work *work)
{
  int64_t tokens = shape->attention.tokens, dim = shape->attention.dim;
  struct block block[SIDES];
  for (int side = 0; side < SIDES; side++) {
    block[side] = block_of(shape, in, side, first, count);
    mlp_backward(causal, dim, w, &block[side], dy, side == OWN ? beta : 1, grad, work->hidden,
                 work->back[side]);
  }
  if (!shape->is_content) /* e = a - a-, and a- itself */
    vec_axpy(work->back[NEGATIVE], -1, work->back[OWN], count * dim);
  for (int side = 0; side < SIDES; side++) {
    real keep = side == OWN ? beta : 1;
    attention_backward(&causal->attention, &shape->attention, &w->attention, block[side].row, count,
                       causal->z + block[side].row * tokens * dim, block[side].present,
                       work->back[side], work->z, keep, &grad->attention, work->attention);
    project_backward(shape, &block[side], keep, grad, work);
  }
}

void causal_backward(struct causal *causal, const struct causal_shape *shape,
                     const struct causal_weights *w, const struct causal_input *in,
                     const real *dy, const struct causal_weights *grad)
{
  int parts = rows_parts(in->n);
  int64_t whole = weights_size(shape), room = work_size(shape);
  real *scratch = la_scratch(la_threads() * room);
  if (!causal->parts)
    causal->parts = mem_aligned((size_t)(rows_parts(causal->items) * whole), sizeof(real));
#pragma omp parallel
  {
    struct work work = work_at(shape, scratch + omp_get_thread_num() * room);
    la_one_thread_here();
#pragma omp for schedule(dynamic, 1)
    for (int p = 0; p < parts; p++) {
      int64_t begin = rows_part(in->n, parts, p), end = rows_part(in->n, parts, p + 1);
      struct causal_weights part = weights_at(shape, causal->parts + p * whole);
      for (int64_t first = begin; first < end; first += ROWS_BLOCK)
        backward(causal, shape, w, in, first, end - first < ROWS_BLOCK ? end - first : ROWS_BLOCK,
                 dy, first > begin, &part, &work);
    }
    add_up(causal, shape, parts, *grad);
  }
}
