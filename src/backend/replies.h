/* replies.h - files of answers: what a batch run gives back, a JSON object a line
 *
 *   {"custom_id": HASH, "response": {"status_code": 200, "body": {...}}, "error": null}
 *
 * as OpenAI's Batch API and vLLM's run-batch write them, in any order. In a recording of ours the body
 * may be a string, the stream as it was received, and "item" and "template" tell what was asked.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_REPLIES_H
#define BACKEND_REPLIES_H

#include "base/intern.h"
#include "data/lines.h"
#include "store/request.h"

struct reply_line {
  char *id;                   /* custom_id: the question's hash */
  char *item, *template_name; /* or NULL */
  int status;                 /* 0: there was no response */
  char *body;                 /* of the response as it came, or NULL */
  char *error;                /* what went wrong instead, or NULL */
};

/* The next line, freed with reply_line_free. 1: it is there; 0: no more; -1: this one is of no use
 * (EX_DATAERR, "file:line:column: why"), the next call goes on behind it, or the file cannot be read
 * (EX_IOERR). */
int reply_line_next(struct lines *lines, struct reply_line *line, struct err *err);
void reply_line_free(struct reply_line *line);
/* An exchange as such a line, with its line feed; the caller frees. NULL: it holds no answer. */
char *reply_line_text(const struct request *request);

/* Many of them, found again by what they answer. */
struct replies {
  struct reply_line *lines; /* in the order of the file */
  int count, room;
  struct intern ids, questions; /* hashes; items with their template */
  int *newest;                  /* of ids: its last line */
  int *first, *next;            /* of questions: the first line; of lines: the next one to the same, or -1 */
  int newest_room, first_room, next_room;
};
bool replies_load(struct replies *replies, const char *path, struct err *err);
void replies_add(struct replies *replies, const struct reply_line *line); /* its texts are taken */
/* The newest line with this hash; else, of those to this template of this item, the one of this attempt, or
 * the last: a prompt that was edited since finds the reply to what it was. NULL: there is none. */
const struct reply_line *replies_find(const struct replies *replies, const char *hash, const char *item,
                                      const char *template_name, int attempt);
void replies_free(struct replies *replies);

#endif
