/* err.h - one failure, as a whole line for a person
 *
 * A function that can fail returns false (or NULL) and fills a struct err: the
 * message says what happened, where (file:line:column), and what to do; the code
 * is the exit status a command ends with (sysexits.h). Callers add nothing but
 * context that they alone have.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <sysexits.h> /* EX_USAGE 64 ... EX_CONFIG 78 */

#define EX_BUSY 75        /* a lock held by another process (EX_TEMPFAIL) */
#define EX_INTERRUPT 130  /* stopped by the user */

struct err {
  int code;
  char text[1000];
};

/* Fill err (may be NULL) and return false, so that `return err_set(...)` reads well. */
bool err_set(struct err *err, int code, const char *format, ...)
  __attribute__((format(printf, 3, 4)));
/* As err_set, with ": " and the text of errno appended. */
bool err_errno(struct err *err, int code, const char *format, ...)
  __attribute__((format(printf, 3, 4)));
/* Put "context: " before the text that is there. Returns false. */
bool err_prefix(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
