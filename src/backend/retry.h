/* retry.h - how long to wait before the next try, and whether there is to be one
 *
 * As the official clients do: what the server says (retry-after-ms, retry-after in seconds or
 * as a date) up to a minute, else 0.5 s doubled up to 8 s, less up to a quarter by
 * chance, so that clients that failed together do not come back together. A budget of retries
 * for the whole job keeps a server that is down from being asked again for every question.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_RETRY_H
#define BACKEND_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "backend/problem.h"
#include "base/rng.h"

enum { RETRY_AFTER_MAX_MS = 60000 };

/* Milliseconds that a header asks for; -1 when it is none of these. now: Unix seconds, for dates. */
int64_t retry_after_ms(const char *name, const char *value, int64_t now);

/* Milliseconds before try number `attempt` (1: the first retry); asked_ms: what the server
 * asked for, or -1. */
int64_t retry_delay_ms(int attempt, int64_t asked_ms, struct rng *rng);

/* Each answer earns a fifth of a retry. */
struct retry_budget {
  double left;
};
enum { RETRY_BUDGET = 20 };
void retry_earn(struct retry_budget *budget);
bool retry_spend(struct retry_budget *budget); /* false: nothing is left */

/* The rule of a job, and where one of its requests stands. */
struct retry_rule {
  struct retry_budget budget;
  int most; /* tries of a request after the first */
  struct rng rng;
};
struct retry {
  int attempt; /* 0: the first try */
  int64_t not_before_ns;
};
void retry_open(struct retry_rule *rule, int most);
/* Is this failure worth another try? Then it is counted, and *retry says when. should_retry and
 * asked_ms: what the server said (http_result). Another response format is not another try: that is
 * the caller's. */
bool retry_next(struct retry_rule *rule, enum problem problem, int should_retry, int64_t asked_ms,
                struct retry *retry);

#endif
