/* catalogue_private.h - a catalogue being written
 * SPDX-License-Identifier: MIT */
#ifndef STORE_CATALOGUE_PRIVATE_H
#define STORE_CATALOGUE_PRIVATE_H

#include "base/intern.h"
#include "store/catalogue.h"
#include "store/sql.h"
#include "store/store_private.h"

/* An interaction in memory, as small as may be: there are millions. position: its place in the source, old
 * ones first; given: an enum phase + 1, or 0; state: enum row_state, once merged. */
struct catalogue_row {
  int64_t time;
  int32_t position;
  float value;
  unsigned user : 30, given : 2;
  unsigned item : 30, state : 2;
};

struct catalogue {
  struct store *store;
  struct sql sql; /* the new file */
  int lock;       /* on the workspace's directory: one import at a time */
  char *temporary;
  struct catalogue_report report;
  struct field_kinds kinds;
  struct intern items, users; /* by key; an item's number is its id */
  struct catalogue_row *rows;
  size_t row_count, row_room, old_row_count;
  int32_t next_position, old_position_end, old_user_count;
  double min_value;
  int k_core;
  bool has_new_pictures;
};

/* Read the old interactions and users, which the new ones are merged with. */
bool catalogue_rows_load(struct catalogue *catalogue, struct err *err);
/* Merge, filter and write interactions and users. */
bool catalogue_rows_write(struct catalogue *catalogue, struct err *err);
/* Borders of the pictures' classes, and the names that a search finds. */
bool catalogue_looks_write(struct catalogue *catalogue, struct err *err);

#endif
