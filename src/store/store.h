/* store.h - the workspace: what was imported, and what people and models made of it
 *
 * A workspace is a directory with two SQLite files. catalogue.db is what an import
 * wrote: built beside the old one, checkpointed, out of WAL mode, renamed over it;
 * readers open it read-only and reopen when its inode changes. work.db is what people
 * and models made (WAL, synchronous=FULL, migrations); it names items by their key, so
 * that a re-import loses nothing. No other folder speaks SQL.
 *
 * A struct store belongs to one thread; open one for each.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct store;

enum store_mode {
  STORE_READ,   /* work.db may still be written by others */
  STORE_WRITE,  /* verdicts, negatives, requests */
  STORE_CREATE, /* make the directory and an empty workspace when there is none */
};

/* Open a workspace. EX_NOINPUT "DIR is no workspace: make one with neggen import DIR SOURCE",
 * EX_DATAERR when it was made by a newer neggen, EX_NOPERM, EX_IOERR. NULL on failure. */
struct store *store_open(const char *dir, enum store_mode mode, struct err *err);
/* Is it a workspace? EX_NOINPUT and EX_NOPERM as store_open. */
bool store_check(const char *dir, struct err *err);
void store_close(struct store *store); /* NULL is fine */
const char *store_dir(const struct store *store);
/* The catalogue was replaced by an import since it was opened: reopen it. True when it was. */
bool store_refresh(struct store *store, struct err *err);
/* Stop a query that another thread runs on this store (sqlite3_interrupt). */
void store_interrupt(struct store *store);
/* One transaction around several writes; commit or roll back. */
bool store_begin(struct store *store, struct err *err);
bool store_commit(struct store *store, struct err *err);
void store_rollback(struct store *store);

/* Are its databases whole? EX_DATAERR with what was found. Reads all of them. */
bool store_is_whole(struct store *store, struct err *err);
const char *store_library(void); /* the version of SQLite */

/* Counts for `info` and the header line. */
struct store_counts {
  int64_t items, users, interactions, pictures;
  int64_t negatives;        /* candidates that are no drafts */
  int64_t items_with_valid;
  int64_t valid;            /* negatives whose checks passed */
  int64_t reviewed, accepted, rejected; /* by the newest decision that was not undone */
  int64_t waiting;          /* valid, without a decision on the item as it is now */
  int64_t stale;            /* negatives whose item changed since, or is gone */
  int64_t runs;
};
bool store_count(struct store *store, struct store_counts *counts, struct err *err);
/* Of items and negatives alone; the others are 0. A store that only reads counts again what may have
 * changed since it last did: cheap to ask often. */
bool store_count_items(struct store *store, struct store_counts *counts, struct err *err);

/* Candidates of which a model was asked again (negative.h: struct rounds). */
struct round_counts {
  int64_t repaired, repaired_valid;
  int64_t balanced, better; /* with a balance round; of them: better balanced than before */
  double before, after;     /* mean balance of those, NAN: none */
};
bool store_count_rounds(struct store *store, struct round_counts *counts, struct err *err);

/* Small settings kept with the catalogue: split, seed, fractions, filters, source, borders, ...
 * NULL when there is none; the caller frees. */
char *store_meta(struct store *store, const char *name);

#endif
