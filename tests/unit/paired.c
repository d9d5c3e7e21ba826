/* paired.c - paired tests against known values, and what a comparison comes to
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <math.h>

#include "eval/paired.h"
#include "eval/versions.h"
#include "store/trial.h"

static void near(double got, double wanted)
{
  if (!(fabs(got - wanted) <= 1e-9))
    fail_msg("%.12g, wanted %.12g", got, wanted);
}

/* Binomial tails by hand: 2 (1 + 10) / 2^10, 2 (1 + 5) / 2^5, ... */
static void mcnemar_is_the_binomial_tail(void **state)
{
  (void)state;
  near(paired_mcnemar(0, 0), 1);
  near(paired_mcnemar(1, 0), 1);
  near(paired_mcnemar(0, 5), 2.0 / 32);
  near(paired_mcnemar(1, 9), 22.0 / 1024);
  near(paired_mcnemar(9, 1), 22.0 / 1024);
  near(paired_mcnemar(4, 4), 1);
  near(paired_mcnemar(2, 8), 112.0 / 1024);
  assert_true(paired_mcnemar(1000, 3000) > 0 && paired_mcnemar(1000, 3000) < 1e-200);
}

static void sign_flips_count_the_sums_that_are_as_far(void **state)
{
  static const double all_up[] = {1, 2, 3}, mixed[] = {1, -2, 3}, none[] = {0, 0};
  static const double small[] = {0.1, 0.2, 0.3, -0.6};
  (void)state;
  near(paired_sign_flip(NULL, 0), 1);
  near(paired_sign_flip(none, 2), 1);
  near(paired_sign_flip(all_up, 3), 2.0 / 8);
  near(paired_sign_flip(mixed, 3), 6.0 / 8); /* sums of 1, 2, 3 with signs: 6 4 2 0, and back */
  near(paired_sign_flip(small, 4), 1);       /* 0.1 + 0.2 + 0.3 - 0.6 is no more than rounding */
}

/* Above 16 pairs signs are drawn: the same p every time, near the exact one. */
static void drawn_flips_are_near_the_exact_ones(void **state)
{
  double differences[17];
  (void)state;
  for (int k = 0; k < 17; k++)
    differences[k] = k < 13 ? 1 : -1; /* the sum is 9: 2 P(binomial(17) >= 13) */
  double exact = 2 * (2380.0 + 680 + 136 + 17 + 1) / 131072, drawn = paired_sign_flip(differences, 17);
  assert_true(fabs(drawn - exact) < 0.003);
  assert_true(drawn == paired_sign_flip(differences, 17));
}

/* ---- what a comparison comes to */

static void add(struct store *store, const char *item, int side, const char *template_name,
                const char *checks, bool is_valid, double balance, int tokens)
{
  struct trial trial = {.item = (char *)item, .template_name = (char *)template_name,
                        .version = (char *)(side ? "bb" : "aa"), .backend = (char *)"openai",
                        .model = (char *)"m", .messages = (char *)"{}",
                        .rounds = (char *)"[{\"reply\":\"four\"}]", .checks = (char *)checks,
                        .reason = (char *)(checks || is_valid ? NULL : "no good"), .is_valid = is_valid,
                        .balance = balance, .questions = 1, .tokens_in = tokens, .tokens_out = 1,
                        .first_seconds = NAN, .seconds = NAN, .is_cached = true, .comparison = 5,
                        .side = side};
  WORKS(trial_save(store, &trial, &unit_err));
}

#define PASSED                                                               \
  "[{\"name\":\"keys\",\"passed\":true,\"flag\":false},{\"name\":\"moved\"," \
  "\"passed\":true,\"flag\":false}]"
#define NOT_MOVED                                                            \
  "[{\"name\":\"keys\",\"passed\":true,\"flag\":false},{\"name\":\"moved\"," \
  "\"passed\":false,\"flag\":false,\"reason\":\"stood still\"}]"

static const struct versions_row *row_named(const struct versions *versions, const char *name)
{
  for (int k = 0; k < versions->row_count; k++)
    if (!strcmp(versions->rows[k].name, name))
      return &versions->rows[k];
  fail_msg("no row %s", name);
  return NULL;
}

static void both_sides_of_an_item_make_a_pair(void **state)
{
  (void)state;
  struct store *store = store_open(unit_workspace, STORE_CREATE, &unit_err);
  struct versions versions;
  WORKS(store);
  for (int side = 0; side < 2; side++) {
    add(store, "same", side, "mask", NULL, true, NAN, 10);
    add(store, "same", side, "complete", PASSED, true, 0.9, 20);
    add(store, "other", side, "mask", NULL, true, NAN, side ? 30 : 10);
    add(store, "other", side, "complete", side ? PASSED : NOT_MOVED, side, side ? 0.8 : 0.4, 20);
    add(store, "never", side, "mask", NULL, !side, NAN, 10); /* B fails at the mask */
  }
  add(store, "never", 0, "complete", PASSED, true, 0.7, 20);
  add(store, "half", 0, "mask", NULL, true, NAN, 10); /* B was never asked: no pair */
  WORKS(versions_read(store, 5, MASK, &versions, &unit_err));
  assert_int_equal(versions.pair_count, 3);
  assert_string_equal(versions.version[1], "bb");
  const struct versions_row *valid = row_named(&versions, "valid");
  const struct versions_row *moved = row_named(&versions, "check moved");
  assert_int_equal(valid->pairs, 3);
  near(valid->mean[0], 2.0 / 3);
  assert_int_equal(valid->only[0], 1);
  assert_int_equal(valid->only[1], 1);
  assert_int_equal(moved->pairs, 2); /* "never" came to no check on one side */
  assert_int_equal(moved->only[1], 1);
  const struct versions_row *balance = row_named(&versions, "balance");
  const struct versions_row *in = row_named(&versions, "tokens in");
  assert_int_equal(balance->pairs, 2);
  near(balance->mean[0], 0.65);
  near(balance->mean[1], 0.85);
  near(balance->p, 1);
  near(in->mean[0], 30);
  near(in->mean[1], (30 + 50 + 10) / 3.0);
  near(row_named(&versions, "reply characters")->mean[0], 4);
  assert_int_equal(row_named(&versions, "seconds")->pairs, 0); /* nothing was asked */
  assert_true(versions.pairs[0].differs && versions.pairs[1].differs && !versions.pairs[2].differs);
  assert_string_equal(versions.pairs[2].item, "same");
  for (int k = 0; k < 2; k++)
    assert_string_equal(versions.pairs[k].why[!strcmp(versions.pairs[k].item, "never")],
                        strcmp(versions.pairs[k].item, "never") ? "moved: stood still" : "mask: no good");
  versions_free(&versions);
  store_close(store);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(mcnemar_is_the_binomial_tail),
    cmocka_unit_test(sign_flips_count_the_sums_that_are_as_far),
    cmocka_unit_test(drawn_flips_are_near_the_exact_ones),
    cmocka_unit_test_setup_teardown(both_sides_of_an_item_make_a_pair, unit_setup, unit_teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
