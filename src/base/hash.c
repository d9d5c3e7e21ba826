/* hash.c - see hash.h
 * SPDX-License-Identifier: MIT */
#include "base/hash.h"

#include <sha2.h>
#include <string.h>

uint64_t hash_fnv1a(const void *data, size_t size)
{
  const unsigned char *p = data;
  uint64_t h = 0xcbf29ce484222325ull;
  for (size_t k = 0; k < size; k++)
    h = (h ^ p[k]) * 0x100000001b3ull;
  return h;
}

uint64_t hash_str(const char *text) { return hash_fnv1a(text, strlen(text)); }

void hash_sha256(const void *data, size_t size, char hex[SHA256_HEX])
{
  SHA256Data(data, size, hex);
}
