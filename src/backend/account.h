/* account.h - what a job has asked of servers, and what it may ask
 *
 * A budget is hard: before a request goes out, the most that it can take is laid aside, and
 * it goes out only when that fits into what is left. At its end what it took is counted, and the rest is
 * free again. So several requests under way never take more than there is.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_ACCOUNT_H
#define BACKEND_ACCOUNT_H

#include <stdint.h>

#include "backend/problem.h"
#include "base/err.h"

/* Of one request, or of many. */
struct amount {
  int64_t requests, tokens_in, tokens_out;
};

struct account {
  int64_t most_requests, most_tokens; /* the budget; 0: no limit */
  double most_cost;
  double price_in, price_out; /* of a million tokens */
  struct amount used, held;
  int64_t cached;  /* answers that were there already */
  int64_t retries; /* of the requests */
  int64_t errors[PROBLEM_COUNT];
  bool is_spent;      /* the next request does not fit, and nothing is under way that could give back */
  struct amount next; /* that one */
};

double account_cost(const struct account *account, const struct amount *amount);
/* Lay the most that a request can take aside; false when it does not fit. */
bool account_hold(struct account *account, const struct amount *most);
/* A request that was held for is at its end: what it took. */
void account_settle(struct account *account, const struct amount *most, const struct amount *took);
/* "--budget tokens=5000: 4120 are used, and the next request may take 1900". Returns false. */
bool account_shortage(const struct account *account, struct err *err);
/* "tokens=N,requests=N,cost=X" into the limits; EX_USAGE. */
bool account_read(struct account *account, const char *text, struct err *err);

#endif
