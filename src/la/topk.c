/* topk.c - see topk.h
 * SPDX-License-Identifier: MIT */
#include "la/topk.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

#define LOOK 32 /* scores compared at once */

static inline bool is_better(struct ranked a, struct ranked b)
{
  return a.score > b.score || (a.score == b.score && a.id < b.id);
}

void topk_init(struct topk *top, int k)
{
  *top = (struct topk){.room = 2 * k + LOOK};
  top->basket = mem_alloc((size_t)top->room * sizeof *top->basket);
  topk_start(top, k);
}

void topk_free(struct topk *top)
{
  free(top->basket);
  *top = (struct topk){0};
}

void topk_start(struct topk *top, int k)
{
  top->k = k;
  top->count = 0;
  top->bar = -(real)INFINITY;
}

/* Put the k best in front (Hoare's selection). */
static void select_best(struct ranked *a, int count, int k)
{
  int low = 0, high = count - 1;
  while (low < high) {
    struct ranked pivot = a[low + (high - low) / 2];
    int left = low, right = high;
    while (left <= right) {
      while (is_better(a[left], pivot))
        left++;
      while (is_better(pivot, a[right]))
        right--;
      if (left <= right) {
        struct ranked kept = a[left];
        a[left++] = a[right];
        a[right--] = kept;
      }
    }
    if (k - 1 <= right)
      high = right;
    else if (k - 1 >= left)
      low = left;
    else
      return;
  }
}

static void drop_worst(struct topk *top)
{
  select_best(top->basket, top->count, top->k);
  top->count = top->k;
  real bar = top->basket[0].score;
  for (int e = 1; e < top->k; e++)
    bar = top->basket[e].score < bar ? top->basket[e].score : bar;
  top->bar = bar;
}

LA_CLONES static int first_above(const real *scores, int from, int n, real bar)
{
  for (; from + LOOK <= n; from += LOOK) {
    int any = 0;
#pragma omp simd reduction(| : any)
    for (int e = 0; e < LOOK; e++)
      any |= scores[from + e] > bar;
    if (any)
      return from;
  }
  return from;
}

void topk_push(struct topk *top, const real *scores, int32_t first, int n)
{
  if (top->k <= 0)
    return;
  for (int from = 0; (from = first_above(scores, from, n, top->bar)) < n; from += LOOK) {
    for (int e = from; e < from + LOOK && e < n; e++)
      if (scores[e] > top->bar)
        top->basket[top->count++] = (struct ranked){scores[e], first + e};
    if (top->count > 2 * top->k)
      drop_worst(top);
  }
}

static int best_first(const void *a, const void *b)
{
  const struct ranked *x = a, *y = b;
  return is_better(*x, *y) ? -1 : is_better(*y, *x);
}

int topk_finish(struct topk *top, int32_t *out)
{
  if (top->count > top->k)
    drop_worst(top);
  qsort(top->basket, (size_t)top->count, sizeof *top->basket, best_first);
  for (int e = 0; e < top->count; e++)
    out[e] = top->basket[e].id;
  return top->count;
}
