/* checks.c - a good negative passes every check, and each check can fail
 *
 * Every case is the good negative of a blue mug with one thing wrong.
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <math.h>
#include <string.h>

#include "gen/checks.h"
#include "gen/colour_words.h"
#include "gen/synonyms.h"

/* All that a check looks at; strings are literals. */
struct scene {
  struct reply_key keys[3];
  struct reply_value values[3];
  struct reply_entailed entailed[1];
  struct change changes[4];
  struct reply_mask mask;
  struct reply_complete complete;
  struct negative negative;
  struct check_input input;
};

#define S(text) ((char *)(size_t)(text))

static const char text_original[] = "title: Larch mug\nmaterial: oak\ncolor: blue\n"
                                    "about: An oak mug for two mugs of tea, in blue.";
static const char text_masked[] = "title: Larch mug\nmaterial: [[material]]\ncolor: [[color]]\n"
                                  "about: An [[material]] mug for two mugs of tea, in [[color]].";
static const char text_negative[] = "title: Larch mug\nmaterial: pine\ncolor: orange\n"
                                    "about: A pine mug for two mugs of tea, in orange.";

static void scene_set(struct scene *scene)
{
  *scene = (struct scene){
    .keys = {{S("color"), S("blue"), 0.9, S("blue"), S("blue")},
             {S("material"), S("oak"), 0.7, NULL, S("oak")}},
    .values = {{S("color"), S("orange")}, {S("material"), S("pine")}},
    .changes = {{TEXT, S("color"), S("blue"), S("orange"), ROLE_KEY},
                {IMAGE, S("color"), S("blue"), S("orange"), ROLE_KEY},
                {TEXT, S("material"), S("oak"), S("pine"), ROLE_KEY}},
  };
  scene->mask = (struct reply_mask){.keys = scene->keys, .key_count = 2};
  scene->complete = (struct reply_complete){.values = scene->values, .value_count = 2,
                                            .entailed = scene->entailed};
  scene->negative.changes = scene->changes;
  scene->negative.change_count = 3;
  scene->negative.sides[TEXT] = (struct side){S(text_original), S(text_masked), S(text_negative),
                                              0.3, 0.5};
  scene->negative.sides[IMAGE] =
    (struct side){S("A dark picture of a blue mug."), S("A dark picture of a [[color]] mug."),
                  S("A dark picture of a orange mug."), 0.2, 0.4};
  scene->input = (struct check_input){.negative = &scene->negative, .mask = &scene->mask,
                                      .complete = &scene->complete, .is_present = {true, true},
                                      .is_drawn = true, .is_reached = true, .is_rest_kept = true,
                                      .difference = 9, .twin_cosine = 0.4};
}

/* Run the checks; the reason of `name`, NULL when it passed. All others must pass. The caller frees. */
static char *reason_of(struct scene *scene, const char *name)
{
  struct negative *negative = &scene->negative;
  char *reason = NULL;
  bool is_flag = false;
  checks_run(&scene->input, negative);
  for (int k = 0; k < negative->check_count; k++) {
    struct check *check = &negative->checks[k];
    if (!check->is_passed && !strcmp(check->name, name)) {
      reason = mem_strdup(check->reason);
      is_flag = check->is_flag;
    } else if (!check->is_passed) {
      fail_msg("%s failed as well: %s", check->name, check->reason);
    }
    free(check->name);
    free(check->reason);
  }
  assert_int_equal(negative->is_valid, reason == NULL || is_flag);
  free(negative->checks);
  return reason;
}

static void expect(struct scene *scene, const char *name, const char *wanted)
{
  char *reason = reason_of(scene, name);
  if (!reason || strcmp(reason, wanted))
    fail_msg("%s: got \"%s\", wanted \"%s\"", name, reason ? reason : "(passed)", wanted);
  free(reason);
}

static void a_good_negative_passes_them_all(void **state)
{
  struct scene scene;
  (void)state;
  scene_set(&scene);
  assert_null(reason_of(&scene, ""));
  assert_string_equal(check_rows[0].name, "keys");
  assert_string_equal(check_rows[9].name, "picture");
  assert_null(check_rows[10].name);
}

static void each_key_is_masked_and_gets_a_value(void **state)
{
  struct scene scene;
  (void)state;
  scene_set(&scene);
  scene.complete.value_count = 3;
  scene.values[2] = (struct reply_value){S("shape"), S("round")};
  expect(&scene, "keys", "shape got a new value, although it was not masked");
  scene_set(&scene);
  scene.mask.key_count = 3;
  scene.keys[2] = (struct reply_key){S("shape"), S("round"), 0.1, NULL, S("round")};
  expect(&scene, "keys", "shape was masked, but it got no new value");
}

static void both_modalities_are_masked(void **state)
{
  struct scene scene;
  (void)state;
  scene_set(&scene);
  scene.keys[0].visual_span = NULL;
  scene.negative.sides[IMAGE] = (struct side){S("A dark picture."), S("A dark picture."),
                                              S("A dark picture."), 0.2, 0.4};
  expect(&scene, "keys", "nothing in the picture's description was masked, so nothing of it could "
         "change");
  scene_set(&scene); /* without a picture there is nothing to mask */
  scene.input.is_present[IMAGE] = false;
  scene.keys[0].visual_span = NULL;
  assert_null(reason_of(&scene, ""));
}

static void masking_changes_nothing_else(void **state)
{
  struct scene scene;
  (void)state;
  scene_set(&scene);
  scene.negative.sides[IMAGE].original = S("A dark photo of a blue mug.");
  expect(&scene, "round_trip", "in the picture's description, masking changed more than the masked words: "
         "\"A dark picture of a \" stands where the original has \"A dark photo of a blue mug.\"");
  scene_set(&scene); /* a mask over something else */
  scene.negative.sides[IMAGE].original = S("A dark picture of a huge red mug.");
  scene.keys[0].visual_span = S("blue");
  expect(&scene, "round_trip", "in the picture's description, the mask [[color]] hides \"huge red\" "
         "instead of \"blue\"");
  scene_set(&scene); /* a mask over a whole sentence */
  scene.negative.sides[IMAGE].original = S("A dark picture of a mug that stands on a large table mug.");
  scene.keys[0].visual_span = S("mug that stands on a large table");
  expect(&scene, "round_trip", "in the picture's description, the mask [[color]] hides 7 words, many "
         "more than the 1 of its value");
}

static void a_new_value_is_really_another(void **state)
{
  static const struct {
    const char *old, *new, *wanted; /* NULL: far enough */
  } rows[] = {
    {"blue", "Blue.", "\"blue\" did not change"},
    {"blue", "navy", "blue and navy are nearly the same colour"},
    {"blue", "orange", NULL},
    {"black", "white", NULL},
    {"dark", "dim", "\"dark\" and \"dim\" mean the same"},
    {"dark", "very dark", "\"dark\" and \"very dark\" share most of their words"},
    {"100 ml", "109 ml", "100 ml and 109 ml differ by a tenth or less"},
    {"100 ml", "150 ml", NULL},
    {"1995", "1999", "1995 and 1999 are less than ten years apart"},
    {"1995", "1985", NULL},
    {"Crime", "Drama", NULL},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(rows); k++) {
    struct scene scene;
    scene_set(&scene);
    scene.changes[2].original = S(rows[k].old);
    scene.changes[2].intervened = S(rows[k].new);
    char *wanted = mem_printf("material: %s", rows[k].wanted ? rows[k].wanted : "");
    if (rows[k].wanted)
      expect(&scene, "contrast", wanted);
    else
      assert_null(reason_of(&scene, "contrast"));
    free(wanted);
  }
}

static void what_was_not_masked_is_kept_byte_for_byte(void **state)
{
  static const struct {
    const char *negative, *wanted;
  } rows[] = {
    {"A dark picture of an orange mug.", NULL}, /* an article follows its noun */
    {"A dark picture of a Orange mug", NULL},   /* capitals of the new value, final punctuation */
    {"A dark picture of an orange cup.", "\"mug\" became \"cup\" although it was not masked"},
    {"A Dark picture of an orange mug.", "\"dark\" became \"Dark\" although it was not masked"},
    {"A dark picture, of an orange mug.",
     "blanks or punctuation changed behind \"picture\", where nothing was masked"},
    {"A dark picture of an orange mug now.",
     "words were added where nothing was masked (25 % of all words differ)"},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(rows); k++) {
    struct scene scene;
    scene_set(&scene);
    scene.negative.sides[IMAGE].negative = S(rows[k].negative);
    char *wanted = rows[k].wanted ? mem_printf("in the picture's description, %s", rows[k].wanted)
                                  : NULL;
    if (wanted)
      expect(&scene, "rest_kept", wanted);
    else
      assert_null(reason_of(&scene, "rest_kept"));
    free(wanted);
  }
}

static void what_is_entailed_changes_too(void **state)
{
  struct scene scene;
  (void)state;
  scene_set(&scene);
  scene.complete.entailed_count = 1;
  scene.entailed[0] = (struct reply_entailed){true, S("brightness"), S("dark"), S("bright")};
  scene.changes[3] = (struct change){IMAGE, S("brightness"), S("dark"), S("bright"), ROLE_ENTAILED};
  scene.negative.change_count = 4;
  scene.negative.sides[IMAGE].negative = S("A bright picture of an orange mug.");
  assert_null(reason_of(&scene, ""));
}

static void a_text_reads_whole(void **state)
{
  struct scene scene;
  (void)state;
  scene_set(&scene);
  scene.values[1].value = S("pine [[material]]");
  scene.changes[2].intervened = S("pine [[material]]");
  scene.negative.sides[TEXT].negative =
    S("title: Larch mug\nmaterial: pine [[material]]\ncolor: orange\n"
      "about: A pine [[material]] mug for two mugs of tea, in orange.");
  expect(&scene, "fluent", "the text still has the brackets of a mask, [[ or ]]");
  scene_set(&scene);
  scene.values[1].value = S("p\x1bne");
  scene.changes[2].intervened = S("p\x1bne");
  scene.negative.sides[TEXT].negative = S("title: Larch mug\nmaterial: p\x1bne\ncolor: orange\n"
                                          "about: A p\x1bne mug for two mugs of tea, in orange.");
  expect(&scene, "fluent", "the text has characters that no screen can show");
  scene_set(&scene);
  scene.values[1].value = S("oh so very very very very very very very very very very very very good");
  scene.changes[2].intervened = scene.values[1].value;
  scene.negative.sides[TEXT].negative =
    S("title: Larch mug\nmaterial: oh so very very very very very very very very very very very very good"
      "\ncolor: orange\nabout: An oh so very very very very very very very very very very very very good"
      " mug for two mugs of tea, in orange.");
  expect(&scene, "fluent", "the text grew from 18 to 46 words, to more than twice as many");
}

static void a_key_of_both_modalities_agrees(void **state)
{
  struct scene scene;
  (void)state;
  scene_set(&scene);
  scene.complete.entailed_count = 1; /* the reply explains the other word away */
  scene.entailed[0] = (struct reply_entailed){true, S("tone"), S("orange"), S("green")};
  scene.changes[3] = (struct change){IMAGE, S("tone"), S("orange"), S("green"), ROLE_ENTAILED};
  scene.negative.change_count = 4;
  scene.negative.sides[IMAGE].negative = S("A dark picture of a green mug.");
  expect(&scene, "cohesion", "color is \"orange\" now, but the picture's description does not say so");
}

static void a_twin_is_a_doubt_only(void **state)
{
  struct scene scene;
  (void)state;
  scene_set(&scene);
  scene.input.twin_cosine = 0.97;
  scene.input.twin = "Pine mug";
  expect(&scene, "twin",
         "it is nearly \"Pine mug\", which users of the item chose as well: perhaps no negative at all");
}

static void a_second_candidate_is_another_one(void **state)
{
  struct scene scene;
  (void)state;
  scene_set(&scene);
  scene.input.is_repeated = true;
  expect(&scene, "distinct", "another candidate of this item has the same new values");
}

static void both_modalities_move(void **state)
{
  struct scene scene;
  (void)state;
  scene_set(&scene);
  scene.negative.sides[IMAGE].delta = 0;
  expect(&scene, "moved", "the picture did not move: its features are those of the original");
  scene_set(&scene);
  scene.negative.sides[TEXT].delta = NAN;
  expect(&scene, "moved", "the text did not move: its features are those of the original");
}

static void an_edited_picture_is_measured_again(void **state)
{
  struct scene scene;
  (void)state;
  scene_set(&scene);
  scene.input.is_reached = false;
  expect(&scene, "picture", "color was to become orange, but measured on the edited picture it did not");
  scene_set(&scene);
  scene.input.is_rest_kept = false;
  expect(&scene, "picture", "the edit changed more of the picture's look than what was masked");
  scene_set(&scene);
  scene.input.difference = 5.9;
  expect(&scene, "picture", "the two pictures can hardly be told apart (colour difference 5.9, at least "
         "6)");
  scene_set(&scene);
  scene.input = (struct check_input){.negative = &scene.negative, .mask = &scene.mask,
                                     .complete = &scene.complete, .is_present = {true, true},
                                     .twin_cosine = NAN};
  assert_null(reason_of(&scene, "picture")); /* in words only */
}

static void colours_have_names_and_distances(void **state)
{
  (void)state;
  assert_true(colour_distance("red", "scarlet") < 30);
  assert_true(colour_distance("navy blue", "orange") > 60);
  assert_true(colour_distance("cheerful", "orange") < 0);
  assert_int_equal(colour_class("deep navy blue"), image_class_named(IMAGE_COLOR, "blue"));
  assert_int_equal(colour_class("charcoal"), image_class_named(IMAGE_COLOR, "monochrome"));
  assert_int_equal(colour_class("cheerful"), -1);
}

static void synonyms_are_words_of_one_meaning(void **state)
{
  (void)state;
  assert_true(are_synonyms("Gray", "grey."));
  assert_true(are_synonyms("anything", "Anything"));
  assert_false(are_synonyms("dark", "bright"));
  assert_true(mentions_value("A wooden mug", "wood"));
  assert_false(mentions_value("A woodpecker", "wood"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_good_negative_passes_them_all),
    cmocka_unit_test(each_key_is_masked_and_gets_a_value),
    cmocka_unit_test(both_modalities_are_masked),
    cmocka_unit_test(masking_changes_nothing_else),
    cmocka_unit_test(a_new_value_is_really_another),
    cmocka_unit_test(what_was_not_masked_is_kept_byte_for_byte),
    cmocka_unit_test(what_is_entailed_changes_too),
    cmocka_unit_test(a_text_reads_whole),
    cmocka_unit_test(a_key_of_both_modalities_agrees),
    cmocka_unit_test(a_twin_is_a_doubt_only),
    cmocka_unit_test(a_second_candidate_is_another_one),
    cmocka_unit_test(both_modalities_move),
    cmocka_unit_test(an_edited_picture_is_measured_again),
    cmocka_unit_test(colours_have_names_and_distances),
    cmocka_unit_test(synonyms_are_words_of_one_meaning),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
