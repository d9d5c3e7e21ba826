/* influence.c - see influence.h
 * SPDX-License-Identifier: MIT */
#include "eval/influence.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "la/vec.h"

#define NOTHING 1e-9

/* Sums over the training pairs become means; what is nothing becomes NAN. */
static void finish(double *sum[MODALITIES], const int64_t *count, int32_t rows,
                   float *out[MODALITIES])
{
  for (int32_t r = 0; r < rows; r++) {
    double all = 0;
    for (int m = 0; m < MODALITIES; m++) {
      sum[m][r] = count[r] ? sum[m][r] / (double)count[r] : 0;
      all = fmax(all, sum[m][r]);
    }
    for (int m = 0; m < MODALITIES; m++)
      out[m][r] = all < NOTHING ? NAN : (float)sum[m][r];
  }
}

void influence_measure(const struct dataset *data, const struct embedding *embedding,
                       const struct effects *effects, struct influence *out)
{
  const struct item_sets *sets = &data->sets[PHASE_TRAIN];
  int64_t dim = embedding->dim;
  double *item[MODALITIES], *user[MODALITIES];
  int64_t *items = mem_zero((size_t)data->items + 1, sizeof *items);
  int64_t *users = mem_zero((size_t)data->users + 1, sizeof *users);
  for (int m = 0; m < MODALITIES; m++) {
    item[m] = mem_zero((size_t)data->items + 1, sizeof *item[m]);
    user[m] = mem_zero((size_t)data->users + 1, sizeof *user[m]);
    out->item[m] = mem_zero((size_t)data->items + 1, sizeof *out->item[m]);
    out->user[m] = mem_zero((size_t)data->users + 1, sizeof *out->user[m]);
  }
  for (int32_t u = 0; u < data->users; u++)
    for (int64_t e = sets->start[u]; e < sets->start[u + 1]; e++) {
      int32_t i = sets->item[e];
      items[i]++;
      users[u]++;
      for (int m = 0; m < MODALITIES; m++) {
        double part = fabs((double)vec_dot(embedding->users + u * dim,
                                           effects->moved[m] + i * dim, dim));
        item[m][i] += part;
        user[m][u] += part;
      }
    }
  finish(item, items, data->items, out->item);
  finish(user, users, data->users, out->user);
  for (int m = 0; m < MODALITIES; m++) {
    free(item[m]);
    free(user[m]);
  }
  free(items);
  free(users);
}

void influence_free(struct influence *influence)
{
  for (int m = 0; m < MODALITIES; m++) {
    free(influence->item[m]);
    free(influence->user[m]);
  }
  *influence = (struct influence){0};
}

bool influence_share(const double value[MODALITIES], double share[MODALITIES],
                     enum modality *most, double *evenness)
{
  double sum = 0, entropy = 0;
  *most = TEXT;
  for (int m = 0; m < MODALITIES; m++) {
    sum += value[m];
    *most = value[m] > value[*most] ? (enum modality)m : *most;
  }
  if (!(sum >= NOTHING))
    return false;
  for (int m = 0; m < MODALITIES; m++) {
    share[m] = value[m] / sum;
    entropy -= share[m] > 0 ? share[m] * log(share[m]) : 0;
  }
  *evenness = entropy / log(MODALITIES);
  return true;
}
