/* embeddings.h - vectors of texts by POST /v1/embeddings, in batches, each text once
 *
 * What was embedded before, by the same model at the same address, comes from the workspace. Every vector
 * must have the dimension of the others and hold finite numbers; answers may come in any
 * order within a batch.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_EMBEDDINGS_H
#define BACKEND_EMBEDDINGS_H

#include "backend/backend.h"

struct embeddings {
  float *rows; /* [count, dim]; zero where the text is NULL */
  int dim;
  int64_t asked, cached; /* different texts */
};

/* Embed count texts (entries may be NULL). is_cancelled may be NULL; EX_INTERRUPT when it said so, what
 * had arrived is kept. EX_UNAVAILABLE, EX_DATAERR. */
bool embeddings_make(struct store *store, const struct backend_options *options,
                     const char *const *texts, int64_t count, bool (*is_cancelled)(void),
                     struct embeddings *out, struct err *err);
void embeddings_free(struct embeddings *embeddings);

#endif
