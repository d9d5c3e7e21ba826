/* wording.c - where a document says a value, where a new one may stand, and how it is written there
 * SPDX-License-Identifier: MIT */
#include "engine.h"

#include <stdio.h>

#include "base/utf8.h"
#include "engine/document.h"
#include "engine/wording.h"

static const struct key color = {.name = "color"}, kind = {.name = "kind"},
                        genres = {.name = "genres", .is_list = 1}, language = {.name = "language"},
                        director = {.name = "director"}, look = {.name = "color", .modality = IMAGE};

/* A mug with every kind of field. */
static struct item *mug(struct toy *toy, const char *description)
{
  struct item *item = toy_item(toy, "The Blue Mug");
  toy_field(item, "url", "http://blue/mug", FIELD_OTHER);
  toy_field(item, "color", "blue", FIELD_VALUE);
  toy_field(item, "kind", "mug", FIELD_VALUE);
  toy_field(item, "genres", "Com, Dark Comedy, Comedy,Crime", FIELD_LIST);
  toy_field(item, "description", description, FIELD_PROSE);
  return item;
}

/* The masked document of these keys, for a comparison; `document` stays for a closer look. */
static void assert_masked(struct document *document, const struct masked *masked, const char *want)
{
  char *have = document_masked(document, masked);
  assert_string_equal(have, want);
  free(have);
}

static void a_value_is_masked_in_its_line_and_in_free_text(void **state)
{
  struct toy toy = {0};
  struct item *item = mug(&toy, "Blue as the sea. Bluest of mugs, a blue-ish mug; Mugs!");
  const struct masked masked[] = {{"color", "blue", &color}, {"kind", "mug", &kind}};
  (void)state;
  struct document document = document_find(item, masked, 2);
  assert_masked(&document, masked,
                "title: The Blue Mug\ncolor: [[color]]\nkind: [[kind]]\n"
                "genres: Com, Dark Comedy, Comedy,Crime\n"
                "description: [[color]] as the sea. Bluest of [[kind]], a blue-ish [[kind]]; [[kind]]!\n");
  assert_int_equal(document.kept_count, 2); /* the title names both, and other titles do not */
  document_free(&document);
  toy_free(&toy);
}

static void an_entry_of_a_list_is_found_whole(void **state)
{
  struct toy toy = {0};
  struct item *item = mug(&toy, "Made for the comedy.");
  const struct masked masked[] = {{"genres", "Comedy", &genres}};
  (void)state;
  struct document document = document_find(item, masked, 1);
  assert_masked(&document, masked,
                "title: The Blue Mug\ncolor: blue\nkind: mug\n"
                "genres: Com, Dark Comedy, [[genres]],Crime\ndescription: Made for the comedy.\n");
  cJSON *kept = document_kept_json(&document);
  assert_int_equal(cJSON_GetArraySize(kept), 1);
  assert_string_equal(cJSON_GetArrayItem(kept, 0)->valuestring,
                      "description still says \"comedy\" (genres): \"Made for the comedy.\"");
  cJSON_Delete(kept);
  document_free(&document);
  toy_free(&toy);
}

static void a_key_that_the_item_does_not_have_is_masked_nowhere(void **state)
{
  struct toy toy = {0};
  struct item *item = mug(&toy, "Nearly red.");
  const struct masked masked[] = {{"color", "red", &color}};
  (void)state;
  struct document document = document_find(item, masked, 1);
  assert_int_equal(document.place_count, 0);
  assert_int_equal(document.kept_count, 0);
  assert_false(document_has(&document, 0));
  document_free(&document);
  toy_free(&toy);
}

static void a_title_is_touched_only_where_titles_name_values(void **state)
{
  struct toy toy = {0};
  struct key named = color;
  named.title_mentions = 1;
  struct item *item = mug(&toy, "Plain.");
  const struct masked masked[] = {{"color", "blue", &named}};
  (void)state;
  struct document document = document_find(item, masked, 1);
  assert_masked(&document, masked,
                "title: The [[color]] Mug\ncolor: [[color]]\nkind: mug\n"
                "genres: Com, Dark Comedy, Comedy,Crime\ndescription: Plain.\n");
  document_free(&document);
  toy_free(&toy);
}

static void a_title_keeps_the_persons_it_names(void **state)
{
  struct toy toy = {0};
  struct key star = {.name = "star", .title_mentions = 1};
  struct item *item = toy_item(&toy, "Tom Hanks in Person");
  toy_field(item, "star", "Tom Hanks", FIELD_VALUE);
  const struct masked masked[] = {{"star", "Tom Hanks", &star}};
  (void)state;
  struct document document = document_find(item, masked, 1);
  assert_masked(&document, masked, "title: Tom Hanks in Person\nstar: [[star]]\n");
  document_free(&document);
  toy_free(&toy);
}

static void places_never_overlap_and_stand_in_order(void **state)
{
  struct toy toy = {0};
  struct item *item = toy_item(&toy, "Cup");
  toy_field(item, "color", "dark blue", FIELD_VALUE);
  toy_field(item, "finish", "blue", FIELD_VALUE);
  toy_field(item, "description", "Blue, dark blue, a dark blue blue.", FIELD_PROSE);
  const struct key finish = {.name = "finish"};
  const struct masked masked[] = {{"color", "dark blue", &color}, {"finish", "blue", &finish}};
  (void)state;
  struct document document = document_find(item, masked, 2);
  for (size_t p = 1; p < document.place_count; p++)
    assert_true(document.places[p - 1].span.start + document.places[p - 1].span.size <=
                document.places[p].span.start);
  assert_masked(&document, masked,
                "title: Cup\ncolor: [[color]]\nfinish: [[finish]]\n"
                "description: [[finish]], [[color]], a [[color]] [[finish]].\n");
  document_free(&document);
  toy_free(&toy);
}

static void what_a_picture_shows_is_no_word_of_the_text(void **state)
{
  struct toy toy = {0};
  struct key told = look;
  told.prose_mentions = 1;
  struct item *item = toy_item(&toy, "The Pink Panther");
  toy_field(item, "plot", "A pink diamond.", FIELD_PROSE);
  (void)state;
  for (int is_told = 0; is_told < 2; is_told++) {
    const struct masked masked[] = {{"color", "pink", is_told ? &told : &look}};
    struct document document = document_find(item, masked, 1);
    assert_masked(&document, masked,
                  is_told ? "title: The Pink Panther\nplot: A [[color]] diamond.\n"
                          : "title: The Pink Panther\nplot: A pink diamond.\n");
    document_free(&document);
  }
  toy_free(&toy);
}

static void old_values_in_the_masks_give_the_document_again(void **state)
{
  struct toy toy = {0};
  struct item *item = mug(&toy, "A BLUE mug, an old Mug; mugs, Blue.");
  const struct masked masked[] = {{"color", "blue", &color}, {"kind", "mug", &kind},
                                  {"genres", "Comedy", &genres}};
  const char *const values[] = {"blue", "mug", "Comedy"};
  (void)state;
  struct document document = document_find(item, masked, 3);
  assert_int_equal(document.place_count, 8);
  char *again = document_filled(&document, masked, values, true);
  assert_string_equal(again, document.text);
  free(again);
  document_free(&document);
  toy_free(&toy);
}

static void new_values_take_number_case_and_article_of_their_place(void **state)
{
  struct toy toy = {0};
  struct item *item = mug(&toy, "A blue mug. Mugs are BLUE.");
  const struct masked masked[] = {{"color", "blue", &color}, {"kind", "mug", &kind}};
  const char *const values[] = {"orange", "dish"};
  (void)state;
  struct document document = document_find(item, masked, 2);
  char *fitted = document_filled(&document, masked, values, true);
  char *plain = document_filled(&document, masked, values, false);
  assert_non_null(strstr(fitted, "description: An orange dish. Dishes are ORANGE.\n"));
  assert_non_null(strstr(plain, "description: A orange dish. dish are orange.\n"));
  free(fitted);
  free(plain);
  document_free(&document);
  toy_free(&toy);
}

static void what_follows_a_change_is_changed_in_its_own_line_only(void **state)
{
  struct toy toy = {0};
  struct item *item = mug(&toy, "A blue mug.");
  const struct masked masked[] = {{"color", "blue", &color}, {"kind", "mug", &kind}};
  (void)state;
  struct document document = document_find(item, masked, 1);
  document_follow(&document, item, masked, 1, 1);
  assert_masked(&document, masked,
                "title: The Blue Mug\ncolor: [[color]]\nkind: [[kind]]\n"
                "genres: Com, Dark Comedy, Comedy,Crime\ndescription: A [[color]] mug.\n");
  document_free(&document);
  toy_free(&toy);
}

static void a_kept_mention_is_quoted_in_whole_characters(void **state)
{
  struct toy toy = {0};
  struct item *item = mug(&toy, "ääääääääääääääääääää o crime -漢漢漢漢漢漢漢漢漢漢漢漢漢漢");
  const struct masked masked[] = {{"genres", "Crime", &genres}};
  (void)state;
  struct document document = document_find(item, masked, 1);
  assert_int_equal(document.kept_count, 1);
  char *clean = utf8_clean(document.kept[0].context, false);
  assert_string_equal(clean, document.kept[0].context);
  assert_non_null(strstr(clean, "crime"));
  assert_true(strlen(clean) < strlen(item->fields[5].value));
  free(clean);
  document_free(&document);
  toy_free(&toy);
}

/* ---- prose */

static void keys_know_how_they_may_be_named_in_prose(void **state)
{
  struct key mood = {.name = "mood"}, other = {.name = "weekday"}, year = {.name = "year", .form = FORM_YEAR},
             term = {.name = "term", .form = FORM_TERM}, told = other;
  (void)state;
  told.prose_mentions = 1;
  assert_int_equal(prose_how(&color), PROSE_THING);
  assert_int_equal(prose_how(&director), PROSE_PERSON);
  assert_int_equal(prose_how(&language), PROSE_NATION);
  assert_int_equal(prose_how(&genres), PROSE_NEVER);
  assert_int_equal(prose_how(&mood), PROSE_NEVER);
  assert_int_equal(prose_how(&other), PROSE_NEVER);
  assert_int_equal(prose_how(&told), PROSE_THING);
  assert_int_equal(prose_how(&year), PROSE_NEVER);
  assert_int_equal(prose_how(&term), PROSE_THING);
  assert_int_equal(prose_how(&look), PROSE_NEVER);
}

static void a_mention_is_replaced_where_that_reads_well(void **state)
{
  static const struct {
    enum prose_how how;
    const char *text, *mention;
    bool reads_well;
  } rows[] = {
    {PROSE_NATION, "A French film about bread.", "French", true},
    {PROSE_NATION, "A French film.", "French", true},
    {PROSE_NATION, "A French film critic writes.", "French", false},
    {PROSE_NATION, "A French cook.", "French", false},
    {PROSE_NATION, "The French-speaking world", "French", true},
    {PROSE_NATION, "A comedy set in France.", "France", true},
    {PROSE_NATION, "Made in Japan", "Japan", true},
    {PROSE_NATION, "She lives in France.", "France", false},
    {PROSE_NATION, "In France", "France", false},
    {PROSE_NATION, "An American Sign language", "American", false},
    {PROSE_PERSON, "a film by Tom Hanks", "Tom Hanks", true},
    {PROSE_PERSON, "a film by Prince", "Prince", false},
    {PROSE_PERSON, "by tom hanks", "tom hanks", false},
    {PROSE_PERSON, "by Italian director Federico Fellini", "Federico Fellini", false},
    {PROSE_PERSON, "by a librarian, Ann Lee", "Ann Lee", true},
    {PROSE_THING, "the glass is half full", "glass", true},
    {PROSE_NEVER, "the horrors of war", "horrors", false},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(rows); k++) {
    const char *at = strstr(rows[k].text, rows[k].mention);
    struct span span = {(size_t)(at - rows[k].text), strlen(rows[k].mention)};
    if (prose_reads_well(rows[k].how, rows[k].text, span) != rows[k].reads_well)
      fail_msg("\"%s\" in \"%s\"", rows[k].mention, rows[k].text);
  }
}

/* ---- wording */

static void plurals_are_english(void **state)
{
  static const char *const pairs[][2] = {
    {"mug", "mugs"},       {"dish", "dishes"}, {"glass", "glasses"}, {"box", "boxes"},
    {"cherry", "cherries"}, {"toy", "toys"},    {"wolf", "wolves"},   {"knife", "knives"},
    {"jeans", "jeans"},    {"sheep", "sheep"}, {"bookshelf", "bookshelves"},
    {"table lamp", "table lamps"}, {"y", "ys"}, {"", "s"},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(pairs); k++) {
    char *have = wording_plural(pairs[k][0]);
    assert_string_equal(have, pairs[k][1]);
    free(have);
  }
}

static void an_article_goes_by_the_sound(void **state)
{
  static const char *const an[] = {"orange", "hour", "honest man", "8-sided die", "uninteresting", "Umbrella"};
  static const char *const a[] = {"mug", "unicorn", "European", "one-off", "house", "", "used car"};
  static const char *const rows[][3] = {
    {"It is a ", "orange", "It is an "},  {"It is an ", "mug", "It is a "},
    {"A ", "orange", "An "},              {"An ", "mug", "A "},
    {"vodka ", "orange", "vodka "},       {"(a ", "orange", "(an "},
    {"a ", "mug", "a "},                  {"in the ", "orange", "in the "},
    {"a", "orange", "a"},                 {"", "orange", ""},
    {"pecan ", "mug", "pecan "},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(an); k++)
    if (!wording_wants_an(an[k]))
      fail_msg("an %s", an[k]);
  for (size_t k = 0; k < COUNT_OF(a); k++)
    if (wording_wants_an(a[k]))
      fail_msg("a %s", a[k]);
  for (size_t k = 0; k < COUNT_OF(rows); k++) {
    struct buf out = {0};
    buf_str(&out, rows[k][0]);
    wording_mend_article(&out, rows[k][1]);
    char *have = buf_take(&out);
    assert_string_equal(have ? have : "", rows[k][2]);
    free(have);
  }
}

static void a_value_is_written_as_the_mention_was(void **state)
{
  static const char *const rows[][4] = { /* mention, old value, new value, as it stands there */
    {"blue", "blue", "red", "red"},       {"Blue", "blue", "red", "Red"},
    {"BLUE", "blue", "red", "RED"},       {"blue", "Blue", "Red", "red"},
    {"mugs", "mug", "dish", "dishes"},    {"Mugs", "mug", "dish", "Dishes"},
    {"jeans", "jeans", "shirt", "shirt"}, {"IBM", "IBM", "Sony", "Sony"},
    {"film noir", "Film Noir", "Western", "western"},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(rows); k++) {
    char *have = wording_fit(rows[k][0], strlen(rows[k][0]), rows[k][1], rows[k][2]);
    assert_string_equal(have, rows[k][3]);
    free(have);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_value_is_masked_in_its_line_and_in_free_text),
    cmocka_unit_test(an_entry_of_a_list_is_found_whole),
    cmocka_unit_test(a_key_that_the_item_does_not_have_is_masked_nowhere),
    cmocka_unit_test(a_title_is_touched_only_where_titles_name_values),
    cmocka_unit_test(a_title_keeps_the_persons_it_names),
    cmocka_unit_test(places_never_overlap_and_stand_in_order),
    cmocka_unit_test(what_a_picture_shows_is_no_word_of_the_text),
    cmocka_unit_test(old_values_in_the_masks_give_the_document_again),
    cmocka_unit_test(new_values_take_number_case_and_article_of_their_place),
    cmocka_unit_test(what_follows_a_change_is_changed_in_its_own_line_only),
    cmocka_unit_test(a_kept_mention_is_quoted_in_whole_characters),
    cmocka_unit_test(keys_know_how_they_may_be_named_in_prose),
    cmocka_unit_test(a_mention_is_replaced_where_that_reads_well),
    cmocka_unit_test(plurals_are_english),
    cmocka_unit_test(an_article_goes_by_the_sound),
    cmocka_unit_test(a_value_is_written_as_the_mention_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
