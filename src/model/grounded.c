/* grounded.c - see grounded.h
 * SPDX-License-Identifier: MIT */
#include "model/grounded.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "la/gemm.h"
#include "la/topk.h"
#include "la/vec.h"

#define BLOCK 256 /* items whose neighbours are looked for at once */

void grounded_free(struct grounded *grounded)
{
  free(grounded->near);
  free(grounded->other);
  *grounded = (struct grounded){0};
}

/* Half the squared length of every item's features over all modalities; INFINITY: not trained. */
static real *half_squares(const struct dataset *data, const struct features *f)
{
  real *half = mem_aligned((size_t)data->items + 1, sizeof *half);
  for (int32_t i = 0; i < data->items; i++) {
    double sum = 0;
    for (int m = 0; m < MODALITIES; m++)
      sum += vec_square(f->x[m] + (int64_t)i * f->dim[m], f->dim[m]);
    half[i] = data->item_count[i] ? (real)(sum / 2) : (real)INFINITY;
  }
  return half;
}

/* The nearest of item first + k, from score = x- . x_j of all j: |x- - x_j|^2 is smallest where
 * x- . x_j - |x_j|^2 / 2 is largest. */
static void nearest(const struct dataset *data, int32_t item, real *score, const real *half,
                    struct topk *top, int32_t *out)
{
  for (int32_t j = 0; j < data->items; j++)
    score[j] = j == item ? -(real)INFINITY : score[j] - half[j];
  topk_start(top, GROUNDED_NEAR);
  topk_push(top, score, 0, data->items);
  for (int k = topk_finish(top, out); k < GROUNDED_NEAR; k++)
    out[k] = -1;
}

void grounded_build(struct grounded *grounded, const struct dataset *data,
                    struct opposites *opposites)
{
  const struct features *f = opposites->features;
  struct gather all = {.features = f, .items = data->items, .count = data->items};
  struct rows x_neg[MODALITIES];
  struct topk top;
  real *half = half_squares(data, f);
  real *score = mem_aligned((size_t)BLOCK * (size_t)data->items + 1, sizeof *score);
  int widest = f->dim[TEXT] > f->dim[IMAGE] ? f->dim[TEXT] : f->dim[IMAGE];
  real *rows = mem_aligned((size_t)BLOCK * (size_t)widest + 1, sizeof *rows);
  grounded_free(grounded);
  grounded->near = mem_zero((size_t)data->items * GROUNDED_NEAR + 1, sizeof *grounded->near);
  topk_init(&top, GROUNDED_NEAR);
  opposites_fix(opposites, 0);
  opposites_take(opposites, &all, x_neg);
  for (int32_t first = 0; first < data->items; first += BLOCK) {
    int32_t n = data->items - first < BLOCK ? data->items - first : BLOCK;
    for (int m = 0; m < MODALITIES; m++) {
      struct la_rows from = rows_from(&x_neg[m], f->dim[m], first);
      from = la_together(n, f->dim[m], &from, rows);
      la_gemm_nt(n, data->items, f->dim[m], from.whole, from.ld, f->x[m], f->dim[m], m > 0, score,
                 data->items);
    }
    for (int32_t k = 0; k < n; k++) {
      int32_t *out = grounded->near + (int64_t)(first + k) * GROUNDED_NEAR;
      nearest(data, first + k, score + (int64_t)k * data->items, half, &top, out);
      if (!opposites_count(opposites, first + k))
        out[0] = -1;
    }
  }
  topk_free(&top);
  free(rows);
  free(score);
  free(half);
}

struct batch grounded_batch(struct grounded *grounded, const struct dataset *data,
                            const struct batch *batch)
{
  struct batch out = *batch;
  if (!grounded->near)
    return out;
  if (batch->size > grounded->room) {
    free(grounded->other);
    grounded->room = batch->size;
    grounded->other = mem_zero((size_t)batch->size, sizeof *grounded->other);
  }
  out.other = memcpy(grounded->other, batch->other, (size_t)batch->size * sizeof *batch->other);
  struct rng rng = rng_stream(batch->seed, RNG_NEGATIVES, 1);
  for (int32_t b = 0; b < batch->size; b++) {
    const int32_t *near = grounded->near + (int64_t)batch->item[b] * GROUNDED_NEAR;
    bool is_chosen = rng_unif(&rng) < GROUNDED_SHARE;
    int32_t count = 0, drawn = (int32_t)rng_below(&rng, GROUNDED_NEAR);
    while (count < GROUNDED_NEAR && near[count] >= 0)
      count++;
    if (!is_chosen || !count)
      continue;
    drawn %= count;
    if (!dataset_has(data, PHASE_TRAIN, batch->user[b], near[drawn]))
      grounded->other[b] = near[drawn];
  }
  return out;
}
