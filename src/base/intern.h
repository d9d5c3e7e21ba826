/* intern.h - strings become small numbers, in order of first appearance
 *
 * Keys of users and items, tokens, values: whatever is met again and again is kept
 * once and named by a dense number. Start with `struct intern names = {0};`.
 * Memory: the text, plus about 24 bytes a string.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include <stddef.h>
#include <stdint.h>

struct intern_entry {
  const char *text; /* NUL-terminated, stays where it is until intern_free */
  uint32_t hash, size;
};

struct intern {
  int32_t count;
  struct intern_entry *entries; /* [count] by number */
  size_t room;
  int32_t *slots; /* open addressing, -1: free; a power of two of them */
  size_t slot_count;
  struct intern_chunk *chunks; /* where the texts are */
};

/* The number of a string, a new one (the old count) when it was not known. */
int32_t intern_add(struct intern *intern, const char *text, size_t size);
/* Its number, or -1. */
int32_t intern_find(const struct intern *intern, const char *text, size_t size);
const char *intern_text(const struct intern *intern, int32_t number);
void intern_free(struct intern *intern);

#endif
