/* sql.h - the little that the store needs of SQLite, and nobody else sees
 *
 * A connection keeps every statement it prepared, found again by its text: the texts
 * are string literals, so that their address is their name. Values are bound by a
 * string of letters, one each:
 *   i int64_t    n int    d double (NAN: null)    s const char * (NULL: null)
 *   b const struct buf * (NULL: null)    m const struct measure * (8 columns; NULL: nulls)
 * Texts and blobs must live until the statement was stepped to its end.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "media/measure.h"

struct sql {
  sqlite3 *db;
  char *path; /* of the main database, for messages */
  struct sql_cached *cached;
  int cached_count, cached_room;
};

/* Columns of a measure, to be written into a schema or a select; 8 of them. */
#define MEASURE_COLUMNS \
  "brightness, contrast, warmth, saturation, texture, chromatic_share, color, composition"
#define MEASURE_SCHEMA \
  "brightness REAL, contrast REAL, warmth REAL, saturation REAL, texture REAL, " \
  "chromatic_share REAL, color INTEGER, composition INTEGER"
#define MEASURE_VALUES "?,?,?,?,?,?,?,?"

/* flags as sqlite3_open_v2; `uri` is what SQLite opens, `path` what messages say. */
bool sql_open(struct sql *sql, const char *uri, const char *path, int flags, struct err *err);
void sql_close(struct sql *sql);
/* Several statements without values. */
bool sql_script(struct sql *sql, const char *text, struct err *err);
/* A statement with its values, ready to be stepped; NULL on failure. */
sqlite3_stmt *sql_query(struct sql *sql, struct err *err, const char *text, const char *types, ...);
/* 1: a row is there; 0: no more, the statement is done; -1: failed, the statement is done. */
int sql_step(struct sql *sql, sqlite3_stmt *stmt, struct err *err);
/* Leave a statement before its end. NULL is fine. */
void sql_done(sqlite3_stmt *stmt);
/* A statement without rows. */
bool sql_run(struct sql *sql, struct err *err, const char *text, const char *types, ...);
/* The first column of the first row; fallback when there is none. False on failure. */
bool sql_int(struct sql *sql, int64_t *value, int64_t fallback, struct err *err, const char *text,
             const char *types, ...);
/* Several writes as one, inside or outside of a transaction that is open already. */
struct sql_write {
  bool is_outermost;
};
bool sql_write_begin(struct sql *sql, struct sql_write *write, struct err *err);
/* Commits when ok (false when that fails), else takes everything back and returns false. */
bool sql_write_end(struct sql *sql, const struct sql_write *write, bool ok, struct err *err);

/* Fill err with what SQLite last complained about on this connection; returns false. */
bool sql_fail(struct sql *sql, struct err *err);

char *sql_text(sqlite3_stmt *stmt, int column); /* a copy; NULL for null */
double sql_real(sqlite3_stmt *stmt, int column); /* NAN for null */
/* Eight columns from `column`; false when they are null. */
bool sql_measure(sqlite3_stmt *stmt, int column, struct measure *measure);

#endif
