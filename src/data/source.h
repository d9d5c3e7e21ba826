/* source.h - what is to be imported: tables of items and interactions, a folder of pictures
 *
 * Formats tell how their files are read; from there on every source is the same: columns
 * are taken for something, rows are checked one by one, each with its place. A bad row ends the
 * import, or is skipped and counted.
 * SPDX-License-Identifier: MIT */
#ifndef DATA_SOURCE_H
#define DATA_SOURCE_H

#include "base/intern.h"
#include "data/column.h"
#include "data/manifest.h"
#include "data/table.h"
#include "store/item.h"

/* Formats that an import reads, in the order in which a file is tried: format.h. */
#define SOURCE_FORMATS(_) _(recbole) _(movielens) _(npy) _(jsonl) _(csv) _(tsv)

struct format;

/* A field that a column of the item table becomes. */
struct source_field {
  int column;
  enum field_kind kind;
  int64_t distinct; /* values, or entries of a list */
  bool has_bars;    /* a list with "|" between its entries, which becomes one with commas */
};

enum { BAD_ROWS_SHOWN = 5 };

struct source {
  bool has_items, has_interactions;
  struct table items, interactions;
  const struct format *items_format, *interactions_format; /* NULL: no such table */
  char *images;     /* folder, or NULL */
  char **matrices;  /* .npy files */
  int matrix_count;
  struct manifest manifest;
  int item_id;  /* column of the item table */
  struct source_field *fields;
  int field_count;
  int user, item, rating, time, label; /* columns of the interactions, -1: none */
  struct intern known_items;           /* keys, in the order of the source */
  int32_t next_item;                   /* of the walk */
  bool skips_bad;
  int64_t bad_count;
  char *bad[BAD_ROWS_SHOWN]; /* the first messages */
  int64_t item_rows, interaction_rows; /* good ones */
};

/* An interaction as text; user and item are NUL-terminated in buffers of the source. */
enum { SOURCE_ID_MAX = 255 };
struct source_interaction {
  char user[SOURCE_ID_MAX + 1], item[SOURCE_ID_MAX + 1];
  float value;
  int64_t time;
  int given;
};

struct source_request {
  const char *const *operands; /* folders or files */
  int operand_count;
  const char *format; /* NULL: sniff */
  const char *images; /* NULL: images/ beside the tables */
  bool skips_bad;
};

/* Find, read and check everything: after this no row is refused any more. EX_NOINPUT when there is
 * nothing to import, EX_DATAERR with file:line:column. Matrices are only found. Memory: the ids of
 * the items, and a row. */
bool source_open(struct source *source, const struct source_request *request, struct err *err);
void source_close(struct source *source);

/* Walk the good rows; start with source_rewind. An item's cells are in items.cells; without an item
 * table there are none, and the items are those of the interactions. */
void source_rewind(struct source *source);
bool source_next_item(struct source *source, char key[SOURCE_ID_MAX + 1]);
bool source_next_interaction(struct source *source, struct source_interaction *out);
/* After a walk: EX_DATAERR when a file was changed meanwhile, so that rows may be missing. */
bool source_is_same(const struct source *source, struct err *err);
/* The name of the format of the interactions, or else of the items. */
const char *source_format_name(const struct source *source);

#endif
