/* store.c - workspaces: made, opened, imported into again, never half written
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/request.h"

static void refuses_to_open(const char *dir, enum store_mode mode, int code, const char *message)
{
  unit_err = (struct err){0};
  assert_null(store_open(dir, mode, &unit_err));
  assert_string_equal(unit_err.text, message);
  assert_int_equal(unit_err.code, code);
}

static void sql_on(const char *path, const char *text)
{
  sqlite3 *db;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
}

static int64_t sql_count(const char *path, const char *text)
{
  sqlite3 *db;
  sqlite3_stmt *stmt;
  assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
  assert_int_equal(sqlite3_prepare_v2(db, text, -1, &stmt, NULL), SQLITE_OK);
  assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
  int64_t value = sqlite3_column_int64(stmt, 0);
  sqlite3_finalize(stmt);
  sqlite3_close(db);
  return value;
}

static void a_folder_without_a_workspace_is_refused_with_what_to_do(void **state)
{
  (void)state;
  char *message = mem_printf("%s is no workspace: make one with neggen import %s SOURCE",
                             unit_workspace, unit_workspace);
  refuses_to_open(unit_workspace, STORE_READ, EX_NOINPUT, message);
  refuses_to_open(unit_workspace, STORE_WRITE, EX_NOINPUT, message);
  assert_false(path_is_dir(unit_workspace));
  free(message);
}

static void a_folder_with_other_things_does_not_become_a_workspace(void **state)
{
  (void)state;
  char *file = path_join(unit_dir, "letter.txt");
  assert_true(path_write(file, "x", 1, &unit_err));
  char *message = mem_printf("%s is a folder with other things in it: name a new one for the "
                             "workspace", unit_dir);
  refuses_to_open(unit_dir, STORE_CREATE, EX_CANTCREAT, message);
  free(message);
  free(file);
}

static void a_workspace_of_a_newer_version_is_refused(void **state)
{
  (void)state;
  store_close(unit_films());
  char *work = path_join(unit_workspace, "work.db");
  char *catalogue = path_join(unit_workspace, "catalogue.db");
  int version = (int)sql_count(work, "PRAGMA user_version");
  sql_on(work, "PRAGMA user_version = 99");
  unit_err = (struct err){0};
  assert_null(store_open(unit_workspace, STORE_READ, &unit_err));
  assert_int_equal(unit_err.code, EX_DATAERR);
  assert_non_null(strstr(unit_err.text, "was made by a newer neggen (its tables are version 99"));
  assert_null(store_open(unit_workspace, STORE_CREATE, &unit_err));
  char *back = mem_printf("PRAGMA user_version = %d", version);
  sql_on(work, back);
  sql_on(catalogue, "PRAGMA user_version = 98");
  assert_null(store_open(unit_workspace, STORE_READ, &unit_err));
  assert_int_equal(unit_err.code, EX_DATAERR);
  assert_non_null(strstr(unit_err.text, "catalogue.db was made by a newer neggen"));
  free(back);
  free(work);
  free(catalogue);
}

static void a_database_of_another_program_is_refused(void **state)
{
  (void)state;
  assert_true(path_make_dirs(unit_workspace, &unit_err));
  char *work = path_join(unit_workspace, "work.db");
  sql_on(work, "CREATE TABLE theirs(x)");
  assert_null(store_open(unit_workspace, STORE_WRITE, &unit_err));
  assert_int_equal(unit_err.code, EX_DATAERR);
  assert_non_null(strstr(unit_err.text, "work.db is a database of another program"));
  assert_true(path_write(work, "no database at all, but long enough to look", 43, &unit_err));
  assert_null(store_open(unit_workspace, STORE_WRITE, &unit_err));
  assert_int_equal(unit_err.code, EX_DATAERR);
  assert_non_null(strstr(unit_err.text, "work.db is damaged or no database of neggen"));
  free(work);
}

static void an_empty_work_file_takes_all_steps(void **state)
{
  (void)state;
  store_close(unit_films());
  char *work = path_join(unit_workspace, "work.db");
  assert_int_equal(truncate(work, 0), 0); /* as when the power went before the first page */
  struct store *store = store_open(unit_workspace, STORE_READ, &unit_err);
  WORKS(store);
  store_close(store);
  assert_true(sql_count(work, "PRAGMA user_version") > 0);
  free(work);
}

static mode_t mode_of(const char *name)
{
  struct stat st;
  char *path = path_join(unit_workspace, name);
  assert_int_equal(stat(path, &st), 0);
  free(path);
  return st.st_mode & 0777;
}

static void files_are_private_unless_the_folder_is_the_groups(void **state)
{
  (void)state;
  store_close(unit_films());
  assert_int_equal(mode_of("work.db"), 0600);
  assert_int_equal(mode_of("catalogue.db"), 0600);
  assert_true(path_remove_tree(unit_workspace, &unit_err));
  assert_int_equal(mkdir(unit_workspace, 0770), 0);
  assert_int_equal(chmod(unit_workspace, 0770), 0);
  store_close(unit_films());
  assert_int_equal(mode_of("work.db"), 0660);
  assert_int_equal(mode_of("catalogue.db"), 0660);
}

static void a_missing_catalogue_is_told(void **state)
{
  (void)state;
  store_close(unit_films());
  char *path = path_join(unit_workspace, "catalogue.db");
  unlink(path);
  char *message = mem_printf("%s is missing: make it again with neggen import %s SOURCE", path,
                             unit_workspace);
  refuses_to_open(unit_workspace, STORE_READ, EX_NOINPUT, message);
  free(message);
  free(path);
}

static void an_item_is_as_it_was_imported(void **state)
{
  (void)state;
  struct store *store = unit_films();
  struct item *item = item_find(store, "h2", &unit_err);
  WORKS(item);
  assert_int_equal(item->id, 1);
  assert_string_equal(item->title, "Heat");
  struct buf document = {0};
  item_document(item, &document);
  assert_string_equal(document.data, "title: Heat\ngenres: Action, Crime\nyear: 1995\n"
                                     "plot: Robbers feel the heat.\n");
  buf_free(&document);
  assert_int_equal(item->attribute_count, 3);
  assert_string_equal(item->attributes[0].value, "Action");
  assert_string_equal(item->attributes[1].value, "Crime");
  assert_string_equal(item->attributes[2].key, "year");
  assert_int_equal(item_field_kind(item, "genres"), FIELD_LIST);
  assert_int_equal(item_field_kind(item, "nothing"), FIELD_OTHER);
  cJSON *json = item_json(item);
  char *line = json_line(json);
  assert_string_equal(line,
    "{\"key\":\"h2\",\"title\":\"Heat\",\"attributes\":{\"text\":{\"genres\":[\"Action\","
    "\"Crime\"],\"year\":\"1995\"},\"image\":{}},\"texts\":{\"text\":\"title: Heat\\ngenres: Action, Crime\\n"
    "year: 1995\\nplot: Robbers feel the heat.\\n\"},\"fields\":{\"title\":\"Heat\",\"genres\":"
    "\"Action, Crime\",\"year\":\"1995\",\"plot\":\"Robbers feel the heat.\",\"url\":\"http://x/\""
    "},\"picture\":{\"path\":null,\"sha256\":null,\"error\":null}}");
  free(line);
  cJSON_Delete(json);
  item_free(item);
  assert_null(item_find(store, "x9", &unit_err));
  assert_int_equal(unit_err.code, EX_NOINPUT);
  assert_null(item_at(store, 4, &unit_err));
  int64_t count;
  struct item **items = items_all(store, &count, &unit_err);
  WORKS(items);
  assert_int_equal(count, 4);
  assert_string_equal(items[3]->key, "d4");
  items_free(items, count);
  store_close(store);
}

static void list_entries_lose_blanks_and_empty_ones(void **state)
{
  const char *cursor = " a , ,b c,\td", *entry;
  size_t size;
  struct buf all = {0};
  (void)state;
  while (list_next(&cursor, &entry, &size)) {
    buf_char(&all, '<');
    buf_add(&all, entry, size);
    buf_char(&all, '>');
  }
  assert_string_equal(all.data, "<a><b c><d>");
  buf_free(&all);
}

static void importing_again_updates_and_never_doubles(void **state)
{
  (void)state;
  struct store *store = unit_films();
  struct catalogue *catalogue = catalogue_begin(store, false, &unit_err);
  WORKS(catalogue);
  unit_add_film(catalogue, "n5", "Nell", "Drama", "She speaks.");
  unit_add_film(catalogue, "h2", "Heat", "Action, Crime", "Bank robbers feel the heat.");
  struct field year = {(char *)"year", (char *)"1995", FIELD_PROSE}; /* known as a value */
  WORKS(catalogue_item(catalogue, "t1", &year, 1, NULL, &unit_err));
  unit_like(catalogue, "ada", "t1", 5, 100);
  unit_like(catalogue, "ada", "h2", 2, 90);
  unit_like(catalogue, "ada", "h2", 2, 90);
  unit_like(catalogue, "zoe", "n5", 2, 10);
  struct catalogue_report report = unit_commit(catalogue);
  assert_int_equal(report.items_new, 1);
  assert_int_equal(report.items_changed, 2); /* h2 has another plot, t1 another order of fields */
  assert_int_equal(report.users_new, 1);
  assert_int_equal(report.interactions_new, 1);
  assert_int_equal(report.interactions_changed, 1);
  assert_int_equal(report.interactions_same, 1);
  assert_int_equal(report.interactions_repeated, 1);
  struct store_counts counts;
  WORKS(store_count(store, &counts, &unit_err));
  assert_int_equal(counts.items, 5);
  assert_int_equal(counts.users, 4);
  assert_int_equal(counts.interactions, 7);
  struct item *item = item_find(store, "t1", &unit_err);
  assert_int_equal(item->field_count, 5);
  assert_int_equal(item_field_kind(item, "year"), FIELD_VALUE);
  item_free(item);
  item = item_find(store, "n5", &unit_err);
  assert_int_equal(item->id, 4); /* the others kept their places */
  item_free(item);
  store_close(store);
}

static void an_abandoned_import_leaves_the_old_catalogue(void **state)
{
  (void)state;
  struct store *store = unit_films();
  struct catalogue *catalogue = catalogue_begin(store, true, &unit_err);
  WORKS(catalogue);
  unit_add_film(catalogue, "n5", "Nell", "Drama", "She speaks.");
  assert_false(catalogue_interaction(catalogue, "ada", "t1", 1, 0, -1, &unit_err));
  assert_int_equal(unit_err.code, EX_DATAERR);
  assert_null(catalogue_begin(store, false, &unit_err));
  assert_int_equal(unit_err.code, EX_BUSY);
  catalogue_abandon(catalogue);
  struct store_counts counts;
  WORKS(store_count(store, &counts, &unit_err));
  assert_int_equal(counts.items, 4);
  char *left = path_join(unit_workspace, "catalogue.db.new");
  assert_false(path_is_file(left));
  free(left);
  store_close(store);
}

static void a_reader_sees_the_new_catalogue_after_a_refresh(void **state)
{
  (void)state;
  struct store *store = unit_films(), *reader = store_open(unit_workspace, STORE_READ, &unit_err);
  WORKS(reader);
  assert_false(store_refresh(reader, &unit_err));
  struct catalogue *catalogue = catalogue_begin(store, true, &unit_err);
  unit_add_film(catalogue, "n5", "Nell", "Drama", "She speaks.");
  unit_commit(catalogue);
  struct store_counts counts;
  WORKS(store_count(reader, &counts, &unit_err));
  assert_int_equal(counts.items, 4);
  assert_true(store_refresh(reader, &unit_err));
  WORKS(store_count(reader, &counts, &unit_err));
  assert_int_equal(counts.items, 1);
  assert_false(store_begin(reader, &unit_err) && verdict_add(reader, 1, "ada", DECISION_ACCEPT,
                                                             NULL, NULL, &unit_err));
  store_close(reader);
  store_close(store);
}

static void filters_leave_out_rare_and_disliked(void **state)
{
  (void)state;
  struct store *store = unit_films();
  struct catalogue *catalogue = catalogue_begin(store, false, &unit_err);
  catalogue_filter(catalogue, 2, 0);
  struct catalogue_report report = unit_commit(catalogue);
  assert_int_equal(report.filtered, 1); /* ada's 1 for f3 */
  catalogue = catalogue_begin(store, false, &unit_err);
  catalogue_filter(catalogue, 3, 2);
  report = unit_commit(catalogue);
  /* left by value: ada t1 5, h2 4; bob h2 3, f3 4. Two each: t1 and f3 fall, then everyone. */
  assert_int_equal(report.filtered, 5);
  assert_int_equal(report.filtered_users, 3);
  struct interactions interactions;
  WORKS(interactions_load(store, &interactions, &unit_err));
  assert_int_equal(interactions.count, 0);
  assert_int_equal(interactions.user_count, 0);
  assert_int_equal(interactions.item_count, 4);
  interactions_free(&interactions);
  store_close(store);
}

static void a_user_left_without_interactions_leaves_no_gap(void **state)
{
  (void)state;
  struct store *store = unit_films();
  struct catalogue *catalogue = catalogue_begin(store, false, &unit_err);
  unit_like(catalogue, "zoe", "d4", 5, 10);
  catalogue_filter(catalogue, 3, 0); /* eve had a 2 alone */
  struct catalogue_report report = unit_commit(catalogue);
  assert_int_equal(report.filtered_users, 1);
  int32_t count;
  char **keys = user_keys(store, &count, &unit_err);
  WORKS(keys);
  assert_int_equal(count, 3);
  assert_string_equal(keys[0], "ada");
  assert_string_equal(keys[1], "bob");
  assert_string_equal(keys[2], "zoe");
  struct interactions interactions;
  WORKS(interactions_load(store, &interactions, &unit_err));
  assert_int_equal(interactions.user[interactions.count - 1], 2);
  interactions_free(&interactions);
  for (int32_t k = 0; k < count; k++)
    free(keys[k]);
  free(keys);
  store_close(store);
}

static void requests_are_kept_newest_first(void **state)
{
  (void)state;
  struct store *store = unit_films();
  struct request request = {.item = (char *)"t1", .template_name = (char *)"mask",
                            .backend = (char *)"openai", .hash = (char *)"ab", .body = (char *)"{}",
                            .status = 500, .error = (char *)"no", .tokens_in = -1,
                            .tokens_out = -1};
  WORKS(request_save(store, &request, &unit_err));
  assert_int_equal(request.id, 1);
  request.item = (char *)"h2";
  request.seconds = 0.25;
  WORKS(request_save(store, &request, &unit_err));
  struct request **found;
  int count;
  WORKS(requests_recent(store, NULL, 10, &found, &count, &unit_err));
  assert_int_equal(count, 2);
  assert_string_equal(found[0]->item, "h2");
  assert_true(found[0]->seconds == 0.25);
  assert_null(found[0]->reply);
  requests_free(found, count);
  WORKS(requests_recent(store, "t1", 10, &found, &count, &unit_err));
  assert_int_equal(count, 1);
  assert_int_equal(found[0]->status, 500);
  requests_free(found, count);
  store_close(store);
}

/* Decide again and again, and say each number once it is committed. */
static void decide_until_killed(int out)
{
  struct store *store = store_open(unit_workspace, STORE_WRITE, &unit_err);
  if (!store)
    _exit(1);
  for (int k = 1;; k++) {
    char note[16];
    snprintf(note, sizeof note, "%d", k);
    if (!verdict_add(store, 1, "ada", DECISION_REJECT, NULL, note, &unit_err) ||
        write(out, &k, sizeof k) != sizeof k)
      _exit(1);
  }
}

static void what_was_acknowledged_survives_a_kill(void **state)
{
  (void)state;
  struct store *store = unit_films();
  unit_negative(store, "t1");
  store_close(store);
  char *work = path_join(unit_workspace, "work.db");
  int64_t total = 0;
  for (int round = 1; round <= 5; round++) {
    int pipes[2], last = 0;
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
      decide_until_killed(pipes[1]);
    close(pipes[1]);
    while (last < 7 * round && read(pipes[0], &last, sizeof last) == sizeof last)
      ;
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    while (read(pipes[0], &last, sizeof last) == sizeof last)
      ;
    close(pipes[0]);
    total += last;
    assert_true(last >= 7 * round);
    int64_t kept = sql_count(work, "SELECT count(*) FROM verdict");
    assert_true(kept >= total && kept <= total + 1);
    total = kept;
  }
  free(work);
}

/* In a child whose files may not grow: what fails must say so, and leave things whole. */
static int fill_the_disk(void)
{
  struct store *store = store_open(unit_workspace, STORE_WRITE, &unit_err);
  struct rlimit limit = {400000, 400000};
  signal(SIGXFSZ, SIG_IGN);
  if (!store || setrlimit(RLIMIT_FSIZE, &limit) != 0)
    return 1;
  char *large = mem_zero(600000, 1);
  memset(large, 'x', 599999);
  struct negative *negative = negative_new("t1");
  negative->notes = large;
  if (negative_save(store, negative, NULL, &unit_err) || unit_err.code != EX_IOERR ||
      !strstr(unit_err.text, "work.db"))
    return 2;
  unit_err = (struct err){0};
  struct catalogue *catalogue = catalogue_begin(store, false, &unit_err);
  if (!catalogue)
    return 3;
  for (int k = 0; k < 4; k++) {
    char key[8];
    snprintf(key, sizeof key, "n%d", k);
    struct field plot = {(char *)"plot", large, FIELD_PROSE};
    catalogue_item(catalogue, key, &plot, 1, NULL, &unit_err);
  }
  struct catalogue_report report;
  if (catalogue_commit(catalogue, &report, &unit_err) || unit_err.code != EX_IOERR ||
      !strstr(unit_err.text, "catalogue.db"))
    return 4;
  negative_free(negative);
  store_close(store);
  return 0;
}

static void a_full_disk_is_told_and_nothing_is_half_written(void **state)
{
  (void)state;
  struct store *store = unit_films();
  int64_t id = unit_negative(store, "t1");
  assert_int_equal(id, 1);
  store_close(store);
  int status;
  pid_t child = fork();
  if (child == 0)
    _exit(fill_the_disk());
  waitpid(child, &status, 0);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  store = store_open(unit_workspace, STORE_WRITE, &unit_err);
  WORKS(store);
  struct store_counts counts;
  WORKS(store_count(store, &counts, &unit_err));
  assert_int_equal(counts.items, 4);
  assert_int_equal(counts.negatives, 1);
  assert_true(unit_negative(store, "h2") > id);
  store_close(store);
}

/* In a child: the catalogue is replaced again and again. */
static int import_often(void)
{
  struct store *store = store_open(unit_workspace, STORE_WRITE, &unit_err);
  for (int k = 0; store && k < 10; k++) {
    struct catalogue *catalogue = catalogue_begin(store, k % 2, &unit_err);
    struct catalogue_report report;
    if (!catalogue)
      return 1;
    struct field title = {(char *)"title", (char *)(k % 2 ? "Heat" : "Cold"), FIELD_TITLE};
    if (!catalogue_item(catalogue, "t1", NULL, 0, NULL, &unit_err) ||
        !catalogue_item(catalogue, "h2", &title, 1, NULL, &unit_err) ||
        !catalogue_commit(catalogue, &report, &unit_err))
      return 2;
  }
  store_close(store);
  return store ? 0 : 3;
}

static void readers_and_writers_go_on_while_catalogues_come_and_go(void **state)
{
  (void)state;
  struct store *store = unit_films();
  int64_t id = unit_negative(store, "t1");
  int status;
  store_close(store); /* SQLite's connections must not live through a fork */
  pid_t child = fork();
  if (child == 0)
    _exit(import_often());
  store = store_open(unit_workspace, STORE_WRITE, &unit_err);
  WORKS(store);
  struct store *reader = store_open(unit_workspace, STORE_READ, &unit_err);
  WORKS(reader);
  for (int k = 0; k < 40; k++) {
    struct item_page page;
    WORKS(verdict_add(store, id, "ada", DECISION_ACCEPT, NULL, NULL, &unit_err));
    unit_err = (struct err){0};
    store_refresh(reader, &unit_err);
    assert_int_equal(unit_err.code, 0);
    WORKS(item_page_load(reader, -1, false, 10, NULL, &page, &unit_err));
    assert_true(page.count == 4 || page.count == 2);
    assert_int_equal(page.rows[0].candidates, 1);
    item_page_free(&page);
  }
  waitpid(child, &status, 0);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  store_close(reader);
  store_close(store);
  char *work = path_join(unit_workspace, "work.db");
  assert_int_equal(sql_count(work, "SELECT count(*) FROM verdict"), 40);
  free(work);
}

static void transactions_end_as_one(void **state)
{
  (void)state;
  struct store *store = unit_films();
  struct store_counts counts;
  WORKS(store_begin(store, &unit_err));
  unit_negative(store, "t1");
  unit_negative(store, "h2");
  store_rollback(store);
  WORKS(store_count(store, &counts, &unit_err));
  assert_int_equal(counts.negatives, 0);
  WORKS(store_begin(store, &unit_err));
  unit_negative(store, "t1");
  struct negative *stray = negative_new("nobody");
  assert_false(negative_save(store, stray, NULL, &unit_err)); /* takes back itself alone */
  assert_int_equal(unit_err.code, EX_NOINPUT);
  negative_free(stray);
  WORKS(store_commit(store, &unit_err));
  WORKS(store_count(store, &counts, &unit_err));
  assert_int_equal(counts.negatives, 1);
  store_close(store);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, unit_setup, unit_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
    CASE(a_folder_without_a_workspace_is_refused_with_what_to_do),
    CASE(a_folder_with_other_things_does_not_become_a_workspace),
    CASE(a_workspace_of_a_newer_version_is_refused),
    CASE(a_database_of_another_program_is_refused),
    CASE(an_empty_work_file_takes_all_steps),
    CASE(files_are_private_unless_the_folder_is_the_groups),
    CASE(a_missing_catalogue_is_told),
    CASE(an_item_is_as_it_was_imported),
    cmocka_unit_test(list_entries_lose_blanks_and_empty_ones),
    CASE(importing_again_updates_and_never_doubles),
    CASE(an_abandoned_import_leaves_the_old_catalogue),
    CASE(a_reader_sees_the_new_catalogue_after_a_refresh),
    CASE(filters_leave_out_rare_and_disliked),
    CASE(a_user_left_without_interactions_leaves_no_gap),
    CASE(requests_are_kept_newest_first),
    CASE(what_was_acknowledged_survives_a_kill),
    CASE(a_full_disk_is_told_and_nothing_is_half_written),
    CASE(readers_and_writers_go_on_while_catalogues_come_and_go),
    CASE(transactions_end_as_one),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
