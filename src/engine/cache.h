/* cache.h - the statistics in one file, mapped when they are wanted again
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_CACHE_H
#define ENGINE_CACHE_H

#include "base/hash.h"
#include "engine/statistics.h"

/* What the statistics were counted from, as a hash. */
void cache_inputs(struct store *store, char hex[SHA256_HEX]);
/* NULL when there is no such file, or it is of other inputs or another layout. */
struct statistics *cache_load(struct store *store, const char *inputs);
/* By temporary file and rename. */
bool cache_save(struct store *store, const char *inputs, const struct statistics *statistics,
                struct err *err);

/* The statistics of a catalogue: from the cache, else counted and cached. NULL with an error. */
struct statistics *statistics_open(struct store *store, struct err *err);

#endif
