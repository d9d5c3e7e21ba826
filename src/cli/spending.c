/* spending.c - see spending.h
 * SPDX-License-Identifier: MIT */
#include "cli/spending.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/mem.h"
#include "cli/figures.h"
#include "cli/price.h"

bool spending_read(struct cli *cli, const struct server *server, struct account *account,
                   struct err *err)
{
  const char *budget = cli_text(cli, "budget"), *model = server->options.model;
  const struct price *price = server->row->needs_model && model ? cli_price(cli, model) : NULL;
  *account = (struct account){0};
  if (price) {
    account->price_in = price->input;
    account->price_out = price->output;
  }
  if (budget && !account_read(account, budget, err))
    return false;
  return account->most_cost <= 0 || !server->row->needs_model || price ||
         err_set(err, EX_CONFIG, "--budget cost=... needs the price of a million tokens, in the "
                 "configuration: [price %s], input = ..., output = ...", model ? model : "MODEL");
}

static bool has_prices(const struct account *account)
{
  return account->price_in > 0 || account->price_out > 0;
}

static void add(struct buf *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct buf *out, const char *format, ...)
{
  char piece[200];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(piece, sizeof piece, format, arguments);
  va_end(arguments);
  buf_printf(out, "%s%s", out->size ? ", " : "", piece);
}

char *spending_text(const struct account *account)
{
  struct buf out = {0};
  char number[FIGURE];
  int64_t tokens = account->used.tokens_in + account->used.tokens_out;
  if (account->cached)
    add(&out, "%s answers from the record", figure(account->cached, number));
  if (tokens)
    add(&out, "%s tokens", figure(tokens, number));
  if (tokens && has_prices(account))
    add(&out, "cost %.4g", account_cost(account, &account->used));
  if (account->retries)
    add(&out, "%s retries", figure(account->retries, number));
  for (int k = 0; k < PROBLEM_COUNT; k++)
    if (account->errors[k])
      add(&out, "%s x %s", figure(account->errors[k], number), problem_rows[k].name);
  return buf_take(&out);
}

void spending_json(cJSON *json, const struct account *account)
{
  json_add_int(json, "tokens_in", account->used.tokens_in);
  json_add_int(json, "tokens_out", account->used.tokens_out);
  json_add_num(json, "cost", has_prices(account) ? account_cost(account, &account->used) : NAN);
  json_add_int(json, "retries", account->retries);
  json_add_int(json, "reused", account->cached);
  cJSON *errors = json_add_object(json, "errors");
  for (int k = 0; k < PROBLEM_COUNT; k++)
    if (account->errors[k])
      json_add_int(errors, problem_rows[k].name, account->errors[k]);
}
