/* split.c - who trains on what: METHOD 1.2, its sizes and its promises
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <stdio.h>

/* train, valid, test of n = 1..40, from the reference. */
static const int sizes[40][3] = {
  {1, 0, 0},  {2, 0, 0},  {1, 1, 1},  {2, 1, 1},  {3, 1, 1},  {4, 1, 1},  {5, 1, 1},  {6, 1, 1},
  {7, 1, 1},  {8, 1, 1},  {9, 1, 1},  {10, 1, 1}, {11, 1, 1}, {12, 1, 1}, {12, 1, 2}, {13, 1, 2},
  {14, 1, 2}, {15, 1, 2}, {16, 1, 2}, {16, 2, 2}, {17, 2, 2}, {18, 2, 2}, {19, 2, 2}, {20, 2, 2},
  {20, 2, 3}, {21, 2, 3}, {22, 2, 3}, {23, 2, 3}, {24, 2, 3}, {24, 3, 3}, {25, 3, 3}, {26, 3, 3},
  {27, 3, 3}, {28, 3, 3}, {28, 3, 4}, {29, 3, 4}, {30, 3, 4}, {31, 3, 4}, {32, 3, 4}, {32, 4, 4},
};

static void sizes_are_those_of_the_reference(void **state)
{
  (void)state;
  for (int n = 1; n <= 40; n++) {
    int8_t phase[40];
    int counts[PHASES] = {0};
    split_user(n, phase);
    for (int k = 0; k < n; k++)
      counts[phase[k]]++;
    assert_memory_equal(counts, sizes[n - 1], sizeof counts);
  }
}

/* A catalogue of 30 items; users u0.. with 12 interactions each; ask says what is split how. */
static struct store *many(int users, const char *kind, const char *seed)
{
  struct store *store = store_open(unit_workspace, STORE_CREATE, &unit_err);
  WORKS(store);
  struct catalogue *catalogue = catalogue_begin(store, true, &unit_err);
  char key[16], user[16];
  for (int i = 0; i < 30; i++) {
    snprintf(key, sizeof key, "i%d", i);
    WORKS(catalogue_item(catalogue, key, NULL, 0, NULL, &unit_err));
  }
  for (int k = 0; k < 12; k++)
    for (int u = 0; u < users; u++) {
      snprintf(user, sizeof user, "u%d", u);
      snprintf(key, sizeof key, "i%d", (7 * k + u) % 30);
      WORKS(catalogue_interaction(catalogue, user, key, 1, 1000 - k, k % PHASES, &unit_err));
    }
  WORKS(catalogue_meta(catalogue, "split", kind, &unit_err));
  WORKS(catalogue_meta(catalogue, "split_seed", seed, &unit_err));
  unit_commit(catalogue);
  return store;
}

static void load(struct interactions *out, int users, const char *kind, const char *seed)
{
  struct store *store = many(users, kind, seed);
  WORKS(interactions_load(store, out, &unit_err));
  store_close(store);
}

static void the_source_order_comes_back_for_each_user(void **state)
{
  struct interactions all;
  (void)state;
  load(&all, 3, "random", "42");
  assert_int_equal(all.count, 36);
  assert_int_equal(all.user_count, 3);
  assert_int_equal(all.item_count, 30);
  for (int64_t k = 0; k < all.count; k++) {
    assert_int_equal(all.user[k], k / 12);
    assert_int_equal(all.time[k], 1000 - k % 12);
    assert_int_equal(all.given[k], k % 12 % PHASES);
    assert_int_equal(all.item[k], (7 * (k % 12) + k / 12) % 30);
  }
  interactions_free(&all);
}

static void a_random_split_depends_on_the_seed_and_no_other_user(void **state)
{
  struct interactions few, many_users, other_seed;
  (void)state;
  load(&few, 2, "random", "42");
  load(&many_users, 5, "random", "42");
  load(&other_seed, 2, "random", "43");
  assert_memory_equal(few.phase, many_users.phase, 24);
  assert_memory_not_equal(few.phase, other_seed.phase, 24);
  assert_memory_not_equal(few.phase, few.phase + 12, 12);
  int counts[PHASES] = {0};
  for (int k = 0; k < 12; k++)
    counts[few.phase[k]]++;
  assert_memory_equal(counts, sizes[11], sizeof counts);
  interactions_free(&few);
  interactions_free(&many_users);
  interactions_free(&other_seed);
}

static void a_split_by_time_holds_out_the_last(void **state)
{
  struct interactions all;
  (void)state;
  load(&all, 1, "time", "42"); /* times fall with the source order */
  assert_int_equal(all.phase[0], PHASE_TEST);
  assert_int_equal(all.phase[1], PHASE_VALID);
  for (int k = 2; k < 12; k++)
    assert_int_equal(all.phase[k], PHASE_TRAIN);
  interactions_free(&all);
}

static void a_given_split_is_honoured(void **state)
{
  struct interactions all;
  (void)state;
  load(&all, 2, "given", "42");
  for (int64_t k = 0; k < all.count; k++)
    assert_int_equal(all.phase[k], all.given[k]);
  interactions_free(&all);
}

static void pairs_stay_in_the_earliest_phase_and_untrained_users_fall(void **state)
{
  (void)state;
  struct store *store = store_open(unit_workspace, STORE_CREATE, &unit_err);
  struct catalogue *catalogue = catalogue_begin(store, true, &unit_err);
  WORKS(catalogue_item(catalogue, "a", NULL, 0, NULL, &unit_err));
  WORKS(catalogue_item(catalogue, "b", NULL, 0, NULL, &unit_err));
  WORKS(catalogue_interaction(catalogue, "u", "a", 1, 1, PHASE_TEST, &unit_err));
  WORKS(catalogue_interaction(catalogue, "u", "a", 1, 2, PHASE_TRAIN, &unit_err));
  WORKS(catalogue_interaction(catalogue, "u", "b", 1, 3, PHASE_TEST, &unit_err));
  WORKS(catalogue_interaction(catalogue, "v", "a", 1, 4, PHASE_VALID, &unit_err));
  WORKS(catalogue_meta(catalogue, "split", "given", &unit_err));
  unit_commit(catalogue);
  struct interactions all;
  WORKS(interactions_load(store, &all, &unit_err));
  assert_int_equal(all.phase[0], -1); /* u trains on a already */
  assert_int_equal(all.phase[1], PHASE_TRAIN);
  assert_int_equal(all.phase[2], PHASE_TEST);
  assert_int_equal(all.phase[3], -1); /* v has nothing to train on */
  interactions_free(&all);
  store_close(store);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, unit_setup, unit_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(sizes_are_those_of_the_reference),
    CASE(the_source_order_comes_back_for_each_user),
    CASE(a_random_split_depends_on_the_seed_and_no_other_user),
    CASE(a_split_by_time_holds_out_the_last),
    CASE(a_given_split_is_honoured),
    CASE(pairs_stay_in_the_earliest_phase_and_untrained_users_fall),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
