/* item.h - items, their fields and attributes, as imported
 *
 * A field is a cell of the source, kept byte for byte. An attribute is what can be
 * masked: an entry of a list field, the value of a short field, or a measured class of
 * the picture. The text document of an item (METHOD D^t) is its fields, one line each.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_ITEM_H
#define STORE_ITEM_H

#include "base/buf.h"
#include "base/json.h"
#include "media/measure.h"
#include "store/store.h"

enum modality { TEXT, IMAGE, MODALITIES };
extern const char *const modality_names[MODALITIES]; /* "text", "image" */

enum field_kind {
  FIELD_TITLE, /* names the item: never masked */
  FIELD_VALUE, /* one short value: an attribute */
  FIELD_LIST,  /* comma-separated entries, each an attribute */
  FIELD_PROSE, /* free text: mentions may be masked, no attribute of its own */
  FIELD_OTHER, /* an id or address: kept, shown last, never masked, not in the document */
};

struct field {
  char *key;   /* [a-z][a-z0-9_]{0,31} */
  char *value; /* as imported, may be "" */
  enum field_kind kind;
};

struct attribute {
  enum modality modality;
  char *key, *value;
};

struct item {
  int64_t id; /* 0, 1, ... in import order: the row of every feature matrix */
  char *key, *title;
  struct field *fields;
  int field_count;
  struct attribute *attributes; /* text in field order, then image in the order of image_keys */
  int attribute_count;
  char *picture_path;  /* absolute; NULL without a picture */
  char *picture_hash;  /* SHA-256 of the file as imported */
  char *picture_error; /* why it could not be read, or NULL */
  bool has_measure;
  struct measure measure;
};

/* Load an item by key, or by id. EX_NOINPUT: no item "X" in WS. */
struct item *item_find(struct store *store, const char *key, struct err *err);
struct item *item_at(struct store *store, int64_t id, struct err *err);
void item_free(struct item *item); /* NULL is fine */
/* All items in import order, e.g. for statistics. *count is set. NULL on error. */
struct item **items_all(struct store *store, int64_t *count, struct err *err);
void items_free(struct item **items, int64_t count);

/* Walk the entries of a list field's value, without the blanks around them and empty ones. Start
 * with *cursor = value; false at the end. */
bool list_next(const char **cursor, const char **entry, size_t *size);
/* D^t: "key: value\n" for each field that is no FIELD_OTHER, in order (title first). */
void item_document(const struct item *item, struct buf *out);
/* The kind of a text key; FIELD_OTHER when there is none. */
enum field_kind item_field_kind(const struct item *item, const char *key);
/* {key,title,attributes{text{},image{}},texts{text},fields{}} of `show --json`: a list field's
 * attributes are an array, others a string. */
cJSON *item_json(const struct item *item);

/* The class borders of the catalogue's pictures; false when no picture was measured. */
bool store_borders(struct store *store, struct borders *borders);
/* The thumbnail kept at import, as JPEG bytes; false when there is none. */
bool item_thumbnail(struct store *store, int64_t id, struct buf *jpeg);

/* How many users have an interaction with an item. -1 on failure. */
int64_t item_users(struct store *store, int64_t id);

/* A line of the items view. Strings are owned by the page. */
struct item_row {
  int64_t id;
  char *key, *title, *detail; /* detail: a few attributes */
  int candidates;
  bool has_valid, has_picture;
  int decision;   /* enum decision of the newest candidate */
  double balance; /* of the newest valid candidate, or NAN */
};
struct item_page {
  struct item_row *rows;
  int count;
};
/* Up to `limit` items after (or, backwards, before) id `from` in import order, only those that
 * match `text` (title, key or an attribute holds it, case folded; NULL: all). Keyset: flat in the
 * number of items. Backward pages are in import order too. */
bool item_page_load(struct store *store, int64_t from, bool is_backward, int limit,
                    const char *text, struct item_page *page, struct err *err);
void item_page_free(struct item_page *page);

#endif
