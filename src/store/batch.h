/* batch.h - questions that were written into batch files, and what has come of them
 *
 * A question is named in its file by its hash (custom_id), the same by which the record of exchanges
 * knows it. Its row keeps what the record needs when the answer comes: the body, with pictures
 * by their hash. A question stands in one file: written anew, it belongs to the new one.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "store/store.h"

enum batch_state { BATCH_WAITING, BATCH_ANSWERED, BATCH_FAILED, BATCH_STATES };

struct batch_file {
  int64_t id;
  char *path; /* absolute */
  char *model;
  unsigned templates; /* bits, as it was exported: what follows the answers goes by them */
  int picture_side, repairs, balance_rounds;
  int64_t created; /* Unix seconds */
  bool is_whole;   /* it was finished; else an export ended before */
  int64_t counts[BATCH_STATES]; /* lines, by state */
};

struct batch_line {
  char *hash, *item, *template_name;
  char *body;  /* NULL once it is answered: the record has it */
  char *error; /* of a failed one */
  int64_t file;
  uint64_t seed;
  enum batch_state state;
};

/* Sets id. */
bool batch_file_add(struct store *store, struct batch_file *file, struct err *err);
bool batch_file_whole(struct store *store, int64_t id, struct err *err);
/* Forget a file that was not finished, and its lines. */
bool batch_file_drop(struct store *store, int64_t id, struct err *err);
/* All files, oldest first. The caller frees. */
bool batch_files(struct store *store, struct batch_file **files, int *count, struct err *err);
bool batch_file_find(struct store *store, int64_t id, struct batch_file *file, struct err *err);
void batch_file_free(struct batch_file *file); /* what it holds */
void batch_files_free(struct batch_file *files, int count);

bool batch_line_add(struct store *store, const struct batch_line *line, struct err *err);
/* NULL when there is none, or with an error (code 0: none). */
struct batch_line *batch_line_find(struct store *store, const char *hash, struct err *err);
/* Is this question in a finished file, without an answer? */
bool batch_line_waits(struct store *store, const char *hash);
/* Does the same template wait for another candidate of this item? */
bool batch_line_other_waits(struct store *store, const char *item, const char *template_name,
                            uint64_t seed);
bool batch_line_settle(struct store *store, const char *hash, enum batch_state state,
                       const char *error, struct err *err);
void batch_line_free(struct batch_line *line);

#endif
