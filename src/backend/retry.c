/* retry.c - see retry.h
 * SPDX-License-Identifier: MIT */
#include "backend/curl.h"
#include "backend/retry.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"

enum { FIRST_MS = 500, LAST_MS = 8000 };

int64_t retry_after_ms(const char *name, const char *value, int64_t now)
{
  bool is_ms = !strcasecmp(name, "retry-after-ms");
  char *end;
  if (!is_ms && strcasecmp(name, "retry-after") != 0)
    return -1;
  double number = strtod(value, &end);
  if (end != value && !*end)
    return isfinite(number) && number >= 0 ? (int64_t)fmin(is_ms ? number : number * 1000, 1e12) : -1;
  time_t date = is_ms ? -1 : curl_getdate(value, NULL);
  return date < 0 ? -1 : date > now ? (int64_t)(date - now) * 1000 : 0;
}

int64_t retry_delay_ms(int attempt, int64_t asked_ms, struct rng *rng)
{
  if (asked_ms >= 0)
    return asked_ms < RETRY_AFTER_MAX_MS ? asked_ms : RETRY_AFTER_MAX_MS;
  int64_t delay = FIRST_MS;
  for (int k = 1; k < attempt && delay < LAST_MS; k++)
    delay *= 2;
  if (delay > LAST_MS)
    delay = LAST_MS;
  return (int64_t)((double)delay * (1 - 0.25 * rng_unif(rng)));
}

void retry_earn(struct retry_budget *budget)
{
  budget->left = fmin(budget->left + 0.2, RETRY_BUDGET);
}

bool retry_spend(struct retry_budget *budget)
{
  if (budget->left < 1)
    return false;
  budget->left -= 1;
  return true;
}

void retry_open(struct retry_rule *rule, int most)
{
  *rule = (struct retry_rule){.budget = {RETRY_BUDGET}, .most = most,
                              .rng = rng_stream((uint64_t)clock_ns(), RNG_SHUFFLE, 0)};
}

/* A server may insist on another try where the table knows of none, but not on what its model did, or
 * when there is nothing left to pay with. */
static int tries_of(enum problem problem, int should_retry)
{
  const struct problem_row *row = &problem_rows[problem];
  bool is_final = row->is_reply || problem == PROBLEM_QUOTA;
  if (row->remedy == REMEDY_FORMAT || should_retry == 0)
    return 0;
  return should_retry == 1 && !row->tries && !is_final ? 2 : row->tries;
}

bool retry_next(struct retry_rule *rule, enum problem problem, int should_retry, int64_t asked_ms,
                struct retry *retry)
{
  if (retry->attempt >= tries_of(problem, should_retry) || retry->attempt >= rule->most ||
      !retry_spend(&rule->budget))
    return false;
  int64_t wait_ms = retry_delay_ms(++retry->attempt, asked_ms, &rule->rng);
  if (problem_rows[problem].remedy == REMEDY_NO_CACHE)
    wait_ms = 0;
  retry->not_before_ns = clock_ns() + wait_ms * 1000000;
  return true;
}
