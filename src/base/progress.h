/* progress.h - how far a long job is, on a terminal only
 *
 * After one second of work a line on stderr shows done/total, rate and ETA, at most
 * ten times a second, and is wiped when the work ends.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

enum progress_mode { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

struct progress {
  const char *verb, *unit; /* "generating", "items" */
  int64_t total;           /* 0: unknown */
  int64_t started_ns, shown_ns;
  bool is_on, is_shown;
};

void progress_start(struct progress *progress, enum progress_mode mode, const char *verb,
                    const char *unit, int64_t total);
/* note may be NULL: more to say, e.g. "12 failed". */
void progress_show(struct progress *progress, int64_t done, const char *note);
void progress_end(struct progress *progress);

#endif
