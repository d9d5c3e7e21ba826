/* table.h - rows of cells out of a text file, with places for errors
 *
 * A dialect says how a file is written: what stands between cells, whether they may be in
 * quotes, whether the first line names the columns. JSON lines are a dialect, too: the keys
 * of all objects are the columns, what an object does not have is an absent cell. A
 * table is read row by row and can be rewound; cells are spans, good until the next row.
 * Memory: a window and a row (lines.h), whatever the size of the file.
 * SPDX-License-Identifier: MIT */
#ifndef DATA_TABLE_H
#define DATA_TABLE_H

#include "base/json.h"
#include "data/lines.h"

enum column_type { COLUMN_UNTYPED, COLUMN_TOKEN, COLUMN_TOKEN_SEQ, COLUMN_FLOAT, COLUMN_FLOAT_SEQ };

struct column {
  char *label; /* as written, with the type */
  char *key;   /* [a-z][a-z0-9_]{0,31} */
  enum column_type type;
  /* JSON lines */
  char *name;        /* the key as written */
  bool is_nested;    /* some cell is an object, kept as JSON */
  int64_t entries, entry_words; /* of its arrays */
  bool is_left_out;  /* nobody asks for its cells */
};

struct cell {
  const char *text; /* UTF-8, not terminated; NULL: absent */
  size_t size;
  size_t at; /* where it stands: byte of the row */
};

struct table;

struct dialect {
  const char *separator; /* one or two characters; NULL: JSON lines */
  const char *columns;   /* "user_id:token\t...": of a file without a header; NULL: it has one */
  int raw_columns;       /* cells of a line, where reshape makes others of them; 0: no reshape */
  /* Fill table->cells from the cells of a line; made texts through table_scratch. */
  bool (*reshape)(struct table *table, const struct cell *raw, struct err *err);
  bool has_types;        /* "year:float" in the header */
  bool has_quotes;       /* cells may be "in quotes", with "" for one, and line feeds inside */
  bool has_escapes;      /* \t \n \r \\, and \N for an absent cell */
  bool may_be_latin1;    /* lines that are no UTF-8 are */
};

struct table {
  struct lines lines;
  const struct dialect *dialect;
  struct column *columns;
  int column_count;
  struct cell *cells; /* [column_count] of the row read last */
  /* private */
  struct cell *raw;   /* of a line, before reshape; cells themselves without */
  int raw_room, column_room;
  char *scratch;      /* texts that do not stand in the line as they are */
  size_t scratch_used;
  struct json_spans spans;
  struct buf converted; /* a line of Python as JSON */
};

enum { TABLE_COLUMNS_MAX = 1024 };

/* Open a file and find its columns. EX_DATAERR with path:line:column, EX_NOINPUT. */
bool table_open(struct table *table, const char *path, const struct dialect *dialect,
                struct err *err);
void table_close(struct table *table);
void table_rewind(struct table *table);
/* 1: a row is in cells; 0: no more; -1: a bad row (EX_DATAERR), the next call goes on behind it; or
 * the file cannot be read (EX_IOERR). */
int table_next(struct table *table, struct err *err);
/* "path:line:column: message" about a cell of the row read last. Returns false. */
bool table_refuse(const struct table *table, const struct cell *cell, struct err *err,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));
/* A cell as it may stand in a message: cleaned, cut at 40 columns, in quotes. Caller frees. */
char *cell_quoted(const struct cell *cell);
/* Add a column; its key is made of the name. -1 when there is one of that key. */
int table_add_column(struct table *table, const char *name, size_t size);
/* Room for a text of a row, that is no longer than the row and a little. */
char *table_scratch(struct table *table, size_t size);

/* The cells of the line read last by the dialect's separator: their number, at most `max`; -1 with
 * the error. They are in table->raw. */
int delimited_split(struct table *table, int max, struct err *err);
/* JSON lines: find the columns by reading all of the file; the cells of the line read last. */
bool jsonl_columns(struct table *table, struct err *err);
bool jsonl_cells(struct table *table, struct err *err);
/* Is a line a dict as Python prints it? Then it can be made JSON. */
bool is_python_dict(const char *text, size_t size);
void python_to_json(const char *text, size_t size, struct buf *out);

#endif
