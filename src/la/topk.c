/* topk.c - see topk.h
 * SPDX-License-Identifier: MIT */
#include "la/topk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define LOOK 32 /* scores compared at once */

#ifdef REAL_DOUBLE
typedef uint64_t bits;
#else
typedef uint32_t bits;
#endif
#define SIGN ((bits)1 << (8 * sizeof(bits) - 1))

/* The bits of numbers are in their order once the negative ones are turned round. */
static inline topk_key key_of(real score, int32_t id)
{
  bits b;
  score += 0; /* -0 is 0 */
  memcpy(&b, &score, sizeof b);
  b ^= b & SIGN ? ~(bits)0 : SIGN;
  return (topk_key)b << 32 | (uint32_t)~id;
}

static inline real score_of(topk_key key)
{
  bits b = (bits)(key >> 32);
  real score;
  b ^= b & SIGN ? SIGN : ~(bits)0;
  memcpy(&score, &b, sizeof score);
  return score;
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

/* Where the middle one of the first, the middle and the last stands. */
static int middle(const topk_key *a, int low, int high)
{
  int half = low + (high - low) / 2;
  int less = a[low] < a[half] ? low : half, more = a[low] < a[half] ? half : low;
  return a[high] < a[less] ? less : a[high] > a[more] ? more : high;
}

/* Put the k best in front, the worst of them last: quickselect that moves every key in every round
 * rather than guess whether it must. Keys are distinct. */
static void select_best(topk_key *a, int count, int k)
{
  int low = 0, high = count - 1;
  while (low < high) {
    int at = middle(a, low, high), better = low;
    topk_key pivot = a[at];
    a[at] = a[high];
    for (int e = low; e < high; e++) {
      topk_key key = a[e];
      a[e] = a[better];
      a[better] = key;
      better += key > pivot;
    }
    a[high] = a[better];
    a[better] = pivot;
    if (better < k)
      low = better + 1;
    if (better >= k - 1)
      high = better - 1;
  }
}

static void drop_worst(struct topk *top)
{
  select_best(top->basket, top->count, top->k);
  top->count = top->k;
  top->bar = score_of(top->basket[top->k - 1]);
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
        top->basket[top->count++] = key_of(scores[e], first + e);
    if (top->count > 2 * top->k)
      drop_worst(top);
  }
}

/* How many are better: its place. */
LA_CLONES static int place_of(const topk_key *a, int count, topk_key key)
{
  int better = 0;
#pragma omp simd reduction(+ : better)
  for (int e = 0; e < count; e++)
    better += a[e] > key;
  return better;
}

int topk_finish(struct topk *top, int32_t *out)
{
  if (top->count > top->k)
    drop_worst(top);
  for (int e = 0; e < top->count; e++)
    out[place_of(top->basket, top->count, top->basket[e])] = (int32_t)~(uint32_t)top->basket[e];
  return top->count;
}
