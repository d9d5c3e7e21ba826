/* catalogue.h - write a new catalogue: built beside the old one, renamed over it
 *
 * The importer feeds items and interactions; the old catalogue is copied in first
 * unless is_replacing, and rows merge by key: items keep their place, interactions
 * their identity (user, item, time). Nothing is visible before catalogue_commit.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_CATALOGUE_H
#define STORE_CATALOGUE_H

#include "base/buf.h"
#include "media/measure.h"
#include "store/item.h"

struct catalogue;

struct catalogue_report {
  int64_t items_new, items_changed, items_same;
  int64_t users_new, interactions_new, interactions_same;
  int64_t filtered; /* by --min-rating and --k-core */
  int64_t negatives_stale;
};

struct catalogue *catalogue_begin(struct store *store, bool is_replacing, struct err *err);
/* An item with fields in source order; picture_path may be NULL. */
bool catalogue_item(struct catalogue *catalogue, const char *key, const struct field *fields,
                    int field_count, const char *picture_path, struct err *err);
bool catalogue_interaction(struct catalogue *catalogue, const char *user, const char *item,
                           float value, int64_t time, int given, struct err *err);
/* The measured picture of an item; error_text instead when it could not be read. */
bool catalogue_picture(struct catalogue *catalogue, const char *key, const char *hash, int64_t bytes,
                       int width, int height, const struct measure *measure,
                       const struct buf *thumbnail, const char *error_text, struct err *err);
/* Hash kept of a picture's file, so that unchanged ones need no decoding; NULL when unknown. The
 * caller frees. */
char *catalogue_picture_hash(struct catalogue *catalogue, const char *key);
bool catalogue_meta(struct catalogue *catalogue, const char *name, const char *value,
                    struct err *err);
bool catalogue_commit(struct catalogue *catalogue, struct catalogue_report *report,
                      struct err *err);
void catalogue_abandon(struct catalogue *catalogue); /* NULL is fine */

#endif
