/* document.h - where a document says the values of masked keys
 *
 * The document is that of item_document, "key: value" a line. A masked value stands in
 * its own line; titles and free text may name it again. Such a mention is masked too
 * where a new value would read well, and listed as kept where not (prose.h).
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_DOCUMENT_H
#define ENGINE_DOCUMENT_H

#include "base/json.h"
#include "engine/prose.h"

/* A masked key with the entry that is masked. */
struct masked {
  const char *name;   /* of the slot */
  const char *value;  /* as the field has it */
  const struct key *key;
};

struct place {
  struct span span; /* in the document */
  int masked;       /* index into the list of masked keys */
};

struct kept {
  char *key, *value, *where, *context;
};

struct document {
  char *text;
  struct place *places; /* by position, never overlapping */
  size_t place_count, place_room;
  struct kept *kept;
  size_t kept_count, kept_room;
};

/* Find all places. A key without a place of its own in a field is left without any. */
struct document document_find(const struct item *item, const struct masked *masked, int count);
void document_free(struct document *document);
/* The document with [[name]] in each place. The caller frees. */
char *document_masked(const struct document *document, const struct masked *masked);
/* The document with new values (by index of masked) in each place: fitted to it in case, number and
 * article, or as they are. The caller frees. */
char *document_filled(const struct document *document, const struct masked *masked,
                      const char *const *values, bool is_fitted);
bool document_has(const struct document *document, int masked);
/* Add the places of further keys, masked[first .. first + count - 1], in their own lines only. */
void document_follow(struct document *document, const struct item *item, const struct masked *masked,
                     int first, int count);
/* The mentions that stay, a string each: `plot still says "French" (language): "... a French cook ..."`. */
cJSON *document_kept_json(const struct document *document);

#endif
