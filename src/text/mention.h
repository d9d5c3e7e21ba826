/* mention.h - tokens, mentions of a value, slots, and what differs between two texts
 * SPDX-License-Identifier: MIT */
#ifndef TEXT_MENTION_H
#define TEXT_MENTION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

/* A span of bytes. */
struct span {
  size_t start, size;
};

/* Words of a text: runs of letters and digits (any script), apostrophes and inner hyphens kept.
 * *count is set; the caller frees. */
struct span *text_words(const char *text, size_t *count);

/* Whole-token, case-folded mentions of `value` in `text`, an English plural allowed on its last
 * word. The caller frees. */
struct span *text_mentions(const char *text, const char *value, size_t *count);

/* A slot "[[key]]" in a masked text, with the span of the original that it stands for. */
struct slot {
  char *key;
  struct span in_masked;   /* the brackets too */
  struct span in_original; /* set by slots_align */
};
struct slot *slots_find(const char *masked, size_t *count);
void slots_free(struct slot *slots, size_t count);
/* Align masked with original: everything outside the slots must be the same (METHOD C2; blanks and
 * final punctuation as norm()). Sets in_original. False with a reason that names the first
 * difference. */
bool slots_align(const char *original, const char *masked, struct slot *slots, size_t count,
                 struct err *err);

/* Words that differ: for each side the spans (merged over single blanks) not in the longest common
 * subsequence of words. For highlighting. The caller frees both. */
void text_diff(const char *a, const char *b, struct span **in_a, size_t *count_a,
               struct span **in_b, size_t *count_b);
/* Token edit distance / number of tokens of the longer one, METHOD C4. */
double text_edit_share(const char *a, const char *b);
/* Token Jaccard of normalised texts, METHOD 2.2. */
double text_jaccard(const char *a, const char *b);

#endif
