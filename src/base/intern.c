/* intern.c - see intern.h
 * SPDX-License-Identifier: MIT */
#include "base/intern.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

enum { CHUNK_BYTES = 1 << 16, FIRST_SLOTS = 64 };

struct intern_chunk {
  struct intern_chunk *next;
  size_t used, room;
  char bytes[];
};

static const char *keep(struct intern *intern, const char *text, size_t size)
{
  struct intern_chunk *chunk = intern->chunks;
  if (!chunk || chunk->room - chunk->used < size + 1) {
    size_t room = size + 1 > CHUNK_BYTES ? size + 1 : CHUNK_BYTES;
    chunk = mem_alloc(sizeof *chunk + room);
    *chunk = (struct intern_chunk){.next = intern->chunks, .room = room};
    intern->chunks = chunk;
  }
  char *copy = chunk->bytes + chunk->used;
  memcpy(copy, text, size);
  copy[size] = '\0';
  chunk->used += size + 1;
  return copy;
}

/* The slot that holds the string, or the free one where it belongs. */
static size_t slot_of(const struct intern *intern, const char *text, size_t size, uint32_t hash)
{
  size_t mask = intern->slot_count - 1, slot = hash & mask;
  for (; intern->slots[slot] >= 0; slot = (slot + 1) & mask) {
    const struct intern_entry *entry = &intern->entries[intern->slots[slot]];
    if (entry->hash == hash && entry->size == size && !memcmp(entry->text, text, size))
      break;
  }
  return slot;
}

static void grow(struct intern *intern)
{
  intern->slot_count = intern->slot_count ? 2 * intern->slot_count : FIRST_SLOTS;
  intern->slots = mem_grow(intern->slots, intern->slot_count, sizeof *intern->slots);
  memset(intern->slots, 0xff, intern->slot_count * sizeof *intern->slots);
  size_t mask = intern->slot_count - 1;
  for (int32_t k = 0; k < intern->count; k++) {
    size_t slot = intern->entries[k].hash & mask;
    while (intern->slots[slot] >= 0)
      slot = (slot + 1) & mask;
    intern->slots[slot] = k;
  }
}

static uint32_t hash_of(const char *text, size_t size)
{
  uint64_t hash = hash_fnv1a(text, size);
  return (uint32_t)(hash ^ (hash >> 32));
}

int32_t intern_add(struct intern *intern, const char *text, size_t size)
{
  if (2 * (size_t)intern->count >= intern->slot_count)
    grow(intern);
  uint32_t hash = hash_of(text, size);
  size_t slot = slot_of(intern, text, size, hash);
  if (intern->slots[slot] >= 0)
    return intern->slots[slot];
  assert(intern->count < INT32_MAX && size < UINT32_MAX);
  VEC_ROOM(intern->entries, (size_t)intern->count, intern->room);
  intern->entries[intern->count] =
    (struct intern_entry){keep(intern, text, size), hash, (uint32_t)size};
  intern->slots[slot] = intern->count;
  return intern->count++;
}

int32_t intern_find(const struct intern *intern, const char *text, size_t size)
{
  if (!intern->count)
    return -1;
  return intern->slots[slot_of(intern, text, size, hash_of(text, size))];
}

const char *intern_text(const struct intern *intern, int32_t number)
{
  assert(number >= 0 && number < intern->count);
  return intern->entries[number].text;
}

void intern_free(struct intern *intern)
{
  for (struct intern_chunk *chunk = intern->chunks, *next; chunk; chunk = next) {
    next = chunk->next;
    free(chunk);
  }
  free(intern->entries);
  free(intern->slots);
  *intern = (struct intern){0};
}
