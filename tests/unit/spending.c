/* spending.c - how much is asked, how fast, and how often again: budget, window, retries, addresses
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "backend/account.h"
#include "backend/http.h"
#include "backend/retry.h"
#include "backend/window.h"
#include "base/mem.h"

static struct err unit_err;

static void a_budget_holds_with_several_under_way(void **state)
{
  struct account account = {0};
  const struct amount most = {1, 300, 200}, took = {1, 100, 50}, nothing = {1, 0, 0};
  (void)state;
  assert_true(account_read(&account, "tokens=1200,requests=4", &unit_err));
  assert_true(account_hold(&account, &most));
  assert_true(account_hold(&account, &most));
  assert_false(account_hold(&account, &most)); /* 1000 + 500 > 1200, although nothing is used yet */
  account_settle(&account, &most, &took);
  assert_true(account_hold(&account, &most)); /* 150 + 500 + 500 */
  account_settle(&account, &most, &nothing);
  account_settle(&account, &most, &took);
  assert_int_equal(account.used.tokens_in + account.used.tokens_out, 300);
  assert_true(account_hold(&account, &nothing));
  account_settle(&account, &nothing, &nothing);
  assert_false(account_hold(&account, &nothing)); /* the fifth request */
  assert_false(account_shortage(&account, &unit_err));
  assert_string_equal(unit_err.text, "--budget requests=4 is used up");
  assert_int_equal(unit_err.code, EX_TEMPFAIL);
}

static void a_cost_is_of_a_million_tokens(void **state)
{
  struct account account = {.price_in = 2, .price_out = 10};
  const struct amount most = {1, 1000000, 100000};
  (void)state;
  assert_true(account_read(&account, "cost=4.5", &unit_err));
  assert_true(account_cost(&account, &most) == 3);
  assert_true(account_hold(&account, &most));
  assert_false(account_hold(&account, &most));
}

static void a_budget_that_says_nothing_is_refused(void **state)
{
  static const char *const texts[] = {"", "tokens", "tokens=", "tokens=0", "tokens=-5", "tokens=1.5",
                                      "tokens=5x", "cost=nan", "cost=inf", "money=5", "=5",
                                      "tokens=5;cost=1"};
  (void)state;
  for (size_t k = 0; k < COUNT_OF(texts); k++) {
    struct account account = {0};
    assert_false(account_read(&account, texts[k], &unit_err));
    assert_int_equal(unit_err.code, EX_USAGE);
  }
}

static void an_overload_halves_the_window_once(void **state)
{
  struct window window;
  (void)state;
  window_open(&window, 16);
  window_shrink(&window, 100, 200);
  for (int k = 0; k < 15; k++)
    window_shrink(&window, 100 + k, 201 + k); /* of the same round */
  assert_int_equal((int)window.size, 8);
  window_shrink(&window, 300, 400);
  assert_int_equal((int)window.size, 4);
  for (int k = 0; k < 16; k++)
    window_grow(&window);
  assert_int_equal((int)(window.size + 0.2), 5); /* four rounds of answers add one */
  for (int k = 0; k < 1000; k++)
    window_grow(&window);
  assert_int_equal((int)window.size, 16);
  window_limit(&window, 2);
  window_grow(&window);
  assert_int_equal((int)window.size, 2);
  for (int k = 1; k < 9; k++)
    window_shrink(&window, 1000 * k, 1000 * k + 1);
  assert_int_equal((int)window.size, 1);
}

static void a_server_says_when_to_come_back(void **state)
{
  static const struct {
    const char *name, *value;
    int64_t wanted;
  } rows[] = {
    {"Retry-After", "3", 3000},
    {"retry-after", "0.5", 500},
    {"retry-after-ms", "250", 250},
    {"Retry-After", "Thu, 01 Jan 1970 00:01:40 GMT", 40000}, /* now is 60 */
    {"Retry-After", "Thu, 01 Jan 1970 00:00:10 GMT", 0},
    {"Retry-After", "soon", -1},
    {"Retry-After", "-3", -1},
    {"Retry-After", "", -1},
    {"retry-after-ms", "nan", -1},
    {"X-Retry", "3", -1},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(rows); k++)
    assert_int_equal(retry_after_ms(rows[k].name, rows[k].value, 60), rows[k].wanted);
}

static void waits_double_up_to_a_limit_and_differ(void **state)
{
  static const int64_t longest[] = {500, 1000, 2000, 4000, 8000, 8000};
  struct rng rng = rng_stream(1, RNG_SHUFFLE, 0);
  (void)state;
  for (int attempt = 1; attempt <= 6; attempt++) {
    int64_t least = 1 << 20, most = 0;
    for (int k = 0; k < 200; k++) {
      int64_t wait = retry_delay_ms(attempt, -1, &rng);
      least = wait < least ? wait : least;
      most = wait > most ? wait : most;
    }
    assert_in_range(most, longest[attempt - 1] * 95 / 100, longest[attempt - 1]);
    assert_in_range(least, longest[attempt - 1] * 3 / 4, longest[attempt - 1] * 80 / 100);
  }
  assert_int_equal(retry_delay_ms(1, 1234, &rng), 1234);
  assert_int_equal(retry_delay_ms(1, 86400000, &rng), RETRY_AFTER_MAX_MS);
}

static void a_dead_server_is_not_asked_again_for_ever(void **state)
{
  struct retry_budget budget = {RETRY_BUDGET};
  int tries = 0;
  (void)state;
  while (retry_spend(&budget))
    tries++;
  assert_int_equal(tries, RETRY_BUDGET);
  for (int k = 0; k < 4; k++)
    retry_earn(&budget);
  assert_false(retry_spend(&budget));
  for (int k = 0; k < 4; k++)
    retry_earn(&budget);
  assert_true(retry_spend(&budget));
}

static void what_may_pass_is_tried_again_as_often_as_its_row_says(void **state)
{
  static const struct {
    enum problem problem;
    int should_retry, most, tries;
  } rows[] = {
    {PROBLEM_BUSY, -1, 20, 4},    {PROBLEM_BUSY, -1, 2, 2},   {PROBLEM_BUSY, 0, 20, 0},
    {PROBLEM_MISTAKE, -1, 20, 0}, {PROBLEM_MISTAKE, 1, 20, 2}, {PROBLEM_QUOTA, 1, 20, 0},
    {PROBLEM_REFUSAL, 1, 20, 0},  {PROBLEM_FORMAT, -1, 20, 0}, {PROBLEM_STALL, -1, 20, 1},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(rows); k++) {
    struct retry_rule rule;
    struct retry retry = {0};
    int tries = 0;
    retry_open(&rule, rows[k].most);
    while (retry_next(&rule, rows[k].problem, rows[k].should_retry, 10, &retry))
      tries++;
    assert_int_equal(tries, rows[k].tries);
    assert_int_equal(retry.attempt, rows[k].tries);
    assert_int_equal(retry.not_before_ns != 0, tries > 0);
  }
}

static void an_address_is_taken_in_each_of_its_forms(void **state)
{
  static const struct {
    const char *base, *chat, *props;
  } rows[] = {
    {"http://h:1", "http://h:1/v1/chat/completions", "http://h:1/props"},
    {"http://h:1//", "http://h:1/v1/chat/completions", "http://h:1/props"},
    {"http://h:1/v1", "http://h:1/v1/chat/completions", "http://h:1/props"},
    {"http://h:1/v1/", "http://h:1/v1/chat/completions", "http://h:1/props"},
    {"http://h/a/v1/embeddings", "http://h/a/v1/chat/completions", "http://h/a/props"},
    {"http://h/x/chat/completions/", "http://h/x/chat/completions", "http://h/x/props"},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(rows); k++) {
    char *chat = http_endpoint(rows[k].base, "chat/completions");
    char *props = http_beside(rows[k].base, "props");
    assert_string_equal(chat, rows[k].chat);
    assert_string_equal(props, rows[k].props);
    free(chat);
    free(props);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_budget_holds_with_several_under_way),
    cmocka_unit_test(a_cost_is_of_a_million_tokens),
    cmocka_unit_test(a_budget_that_says_nothing_is_refused),
    cmocka_unit_test(an_overload_halves_the_window_once),
    cmocka_unit_test(a_server_says_when_to_come_back),
    cmocka_unit_test(waits_double_up_to_a_limit_and_differ),
    cmocka_unit_test(a_dead_server_is_not_asked_again_for_ever),
    cmocka_unit_test(what_may_pass_is_tried_again_as_often_as_its_row_says),
    cmocka_unit_test(an_address_is_taken_in_each_of_its_forms),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
