/* table.h - a tab-separated file with a header, read row by row, with places for errors
 *
 * The header names columns, with types ("genres:token_seq", RecBole) or without. CRLF, a
 * byte order mark, blank lines and a missing last line feed are no errors. Cells are
 * spans of the file in memory: nothing is copied, and a second pass costs a rewind.
 * SPDX-License-Identifier: MIT */
#ifndef DATA_TABLE_H
#define DATA_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum { TABLE_LINE_MAX = 1 << 20 }; /* bytes */

enum column_type { COLUMN_UNTYPED, COLUMN_TOKEN, COLUMN_TOKEN_SEQ, COLUMN_FLOAT, COLUMN_FLOAT_SEQ };

struct column {
  char *label; /* as written, with the type */
  char *key;   /* [a-z][a-z0-9_]{0,31} */
  enum column_type type;
  int at;      /* byte of the header line, from 1 */
};

struct cell {
  const char *text; /* not terminated */
  size_t size;
};

struct table {
  char *path; /* as messages name it */
  char *data;
  size_t size, body; /* bytes; where the first row begins */
  struct column *columns;
  int column_count;
  struct cell *cells; /* of the row read last */
  size_t next;        /* where the next row begins */
  int64_t line;       /* of the row read last, from 1 */
};

/* Read a file and its header. EX_DATAERR with path:line:column, EX_NOINPUT. */
bool table_open(struct table *table, const char *path, struct err *err);
void table_close(struct table *table);
void table_rewind(struct table *table);
/* 1: a row is in cells; 0: no more; -1: a bad row (EX_DATAERR), the next call goes on behind it. */
int table_next(struct table *table, struct err *err);
/* "path:line:column: message" about a cell of the row read last. Returns false. */
bool table_refuse(const struct table *table, const struct cell *cell, struct err *err,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));
/* A cell as it may stand in a message: cleaned, cut at 40 columns, in quotes. Caller frees. */
char *cell_quoted(const struct cell *cell);

#endif
