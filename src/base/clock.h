/* clock.h - time, which a script may hold still
 * SPDX-License-Identifier: MIT */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>

int64_t clock_ns(void);       /* monotonic, for durations and deadlines */
double clock_seconds(void);   /* the same in seconds */
int64_t clock_wall(void);     /* Unix seconds */
/* "2026-05-01T12:00:00Z" of a Unix time. */
#define CLOCK_ISO 32
void clock_iso(int64_t wall, char text[CLOCK_ISO]);
/* Script mode: wall time stands at `wall`. */
void clock_fake(int64_t wall);

#endif
