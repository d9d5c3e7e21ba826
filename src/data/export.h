/* export.h - a catalogue becomes a folder that imports again to the same catalogue
 *
 * The folder has a table of items, one of interactions, images/ with the picture files, and
 * the manifest (manifest.h). x_label says the split as it stands, for other programs. The
 * folder is made under another name and renamed when it is whole and on the disk; one
 * that is there already must be empty.
 * SPDX-License-Identifier: MIT */
#ifndef DATA_EXPORT_H
#define DATA_EXPORT_H

#include "base/buf.h"
#include "base/intern.h"
#include "base/progress.h"
#include "data/manifest.h"
#include "store/item.h"

/* An interaction as it is written. */
struct export_row {
  const char *user, *item;
  double value;
  int64_t time;
  int label; /* -1: none */
  bool has_value, has_time; /* some row of the table has one */
  bool has_escapes;         /* as the manifest says */
};

/* How tables of a format are written: a row of text, with its end. */
struct writer {
  const char *items, *interactions; /* names of the files */
  void (*items_head)(struct buf *out, const struct manifest *manifest);        /* may be NULL */
  void (*interactions_head)(struct buf *out, const struct export_row *like);   /* may be NULL */
  void (*item)(struct buf *out, const struct item *item, const struct manifest *manifest);
  void (*interaction)(struct buf *out, const struct export_row *row);
};

/* More that belongs into the folder; it gets its name of the time, and the keys of the items. */
struct export_more {
  bool (*write)(void *context, struct store *store, const char *folder,
                const struct intern *keys, struct err *err);
  void *context;
};

struct export_options {
  const struct writer *writer;
  struct export_more more; /* write NULL: nothing */
  enum progress_mode progress;
  bool (*is_cancelled)(void);
};

struct export_report {
  int64_t items, interactions, users, pictures;
  int64_t pictures_gone; /* not copied: the file is not there any more, or not readable */
  bool has_escapes;
  double seconds;
};

/* Memory: the keys, and 22 bytes for each interaction. EX_CANTCREAT when there is something at
 * `folder` already; nothing is left behind by a failure. */
bool export_run(struct store *store, const char *folder, const struct export_options *options,
                struct export_report *report, struct err *err);

#endif
