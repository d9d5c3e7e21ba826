/* catalogue.h - write a new catalogue: built beside the old one, renamed over it
 *
 * The importer feeds items, then interactions; the old catalogue is copied in first
 * unless is_replacing, and rows merge by key: items keep their place and the fields that
 * the new source does not name, interactions their identity (user, item, time). Nothing
 * is visible before catalogue_commit. One import at a time: EX_BUSY for a second one.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_CATALOGUE_H
#define STORE_CATALOGUE_H

#include "base/buf.h"
#include "media/measure.h"
#include "store/item.h"

struct catalogue;

struct catalogue_report {
  int64_t items_new, items_changed, items_same;
  int64_t users_new, interactions_new, interactions_changed, interactions_same;
  int64_t interactions_repeated; /* rows of the source that say again what one before it said */
  int64_t filtered, filtered_users; /* interactions, and users left without any */
  int64_t negatives_stale; /* by this import */
};

struct catalogue *catalogue_begin(struct store *store, bool is_replacing, struct err *err);
/* Leave out interactions of a value below min_value (NAN: none), then, again and again, those of
 * users and items with fewer than k_core. Applied at commit, to old and new ones. */
void catalogue_filter(struct catalogue *catalogue, double min_value, int k_core);
/* The kind that a field has in this catalogue already: it wins over that of catalogue_item. */
bool catalogue_field_kind(struct catalogue *catalogue, const char *key, enum field_kind *kind);
/* An item with fields in source order; picture_path may be NULL: keeps the one that is there. */
bool catalogue_item(struct catalogue *catalogue, const char *key, const struct field *fields,
                    int field_count, const char *picture_path, struct err *err);
/* time 0: unknown; given: an enum phase, or -1. EX_DATAERR when there is no such item. */
bool catalogue_interaction(struct catalogue *catalogue, const char *user, const char *item,
                           float value, int64_t time, int given, struct err *err);
/* The measured picture of an item; error_text instead when it could not be read. */
bool catalogue_picture(struct catalogue *catalogue, const char *key, const char *hash,
                       int64_t bytes, int width, int height, const struct measure *measure,
                       const struct buf *thumbnail, const char *error_text, struct err *err);
/* Hash kept of a picture's file, so that unchanged ones need no decoding; NULL when unknown. The
 * caller frees. */
char *catalogue_picture_hash(struct catalogue *catalogue, const char *key);
bool catalogue_meta(struct catalogue *catalogue, const char *name, const char *value,
                    struct err *err);
/* As store_meta, of the catalogue being written. */
char *catalogue_meta_get(struct catalogue *catalogue, const char *name);
/* Ends the catalogue in any case; the store sees the new one. */
bool catalogue_commit(struct catalogue *catalogue, struct catalogue_report *report,
                      struct err *err);
/* As catalogue_commit, but the new catalogue is seen by this store alone, until it is closed. */
bool catalogue_rehearse(struct catalogue *catalogue, struct catalogue_report *report,
                        struct err *err);
void catalogue_abandon(struct catalogue *catalogue); /* NULL is fine */

#endif
