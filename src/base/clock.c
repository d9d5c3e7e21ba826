/* clock.c - see clock.h
 * SPDX-License-Identifier: MIT */
#include "base/clock.h"

#include <stdbool.h>
#include <stdatomic.h>
#include <time.h>

static atomic_bool is_fake;
static _Atomic int64_t fake_wall;

int64_t clock_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

double clock_seconds(void) { return (double)clock_ns() * 1e-9; }

int64_t clock_wall(void) { return is_fake ? fake_wall : (int64_t)time(NULL); }

void clock_iso(int64_t wall, char text[CLOCK_ISO])
{
  time_t t = (time_t)wall;
  struct tm tm;
  if (!gmtime_r(&t, &tm) || !strftime(text, CLOCK_ISO, "%Y-%m-%dT%H:%M:%SZ", &tm))
    text[0] = '\0';
}

void clock_fake(int64_t wall)
{
  fake_wall = wall;
  is_fake = true;
}
