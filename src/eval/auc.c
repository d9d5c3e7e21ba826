/* auc.c - see auc.h
 * SPDX-License-Identifier: MIT */
#include "eval/auc.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

struct scored {
  double score;
  int8_t kind;
};

static int by_score(const void *a, const void *b)
{
  double x = ((const struct scored *)a)->score, y = ((const struct scored *)b)->score;
  return (x > y) - (x < y);
}

double auc(const double *score, const int8_t *kind, int64_t count)
{
  struct scored *sorted = mem_zero((size_t)count + 1, sizeof *sorted);
  int64_t n = 0;
  double positive = 0, negative = 0, above = 0;
  for (int64_t k = 0; k < count; k++)
    if (kind[k] == 0 || kind[k] == 1)
      sorted[n++] = (struct scored){score[k], kind[k]};
  qsort(sorted, (size_t)n, sizeof *sorted, by_score);
  for (int64_t from = 0, to; from < n; from = to) {
    double tied[2] = {0};
    for (to = from; to < n && sorted[to].score == sorted[from].score; to++)
      tied[sorted[to].kind]++;
    above += tied[1] * (negative + tied[0] / 2);
    negative += tied[0];
    positive += tied[1];
  }
  free(sorted);
  return positive > 0 && negative > 0 ? above / (positive * negative) : NAN;
}
