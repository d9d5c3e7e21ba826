/* gather.c - see gather.h
 * SPDX-License-Identifier: MIT */
#include "model/gather.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void gather_init(struct gather *gather, const struct features *features, int32_t batch)
{
  int32_t items = (int32_t)features->item_count;
  *gather = (struct gather){.features = features, .items = items,
                            .room = 2 * batch < items ? 2 * batch : items};
  gather->named = mem_zero(2 * (size_t)batch + 1, sizeof *gather->named);
  gather->place = mem_zero((size_t)items + 1, sizeof *gather->place);
  scatter_init(&gather->distinct, items, 2 * batch);
  for (int m = 0; m < MODALITIES; m++)
    gather->row[m] = mem_zero((size_t)gather->room + 1, sizeof *gather->row[m]);
}

void gather_free(struct gather *gather)
{
  scatter_free(&gather->distinct);
  free(gather->named);
  free(gather->place);
  for (int m = 0; m < MODALITIES; m++)
    free(gather->row[m]);
  *gather = (struct gather){0};
}

void gather_range(struct gather *gather, int32_t first, int32_t count)
{
  gather->count = count;
  gather->first = first;
  gather->item = NULL;
  for (int m = 0; m < MODALITIES; m++)
    gather->x[m] = (struct rows){
      .together = gather->features->x[m] + (int64_t)first * gather->features->dim[m]};
}

void gather_batch(struct gather *gather, const struct batch *batch)
{
  const struct scatter *distinct = &gather->distinct;
  size_t bytes = (size_t)batch->size * sizeof *batch->item;
  memcpy(gather->named, batch->item, bytes);
  memcpy(gather->named + batch->size, batch->other, bytes);
  scatter_sort(&gather->distinct, gather->named, 2 * batch->size);
  gather->count = distinct->count;
  gather->item = distinct->row;
  for (int32_t k = 0; k < distinct->count; k++)
    gather->place[distinct->row[k]] = k;
  for (int m = 0; m < MODALITIES; m++) {
    int64_t width = gather->features->dim[m];
    for (int32_t k = 0; k < distinct->count; k++)
      gather->row[m][k] = gather->features->x[m] + distinct->row[k] * width;
    gather->x[m] = (struct rows){.row = gather->row[m]};
  }
}
