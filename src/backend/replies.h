/* replies.h - files of answers: what a batch run gives back, a JSON object a line
 *
 *   {"custom_id": HASH, "response": {"status_code": 200, "body": {...}}, "error": null}
 *
 * as OpenAI's Batch API and vLLM's run-batch write them, in any order. In a recording of ours the body
 * may be a string, the stream as it was received, and "item" and "template" tell what was asked.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_REPLIES_H
#define BACKEND_REPLIES_H

#include "data/lines.h"

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

#endif
