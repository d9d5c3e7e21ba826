/* data.c - sources: what is refused and where, what columns are taken for, what an import keeps
 * SPDX-License-Identifier: MIT */
#include "source.h"

#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "media/picture.h"

static void inter_refused(const char *text, const char *message)
{
  put("x.inter", text);
  refused(message);
}

#define INTER "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"

static void bad_interactions_are_refused_with_their_place(void **state)
{
  (void)state;
  inter_refused("", "x.inter:1:1: expected a header of column names with tabs between them");
  inter_refused("user_id\tuser_id\n", "x.inter:1:9: the column user_id stands here twice");
  inter_refused("user_id\titem_id:tokn\nx",
                "x.inter:1:9: expected token, token_seq, float or float_seq as type, found "
                "\"item_id:tokn\"");
  inter_refused("user_id\t\tx\n", "x.inter:1:9: expected the name of a column");
  inter_refused("user_id,item_id\n1,2\n", "x.inter:1:1: expected a column user_id, userID, uid, "
                                          "user or reviewerID, found user_id,item_id, ...");
  inter_refused("user_id\tthing\n1\t2\n", "x.inter:1:1: expected a column item_id, itemID, iid, "
                                          "item, movieId, parent_asin or asin, found user_id, ...");
  inter_refused(INTER, "x.inter:2:1: expected an interaction after the header, found the end");
  inter_refused(INTER "1\t2\t3\t4\n1\t2\t3\n", "x.inter:3:6: expected 4 columns, found 3");
  inter_refused(INTER "1\t2\t3\t4\t5\n", "x.inter:2:9: expected 4 columns, found more");
  inter_refused(INTER "1\t2\t3\tn/a\n",
                "x.inter:2:7: expected a number for \"timestamp:float\", found \"n/a\"");
  inter_refused(INTER "1\t2\tnan\t4\n",
                "x.inter:2:5: expected a number for \"rating:float\", found \"nan\"");
  inter_refused(INTER "1\t2\t1e999\t4\n",
                "x.inter:2:5: expected a number for \"rating:float\", found \"1e999\"");
  inter_refused(INTER "1\t2\t\t4\n",
                "x.inter:2:5: expected a number for \"rating:float\", found nothing");
  inter_refused(INTER "1\t2\t3\t1e300\n", "x.inter:2:7: expected a time in seconds for "
                                          "\"timestamp:float\", found \"1e300\"");
  inter_refused(INTER "\t2\t3\t4\n", "x.inter:2:1: expected an id for \"user_id:token\", found "
                                     "nothing");
  inter_refused(INTER "1\t\x1b[2\t3\t4\n",
                "x.inter:2:3: expected an id for \"item_id:token\", found \"[2\"");
  inter_refused("user_id\titem_id\tx_label:float\n1\t2\t0\n1\t3\t7\n",
                "x.inter:3:5: expected 0 (train), 1 (valid) or 2 (test) for \"x_label:float\", "
                "found \"7\"");
  inter_refused(INTER "1\t2\t3\t4\n1\t\xff\t3\t4\n",
                "x.inter:3:3: expected UTF-8, found the byte 0xff");
}

static void bytes_that_are_no_text_are_refused(void **state)
{
  (void)state;
  put_bytes("x.inter", "user_id\titem_id\n1\t2\n1\t\0" "3\n", 26);
  refused("x.inter:3:3: expected text, found a NUL byte");
  put_bytes("x.inter", "\xff\xfeu\0s\0", 6);
  refused("x.inter:1:4: expected text, found a NUL byte");
  struct buf line = {0};
  buf_str(&line, "user_id\titem_id\n1\t");
  for (int k = 0; k < LINE_MAX_BYTES; k++)
    buf_char(&line, 'x');
  put("x.inter", line.data);
  refused("x.inter:2:1048577: this line is longer than 1048576 bytes");
  line.size = 18 + 300;
  line.data[line.size] = '\0';
  put("x.inter", line.data);
  refused("x.inter:2:3: expected an id of at most 255 bytes for \"item_id\", found "
          "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\"");
  buf_free(&line);
}

static void bad_items_are_refused_with_their_place(void **state)
{
  (void)state;
  put("x.inter", INTER "1\t2\t3\t4\n1\t9\t3\t4\n");
  put("x.item", "item_id:token\ttitle:token_seq\n");
  refused("x.item:2:1: expected an item after the header, found the end");
  put("x.item", "item_id:token\ttitle:token_seq\n2\tA\n\tB\n");
  refused("x.item:3:1: expected an id for \"item_id:token\", found nothing");
  put("x.item", "item_id:token\ttitle:token_seq\n2\tA\n3\tB\n2\tC\n");
  refused("x.item:4:1: the item \"2\" stands here a second time");
  put("x.item", "title\tyear\nA\t1\n");
  refused("x.item:1:1: expected a column item_id, itemID, iid, item, movieId, parent_asin or asin, "
          "found title, ...");
  put("x.item", "item_id:token\ttitle:token_seq\n2\tA\n3\tB\n");
  char *message = mem_printf("x.inter:3:3: expected an item of %s/x.item, found \"9\"", folder);
  refused(message);
  free(message);
  put("y.item", "item_id\n");
  char *two = mem_printf("x.item and %s/y.item are both tables of items: name the one to import",
                         folder);
  refused(two);
  free(two);
}

static void a_folder_with_nothing_to_import_is_told(void **state)
{
  struct source source;
  struct source_request request = request_of(false);
  (void)state;
  put("letter.doc", "x");
  assert_false(source_open(&source, &request, &unit_err));
  assert_int_equal(unit_err.code, EX_NOINPUT);
  char *want = mem_printf("nothing to import in %s: looked for tables called *.inter, *.item, u.data, "
                          "u.item, ratings.dat, movies.dat, *.npy, *.json, *.jsonl, *.ndjson, *.csv, "
                          "*.tsv, *.txt", folder);
  assert_string_equal(unit_err.text, want);
  free(want);
  const char *none[] = {"/nowhere/at/all"};
  request.operands = none;
  assert_false(source_open(&source, &request, &unit_err));
  assert_int_equal(unit_err.code, EX_NOINPUT);
  assert_string_equal(unit_err.text, "cannot read /nowhere/at/all: No such file or directory");
}

static void crlf_mark_blank_lines_and_a_missing_end_are_no_errors(void **state)
{
  struct source source;
  struct source_interaction row;
  (void)state;
  put("x.inter", "\xef\xbb\xbfuserID\titemID\r\n1\t2\r\n\r\n3\t4\r\n\n5\t6");
  open_source(&source, false);
  assert_int_equal(source.interaction_rows, 3);
  source_rewind(&source);
  assert_true(source_next_interaction(&source, &row));
  assert_string_equal(row.item, "2");
  assert_true(row.value == 1 && row.time == 0 && row.given == -1);
  assert_true(source_next_interaction(&source, &row));
  assert_true(source_next_interaction(&source, &row));
  assert_string_equal(row.item, "6");
  assert_false(source_next_interaction(&source, &row));
  source_close(&source);
}

static void skipped_rows_are_counted_and_named(void **state)
{
  struct source source;
  struct source_interaction row;
  char key[SOURCE_ID_MAX + 1];
  (void)state;
  put("x.item", "item_id\ttitle\n2\tA\n2\tB\n3\tC\n");
  put("x.inter", "user_id\titem_id\trating\n1\t2\t5\n1\t8\t5\nbad\n1\t3\tx\n1\t3\t4\n");
  open_source(&source, true);
  assert_int_equal(source.bad_count, 4);
  assert_non_null(strstr(source.bad[0], "x.item:3:1: the item \"2\" stands here a second time"));
  assert_non_null(strstr(source.bad[1], "x.inter:3:3: expected an item of "));
  assert_non_null(strstr(source.bad[2], "x.inter:4:4: expected 3 columns, found 1"));
  assert_non_null(strstr(source.bad[3], "x.inter:5:5: expected a number for \"rating\""));
  source_rewind(&source);
  assert_true(source_next_item(&source, key));
  assert_true(source_next_item(&source, key));
  assert_string_equal(key, "3");
  assert_int_equal(source.items.cells[1].text[0], 'C');
  assert_false(source_next_item(&source, key));
  assert_true(source_next_interaction(&source, &row));
  assert_true(source_next_interaction(&source, &row));
  assert_true(row.value == 4);
  assert_false(source_next_interaction(&source, &row));
  source_close(&source);
}

static void columns_are_taken_for_what_is_in_them(void **state)
{
  struct source source;
  struct buf text = {0};
  (void)state;
  buf_str(&text, "item_id\tasin\tName\tYear\tGenres\tTags\tStory\tPrice\timage_url\tsku\tEmpty\t"
                 "v:float_seq\n");
  for (int k = 0; k < 40; k++)
    buf_printf(&text, "%d\tB0%d\tThing, the %dth\t%d\tAction,%s\tred %s, blue\tOnce there was "
               "number %d, and it met, after a while, a friend.\t%d.99\thttp://x/%d\tX%dq\t\t1 2 3\n", k,
               1000 + k, k, 1990 + k % 9, k % 2 ? "Crime" : "Drama", k % 3 ? "dot" : "line", k,
               k, k, 7 * k);
  put("x.item", text.data);
  open_source(&source, false);
  assert_int_equal(kind_in(&source, "name"), FIELD_TITLE);
  assert_int_equal(kind_in(&source, "year"), FIELD_VALUE);
  assert_int_equal(kind_in(&source, "genres"), FIELD_LIST);
  assert_int_equal(kind_in(&source, "tags"), FIELD_LIST);
  assert_int_equal(kind_in(&source, "story"), FIELD_PROSE);
  assert_int_equal(kind_in(&source, "price"), FIELD_VALUE);
  assert_int_equal(kind_in(&source, "asin"), FIELD_OTHER);
  assert_int_equal(kind_in(&source, "image_url"), FIELD_OTHER);
  assert_int_equal(kind_in(&source, "sku"), FIELD_OTHER);
  assert_int_equal(kind_in(&source, "empty"), FIELD_OTHER);
  assert_int_equal(kind_in(&source, "v"), FIELD_OTHER);
  source_close(&source);
  buf_free(&text);
}

static void the_first_column_of_short_texts_is_the_title_when_none_is_called_so(void **state)
{
  struct source source;
  (void)state;
  put("x.item", "iid\tcolor\tlabel\n1\tred\tOld lamp\n2\tred\tBlue mug\n3\tblue\tGreen bag\n");
  open_source(&source, false);
  assert_int_equal(kind_in(&source, "label"), FIELD_TITLE);
  assert_int_equal(kind_in(&source, "color"), FIELD_VALUE);
  source_close(&source);
}

static void put_films(void)
{
  put("x.item", "item_id:token\ttitle:token_seq\tgenres:token_seq\tplot:token_seq\n"
                "b\tBullets\tAction,Crime\tA long story of five bullets and the man they meant\n"
                "a\tAngels\tDrama,Fantasy\tAn angel falls in love and has to live in Berlin\n"
                "c\tCoal\tDrama,Action\tMiners dig deep and find what they did not look for\n");
  put("x.inter", INTER "u2\ta\t5\t30\nu1\ta\t4\t10\nu1\tb\t2\t20\nu1\tc\t5\t5\nu3\tb\t1\t7\n");
}

/* A picture with two halves, so that every measure is defined. */
static void put_picture(const char *name, int red, int green)
{
  struct picture picture = picture_new(40, 30);
  struct buf png = {0};
  for (int k = 0; k < 40 * 30; k++) {
    picture.rgb[3 * k] = (uint8_t)(k % 40 < 20 ? red : 20);
    picture.rgb[3 * k + 1] = (uint8_t)(k % 40 < 20 ? green : 60);
    picture.rgb[3 * k + 2] = (uint8_t)(k % 7 * 9);
  }
  picture_png(&picture, &png);
  put_bytes(name, png.data, png.size);
  picture_free(&picture);
  buf_free(&png);
}

static void an_import_keeps_the_order_of_the_item_file(void **state)
{
  (void)state;
  put_films();
  struct import_report report = import_with(plain_options());
  assert_int_equal(report.counts.items, 3);
  assert_int_equal(report.counts.users, 3);
  assert_int_equal(report.counts.interactions, 5);
  assert_string_equal(report.split, "random");
  assert_int_equal(report.seed, IMPORT_SEED);
  assert_int_equal(report.phases[PHASE_TRAIN], 3);
  import_report_free(&report);
  struct store *store = store_open(unit_workspace, STORE_READ, &unit_err);
  WORKS(store);
  struct item *item = item_at(store, 0, &unit_err);
  struct buf document = {0};
  item_document(item, &document);
  assert_string_equal(item->key, "b");
  assert_string_equal(document.data, "title: Bullets\ngenres: Action,Crime\n"
                      "plot: A long story of five bullets and the man they meant\n");
  buf_free(&document);
  item_free(item);
  store_close(store);
}

static void settings_hold_until_they_are_said_again(void **state)
{
  (void)state;
  put_films();
  struct import_options options = plain_options();
  options.min_rating = 2;
  options.split = "time";
  struct import_report report = import_with(options);
  assert_int_equal(report.catalogue.filtered, 1);
  assert_int_equal(report.catalogue.filtered_users, 1); /* u3 has nothing left */
  assert_int_equal(report.counts.users, 2);
  import_report_free(&report);
  report = import_with(plain_options());
  assert_string_equal(report.split, "time");
  assert_true(report.min_rating == 2);
  assert_int_equal(report.counts.interactions, 4);
  assert_int_equal(report.catalogue.interactions_same, 4);
  import_report_free(&report);
  options.min_rating = 0;
  options.split = "random";
  report = import_with(options);
  assert_int_equal(report.counts.interactions, 5);
  assert_int_equal(report.catalogue.interactions_new, 1);
  import_report_free(&report);
}

static void labels_are_the_split_unless_another_is_named(void **state)
{
  (void)state;
  put("x.inter", "uid\tiid\tx_label\nu\ta\t0\nu\tb\t1\nu\tc\t2\nu\td\t0\n");
  struct import_report report = import_with(plain_options());
  assert_string_equal(report.split, "given");
  assert_int_equal(report.phases[PHASE_TRAIN], 2);
  assert_int_equal(report.counts.items, 4); /* made of the interactions */
  import_report_free(&report);
  struct import_options options = plain_options();
  options.split = "random";
  report = import_with(options);
  assert_true(report.ignores_labels);
  assert_int_equal(report.counts.interactions, 4);
  import_report_free(&report);
}

static void what_is_asked_for_must_be_in_the_source(void **state)
{
  struct source source;
  struct import_options options = plain_options();
  struct import_report report;
  (void)state;
  put("x.inter", "uid\tiid\nu\ta\n");
  open_source(&source, false);
  options.split = "given";
  assert_false(import_run(unit_workspace, &source, &options, &report, &unit_err));
  assert_non_null(strstr(unit_err.text, "--split given needs a column x_label, and "));
  options.split = "time";
  assert_false(import_run(unit_workspace, &source, &options, &report, &unit_err));
  assert_non_null(strstr(unit_err.text, "--split time needs a column timestamp, and "));
  options.split = NULL;
  options.min_rating = 3;
  assert_false(import_run(unit_workspace, &source, &options, &report, &unit_err));
  assert_non_null(strstr(unit_err.text, "--min-rating needs a column rating, and "));
  assert_int_equal(unit_err.code, EX_DATAERR);
  assert_false(path_is_dir(unit_workspace));
  source_close(&source);
}

static void a_dry_run_writes_nothing(void **state)
{
  (void)state;
  put_films();
  struct import_options options = plain_options();
  options.is_dry_run = true;
  struct import_report report = import_with(options);
  assert_int_equal(report.catalogue.items_new, 3);
  assert_false(path_is_dir(unit_workspace));
  import_report_free(&report);
  report = import_with(plain_options());
  import_report_free(&report);
  put("x.inter", INTER "u9\ta\t5\t30\n");
  options.is_replacing = true;
  report = import_with(options);
  assert_int_equal(report.counts.users, 1);
  import_report_free(&report);
  struct store *store = store_open(unit_workspace, STORE_READ, &unit_err);
  struct store_counts counts;
  WORKS(store_count(store, &counts, &unit_err));
  assert_int_equal(counts.users, 3);
  store_close(store);
}

static void pictures_are_measured_once_and_bad_ones_are_kept_with_their_reason(void **state)
{
  (void)state;
  put_films();
  char *images = path_join(folder, "images");
  assert_true(path_make_dirs(images, &unit_err));
  put_picture("images/a.png", 200, 40);
  put_picture("images/zz.png", 200, 40);
  put("images/b.jpg", "no picture at all");
  struct import_report report = import_with(plain_options());
  assert_int_equal(report.pictures.read, 1);
  assert_int_equal(report.pictures.failed, 1);
  assert_int_equal(report.pictures.missing, 1);
  assert_int_equal(report.pictures.unused, 1);
  assert_non_null(strstr(report.pictures.reasons[0], "images/b.jpg: "));
  assert_non_null(strstr(report.pictures.reasons[1], "no picture of item \"c\" in "));
  import_report_free(&report);
  struct store *store = store_open(unit_workspace, STORE_READ, &unit_err);
  struct item *item = item_find(store, "a", &unit_err);
  WORKS(item);
  assert_true(item->has_measure);
  assert_non_null(item->picture_hash);
  struct buf jpeg = {0};
  assert_true(item_thumbnail(store, item->id, &jpeg));
  assert_memory_equal(jpeg.data, "\xff\xd8\xff", 3);
  buf_free(&jpeg);
  item_free(item);
  store_close(store);
  put_picture("images/b.jpg", 20, 200); /* a PNG under another name is a picture */
  report = import_with(plain_options());
  assert_int_equal(report.pictures.same, 1);
  assert_int_equal(report.pictures.read, 1);
  import_report_free(&report);
  put_picture("images/a.png", 20, 90);
  report = import_with(plain_options());
  assert_int_equal(report.pictures.same, 1);
  assert_int_equal(report.pictures.read, 1);
  import_report_free(&report);
  free(images);
}

static void what_is_no_picture_file_at_all_stops_nothing(void **state)
{
  (void)state;
  put_films();
  char *images = path_join(folder, "images"), *huge = path_join(images, "a.png");
  char *inside = path_join(images, "b.png"), *gone = path_join(images, "c.png");
  assert_true(path_make_dirs(inside, &unit_err));
  put("images/a.png", "");
  assert_int_equal(truncate(huge, (off_t)1 << 41), 0); /* a hole of two terabytes */
  assert_int_equal(symlink("/nowhere/at/all", gone), 0);
  struct import_report report = import_with(plain_options());
  assert_int_equal(report.pictures.failed, 3);
  assert_string_equal(report.pictures.reasons[0], "images/b.png: is no file");
  assert_string_equal(report.pictures.reasons[1], "images/a.png: is larger than 64 MB");
  assert_string_equal(report.pictures.reasons[2],
                      "cannot read images/c.png: No such file or directory");
  import_report_free(&report);
  free(images);
  free(huge);
  free(inside);
  free(gone);
}

static void a_new_picture_makes_a_negative_stale(void **state)
{
  (void)state;
  put_films();
  char *images = path_join(folder, "images");
  assert_true(path_make_dirs(images, &unit_err));
  put_picture("images/a.png", 200, 40);
  struct import_report report = import_with(plain_options());
  import_report_free(&report);
  struct store *store = store_open(unit_workspace, STORE_WRITE, &unit_err);
  WORKS(store);
  unit_negative(store, "a");
  unit_negative(store, "b");
  store_close(store);
  report = import_with(plain_options());
  assert_int_equal(report.catalogue.negatives_stale, 0);
  import_report_free(&report);
  put_picture("images/a.png", 20, 200);
  report = import_with(plain_options());
  assert_int_equal(report.catalogue.negatives_stale, 1);
  import_report_free(&report);
  free(images);
}

static int import_to_a_full_disk(void)
{
  struct source source;
  struct import_report report;
  struct import_options options = plain_options();
  struct source_request request = request_of(false);
  struct rlimit limit = {20000, 20000};
  signal(SIGXFSZ, SIG_IGN);
  if (!source_open(&source, &request, &unit_err) || setrlimit(RLIMIT_FSIZE, &limit) != 0)
    return 1;
  if (import_run(unit_workspace, &source, &options, &report, &unit_err))
    return 2;
  return unit_err.code == EX_IOERR && strstr(unit_err.text, ".db") ? 0 : 3;
}

static void a_full_disk_leaves_no_half_workspace(void **state)
{
  int status;
  (void)state;
  put_films();
  pid_t child = fork();
  if (child == 0)
    _exit(import_to_a_full_disk());
  waitpid(child, &status, 0);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 0);
  assert_false(path_is_dir(unit_workspace));
}

static bool always(void) { return true; }

static void an_interrupted_import_leaves_nothing(void **state)
{
  struct source source;
  struct import_report report;
  struct import_options options = plain_options();
  (void)state;
  put_films();
  char *images = path_join(folder, "images");
  assert_true(path_make_dirs(images, &unit_err));
  options.is_cancelled = always;
  open_source(&source, false);
  assert_false(import_run(unit_workspace, &source, &options, &report, &unit_err));
  assert_int_equal(unit_err.code, EX_INTERRUPT);
  assert_false(path_is_dir(unit_workspace));
  import_report_free(&report);
  source_close(&source);
  free(images);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
    CASE(bad_interactions_are_refused_with_their_place),
    CASE(bytes_that_are_no_text_are_refused),
    CASE(bad_items_are_refused_with_their_place),
    CASE(a_folder_with_nothing_to_import_is_told),
    CASE(crlf_mark_blank_lines_and_a_missing_end_are_no_errors),
    CASE(skipped_rows_are_counted_and_named),
    CASE(columns_are_taken_for_what_is_in_them),
    CASE(the_first_column_of_short_texts_is_the_title_when_none_is_called_so),
    CASE(an_import_keeps_the_order_of_the_item_file),
    CASE(settings_hold_until_they_are_said_again),
    CASE(labels_are_the_split_unless_another_is_named),
    CASE(what_is_asked_for_must_be_in_the_source),
    CASE(a_dry_run_writes_nothing),
    CASE(pictures_are_measured_once_and_bad_ones_are_kept_with_their_reason),
    CASE(what_is_no_picture_file_at_all_stops_nothing),
    CASE(a_new_picture_makes_a_negative_stale),
    CASE(a_full_disk_leaves_no_half_workspace),
    CASE(an_interrupted_import_leaves_nothing),
  };
  signal(SIGPIPE, SIG_IGN);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
