/* embedding.h - vectors that a server made of texts, kept by what they were made of
 * SPDX-License-Identifier: MIT */
#ifndef STORE_EMBEDDING_H
#define STORE_EMBEDDING_H

#include "base/buf.h"
#include "store/store.h"

/* encoder: address and model; content: a hash of the text. The vector's bytes are floats of this
 * machine. False when there is none (or it cannot be read). */
bool embedding_load(struct store *store, const char *encoder, const char *content, struct buf *vector);
bool embedding_save(struct store *store, const char *encoder, const char *content,
                    const struct buf *vector, struct err *err);

#endif
