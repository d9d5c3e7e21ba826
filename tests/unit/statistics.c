/* statistics.c - counts, lift, profiles, plausibility, couplings, forms of values, terms
 * SPDX-License-Identifier: MIT */
#include "engine.h"

#include <math.h>

#include "base/rng.h"
#include "engine/candidates.h"
#include "engine/couple.h"
#include "engine/taste.h"
#include "engine/terms.h"

static void assert_close(double have, double want, double tolerance)
{
  if (!(fabs(have - want) <= tolerance))
    fail_msg("have %.9g, want %.9g", have, want);
}

/* Items x x y y; user 0 has 0 1 2, user 1 has 0 2 3, user 2 has 1. */
static struct statistics *small(struct toy *toy)
{
  static const char *const genres[] = {"x", "x", "y", "y"};
  static const int pairs[][2] = {{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 2}, {1, 3}, {2, 1}};
  for (int i = 0; i < 4; i++)
    toy_field(toy_item(toy, "t"), "genre", genres[i], FIELD_VALUE);
  for (size_t k = 0; k < COUNT_OF(pairs); k++)
    toy_pair(toy, pairs[k][0], pairs[k][1]);
  return toy_statistics(toy);
}

static void lift_of_a_toy_is_what_a_hand_computes(void **state)
{
  struct toy toy = {0};
  struct statistics *s = small(&toy);
  struct taste taste;
  (void)state;
  taste_init(&taste, s);
  taste_look(&taste, 0); /* users 0 and 1 */
  struct evidence x = taste_evidence(&taste, toy_value(s, "genre", "x"));
  struct evidence y = taste_evidence(&taste, toy_value(s, "genre", "y"));
  assert_int_equal(taste.users, 2);
  assert_close(x.p, 4.0 / 7, 1e-12);
  assert_close(x.h, (0.5 + 0) / 2, 1e-12); /* user 0 has one other x of two others, user 1 none */
  assert_close(x.lift, (2 * 0.25 + 10 * 4.0 / 7) / (12 * 4.0 / 7), 1e-12);
  assert_close(x.w, 0, 1e-12);
  assert_close(y.h, (0.5 + 1) / 2, 1e-12);
  assert_close(y.lift, (2 * 0.75 + 10 * 3.0 / 7) / (12 * 3.0 / 7), 1e-12);
  assert_close(y.w, log(y.lift) * log(2), 1e-12);
  taste_look(&taste, 1); /* user 2 has nothing else and says nothing */
  assert_int_equal(taste.users, 1);
  taste_free(&taste);
  statistics_free(s);
  toy_free(&toy);
}

static void an_item_without_users_leaves_lift_at_one(void **state)
{
  struct toy toy = {0};
  (void)state;
  toy_field(toy_item(&toy, "t"), "genre", "x", FIELD_VALUE);
  toy_field(toy_item(&toy, "t"), "genre", "y", FIELD_VALUE);
  struct statistics *s = toy_statistics(&toy);
  struct taste taste;
  taste_init(&taste, s);
  taste_look(&taste, 0);
  struct evidence x = taste_evidence(&taste, toy_value(s, "genre", "x"));
  assert_close(x.lift, 1, 0);
  assert_close(x.w, 0, 0);
  assert_close(x.idf, log(2), 1e-12);
  taste_free(&taste);
  statistics_free(s);
  toy_free(&toy);
}

/* Two crowds of users, each with its own ten items; a and b belong to the first, c to the second. */
static struct statistics *crowds(struct toy *toy, const int *order)
{
  struct rng rng = {7};
  for (int i = 0; i < 20; i++)
    toy_field(toy_item(toy, "t"), "kind", i < 5 ? "a" : i < 10 ? "b" : "c", FIELD_VALUE);
  for (int u = 0; u < 40; u++)
    for (int k = 0; k < 6; k++) {
      bool is_stray = rng_below(&rng, 10) == 0;
      int crowd = (u % 2) ^ is_stray;
      toy_pair(toy, order ? order[u] : u, crowd * 10 + (int)rng_below(&rng, 10));
    }
  return toy_statistics(toy);
}

static void values_of_one_crowd_are_near_and_of_another_far(void **state)
{
  struct toy toy = {0};
  struct statistics *s = crowds(&toy, NULL);
  (void)state;
  int32_t a = toy_value(s, "kind", "a"), b = toy_value(s, "kind", "b"), c = toy_value(s, "kind", "c");
  assert_close(statistics_contrast(s, a, a), 0, 1e-6);
  assert_true(statistics_contrast(s, a, b) < statistics_contrast(s, a, c) - .5);
  assert_true(statistics_contrast(s, a, c) > 1);
  statistics_free(s);
  toy_free(&toy);
}

static void contrast_does_not_depend_on_the_order_of_users(void **state)
{
  int order[40];
  struct toy one = {0}, two = {0};
  (void)state;
  for (int u = 0; u < 40; u++)
    order[u] = (u * 7 + 3) % 40;
  struct statistics *s = crowds(&one, NULL), *t = crowds(&two, order);
  int32_t a = toy_value(s, "kind", "a"), c = toy_value(s, "kind", "c");
  assert_close(statistics_contrast(s, a, c), statistics_contrast(t, a, c), 1e-3);
  statistics_free(s);
  statistics_free(t);
  toy_free(&one);
  toy_free(&two);
}

static void plausibility_counts_what_stands_beside(void **state)
{
  struct toy toy = {0};
  double out[2];
  (void)state;
  for (int i = 0; i < 8; i++) { /* wood: 6 x chair, 1 x lamp; steel: 1 x lamp */
    struct item *item = toy_item(&toy, "t");
    toy_field(item, "kind", i < 6 ? "chair" : "lamp", FIELD_VALUE);
    toy_field(item, "material", i < 7 ? "wood" : "steel", FIELD_VALUE);
  }
  struct statistics *s = toy_statistics(&toy);
  struct beside_counts *counts = beside_counts_new(s);
  int kind = statistics_key(s, TEXT, "kind");
  int32_t beside[] = {toy_value(s, "material", "wood"), toy_value(s, "material", "steel")};
  plausibility_of(counts, kind, beside, 1, out);
  assert_close(out[toy_value(s, "kind", "chair") - s->keys[kind].first], 7.0 / 9, 1e-12);
  assert_close(out[toy_value(s, "kind", "lamp") - s->keys[kind].first], 2.0 / 9, 1e-12);
  plausibility_of(counts, kind, beside, 2, out); /* steel is on one item only: it knows too little */
  assert_close(out[toy_value(s, "kind", "chair") - s->keys[kind].first], 7.0 / 9, 1e-12);
  beside_counts_free(counts);
  statistics_free(s);
  toy_free(&toy);
}

static double mutual_information(const int32_t *a, const int32_t *b, int n)
{
  double sum = 0;
  for (int x = 0; x < 4; x++)
    for (int y = 0; y < 4; y++) {
      double both = 0, in_a = 0, in_b = 0;
      for (int k = 0; k < n; k++) {
        both += a[k] == x && b[k] == y;
        in_a += a[k] == x;
        in_b += b[k] == y;
      }
      sum += both > 0 ? both / n * log(n * both / (in_a * in_b)) : 0;
    }
  return sum;
}

/* The mean over all permutations of b. */
static void expect_over_permutations(const int32_t *a, int32_t *b, int n, int at, double *sum,
                                     int *count)
{
  if (at == n) {
    *sum += mutual_information(a, b, n);
    ++*count;
    return;
  }
  for (int k = at; k < n; k++) {
    int32_t t = b[at];
    b[at] = b[k];
    b[k] = t;
    expect_over_permutations(a, b, n, at + 1, sum, count);
    t = b[at];
    b[at] = b[k];
    b[k] = t;
  }
}

static void adjusted_mutual_information_takes_off_what_shuffling_gives(void **state)
{
  int32_t a[] = {0, 0, 0, 1, 1, 2, 2}, b[] = {0, 0, 1, 1, 1, 2, 0};
  double sum = 0, entropy_a, entropy_b;
  int count = 0, n = COUNT_OF(a);
  (void)state;
  entropy_a = mutual_information(a, a, n);
  entropy_b = mutual_information(b, b, n);
  double mutual = mutual_information(a, b, n);
  expect_over_permutations(a, b, n, 0, &sum, &count);
  double expected = sum / count, want = (mutual - expected) / ((entropy_a + entropy_b) / 2 - expected);
  assert_close(adjusted_mutual_information(a, b, n, 3, 3), want, 1e-9);
  assert_close(adjusted_mutual_information(a, a, n, 3, 3), 1, 1e-9);
}

static void keys_that_move_together_are_coupled_and_others_not(void **state)
{
  static const char *const countries[] = {"France", "Italy", "Japan"};
  static const char *const languages[] = {"French", "Italian", "Japanese"};
  static const char *const moods[] = {"dark", "light"};
  struct toy toy = {0};
  struct rng rng = {3};
  (void)state;
  for (int i = 0; i < 120; i++) {
    struct item *item = toy_item(&toy, "t");
    int c = (int)rng_below(&rng, 3);
    toy_field(item, "country", countries[c], FIELD_LIST);
    toy_field(item, "language", languages[rng_below(&rng, 10) ? c : 0], FIELD_LIST);
    toy_field(item, "mood", moods[rng_below(&rng, 2)], FIELD_VALUE);
  }
  struct statistics *s = toy_statistics(&toy);
  int country = statistics_key(s, TEXT, "country"), language = statistics_key(s, TEXT, "language");
  assert_int_equal(s->couple_count, 2);
  assert_true(couples_has(s, country, language) && couples_has(s, language, country));
  int32_t italy = toy_value(s, "country", "Italy");
  assert_int_equal(couple_follower(s, italy, language), toy_value(s, "language", "Italian"));
  assert_true(couple_share(s, italy, toy_value(s, "language", "Italian")) > .8);
  statistics_free(s);
  toy_free(&toy);
}

static void prices_that_hardly_repeat_become_classes(void **state)
{
  struct toy toy = {0};
  (void)state;
  for (int i = 0; i < 100; i++) {
    char *price = mem_printf("$%d.%02d", 5 + i, i);
    struct item *item = toy_item(&toy, "t");
    toy_field(item, "price", price, FIELD_VALUE);
    toy_field(item, "year", i % 2 ? "1994" : "1987", FIELD_VALUE);
    toy_field(item, "decade", i % 3 ? "1960s" : "1920s", FIELD_VALUE);
    toy_field(item, "size", i % 2 ? "250 ml" : "350 ml", FIELD_VALUE);
    free(price);
  }
  struct statistics *s = toy_statistics(&toy);
  const struct key *price = &s->keys[statistics_key(s, TEXT, "price")];
  assert_int_equal(price->form, FORM_CLASSES);
  assert_int_equal(price->count, 5);
  int32_t low = toy_value(s, "price", "$5.00"), high = toy_value(s, "price", "$104.99");
  assert_true(low >= 0 && high >= 0 && low != high);
  assert_int_equal(s->values[low].df, 20);
  assert_int_equal(low, toy_value(s, "price", "$11.50"));
  assert_int_equal(s->keys[statistics_key(s, TEXT, "year")].form, FORM_YEAR);
  assert_int_equal(s->keys[statistics_key(s, TEXT, "decade")].form, FORM_YEAR);
  assert_int_equal(s->keys[statistics_key(s, TEXT, "size")].form, FORM_NUMBER);
  statistics_free(s);
  toy_free(&toy);
}

static void contrast_of_texts_knows_years_quantities_and_words(void **state)
{
  (void)state;
  assert_false(values_contrast(FORM_YEAR, "1994", "1998"));
  assert_true(values_contrast(FORM_YEAR, "1994", "1984"));
  assert_true(values_contrast(FORM_YEAR, "1950s", "1960s"));
  assert_false(values_contrast(FORM_NUMBER, "250 ml", "260 ml"));
  assert_true(values_contrast(FORM_NUMBER, "250 ml", "350 ml"));
  assert_false(values_contrast(FORM_WORDS, "dark blue", "dark navy blue"));
  assert_true(values_contrast(FORM_WORDS, "Tom Hanks", "Tom Cruise"));
}

static void candidates_are_less_shared_and_not_on_the_item(void **state)
{
  struct toy toy = {0};
  struct statistics *s = crowds(&toy, NULL);
  struct taste taste;
  (void)state;
  taste_init(&taste, s);
  taste_look(&taste, 0);
  struct beside_counts *counts = beside_counts_new(s);
  int32_t a = toy_value(s, "kind", "a");
  struct wish wish = {.taste = &taste, .counts = counts, .old = a, .old_text = "a", .own = &a,
                      .own_count = 1, .beside = NULL, .seed = 5};
  int count;
  struct candidate *list = candidates_find(&wish, &count);
  assert_true(count == 2);
  assert_string_equal(list[0].text, "c");
  assert_true(list[0].is_less_shared);
  free(list);
  beside_counts_free(counts);
  taste_free(&taste);
  statistics_free(s);
  toy_free(&toy);
}

/* The candidates for a value of a key, as "a b c", in the order of the catalogue; the caller frees. */
static char *candidates_of(const struct statistics *s, const char *key, const char *old,
                           const int32_t *own, int own_count, double year_from)
{
  struct taste taste;
  struct buf out = {0};
  int count;
  taste_init(&taste, s);
  taste_look(&taste, 0);
  struct beside_counts *counts = beside_counts_new(s);
  struct wish wish = {.taste = &taste, .counts = counts, .old = toy_value(s, key, old),
                      .old_text = old, .own = own, .own_count = own_count, .year_from = year_from};
  struct candidate *list = candidates_find(&wish, &count);
  for (int32_t v = 0; v < (int32_t)s->value_count; v++)
    for (int c = 0; c < count; c++)
      if (list[c].value == v)
        buf_printf(&out, "%s%s", out.size ? " " : "", list[c].text);
  free(list);
  beside_counts_free(counts);
  taste_free(&taste);
  return buf_take(&out);
}

static void a_year_stays_near_and_after_what_is_told(void **state)
{
  static const char *const years[] = {"1994", "1900", "1950", "1966", "1975", "1984", "1990"};
  struct toy toy = {0};
  (void)state;
  for (int i = 0; i < 70; i++)
    toy_field(toy_item(&toy, "t"), "year", years[i % 7], FIELD_VALUE);
  struct statistics *s = toy_statistics(&toy);
  int32_t own = toy_value(s, "year", "1994");
  char *near = candidates_of(s, "year", "1994", &own, 1, 0);
  char *told = candidates_of(s, "year", "1994", &own, 1, 1970);
  assert_string_equal(near, "1966 1975 1984");
  assert_string_equal(told, "1975 1984");
  free(near);
  free(told);
  statistics_free(s);
  toy_free(&toy);
}

static void what_never_leads_is_not_the_main_value_of_a_coupled_key(void **state)
{
  static const char *const countries[] = {"France", "Italy", "Japan"};
  static const char *const languages[] = {"French,Latin", "Italian", "Japanese"};
  struct toy toy = {0};
  (void)state;
  for (int i = 0; i < 60; i++) {
    struct item *item = toy_item(&toy, "t");
    toy_field(item, "country", countries[i % 3], FIELD_VALUE);
    toy_field(item, "language", i % 9 == 1 ? "Italian,Latin" : languages[i % 3], FIELD_LIST);
  }
  struct statistics *s = toy_statistics(&toy);
  int32_t japanese[] = {toy_value(s, "language", "Japanese")};
  int32_t both[] = {toy_value(s, "language", "Italian"), japanese[0]};
  char *main_one = candidates_of(s, "language", "Japanese", japanese, 1, 0);
  char *second = candidates_of(s, "language", "Japanese", both, 2, 0);
  assert_string_equal(main_one, "French Italian");
  assert_string_equal(second, "French Latin");
  assert_int_equal(couple_follower(s, toy_value(s, "language", "Latin"),
                                   statistics_key(s, TEXT, "country")),
                   toy_value(s, "country", "France"));
  free(main_one);
  free(second);
  statistics_free(s);
  toy_free(&toy);
}

static void terms_of_free_text_are_near_words_of_like_contexts(void **state)
{
  static const char *const jobs[] = {"detective", "lawyer", "doctor", "painter", "sailor", "farmer",
                                     "teacher", "baker", "singer", "soldier", "waiter", "hunter"};
  static const char *const verbs[] = {"discovers", "remembers", "destroys", "inherits", "defends",
                                      "forgives", "questions", "abandons", "collects", "follows",
                                      "restores", "protects"};
  struct toy toy = {0};
  struct rng rng = {11};
  (void)state;
  for (int i = 0; i < 240; i++) {
    char *text = mem_printf("A young %s suddenly %s the old house.", jobs[rng_below(&rng, 12)],
                            verbs[rng_below(&rng, 12)]);
    toy_field(toy_item(&toy, "t"), "plot", text, FIELD_PROSE);
    free(text);
  }
  assert_true(terms_needed(toy.items, toy.count));
  struct statistics *s = toy_statistics(&toy);
  int key = statistics_key(s, TEXT, TERM_KEY);
  assert_true(key >= 0);
  int32_t lawyer = toy_value(s, TERM_KEY, "lawyer");
  assert_true(lawyer >= 0 && s->near);
  const int32_t *near = s->near + (int64_t)(lawyer - s->keys[key].first) * TERM_NEAR;
  for (int k = 0; k < 3; k++) {
    bool is_job = false;
    assert_true(near[k] >= 0);
    for (size_t j = 0; j < COUNT_OF(jobs); j++)
      is_job = is_job || !strcmp(jobs[j], value_text(s, near[k]));
    assert_true(is_job);
  }
  statistics_free(s);
  toy_free(&toy);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(lift_of_a_toy_is_what_a_hand_computes),
    cmocka_unit_test(an_item_without_users_leaves_lift_at_one),
    cmocka_unit_test(values_of_one_crowd_are_near_and_of_another_far),
    cmocka_unit_test(contrast_does_not_depend_on_the_order_of_users),
    cmocka_unit_test(plausibility_counts_what_stands_beside),
    cmocka_unit_test(adjusted_mutual_information_takes_off_what_shuffling_gives),
    cmocka_unit_test(keys_that_move_together_are_coupled_and_others_not),
    cmocka_unit_test(prices_that_hardly_repeat_become_classes),
    cmocka_unit_test(contrast_of_texts_knows_years_quantities_and_words),
    cmocka_unit_test(candidates_are_less_shared_and_not_on_the_item),
    cmocka_unit_test(a_year_stays_near_and_after_what_is_told),
    cmocka_unit_test(what_never_leads_is_not_the_main_value_of_a_coupled_key),
    cmocka_unit_test(terms_of_free_text_are_near_words_of_like_contexts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
