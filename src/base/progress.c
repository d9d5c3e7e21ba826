/* progress.c - see progress.h
 * SPDX-License-Identifier: MIT */
#include "base/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

void progress_start(struct progress *progress, enum progress_mode mode, const char *verb,
                    const char *unit, int64_t total)
{
  *progress = (struct progress){.verb = verb, .unit = unit, .total = total,
                                .started_ns = clock_ns()};
  progress->is_on = mode == PROGRESS_ALWAYS || (mode == PROGRESS_AUTO && isatty(STDERR_FILENO));
}

void progress_show(struct progress *progress, int64_t done, const char *note)
{
  int64_t now = clock_ns(), elapsed = now - progress->started_ns;
  if (!progress->is_on || elapsed < 1000000000 || now - progress->shown_ns < 100000000)
    return;
  progress->shown_ns = now;
  progress->is_shown = true;
  double rate = (double)done / ((double)elapsed * 1e-9);
  fprintf(stderr, "\r\033[K%s %lld", progress->verb, (long long)done);
  if (progress->total > 0)
    fprintf(stderr, "/%lld", (long long)progress->total);
  fprintf(stderr, " %s, %.0f/s", progress->unit, rate);
  if (progress->total > done && rate > 0)
    fprintf(stderr, ", %.0f s left", (double)(progress->total - done) / rate);
  if (note && *note)
    fprintf(stderr, ", %s", note);
  fflush(stderr);
}

void progress_end(struct progress *progress)
{
  if (progress->is_shown)
    fputs("\r\033[K", stderr);
  progress->is_shown = false;
}
