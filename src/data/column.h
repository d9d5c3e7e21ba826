/* column.h - what a column is taken for: by its name, or by what stands in it
 * SPDX-License-Identifier: MIT */
#ifndef DATA_COLUMN_H
#define DATA_COLUMN_H

#include "data/table.h"
#include "store/item.h"

/* What interactions and items are recognised by. Names are compared without case and "_". */
enum column_role { ROLE_NONE, ROLE_USER, ROLE_ITEM, ROLE_RATING, ROLE_TIME, ROLE_LABEL };

/* The column of a role, or -1. In a table of items "id" is an item's id, too. */
int column_with_role(const struct table *table, enum column_role role, bool is_item_table);
/* The names that a role is known by, for messages: "user_id, userID, uid or user". */
const char *column_role_names(enum column_role role);

/* What a column of an item table looks like, gathered cell by cell. */
struct column_look {
  int64_t cells, filled;
  int64_t words, single_words, numbers, urls, sentences;
  int64_t with_comma, comma_without_blank, with_bar; /* cells */
  int64_t entries, entry_words;
  uint64_t *values, *entry_values; /* hashes, to count the different ones */
  int64_t value_room;
  size_t entry_count, entry_room;
  int64_t distinct, distinct_entries; /* after column_look_end */
};

void column_look_add(struct column_look *look, const struct cell *cell);
void column_look_end(struct column_look *look); /* counts, and frees the hashes */
/* The kind of a field, by its name, its type and its look. A column that could name the item,
 * but is not called so, is FIELD_VALUE, FIELD_PROSE or FIELD_OTHER: see column_is_titular. */
enum field_kind column_kind(const struct column *column, const struct column_look *look);
/* A list whose entries have "|" between them and no comma in them. */
bool column_has_bars(const struct column_look *look);
bool column_is_titled(const struct column *column); /* called title, name, ... */
/* Short text, mostly different: could be a title. */
bool column_is_titular(const struct column *column, const struct column_look *look);

#endif
