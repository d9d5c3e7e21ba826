/* checkpoint.h - tensors in a file: versioned, checksummed, whole or not at all
 *
 * Layout, little-endian: "NEGGENCK", u32 version, u32 bytes of the header, the header (JSON,
 * padded with blanks to 8), the blocks as named there in order, u64 checksum of all before.
 * A file that is being replaced stays as NAME.old until the next time, so that a damaged one
 * costs the steps since the one before.
 * SPDX-License-Identifier: MIT */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/json.h"

#define CHECKPOINT_VERSION 2

struct block {
  char name[32];
  int64_t rows, cols;
  float *data; /* written from; read into (NULL: allocated by the reader, the caller frees) */
};

/* header: whatever the caller wants; "blocks" is added to it. with_old: keep the one before. */
bool checkpoint_write(const char *path, cJSON *header, const struct block *blocks, int count,
                      bool with_old, struct err *err);
/* The header, and data of the blocks wanted, by name; other blocks are passed over. EX_NOINPUT: no
 * such file; EX_DATAERR: damaged, of a newer version, a block is missing or has another shape. NULL
 * on failure; what stands in data is then worth nothing, and still the caller's to free. */
cJSON *checkpoint_read(const char *path, struct block *blocks, int count, struct err *err);

#endif
