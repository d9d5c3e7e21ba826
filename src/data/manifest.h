/* manifest.h - catalogue.json, which an export puts beside its tables
 *
 * The tables can be read by any program; what they cannot say stands in here, so that an
 * import of the folder brings back the same catalogue: the kind of each field, the split
 * with its seed, the filters, and whether cells have escapes.
 * SPDX-License-Identifier: MIT */
#ifndef DATA_MANIFEST_H
#define DATA_MANIFEST_H

#include "store/item.h"

#define MANIFEST_NAME "catalogue.json"

struct manifest {
  bool is_there;
  char **keys; /* [field_count] in the order of the catalogue */
  enum field_kind *kinds;
  int field_count;
  char *split;        /* random, time or given */
  int64_t seed;       /* of a random one */
  bool repeats_split; /* x_label says what the split comes to, it was not given */
  double min_rating;  /* NAN: none */
  int k_core;
  bool has_escapes;
};

extern const char *const field_kind_names[]; /* by enum field_kind: "title", ... */

/* Read one; is_there is false when there is no such file. EX_DATAERR when it makes no sense. */
bool manifest_read(struct manifest *manifest, const char *path, struct err *err);
bool manifest_write(const struct manifest *manifest, const char *path, struct err *err);
void manifest_add_field(struct manifest *manifest, const char *key, enum field_kind kind);
/* The kind of a field; false when it has none of that key. */
bool manifest_kind(const struct manifest *manifest, const char *key, enum field_kind *kind);
void manifest_free(struct manifest *manifest);

#endif
