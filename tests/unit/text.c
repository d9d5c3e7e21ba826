/* text.c - words, mentions, slots, differences
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "text/mention.h"

static char *cut(const char *text, struct span span)
{
  return mem_strndup(text + span.start, span.size);
}

static void expect_spans(const char *text, struct span *spans, size_t count, const char *joined)
{
  struct buf buf = {0};
  for (size_t k = 0; k < count; k++) {
    buf_add(&buf, text + spans[k].start, spans[k].size);
    buf_char(&buf, '|');
  }
  assert_string_equal(buf.data ? buf.data : "", joined);
  buf_free(&buf);
  free(spans);
}

static void words_keep_inner_joiners_only(void **state)
{
  size_t count;
  const char *text = "Don't - a well-known 'caf\xc3\xa9', 1990s.";
  (void)state;
  struct span *words = text_words(text, &count);
  expect_spans(text, words, count, "Don't|a|well-known|caf\xc3\xa9|1990s|");
}

static void mentions_are_whole_words_in_any_case_with_plural(void **state)
{
  size_t count;
  const char *text = "Red mugs, a redder MUG and a red-hot mug; mugshots.";
  (void)state;
  struct span *found = text_mentions(text, "mug", &count);
  expect_spans(text, found, count, "mugs|MUG|mug|");
  found = text_mentions(text, "Red Mug", &count);
  expect_spans(text, found, count, "Red mugs|");
  found = text_mentions(text, "", &count);
  assert_int_equal(count, 0);
  free(found);
}

static void slots_align_with_the_original(void **state)
{
  struct err err = {0};
  size_t count;
  const char *original = "genres: Action, Crime\nplot: A crime in  Rome.\n";
  const char *masked = "genres: Action, [[genres]]\nplot: A [[genres]] in [[place]].";
  (void)state;
  struct slot *slots = slots_find(masked, &count);
  assert_int_equal(count, 3);
  assert_true(slots_align(original, masked, slots, count, &err));
  const char *want[] = {"Crime", "crime", "Rome"};
  for (size_t k = 0; k < count; k++) {
    char *text = cut(original, slots[k].in_original);
    assert_string_equal(text, want[k]);
    free(text);
  }
  slots_free(slots, count);
}

static void aligning_refuses_what_masking_changed(void **state)
{
  struct err err = {0};
  size_t count;
  const char *masked = "A blue [[kind]] from Rome";
  (void)state;
  struct slot *slots = slots_find(masked, &count);
  assert_false(slots_align("A red mug from Rome", masked, slots, count, &err));
  assert_non_null(strstr(err.text, "\"A blue \" stands where the original has \"A red"));
  assert_false(slots_align("A blue mug from Oslo", masked, slots, count, &err));
  assert_non_null(strstr(err.text, "\" from Rome\" stands where"));
  assert_false(slots_align("A blue mug from Rome again", masked, slots, count, &err));
  slots_free(slots, count);
}

static void brackets_that_hold_no_key_are_no_slot(void **state)
{
  size_t count;
  (void)state;
  struct slot *slots = slots_find("[[Not a key]] [[]] [[ok_1]] [[open", &count);
  assert_int_equal(count, 1);
  assert_string_equal(slots[0].key, "ok_1");
  slots_free(slots, count);
}

static void diff_names_the_changed_words(void **state)
{
  struct span *in_a, *in_b;
  size_t count_a, count_b;
  const char *a = "a group of bank robbers start", *b = "a group of wedding planners start again";
  (void)state;
  text_diff(a, b, &in_a, &count_a, &in_b, &count_b);
  expect_spans(a, in_a, count_a, "bank robbers|");
  expect_spans(b, in_b, count_b, "wedding planners|again|");
}

static void edit_share_counts_tokens(void **state)
{
  (void)state;
  assert_true(text_edit_share("a b c d", "a x c d") == 0.25);
  assert_true(text_edit_share("", "") == 0);
  assert_true(text_edit_share("A b", "a B") == 0);
}

static void jaccard_counts_distinct_words(void **state)
{
  (void)state;
  assert_true(text_jaccard("dark red", "Red wine red") == 1.0 / 3);
  assert_true(text_jaccard("", "") == 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(words_keep_inner_joiners_only),
    cmocka_unit_test(mentions_are_whole_words_in_any_case_with_plural),
    cmocka_unit_test(slots_align_with_the_original),
    cmocka_unit_test(aligning_refuses_what_masking_changed),
    cmocka_unit_test(brackets_that_hold_no_key_are_no_slot),
    cmocka_unit_test(diff_names_the_changed_words),
    cmocka_unit_test(edit_share_counts_tokens),
    cmocka_unit_test(jaccard_counts_distinct_words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
