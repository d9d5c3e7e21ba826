/* faults.h - what is wrong with a reply, and where in it
 *
 * A reply that is no JSON has one fault, where it stops being so. Else each place that the reply
 * schema does not allow is one; keys that the schema does not name are read over, as the reader
 * does (reply.h). A reason from elsewhere that names a member ("text_masked: ...") points at it.
 * SPDX-License-Identifier: MIT */
#ifndef PROMPT_FAULTS_H
#define PROMPT_FAULTS_H

#include <stddef.h>

struct reply_fault {
  size_t at;        /* byte of the reply */
  int line, column; /* from 1; columns are bytes */
  char *what;
};

/* schema: the template's, as JSON text; reason: why the reply was of no use, or NULL. Returns their number, in
 * the reply's order; reply_faults_free. */
int reply_faults(const char *schema, const char *reply, const char *reason,
                 struct reply_fault **faults);
void reply_faults_free(struct reply_fault *faults, int count);

#endif
