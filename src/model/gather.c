/* gather.c - see gather.h
 * SPDX-License-Identifier: MIT */
#include "model/gather.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void gather_init(struct gather *gather, const struct features *features, int32_t batch)
{
  int32_t items = (int32_t)features->item_count, most = (int32_t)((int64_t)items * 9 / 10);
  *gather = (struct gather){.features = features, .items = items,
                            .room = 2 * batch < most ? 2 * batch : most};
  gather->named = mem_zero(2 * (size_t)batch + 1, sizeof *gather->named);
  gather->place = mem_zero((size_t)items + 1, sizeof *gather->place);
  scatter_init(&gather->distinct, items, 2 * batch);
  for (int m = 0; m < MODALITIES; m++)
    gather->copied[m] = mem_aligned((size_t)gather->room * (size_t)features->dim[m], sizeof(real));
}

void gather_free(struct gather *gather)
{
  scatter_free(&gather->distinct);
  free(gather->named);
  free(gather->place);
  for (int m = 0; m < MODALITIES; m++)
    free(gather->copied[m]);
  *gather = (struct gather){0};
}

void gather_all(struct gather *gather)
{
  gather->count = gather->items;
  gather->item = NULL;
  for (int32_t i = 0; i < gather->items; i++)
    gather->place[i] = i;
  for (int m = 0; m < MODALITIES; m++)
    gather->x[m] = gather->features->x[m];
}

void gather_batch(struct gather *gather, const struct batch *batch)
{
  const struct scatter *distinct = &gather->distinct;
  size_t bytes = (size_t)batch->size * sizeof *batch->item;
  memcpy(gather->named, batch->item, bytes);
  memcpy(gather->named + batch->size, batch->other, bytes);
  scatter_sort(&gather->distinct, gather->named, 2 * batch->size);
  if (distinct->count > gather->room) {
    gather_all(gather);
    return;
  }
  gather->count = distinct->count;
  gather->item = distinct->row;
  for (int32_t k = 0; k < distinct->count; k++)
    gather->place[distinct->row[k]] = k;
  for (int m = 0; m < MODALITIES; m++) {
    int64_t width = gather->features->dim[m];
    const real *from = gather->features->x[m];
    gather->x[m] = gather->copied[m];
#pragma omp parallel for schedule(static)
    for (int32_t k = 0; k < distinct->count; k++)
      memcpy(gather->copied[m] + k * width, from + distinct->row[k] * width,
             (size_t)width * sizeof(real));
  }
}
