/* text_encoder.h - a document becomes 256 numbers: TF-IDF, and a projection or an SVD (METHOD 3.1)
 *
 * Words and pairs of words are hashed into 2^18 signed buckets, weighted by
 * (1 + ln count) * idf, and normalised; the sparse vector is projected by signs that are
 * computed, not stored: inner products stay what they were, within 2/256. Or onto the leading
 * singular vectors of the catalogue, which are stored: what its documents share counts, what one of
 * them says alone is lost. Document counts and vectors come from the originals only; negatives reuse
 * them.
 * SPDX-License-Identifier: MIT */
#ifndef ENCODE_TEXT_ENCODER_H
#define ENCODE_TEXT_ENCODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum { TEXT_BUCKETS = 1 << 18, TEXT_DIM = 256, TEXT_SEED = 1 };

struct text_encoder {
  uint32_t buckets;  /* D */
  int dim;           /* k */
  uint64_t seed;
  int64_t documents; /* N */
  uint32_t *df;      /* [buckets] documents with any gram in it */
  float *directions; /* SVD: [used, dim], a row for each bucket with df > 0, in order; else NULL */
  int32_t *place;    /* [buckets] its row of directions; -1: no document has it */
};

/* One entry of a sparse document. */
struct text_weight {
  uint32_t bucket;
  float weight;
};

/* Fit on the documents (NUL-terminated, `count` of them, NULL counts as empty). */
struct text_encoder text_encoder_fit(const char *const *documents, int64_t count, uint32_t buckets,
                                     int dim, uint64_t seed);
/* Rotate to the leading singular vectors of these documents, those of the fit, instead of the random
 * projection. */
bool text_encoder_rotate(struct text_encoder *encoder, const char *const *documents, struct err *err);
/* Take the rows of directions, [used, dim], over from an encoder fitted before. */
void text_encoder_directions(struct text_encoder *encoder, float *directions);
/* How many buckets have df > 0. */
int64_t text_encoder_used(const struct text_encoder *encoder);
void text_encoder_free(struct text_encoder *encoder);
/* The TF-IDF of a document, L2-normalised, buckets ascending; the caller frees. */
struct text_weight *text_weights(const struct text_encoder *encoder, const char *document,
                                 size_t *count);
/* Its projection: out [dim]. Zero for an empty document. Safe from several threads. */
void text_encode(const struct text_encoder *encoder, const char *document, float *out);
/* The next token at or after *at: bytes a-z (A-Z lowered), 0-9 and all from 0x80 on, appended to
 * `out`. False at the end. */
bool text_token(const char **at, struct buf *out);

#endif
