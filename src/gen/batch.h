/* batch.h - generation by batch files: questions out, answers in, as often as it takes
 *
 * An export takes each item as far as the record of exchanges has answers, and writes down the first
 * question that has none: in a first round descriptions, then masks of what was described,
 * then completions, and what a reply of no use is to be asked again. An import puts answers into
 * the record, judged as live ones are, and takes their items on from there.
 * SPDX-License-Identifier: MIT */
#ifndef GEN_BATCH_H
#define GEN_BATCH_H

#include "backend/chat.h"
#include "gen/bulk.h"

struct batch_export {
  struct bulk_options bulk; /* which items and templates, of which model; backend and later are set here */
  const char *path;         /* FILE.jsonl; what has no room in it goes to FILE-2.jsonl, ... */
  struct chat_style style;  /* whose dialect, and which response format */
  int64_t file_requests, file_bytes; /* of a file, at most */
  bool is_again; /* write questions that wait in another file, too */
};

struct batch_exported {
  struct bulk_totals totals; /* waiting: items whose next question is here, or in a file of before */
  int64_t requests;          /* written now */
  int64_t bytes;
  int64_t before; /* of the questions that wait: in a file of before */
  char **paths;
  int count;
};

/* Write files, all of them or none. EX_CANTCREAT when one is there already; EX_INTERRUPT. */
bool batch_export(struct store *store, const struct batch_export *options, struct batch_exported *out,
                  struct err *err);
void batch_exported_free(struct batch_exported *out);

struct batch_import {
  bool (*is_cancelled)(void);
  void (*on_line)(void *user, const char *what); /* of a line without an answer: file:line:column: why */
  bulk_listener *listener;                        /* of the items that go on */
  void *user;
};

struct batch_imported {
  int64_t lines;
  int64_t answered; /* into the record */
  int64_t failed;   /* the server gave no answer: exported again the next time */
  int64_t doubled;  /* were there already */
  int64_t foreign;  /* to no question of this workspace */
  int64_t bad;      /* not to be read */
  struct bulk_totals totals;
};

/* A line that cannot be read costs itself, a file that cannot be opened the import (EX_NOINPUT). */
bool batch_import(struct store *store, const char *const *paths, int count,
                  const struct batch_import *options, struct batch_imported *out, struct err *err);

#endif
