/* hash.h - FNV-1a for buckets and seeds, SHA-256 (libmd) for names of content
 * SPDX-License-Identifier: MIT */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t hash_fnv1a(const void *data, size_t size);
uint64_t hash_str(const char *text); /* FNV-1a of a string */

#define SHA256_HEX 65
/* The SHA-256 of data as 64 hex digits and a NUL. */
void hash_sha256(const void *data, size_t size, char hex[SHA256_HEX]);

#endif
