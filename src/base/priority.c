/* priority.c - see priority.h
 * SPDX-License-Identifier: MIT */
#include "base/priority.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* sched(7), "the autogroup feature" */
static void lower_session(int value)
{
  FILE *file = getsid(0) == getpid() ? fopen("/proc/self/autogroup", "we") : NULL;
  if (!file)
    return;
  fprintf(file, "%d", value);
  fclose(file);
}

void priority_lower(int by)
{
  errno = 0;
  int value = nice(by);
  if (value != -1 || !errno)
    lower_session(value);
}
