/* dataset.c - see dataset.h
 * SPDX-License-Identifier: MIT */
#include "data/dataset.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"

enum { HINT_BITS = 16 };

static int ascending(const void *a, const void *b)
{
  int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return (x > y) - (x < y);
}

/* Count, sum up, fill; then sort each user's items and keep one of each. */
static void build_sets(const struct interactions *from, enum phase phase, struct item_sets *sets)
{
  size_t users = (size_t)from->user_count;
  int64_t *start = mem_zero(users + 2, sizeof *start), kept = 0;
  for (int64_t e = 0; e < from->count; e++)
    if (from->phase[e] == (int8_t)phase)
      start[from->user[e] + 2]++;
  for (size_t u = 2; u <= users; u++)
    start[u] += start[u - 1];
  int32_t *item = mem_zero((size_t)start[users] + (size_t)start[users + 1] + 1, sizeof *item);
  for (int64_t e = 0; e < from->count; e++)
    if (from->phase[e] == (int8_t)phase)
      item[start[from->user[e] + 1]++] = from->item[e];
  for (size_t u = 0, first = 0; u < users; u++) {
    size_t end = (size_t)start[u + 1];
    qsort(item + first, end - first, sizeof *item, ascending);
    start[u] = kept;
    for (size_t e = first; e < end; e++)
      if (e == first || item[e] != item[e - 1])
        item[kept++] = item[e];
    first = end;
  }
  start[users] = kept;
  *sets = (struct item_sets){start, item};
}

static void build_pairs(const struct interactions *from, struct dataset *data)
{
  data->pair_user = mem_aligned((size_t)from->count + 1, sizeof *data->pair_user);
  data->pair_item = mem_aligned((size_t)from->count + 1, sizeof *data->pair_item);
  data->item_count = mem_zero((size_t)data->items + 1, sizeof *data->item_count);
  data->trained = mem_zero((size_t)data->items + 1, sizeof *data->trained);
  for (int64_t e = 0; e < from->count; e++)
    if (from->phase[e] == PHASE_TRAIN) {
      data->pair_user[data->pairs] = from->user[e];
      data->pair_item[data->pairs++] = from->item[e];
      data->item_count[from->item[e]]++;
    }
  for (int32_t i = 0; i < data->items; i++)
    if (data->item_count[i])
      data->trained[data->trained_count++] = i;
}

/* Has every item a bit of its own? */
static bool is_exact(uint32_t words, int32_t items) { return 64 * (int64_t)words >= items; }

/* So many bits an item, that few others share one; no more than there are items. */
static uint32_t hint_words(int64_t size, int32_t items)
{
  uint32_t words = 1;
  while (64 * (int64_t)words < HINT_BITS * size && !is_exact(words, items))
    words *= 2;
  return words;
}

static uint32_t hint_bit(uint32_t words, int32_t items, int32_t item)
{
  return is_exact(words, items) ? (uint32_t)item
                                : (uint32_t)item * 2654435769U >> (26 - __builtin_ctz(words));
}

static void build_hint(struct dataset *data)
{
  const struct item_sets *sets = &data->sets[PHASE_TRAIN];
  data->hint_start = mem_zero((size_t)data->users + 1, sizeof *data->hint_start);
  for (int32_t u = 0; u < data->users; u++)
    data->hint_start[u + 1] = data->hint_start[u] +
                              hint_words(sets->start[u + 1] - sets->start[u], data->items);
  data->hint = mem_zero((size_t)data->hint_start[data->users] + 1, sizeof *data->hint);
  for (int32_t u = 0; u < data->users; u++) {
    uint32_t first = data->hint_start[u], words = data->hint_start[u + 1] - first;
    for (int64_t e = sets->start[u]; e < sets->start[u + 1]; e++) {
      uint32_t bit = hint_bit(words, data->items, sets->item[e]);
      data->hint[first + bit / 64] |= (uint64_t)1 << bit % 64;
    }
  }
}

static uint64_t fingerprint(const struct dataset *data)
{
  uint64_t hash = rng_mix64((uint64_t)data->users << 32 | (uint64_t)data->items);
  for (int phase = 0; phase < PHASES; phase++) {
    const struct item_sets *sets = &data->sets[phase];
    hash = rng_mix64(hash ^ hash_fnv1a(sets->start, ((size_t)data->users + 1) *
                                                      sizeof *sets->start));
    hash = rng_mix64(hash ^ hash_fnv1a(sets->item, (size_t)sets->start[data->users] *
                                                     sizeof *sets->item));
  }
  return hash;
}

void dataset_build(const struct interactions *interactions, struct dataset *data)
{
  *data = (struct dataset){.users = interactions->user_count, .items = interactions->item_count};
  for (int phase = 0; phase < PHASES; phase++)
    build_sets(interactions, (enum phase)phase, &data->sets[phase]);
  build_pairs(interactions, data);
  build_hint(data);
  data->fingerprint = fingerprint(data);
}

bool dataset_load(struct store *store, struct dataset *data, struct err *err)
{
  struct interactions interactions;
  if (!interactions_load(store, &interactions, err))
    return false;
  dataset_build(&interactions, data);
  interactions_free(&interactions);
  if (data->items && data->pairs)
    return true;
  dataset_free(data);
  return err_set(err, EX_DATAERR, "%s has no %s: import a catalogue with interactions first",
                 store_dir(store), data->items ? "interactions to train on" : "items");
}

void dataset_free(struct dataset *data)
{
  for (int phase = 0; phase < PHASES; phase++) {
    free(data->sets[phase].start);
    free(data->sets[phase].item);
  }
  free(data->hint);
  free(data->hint_start);
  free(data->pair_user);
  free(data->pair_item);
  free(data->item_count);
  free(data->trained);
  *data = (struct dataset){.items = data->items};
}

int64_t dataset_size(const struct dataset *data, enum phase phase, int32_t user)
{
  return data->sets[phase].start[user + 1] - data->sets[phase].start[user];
}

bool dataset_has(const struct dataset *data, enum phase phase, int32_t user, int32_t item)
{
  const struct item_sets *sets = &data->sets[phase];
  if (phase == PHASE_TRAIN) {
    uint32_t first = data->hint_start[user], words = data->hint_start[user + 1] - first;
    uint32_t bit = hint_bit(words, data->items, item);
    bool is_hinted = data->hint[first + bit / 64] >> bit % 64 & 1;
    if (!is_hinted || is_exact(words, data->items))
      return is_hinted;
  }
  int64_t low = sets->start[user], high = sets->start[user + 1];
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    if (sets->item[middle] < item)
      low = middle + 1;
    else
      high = middle;
  }
  return low < sets->start[user + 1] && sets->item[low] == item;
}
