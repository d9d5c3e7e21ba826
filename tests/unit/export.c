/* export.c - what is exported imports again to the same catalogue
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/format.h"
#include "data/import.h"

static char *folder, *again; /* the export; the workspace made of it */

static int setup(void **state)
{
  int failed = unit_setup(state);
  folder = path_join(unit_dir, "out");
  again = path_join(unit_dir, "again");
  return failed;
}

static int teardown(void **state)
{
  free(folder);
  free(again);
  return unit_teardown(state);
}

/* Everything that a catalogue says, as text. */
static char *catalogue_text(const char *workspace)
{
  static const char *const names[] = {"split", "split_seed", "min_rating", "k_core"};
  struct store *store = store_open(workspace, STORE_READ, &unit_err);
  struct interactions all;
  struct buf text = {0};
  int64_t count;
  int32_t user_count;
  WORKS(store);
  struct item **items = items_all(store, &count, &unit_err);
  WORKS(items);
  for (int64_t i = 0; i < count; i++) {
    buf_printf(&text, "item %s|%s|%s\n", items[i]->key, items[i]->title,
               items[i]->picture_hash ? items[i]->picture_hash : "");
    for (int k = 0; k < items[i]->field_count; k++)
      buf_printf(&text, " %s|%s|%d\n", items[i]->fields[k].key, items[i]->fields[k].value,
                 items[i]->fields[k].kind);
  }
  items_free(items, count);
  char **users = user_keys(store, &user_count, &unit_err);
  WORKS(users && interactions_load(store, &all, &unit_err));
  for (int64_t k = 0; k < all.count; k++)
    buf_printf(&text, "%s %d %.17g %lld %d %d\n", users[all.user[k]], all.item[k],
               (double)all.value[k], (long long)all.time[k], all.given[k], all.phase[k]);
  for (int32_t k = 0; k < user_count; k++)
    free(users[k]);
  free(users);
  interactions_free(&all);
  for (size_t k = 0; k < COUNT_OF(names); k++) {
    char *value = store_meta(store, names[k]);
    buf_printf(&text, "%s %s\n", names[k], value ? value : "");
    free(value);
  }
  store_close(store);
  return buf_take(&text);
}

static bool export_as(const struct writer *writer, struct err *err)
{
  struct export_report report;
  struct export_options options = {.writer = writer, .progress = PROGRESS_NEVER};
  struct store *store = store_open(unit_workspace, STORE_READ, &unit_err);
  WORKS(store);
  bool ok = export_run(store, folder, &options, &report, err);
  store_close(store);
  return ok;
}

static void import_into(const char *workspace)
{
  struct source source;
  struct import_report report;
  struct import_options options = {.min_rating = NAN, .k_core = -1, .seed = -1,
                                   .progress = PROGRESS_NEVER};
  options.source = (struct source_request){.operands = (const char *const *)&folder,
                                           .operand_count = 1};
  WORKS(source_open(&source, &options.source, &unit_err));
  WORKS(import_run(workspace, &source, &options, &report, &unit_err));
  import_report_free(&report);
  source_close(&source);
}

static void comes_back(const struct writer *writer)
{
  WORKS(export_as(writer, &unit_err));
  import_into(again);
  char *before = catalogue_text(unit_workspace), *after = catalogue_text(again);
  assert_string_equal(after, before);
  free(before);
  free(after);
}

static struct catalogue *begin(struct store **store)
{
  *store = store_open(unit_workspace, STORE_CREATE, &unit_err);
  WORKS(*store);
  struct catalogue *catalogue = catalogue_begin(*store, false, &unit_err);
  WORKS(catalogue);
  return catalogue;
}

static void commit(struct catalogue *catalogue, struct store *store)
{
  unit_commit(catalogue);
  store_close(store);
}

static void add_item(struct catalogue *catalogue, const char *key, const struct field *fields,
                     int count)
{
  WORKS(catalogue_item(catalogue, key, fields, count, NULL, &unit_err));
}

#define FIELD(key, value, kind) {(char *)(size_t)(key), (char *)(size_t)(value), kind}

/* Texts and ids that no cell would hold as they are, fields that are empty or not there at all, and
 * kinds that nobody would guess. */
static void make_hostile(const char *split, const char *seed, bool has_labels)
{
  struct store *store;
  struct catalogue *catalogue = begin(&store);
  const struct field first[] = {
    FIELD("title", "tab\there\nline \"quoted\", \\N \\t back\\", FIELD_TITLE),
    FIELD("tags", "a, b,c|d", FIELD_LIST),
    FIELD("story", "\xc3\x9c" "ber \xf0\x9f\x98\x80 \xe6\x97\xa5\xe6\x9c\xac\r\n\r", FIELD_VALUE),
    FIELD("year", "1995", FIELD_PROSE),
  };
  const struct field second[] = {
    FIELD("title", "", FIELD_TITLE),
    FIELD("tags", "\\N", FIELD_LIST),
    FIELD("story", " ", FIELD_VALUE),
    FIELD("url", "{\"a\":[1]}", FIELD_OTHER),
  };
  add_item(catalogue, "7, \"x\"\\N|y", first, 4);
  add_item(catalogue, "\\N", second, 4);
  add_item(catalogue, "bare", NULL, 0);
  WORKS(catalogue_interaction(catalogue, "u \"2\"", "bare", 4.1f, 1372118400, has_labels ? 2 : -1,
                              &unit_err));
  WORKS(catalogue_interaction(catalogue, "u,1\\", "\\N", -3e-8f, -5, has_labels ? 0 : -1,
                              &unit_err));
  WORKS(catalogue_interaction(catalogue, "u \"2\"", "\\N", 1, 1588615855070, -1, &unit_err));
  WORKS(catalogue_interaction(catalogue, "u \"2\"", "7, \"x\"\\N|y", 2, 12, has_labels ? 1 : -1,
                              &unit_err));
  WORKS(catalogue_interaction(catalogue, "u \"2\"", "bare", 3, 99, -1, &unit_err));
  WORKS(catalogue_meta(catalogue, "split", split, &unit_err));
  WORKS(catalogue_meta(catalogue, "split_seed", seed, &unit_err));
  WORKS(catalogue_meta(catalogue, "k_core", "1", &unit_err));
  WORKS(catalogue_meta(catalogue, "min_rating", "-4.5", &unit_err));
  commit(catalogue, store);
}

static void recbole_brings_back_texts_that_no_cell_holds(void **state)
{
  (void)state;
  make_hostile("random", "7", false);
  comes_back(format_recbole.writer);
}

static void jsonl_brings_back_texts_that_no_cell_holds(void **state)
{
  (void)state;
  make_hostile("random", "7", false);
  comes_back(format_jsonl.writer);
}

static void a_given_split_comes_back_with_its_labels(void **state)
{
  (void)state;
  make_hostile("given", "42", true);
  comes_back(format_recbole.writer);
}

static void labels_that_are_not_the_split_come_back_beside_it(void **state)
{
  (void)state;
  make_hostile("time", "3", true);
  comes_back(format_jsonl.writer);
}

static char *contents(const char *name)
{
  char *path = path_join(folder, name), *text = path_read(path, 0, NULL, &unit_err);
  WORKS(text);
  free(path);
  return text;
}

static void make_plain(void)
{
  struct store *store;
  struct catalogue *catalogue = begin(&store);
  const struct field heat[] = {FIELD("title", "Heat \"cold\" back\\", FIELD_TITLE)};
  add_item(catalogue, "a", heat, 1);
  add_item(catalogue, "b", heat, 1);
  for (int k = 0; k < 4; k++) {
    char key[8];
    snprintf(key, sizeof key, "u%d", k % 2);
    unit_like(catalogue, key, k < 2 ? "a" : "b", 1, 0);
  }
  WORKS(catalogue_meta(catalogue, "split", "random", &unit_err));
  WORKS(catalogue_meta(catalogue, "split_seed", "42", &unit_err));
  WORKS(catalogue_meta(catalogue, "k_core", "0", &unit_err));
  commit(catalogue, store);
}

static void what_fits_into_cells_is_written_as_it_is_with_the_split(void **state)
{
  (void)state;
  make_plain();
  WORKS(export_as(format_recbole.writer, &unit_err));
  char *items = contents("catalogue.item"), *rows = contents("catalogue.inter");
  assert_string_equal(items, "item_id:token\ttitle:token_seq\na\tHeat \"cold\" back\\\n"
                             "b\tHeat \"cold\" back\\\n");
  assert_string_equal(rows, "user_id:token\titem_id:token\tx_label:float\nu0\ta\t0\nu0\tb\t0\n"
                            "u1\ta\t0\nu1\tb\t0\n");
  free(items);
  free(rows);
  import_into(again);
  char *before = catalogue_text(unit_workspace), *after = catalogue_text(again);
  assert_string_equal(after, before);
  free(before);
  free(after);
}

static void a_folder_with_things_in_it_is_left_alone(void **state)
{
  struct stat st;
  (void)state;
  make_plain();
  WORKS(path_make_dirs(folder, &unit_err)); /* an empty one will do */
  WORKS(export_as(format_jsonl.writer, &unit_err));
  assert_false(export_as(format_recbole.writer, &unit_err));
  assert_int_equal(unit_err.code, EX_CANTCREAT);
  char *want = mem_printf("%s is a folder with things in it: name a new one", folder);
  assert_string_equal(unit_err.text, want);
  free(want);
  char *none = path_join(folder, "catalogue.item");
  assert_int_equal(stat(none, &st), -1);
  free(none);
}

static int stops_after; /* times that it was asked */
static bool is_stopped(void) { return stops_after-- <= 0; }

static void an_interrupted_export_leaves_nothing(void **state)
{
  struct export_report report;
  (void)state;
  make_plain();
  for (int k = 0; k < 3; k++) {
    struct export_options options = {.writer = format_recbole.writer, .progress = PROGRESS_NEVER,
                                     .is_cancelled = is_stopped};
    struct store *store = store_open(unit_workspace, STORE_READ, &unit_err);
    stops_after = k;
    assert_false(export_run(store, folder, &options, &report, &unit_err));
    assert_int_equal(unit_err.code, EX_INTERRUPT);
    store_close(store);
    assert_false(path_is_dir(folder));
    char *half = mem_printf("%s.new-%ld", folder, (long)getpid());
    assert_false(path_is_dir(half));
    free(half);
  }
}

static void a_manifest_that_makes_no_sense_is_refused(void **state)
{
  static const char *const texts[] = {
    "{\"neggen_export\":1,\"fields\":{\"title\":\"tilte\"}}",
    "{\"neggen_export\":1,\"split\":{\"kind\":\"odd\"}}", "{\"name\":\"a package\"}",
    "{\"neggen_export\":2}",
  };
  (void)state;
  make_plain();
  WORKS(export_as(format_recbole.writer, &unit_err));
  char *path = path_join(folder, MANIFEST_NAME);
  for (size_t k = 0; k < COUNT_OF(texts); k++) {
    struct source source;
    struct source_request request = {.operands = (const char *const *)&folder, .operand_count = 1};
    WORKS(path_write(path, texts[k], strlen(texts[k]), &unit_err));
    assert_false(source_open(&source, &request, &unit_err));
    assert_int_equal(unit_err.code, EX_DATAERR);
    assert_non_null(strstr(unit_err.text, k < 3 ? "is none that neggen export wrote"
                                                : "was written by a newer neggen"));
  }
  free(path);
}

static void an_escape_that_is_none_is_refused_with_its_place(void **state)
{
  struct source source;
  struct source_request request = {.operands = (const char *const *)&folder, .operand_count = 1};
  (void)state;
  make_hostile("random", "1", false);
  WORKS(export_as(format_recbole.writer, &unit_err));
  char *path = path_join(folder, "catalogue.item");
  const char *text = "item_id:token\ttitle:token_seq\na\tgood\\tone\nb\tbad\\xone\n";
  WORKS(path_write(path, text, strlen(text), &unit_err));
  assert_false(source_open(&source, &request, &unit_err));
  assert_non_null(strstr(unit_err.text, "catalogue.item:3:6: expected \\t, \\n, \\r or \\\\ here, or "
                                        "\\N as the whole cell"));
  free(path);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
    CASE(recbole_brings_back_texts_that_no_cell_holds),
    CASE(jsonl_brings_back_texts_that_no_cell_holds),
    CASE(a_given_split_comes_back_with_its_labels),
    CASE(labels_that_are_not_the_split_come_back_beside_it),
    CASE(what_fits_into_cells_is_written_as_it_is_with_the_split),
    CASE(a_folder_with_things_in_it_is_left_alone),
    CASE(an_interrupted_export_leaves_nothing),
    CASE(a_manifest_that_makes_no_sense_is_refused),
    CASE(an_escape_that_is_none_is_refused_with_its_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
