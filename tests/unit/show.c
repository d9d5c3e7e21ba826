/* show.c - both sides of an item, as rows and as the program prints them
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <stdio.h>

#include "base/child.h"
#include "store/sides.h"

/* t1 with a finished negative: genres and, through it, year changed; colour of the picture. */
static void add_negative(struct store *store)
{
  struct negative *n = negative_new("t1");
  n->backend = mem_strdup("offline");
  n->model = mem_strdup("offline engine");
  n->created = 1777593600;
  n->is_draft = false;
  n->is_valid = true;
  n->sides[TEXT] = (struct side){
    mem_strdup("title: Toy Story\ngenres: Animation,Children's,Comedy\nyear: 1995\n"
               "plot: A cowboy doll.\n"),
    NULL,
    mem_strdup("title: Toy Story\ngenres: Animation,Children's,Horror\nyear: 1973\n"
               "plot: A cowboy doll.\n"), 0.1, 0.61};
  n->sides[IMAGE] = (struct side){mem_strdup("A dark, blue poster."), NULL,
                                  mem_strdup("A dark, red poster."), 0.2, 1.5};
  n->balance = 0.875;
  n->changes = mem_zero(3, sizeof *n->changes);
  n->changes[0] = (struct change){TEXT, mem_strdup("genres"), mem_strdup("Comedy"),
                                  mem_strdup("Horror"), ROLE_KEY};
  n->changes[1] = (struct change){TEXT, mem_strdup("year"), mem_strdup("1995"), mem_strdup("1973"),
                                  ROLE_ENTAILED};
  n->changes[2] = (struct change){IMAGE, mem_strdup("background"), mem_strdup("night \x1b[31msky"),
                                  mem_strdup("beach"), ROLE_KEY};
  n->change_count = 3;
  n->checks = mem_zero(3, sizeof *n->checks);
  n->checks[0] = (struct check){mem_strdup("keys"), true, false, NULL};
  n->checks[1] = (struct check){mem_strdup("fluent"), false, false, mem_strdup("\"a\" twice")};
  n->checks[2] = (struct check){mem_strdup("twin"), false, true, mem_strdup("near to item h2")};
  n->check_count = 3;
  n->replies[1] = mem_strdup("{\"attributes\":[{\"key\":\"genres\",\"value\":\"Comedy\","
                             "\"evidence\":{\"h\":0.5,\"p\":0.25,\"lift\":2}}]}");
  n->notes = mem_strdup("{\"picture\":\"in words only\",\"kept_mentions\":[\"funny\"]}");
  WORKS(negative_save(store, n, NULL, &unit_err));
  WORKS(verdict_add(store, n->id, "ada", DECISION_ACCEPT, NULL, NULL, &unit_err));
  negative_free(n);
}

static char *neggen_says(const char *const argv[])
{
  struct child child;
  WORKS(child_start(&child, argv, CHILD_PIPE_OUT, -1, &unit_err));
  char *text = child_read_all(child.out, 1 << 20, NULL);
  assert_int_equal(child_wait(&child), 0);
  return text;
}

static void show_prints_both_sides(void **state)
{
  (void)state;
  struct store *store = unit_films();
  add_negative(store);
  store_close(store);
  char *neggen = child_program("neggen");
  const char *const argv[] = {neggen, "show", unit_workspace, "t1", NULL};
  char *text = neggen_says(argv);
  assert_string_equal(text,
    "Toy Story\n"
    "item t1   1 user\n"
    "candidate 1 of 1   offline engine   2026-05-01   valid, accepted\n"
    "TEXT          original                         | intervened\n"
    "  title       Toy Story                        | Toy Story\n"
    "* genres      Animation,Children's,[Comedy]    | Animation,Children's,[Horror]\n"
    "+ year        [1995]                           | [1973]\n"
    "  plot        A cowboy doll.                   | A cowboy doll.\n"
    "  url         http://x/                        | http://x/\n"
    "PICTURE                                        |\n"
    "* background  [night] [[31msky]                | [beach]\n"
    "* description A dark, [blue] poster.           | A dark, [red] poster.\n"
    "moved      text 0.61 ######....   image 1.50 ##########   balance 0.88\n"
    "checks     + keys\n"
    "           - fluent: \"a\" twice\n"
    "           ? twin: near to item h2\n"
    "why        genres Comedy: lift 2.00 (its users 0.500, everyone 0.250)\n"
    "picture    in words only\n"
    "kept       \"funny\"\n");
  free(text);
  free(neggen);
}

static void lists_say_what_was_made_of_an_item(void **state)
{
  (void)state;
  struct store *store = unit_films();
  add_negative(store);
  store_close(store);
  char *neggen = child_program("neggen");
  const char *const argv[] = {neggen, "list", unit_workspace, "--limit", "2", NULL};
  char *text = neggen_says(argv);
  assert_string_equal(text,
    "t1        Toy Story                   Animation, Children's,..  accepted   0.88\n"
    "h2        Heat                        Action, Crime, 1995\n");
  free(text);
  free(neggen);
}

static void a_draft_shows_its_masked_side(void **state)
{
  (void)state;
  struct store *store = unit_films();
  struct item *item = item_find(store, "h2", &unit_err);
  struct negative *n = negative_new("h2");
  n->sides[TEXT].original = mem_strdup("title: Heat\ngenres: Action, Crime\nyear: 1995\n"
                                       "plot: Robbers feel the heat.\nAnd run.\n");
  n->sides[TEXT].masked = mem_strdup("title: Heat\ngenres: [[genres]], Crime\nyear: 1995\n"
                                     "plot: Robbers feel the heat.\nAnd run.\n");
  struct sides sides = sides_of(store, item, n);
  assert_true(sides.is_masked);
  assert_int_equal(sides.count, 5);
  assert_string_equal(sides.rows[1].intervened.text, "[[genres]], Crime");
  assert_int_equal(sides.rows[1].mark, MARK_CHANGED);
  assert_string_equal(sides.rows[3].original.text, "Robbers feel the heat. And run.");
  assert_int_equal(sides.rows[3].mark, MARK_SAME);
  sides_free(&sides);
  negative_free(n);
  item_free(item);
  store_close(store);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, unit_setup, unit_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
    CASE(show_prints_both_sides),
    CASE(lists_say_what_was_made_of_an_item),
    CASE(a_draft_shows_its_masked_side),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
