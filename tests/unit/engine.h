/* engine.h - small catalogues in memory for the engine's tests
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_ENGINE_H
#define TESTS_ENGINE_H

#include "unit.h"

#include <string.h>

#include "engine/statistics.h"

/* A catalogue being put together: items of fields, pairs of users and items. */
struct toy {
  struct item **items;
  int64_t count, room;
  struct interactions pairs;
  int64_t pair_room;
};

static inline void toy_attribute(struct item *item, const char *key, const char *value, size_t size)
{
  item->attributes = mem_grow(item->attributes, (size_t)item->attribute_count + 1,
                              sizeof *item->attributes);
  item->attributes[item->attribute_count++] =
    (struct attribute){TEXT, mem_strdup(key), mem_strndup(value, size)};
}

static inline struct item *toy_item(struct toy *toy, const char *title)
{
  struct item *item = mem_zero(1, sizeof *item);
  item->id = toy->count;
  item->key = mem_printf("i%d", (int)toy->count);
  item->title = mem_strdup(title);
  item->fields = mem_zero(12, sizeof *item->fields);
  item->fields[item->field_count++] =
    (struct field){mem_strdup("title"), mem_strdup(title), FIELD_TITLE};
  VEC_PUSH(toy->items, toy->count, toy->room) = item;
  return item;
}

static inline void toy_field(struct item *item, const char *key, const char *value,
                             enum field_kind kind)
{
  const char *cursor = value, *entry;
  size_t size;
  item->fields[item->field_count++] = (struct field){mem_strdup(key), mem_strdup(value), kind};
  if (kind == FIELD_VALUE)
    toy_attribute(item, key, value, strlen(value));
  while (kind == FIELD_LIST && list_next(&cursor, &entry, &size))
    toy_attribute(item, key, entry, size);
}

static inline void toy_pair(struct toy *toy, int user, int item)
{
  struct interactions *pairs = &toy->pairs;
  if (pairs->count == toy->pair_room) {
    toy->pair_room = toy->pair_room ? 2 * toy->pair_room : 64;
    size_t room = (size_t)toy->pair_room;
    pairs->user = mem_grow(pairs->user, room, sizeof *pairs->user);
    pairs->item = mem_grow(pairs->item, room, sizeof *pairs->item);
    pairs->phase = mem_grow(pairs->phase, room, sizeof *pairs->phase);
  }
  pairs->user[pairs->count] = user;
  pairs->item[pairs->count] = item;
  pairs->phase[pairs->count++] = PHASE_TRAIN;
  pairs->user_count = user >= pairs->user_count ? user + 1 : pairs->user_count;
}

static inline struct statistics *toy_statistics(struct toy *toy)
{
  toy->pairs.item_count = (int32_t)toy->count;
  return statistics_build(toy->items, toy->count, &toy->pairs);
}

static inline void toy_free(struct toy *toy)
{
  items_free(toy->items, toy->count);
  free(toy->pairs.user);
  free(toy->pairs.item);
  free(toy->pairs.phase);
}

static inline int32_t toy_value(const struct statistics *s, const char *key, const char *text)
{
  int k = statistics_key(s, TEXT, key);
  return k < 0 ? -1 : statistics_value(s, k, text);
}

#endif
