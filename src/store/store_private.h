/* store_private.h - what the files of this folder share and nobody else sees
 * SPDX-License-Identifier: MIT */
#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

#include <sys/types.h>

#include "store/item.h"
#include "store/sql.h"
#include "store/store.h"

/* The kinds of the catalogue's fields. */
struct field_kinds {
  int count;
  char **keys;
  enum field_kind *kinds;
};

struct store {
  struct sql sql; /* main: work.db; cat: catalogue.db, read-only and never changed in place */
  char *dir;  /* as the user named it */
  char *root; /* absolute; pictures inside of it are kept relative to it */
  char *catalogue_path;
  enum store_mode mode;
  bool is_attached;
  dev_t catalogue_device;
  ino_t catalogue_inode;
  /* read once for each catalogue */
  struct field_kinds kinds;
  bool has_kinds, has_borders, knows_borders;
  struct borders borders;
  struct store_counts counted; /* by store_count_items, when work.db had this version; 0: not yet */
  int64_t counted_version;
};

/* The names of the two files in a workspace, the caller frees. */
char *store_work_path(const char *dir);
char *store_catalogue_path(const char *dir);
/* Make an empty file of the workspace; it may exist already. */
bool store_make_file(const char *path, struct err *err);
/* Read the catalogue from this file from now on; catalogue_path is not changed. */
bool store_attach(struct store *store, const char *path, struct err *err);
/* NULL, and an error, when they cannot be read. */
const struct field_kinds *store_kinds(struct store *store, struct err *err);
enum field_kind kind_of(const struct field_kinds *kinds, const char *key);
/* "%.9g" numbers with blanks between, as kept in meta. */
void borders_text(const struct borders *borders, struct buf *out);

/* Does negative n of item i wait for a decision? One on an earlier state of the item is asked
 * again. */
#define STORE_WAITS \
  "n.is_draft = 0 AND n.is_valid = 1 AND" \
  " (n.decision = 0 OR (n.content <> i.content AND n.decided_content IS NOT i.content))"

/* Item columns of item_from_row, in this order; "i" is the table's alias. */
#define ITEM_COLUMNS \
  "i.id, i.key, i.title, i.fields, i.picture_path, i.picture_hash, i.picture_error, " \
  MEASURE_COLUMNS
struct item *item_from_row(struct store *store, sqlite3_stmt *stmt, struct err *err);

#endif
