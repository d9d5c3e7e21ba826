/* account.c - see account.h
 * SPDX-License-Identifier: MIT */
#include "backend/account.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double account_cost(const struct account *account, const struct amount *amount)
{
  return ((double)amount->tokens_in * account->price_in +
          (double)amount->tokens_out * account->price_out) * 1e-6;
}

static struct amount sum(const struct amount *a, const struct amount *b)
{
  return (struct amount){a->requests + b->requests, a->tokens_in + b->tokens_in,
                         a->tokens_out + b->tokens_out};
}

static void take_off(struct amount *from, const struct amount *amount)
{
  from->requests -= amount->requests;
  from->tokens_in -= amount->tokens_in;
  from->tokens_out -= amount->tokens_out;
}

/* The name of the first limit that this much is over, or NULL. */
static const char *limit_over(const struct account *account, const struct amount *all)
{
  if (account->most_requests && all->requests > account->most_requests)
    return "requests";
  if (account->most_tokens && all->tokens_in + all->tokens_out > account->most_tokens)
    return "tokens";
  if (account->most_cost > 0 && account_cost(account, all) > account->most_cost)
    return "cost";
  return NULL;
}

bool account_hold(struct account *account, const struct amount *most)
{
  struct amount all = sum(&account->used, &account->held);
  all = sum(&all, most);
  if (limit_over(account, &all)) {
    account->next = *most;
    return false;
  }
  account->held = sum(&account->held, most);
  return true;
}

void account_settle(struct account *account, const struct amount *most, const struct amount *took)
{
  take_off(&account->held, most);
  account->used = sum(&account->used, took);
}

bool account_shortage(const struct account *account, struct err *err)
{
  struct amount all = sum(&account->used, &account->next);
  const struct amount *used = &account->used, *next = &account->next;
  const char *limit = limit_over(account, &all);
  if (limit && !strcmp(limit, "requests"))
    return err_set(err, EX_TEMPFAIL, "--budget requests=%lld is used up",
                   (long long)account->most_requests);
  if (limit && !strcmp(limit, "cost"))
    return err_set(err, EX_TEMPFAIL,
                   "--budget cost=%g: %.4g is spent, and the next request may cost %.4g",
                   account->most_cost, account_cost(account, used), account_cost(account, next));
  return err_set(err, EX_TEMPFAIL,
                 "--budget tokens=%lld: %lld are used, and the next request may take %lld",
                 (long long)account->most_tokens, (long long)(used->tokens_in + used->tokens_out),
                 (long long)(next->tokens_in + next->tokens_out));
}

static bool read_limit(struct account *account, const char *name, size_t size, double value)
{
  bool is_whole = value == floor(value) && value < 9e15;
  if (size == 8 && !strncmp(name, "requests", size) && is_whole)
    account->most_requests = (int64_t)value;
  else if (size == 6 && !strncmp(name, "tokens", size) && is_whole)
    account->most_tokens = (int64_t)value;
  else if (size == 4 && !strncmp(name, "cost", size))
    account->most_cost = value;
  else
    return false;
  return true;
}

bool account_read(struct account *account, const char *text, struct err *err)
{
  for (const char *at = text; *at;) {
    size_t size = strcspn(at, "=");
    char *end = NULL;
    double value = at[size] ? strtod(at + size + 1, &end) : 0;
    if (!(value > 0) || !isfinite(value) || (*end && *end != ',') ||
        !read_limit(account, at, size, value))
      return err_set(err, EX_USAGE, "--budget takes tokens=N,requests=N,cost=X, or some of them, not "
                     "\"%s\"", text);
    at = *end ? end + 1 : end;
  }
  return account->most_requests || account->most_tokens || account->most_cost > 0 ||
         err_set(err, EX_USAGE, "--budget takes tokens=N,requests=N,cost=X, or some of them");
}
