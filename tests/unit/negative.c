/* negative.c - negatives and verdicts in the store
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>

static struct negative *full_negative(void)
{
  struct negative *n = negative_new("t1");
  n->backend = mem_strdup("offline");
  n->model = mem_strdup("offline engine");
  n->templates = mem_strdup("describe@1:ab");
  n->seed = UINT64_MAX;
  n->created = 86400;
  n->is_draft = false;
  n->is_valid = true;
  n->sides[TEXT] = (struct side){mem_strdup("title: Toy Story\ngenres: Comedy\n"),
                                 mem_strdup("genres: [[genres]]\n"),
                                 mem_strdup("title: Toy Story\ngenres: Drama\n"), 0.25, 0.5};
  n->sides[IMAGE].negative = mem_strdup("A dark poster.");
  n->balance = 0.75;
  n->changes = mem_zero(1, sizeof *n->changes);
  n->changes[n->change_count++] = (struct change){TEXT, mem_strdup("genres"), mem_strdup("Comedy"),
                                                  mem_strdup("Drama"), ROLE_KEY};
  n->checks = mem_zero(2, sizeof *n->checks);
  n->checks[n->check_count++] = (struct check){mem_strdup("keys"), true, false, NULL};
  n->checks[n->check_count++] = (struct check){mem_strdup("twin"), false, true, mem_strdup("near")};
  n->rounds = (struct rounds){2, 1, 0.5};
  n->notes = mem_strdup("{\"picture\":\"drawn\"}");
  n->replies[1] = mem_strdup("{}");
  n->measure.color = 3;
  n->measure.scalar[0] = 0.1f;
  return n;
}

static void a_negative_comes_back_as_it_was_saved(void **state)
{
  (void)state;
  struct store *store = unit_films();
  struct negative *saved = full_negative();
  struct buf png = {0}, back = {0};
  buf_add(&png, "\x89PNG\0x", 6);
  WORKS(negative_save(store, saved, &png, &unit_err));
  struct negative *n = negative_load(store, saved->id, &unit_err);
  WORKS(n);
  assert_true(n->seed == UINT64_MAX && n->created == 86400 && n->has_picture && !n->is_stale);
  assert_string_equal(n->sides[TEXT].negative, saved->sides[TEXT].negative);
  assert_null(n->sides[IMAGE].original);
  assert_true(isnan(n->sides[IMAGE].delta) && n->sides[TEXT].calibrated == 0.5);
  assert_string_equal(n->changes[0].intervened, "Drama");
  assert_true(n->checks[1].is_flag && !n->checks[1].is_passed);
  assert_null(n->replies[0]);
  assert_string_equal(n->replies[1], "{}");
  assert_true(n->measure.color == 3 && n->measure.scalar[0] == 0.1f);
  WORKS(negative_picture(store, n->id, &back, &unit_err));
  assert_int_equal(back.size, 6);
  assert_memory_equal(back.data, png.data, 6);
  free(n->failure);
  n->failure = mem_strdup("stopped");
  WORKS(negative_save(store, n, NULL, &unit_err)); /* replaces, and keeps the picture */
  buf_clear(&back);
  WORKS(negative_picture(store, n->id, &back, &unit_err));
  struct negative **all;
  int count;
  WORKS(negatives_of(store, "t1", &all, &count, &unit_err));
  assert_int_equal(count, 1);
  assert_string_equal(all[0]->failure, "stopped");
  assert_int_equal(all[0]->change_count, 1);
  negatives_free(all, count);
  negative_free(n);
  negative_free(saved);
  buf_free(&png);
  buf_free(&back);
  store_close(store);
}

static void json_of_a_negative_has_the_documented_keys(void **state)
{
  (void)state;
  struct negative *n = full_negative();
  cJSON *json = negative_json(n);
  char *line = json_line(json);
  assert_string_equal(line,
    "{\"id\":0,\"backend\":\"offline\",\"model\":\"offline engine\",\"templates\":\"describe@1:ab\""
    ",\"seed\":\"18446744073709551615\",\"created\":\"1970-01-02T00:00:00Z\",\"valid\":true,"
    "\"draft\":false,\"stale\":false,\"failure\":null,\"checks\":{\"keys\":{\"ok\":true,\"flag\":"
    "false,\"reason\":null},\"twin\":{\"ok\":false,\"flag\":true,\"reason\":\"near\"}},\"balance\":"
    "{\"text\":0.5,\"image\":null,\"overall\":0.75,\"raw\":{\"text\":0.25,\"image\":null}},"
    "\"rounds\":{\"repair\":2,\"balance\":1,\"balance_before\":0.5},"
    "\"changes\":[{\"modality\":\"text\",\"key\":\"genres\",\"original\":\"Comedy\",\"intervened\":"
    "\"Drama\",\"role\":\"key\"}],\"texts\":{\"text\":\"title: Toy Story\\ngenres: Drama\\n\","
    "\"image\":\"A dark poster.\"},"
    "\"originals\":{\"text\":\"title: Toy Story\\ngenres: Comedy\\n\","
    "\"image\":null},\"masked\":{\"text\":\"genres: [[genres]]\\n\",\"image\":null},\"picture\":"
    "false,\"notes\":{\"picture\":\"drawn\"},\"verdict\":null,\"decided_by\":null}");
  free(line);
  cJSON_Delete(json);
  negative_free(n);
}

static void resuming_knows_what_is_done(void **state)
{
  (void)state;
  struct store *store = unit_films();
  struct negative *n = full_negative();
  WORKS(negative_save(store, n, NULL, &unit_err));
  assert_true(negative_exists(store, "t1", "offline", "offline engine", "describe@1:ab",
                              UINT64_MAX));
  assert_false(negative_exists(store, "t1", "offline", "offline engine", "describe@1:ab", 1));
  assert_false(negative_exists(store, "h2", "offline", "offline engine", "describe@1:ab",
                               UINT64_MAX));
  n->is_draft = true;
  WORKS(negative_save(store, n, NULL, &unit_err));
  assert_false(negative_exists(store, "t1", "offline", "offline engine", "describe@1:ab",
                               UINT64_MAX));
  negative_free(n);
  store_close(store);
}

static void decide(struct store *store, int64_t negative, const char *curator,
                   enum decision decision)
{
  WORKS(verdict_add(store, negative, curator, decision, NULL, NULL, &unit_err));
}

static enum decision decision_on(struct store *store, int64_t id)
{
  struct negative *n = negative_load(store, id, &unit_err);
  WORKS(n);
  enum decision decision = n->decision;
  negative_free(n);
  return decision;
}

static int64_t undo(struct store *store, const char *curator)
{
  int64_t negative;
  WORKS(verdict_undo(store, curator, &negative, &unit_err));
  return negative;
}

static void an_undo_takes_back_the_curators_own_newest_decision(void **state)
{
  (void)state;
  struct store *store = unit_films();
  int64_t a = unit_negative(store, "t1"), b = unit_negative(store, "h2");
  decide(store, a, "ada", DECISION_ACCEPT);
  decide(store, b, "ada", DECISION_REJECT);
  decide(store, a, "bob", DECISION_REJECT);
  assert_int_equal(decision_on(store, a), DECISION_REJECT);
  assert_int_equal(undo(store, "bob"), a);
  assert_int_equal(decision_on(store, a), DECISION_ACCEPT); /* ada's stands again */
  assert_int_equal(undo(store, "bob"), 0);
  assert_int_equal(undo(store, "ada"), b);
  assert_int_equal(decision_on(store, b), DECISION_NONE);
  assert_int_equal(undo(store, "ada"), a);
  assert_int_equal(undo(store, "ada"), 0);
  struct store_counts counts;
  WORKS(store_count(store, &counts, &unit_err));
  assert_int_equal(counts.reviewed, 0);
  assert_int_equal(counts.waiting, 2);
  store_close(store);
}

static void the_log_of_verdicts_only_grows(void **state)
{
  (void)state;
  struct store *store = unit_films();
  int64_t a = unit_negative(store, "t1");
  decide(store, a, "ada", DECISION_ACCEPT);
  undo(store, "ada");
  store_close(store);
  char *work = path_join(unit_workspace, "work.db");
  sqlite3 *db;
  assert_int_equal(sqlite3_open(work, &db), SQLITE_OK);
  assert_int_not_equal(sqlite3_exec(db, "DELETE FROM verdict", NULL, NULL, NULL), SQLITE_OK);
  assert_int_not_equal(sqlite3_exec(db, "UPDATE verdict SET decision = 2", NULL, NULL, NULL),
                       SQLITE_OK);
  assert_int_equal(sqlite3_total_changes(db), 0);
  sqlite3_close(db);
  free(work);
}

static void drafts_cannot_be_decided_on(void **state)
{
  (void)state;
  struct store *store = unit_films();
  struct negative *n = negative_new("t1");
  WORKS(negative_save(store, n, NULL, &unit_err));
  assert_false(verdict_add(store, n->id, "ada", DECISION_ACCEPT, NULL, NULL, &unit_err));
  assert_int_equal(unit_err.code, EX_NOINPUT);
  negative_free(n);
  store_close(store);
}

static void waits_next(struct store *store, int64_t from, int direction, int64_t want,
                       const char *item)
{
  char *key;
  assert_int_equal(negative_waiting(store, from, direction, &key, &unit_err), want);
  if (want)
    assert_string_equal(key, item);
  free(key);
}

static void the_queue_goes_by_import_order_then_age(void **state)
{
  (void)state;
  struct store *store = unit_films();
  int64_t f3 = unit_negative(store, "f3"), t1 = unit_negative(store, "t1");
  int64_t h2 = unit_negative(store, "h2"), t1_second = unit_negative(store, "t1");
  waits_next(store, 0, 1, t1, "t1");
  waits_next(store, t1, 1, t1_second, "t1");
  waits_next(store, t1_second, 1, h2, "h2");
  waits_next(store, h2, 1, f3, "f3");
  waits_next(store, f3, 1, 0, NULL);
  waits_next(store, 0, -1, f3, "f3");
  waits_next(store, h2, -1, t1_second, "t1");
  waits_next(store, t1, -1, 0, NULL);
  decide(store, t1_second, "ada", DECISION_REJECT);
  waits_next(store, t1, 1, h2, "h2");
  waits_next(store, t1_second, 1, h2, "h2"); /* from one that is decided */
  store_close(store);
}

static int64_t for_training(struct store *store, int64_t item)
{
  int64_t count, id = 0;
  struct training_negative *list = negatives_for_training(store, 1, &count, &unit_err);
  WORKS(list);
  for (int64_t k = 0; k < count; k++)
    id = list[k].item == item ? list[k].id : id;
  free(list);
  return id;
}

static void training_takes_the_newest_that_is_not_rejected(void **state)
{
  (void)state;
  struct store *store = unit_films();
  int64_t first = unit_negative(store, "h2"), second = unit_negative(store, "h2"), count;
  assert_int_equal(for_training(store, 1), second);
  assert_int_equal(for_training(store, 0), 0);
  struct training_negative *list = negatives_for_training(store, 5, &count, &unit_err);
  assert_int_equal(count, 2);
  assert_true(list[0].id == second && list[1].id == first && list[1].item == 1);
  free(list);
  decide(store, second, "ada", DECISION_REJECT);
  assert_int_equal(for_training(store, 1), first);
  decide(store, first, "ada", DECISION_REJECT);
  list = negatives_for_training(store, 5, &count, &unit_err);
  assert_int_equal(count, 0);
  free(list);
  undo(store, "ada");
  assert_int_equal(for_training(store, 1), first);
  store_close(store);
}

static void a_changed_item_makes_its_negatives_stale_and_queued_again(void **state)
{
  (void)state;
  struct store *store = unit_films();
  int64_t h2 = unit_negative(store, "h2"), t1 = unit_negative(store, "t1");
  decide(store, h2, "ada", DECISION_ACCEPT);
  decide(store, t1, "ada", DECISION_ACCEPT);
  struct catalogue *catalogue = catalogue_begin(store, false, &unit_err);
  unit_add_films(catalogue);
  assert_int_equal(unit_commit(catalogue).negatives_stale, 0); /* all is as it was */
  catalogue = catalogue_begin(store, false, &unit_err);
  unit_add_film(catalogue, "h2", "Heat", "Action, Crime", "Bank robbers feel the heat.");
  assert_int_equal(unit_commit(catalogue).negatives_stale, 1);
  struct negative *n = negative_load(store, h2, &unit_err);
  assert_true(n->is_stale);
  assert_int_equal(n->decision, DECISION_ACCEPT); /* the verdict is kept */
  negative_free(n);
  assert_int_equal(for_training(store, 1), 0);
  assert_false(negative_exists(store, "h2", "offline", "", "", 7));
  waits_next(store, 0, 1, h2, "h2");
  struct store_counts counts;
  WORKS(store_count(store, &counts, &unit_err));
  assert_int_equal(counts.waiting, 1);
  assert_int_equal(counts.stale, 1);
  decide(store, h2, "ada", DECISION_ACCEPT); /* good for the item as it is now, too */
  waits_next(store, 0, 1, 0, NULL);
  assert_int_equal(for_training(store, 1), h2);
  store_close(store);
}

static struct store_counts counted(struct store *store)
{
  struct store_counts counts;
  WORKS(store_count_items(store, &counts, &unit_err));
  return counts;
}

static void a_reader_counts_again_what_others_changed(void **state)
{
  (void)state;
  struct store *store = unit_films(), *reader = store_open(unit_workspace, STORE_READ, &unit_err);
  WORKS(reader);
  int64_t items = counted(reader).items;
  assert_true(items > 0);
  assert_int_equal(counted(reader).waiting, 0);
  int64_t t1 = unit_negative(store, "t1");
  assert_int_equal(counted(reader).waiting, 1);
  assert_int_equal(counted(reader).waiting, 1); /* as it was */
  decide(store, t1, "ada", DECISION_ACCEPT);
  assert_int_equal(counted(reader).waiting, 0);
  assert_int_equal(counted(store).reviewed, 1); /* by itself, of which it is not told */
  undo(store, "ada");
  assert_int_equal(counted(store).reviewed, 0);
  struct catalogue *catalogue = catalogue_begin(store, false, &unit_err);
  unit_add_film(catalogue, "new", "Heat", "Action, Crime", "Bank robbers feel the heat.");
  unit_commit(catalogue);
  store_refresh(reader, &unit_err);
  assert_int_equal(counted(reader).items, items + 1);
  assert_int_equal(counted(reader).items, items + 1);
  store_close(reader);
  store_close(store);
}

static void an_item_that_is_gone_keeps_its_negatives_out_of_the_way(void **state)
{
  (void)state;
  struct store *store = unit_films();
  int64_t h2 = unit_negative(store, "h2");
  struct catalogue *catalogue = catalogue_begin(store, true, &unit_err);
  unit_add_film(catalogue, "t1", "Toy Story", "Comedy", "A doll.");
  assert_int_equal(unit_commit(catalogue).negatives_stale, 1);
  waits_next(store, 0, 1, 0, NULL);
  struct negative *n = negative_load(store, h2, &unit_err);
  WORKS(n);
  assert_true(n->is_stale);
  negative_free(n);
  store_close(store);
}

static void check_page(struct store *store, int64_t from, bool is_backward, int limit,
                       const char *text, const char *want)
{
  struct item_page page;
  struct buf keys = {0};
  WORKS(item_page_load(store, from, is_backward, limit, text, &page, &unit_err));
  buf_str(&keys, "");
  for (int k = 0; k < page.count; k++)
    buf_printf(&keys, "%s ", page.rows[k].key);
  assert_string_equal(keys.data ? keys.data : "", want);
  buf_free(&keys);
  item_page_free(&page);
}

static void pages_go_both_ways_and_search_folds_case(void **state)
{
  (void)state;
  struct store *store = unit_films();
  check_page(store, -1, false, 2, NULL, "t1 h2 ");
  check_page(store, 1, false, 2, NULL, "f3 d4 ");
  check_page(store, 3, false, 2, NULL, "");
  check_page(store, 3, true, 2, NULL, "h2 f3 ");
  check_page(store, INT64_MAX, true, 3, NULL, "h2 f3 d4 ");
  check_page(store, -1, false, 9, "CRIME", "h2 f3 ");
  check_page(store, -1, false, 9, "\xc3\x9c" "BER", "d4 ");
  check_page(store, -1, false, 9, "h2", "h2 ");
  check_page(store, -1, false, 9, "robbers", ""); /* prose is not searched */
  check_page(store, -1, false, 9, "%", "");
  store_close(store);
}

static void a_page_says_how_far_an_item_is(void **state)
{
  (void)state;
  struct store *store = unit_films();
  struct item_page page;
  struct negative *n = full_negative();
  WORKS(negative_save(store, n, NULL, &unit_err));
  decide(store, n->id, "ada", DECISION_ACCEPT);
  WORKS(item_page_load(store, -1, false, 2, NULL, &page, &unit_err));
  assert_string_equal(page.rows[0].detail, "Animation, Children's, Comedy, 1995");
  assert_int_equal(page.rows[0].candidates, 1);
  assert_int_equal(page.rows[0].decision, DECISION_ACCEPT);
  assert_true(page.rows[0].has_valid && page.rows[0].balance == 0.75);
  assert_int_equal(page.rows[1].candidates, 0);
  assert_true(!page.rows[1].has_valid && isnan(page.rows[1].balance));
  item_page_free(&page);
  negative_free(n);
  store_close(store);
}

static void pictures_get_classes_by_the_catalogues_borders(void **state)
{
  (void)state;
  struct store *store = unit_films();
  struct catalogue *catalogue = catalogue_begin(store, false, &unit_err);
  static const char *const keys[] = {"t1", "h2", "f3"};
  for (int k = 0; k < 3; k++) {
    struct measure measure = {.scalar = {10.0f + 30.0f * (float)k, 1, 0, 5, 1}};
    struct buf thumbnail = {0};
    buf_str(&thumbnail, keys[k]);
    WORKS(catalogue_picture(catalogue, keys[k], keys[k], 10, 2, 3, &measure, &thumbnail, NULL,
                            &unit_err));
    buf_free(&thumbnail);
  }
  WORKS(catalogue_picture(catalogue, "d4", NULL, 0, 0, 0, NULL, NULL, "d4.jpg: is truncated",
                          &unit_err));
  char *hash = catalogue_picture_hash(catalogue, "h2");
  assert_string_equal(hash, "h2");
  free(hash);
  assert_null(catalogue_picture_hash(catalogue, "d4"));
  unit_commit(catalogue);
  check_page(store, -1, false, 9, image_keys[IMAGE_BRIGHTNESS].classes[0], "t1 ");
  check_page(store, -1, false, 9, image_keys[IMAGE_BRIGHTNESS].classes[2], "f3 ");
  struct item *item = item_find(store, "f3", &unit_err);
  assert_true(item->has_measure);
  bool found = false;
  for (int k = 0; k < item->attribute_count; k++)
    found = found || (item->attributes[k].modality == IMAGE &&
                      !strcmp(item->attributes[k].key, "brightness") &&
                      !strcmp(item->attributes[k].value, image_keys[IMAGE_BRIGHTNESS].classes[2]));
  assert_true(found);
  item_free(item);
  struct buf jpeg = {0};
  assert_true(item_thumbnail(store, 2, &jpeg));
  assert_string_equal(jpeg.data, "f3");
  assert_false(item_thumbnail(store, 3, &jpeg));
  buf_free(&jpeg);
  item = item_find(store, "d4", &unit_err);
  assert_string_equal(item->picture_error, "d4.jpg: is truncated");
  item_free(item);
  struct store_counts counts;
  WORKS(store_count(store, &counts, &unit_err));
  assert_int_equal(counts.pictures, 3);
  store_close(store);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, unit_setup, unit_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
    CASE(a_negative_comes_back_as_it_was_saved),
    cmocka_unit_test(json_of_a_negative_has_the_documented_keys),
    CASE(resuming_knows_what_is_done),
    CASE(an_undo_takes_back_the_curators_own_newest_decision),
    CASE(the_log_of_verdicts_only_grows),
    CASE(drafts_cannot_be_decided_on),
    CASE(the_queue_goes_by_import_order_then_age),
    CASE(training_takes_the_newest_that_is_not_rejected),
    CASE(a_changed_item_makes_its_negatives_stale_and_queued_again),
    CASE(a_reader_counts_again_what_others_changed),
    CASE(an_item_that_is_gone_keeps_its_negatives_out_of_the_way),
    CASE(pages_go_both_ways_and_search_folds_case),
    CASE(a_page_says_how_far_an_item_is),
    CASE(pictures_get_classes_by_the_catalogues_borders),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
