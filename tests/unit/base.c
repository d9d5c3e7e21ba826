/* base.c - errors, text, JSON, random numbers, files, children
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/intern.h"
#include "base/json.h"
#include "base/library.h"
#include "base/path.h"
#include "base/rng.h"
#include "base/utf8.h"

static void err_set_fills_code_and_text(void **state)
{
  struct err err = {0};
  (void)state;
  assert_false(err_set(&err, EX_DATAERR, "%s:%d: bad", "x.inter", 3));
  assert_int_equal(err.code, EX_DATAERR);
  assert_string_equal(err.text, "x.inter:3: bad");
  err_prefix(&err, "import");
  assert_string_equal(err.text, "import: x.inter:3: bad");
}

static void splitmix_matches_the_reference_words(void **state)
{
  static const uint64_t want[] = {0xbdd732262feb6e95, 0x28efe333b266f103, 0x47526757130f9f52,
                                  0x581ce1ff0e4ae394};
  static const uint64_t below[] = {7, 1, 2, 3, 0, 8, 2, 8};
  struct rng rng = {42};
  (void)state;
  for (size_t k = 0; k < COUNT_OF(want); k++)
    assert_true(rng_u64(&rng) == want[k]);
  rng.state = 42;
  for (size_t k = 0; k < COUNT_OF(below); k++)
    assert_true(rng_below(&rng, 10) == below[k]);
  rng.state = 42;
  assert_true(rng_unif(&rng) > 0.741564 && rng_unif(&rng) < 0.159911);
}

static void fnv1a_matches_the_reference_hashes(void **state)
{
  (void)state;
  assert_true(hash_str("") == 0xcbf29ce484222325);
  assert_true(hash_str("red dress") == 0x23719295f5b72c77);
}

static void cleaning_lets_nothing_steer_the_terminal(void **state)
{
  (void)state;
  char *clean = utf8_clean("a\x1b[31mb\xe2\x80\xae" "c\xff\nd", false);
  assert_string_equal(clean, "a[31mbc\xef\xbf\xbd d");
  free(clean);
}

static void width_and_fit_count_columns(void **state)
{
  int used;
  (void)state;
  assert_int_equal(utf8_width("a\xe6\xbc\xa2\xe5\xad\x97"), 5);
  assert_int_equal(utf8_fit("a\xe6\xbc\xa2\xe5\xad\x97", 4, &used), 4);
  assert_int_equal(used, 3);
}

static void norm_folds_blanks_case_and_final_points(void **state)
{
  (void)state;
  char *norm = utf8_norm("  A\xc2\xa0 Red\tDRESS.. ");
  assert_string_equal(norm, "a red dress");
  free(norm);
}

static void json_refuses(const char *text, const char *message)
{
  struct err err = {0};
  assert_null(json_parse(text, strlen(text), "reply", &err));
  assert_string_equal(err.text, message);
}

static void json_refuses_what_would_be_changed(void **state)
{
  (void)state;
  json_refuses("{\"a\":1,\n \"a\":2}", "reply:2:2: the same key stands twice in one object");
  json_refuses("[9007199254740993]",
               "reply:1:2: this integer is beyond 2^53 and would be changed; write it as text");
  json_refuses("\"x\\u0000\"", "reply:1:3: \\u0000 in a string");
  json_refuses("{} x", "reply:1:4: text follows the JSON value");
  json_refuses("[1e999]", "reply:1:2: this number is too large");
  json_refuses("{\"a\"", "reply:1:5: expected \":\" after the key");
  json_refuses("", "reply:1:1: the text ends where a JSON value was expected");
}

static void json_reads_what_is_sound(void **state)
{
  struct err err = {0};
  const char *text = " {\"a\": [1, -2.5e3, true, null], \"b\": \"\\u00e9\"} ";
  (void)state;
  cJSON *value = json_parse(text, strlen(text), "reply", &err);
  assert_non_null(value);
  assert_string_equal(json_str(value, "b"), "\xc3\xa9");
  cJSON_Delete(value);
}

static void a_failed_write_keeps_the_old_file(void **state)
{
  struct err err = {0};
  (void)state;
  char *dir = path_temp_dir("neggen-unit", &err), *path = path_join(dir, "f");
  assert_true(path_write(path, "old", 3, &err));
  struct path_new file;
  assert_true(path_new_open(&file, path, &err));
  fputs("new", file.stream);
  path_new_abandon(&file);
  char *text = path_read(path, 0, NULL, &err);
  assert_string_equal(text, "old");
  free(text);
  assert_true(path_remove_tree(dir, &err));
  assert_false(path_is_dir(dir));
  free(dir);
  free(path);
}

/* Begin to replace a file, and be killed. */
static void die_while_writing(const char *path)
{
  struct path_new file;
  pid_t pid = fork();
  if (pid == 0) {
    if (path_new_open(&file, path, NULL)) {
      fputs("new", file.stream);
      fflush(file.stream);
    }
    raise(SIGKILL);
  }
  assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void a_kill_leaves_no_temporary_file(void **state)
{
  struct err err = {0};
  struct stat info;
  glob_t found;
  (void)state;
  char *dir = path_temp_dir("neggen-unit", &err), *path = path_join(dir, "f");
  char *all = path_join(dir, "*");
  int fd = open(dir, O_TMPFILE | O_WRONLY, 0600);
  if (fd < 0) {
    path_remove_tree(dir, &err);
    skip(); /* a file system without nameless files */
  }
  close(fd);
  die_while_writing(path);
  assert_int_equal(glob(all, 0, NULL, &found), GLOB_NOMATCH);
  assert_true(path_write(path, "old", 3, &err));
  die_while_writing(path);
  assert_int_equal(glob(all, 0, NULL, &found), 0);
  assert_int_equal(found.gl_pathc, 1);
  globfree(&found);
  mode_t mask = umask(0);
  umask(mask);
  assert_int_equal(stat(path, &info), 0);
  assert_int_equal(info.st_mode & 0777, 0666 & ~mask);
  path_remove_tree(dir, &err);
  free(dir);
  free(path);
  free(all);
}

static void a_full_disk_is_told(void **state)
{
  struct err err = {0};
  (void)state;
  assert_false(path_write("/dev/full", "x", 1, &err));
  assert_int_equal(err.code, EX_IOERR);
}

static void a_child_answers_through_its_pipes(void **state)
{
  struct err err = {0};
  struct child child;
  const char *const argv[] = {"cat", NULL};
  (void)state;
  assert_true(child_start(&child, argv, CHILD_PIPE_IN | CHILD_PIPE_OUT, -1, &err));
  assert_int_equal(write(child.in, "hello", 5), 5);
  close(child.in);
  child.in = -1;
  char *text = child_read_all(child.out, 100, NULL);
  assert_string_equal(text, "hello");
  free(text);
  assert_int_equal(child_wait(&child), 0);
}

static void a_program_that_is_not_there_is_an_error(void **state)
{
  struct err err = {0};
  struct child child;
  const char *const argv[] = {"/nonexistent/program", NULL};
  (void)state;
  assert_false(child_start(&child, argv, 0, -1, &err));
  assert_int_equal(err.code, EX_OSERR);
}

static void interned_strings_keep_number_and_place(void **state)
{
  struct intern names = {0};
  (void)state;
  assert_int_equal(intern_find(&names, "k0", 2), -1);
  const char *first = NULL;
  for (int k = 0; k < 5000; k++) {
    char *text = mem_printf("k%d", k);
    assert_int_equal(intern_add(&names, text, strlen(text)), k);
    first = k ? first : intern_text(&names, 0);
    free(text);
  }
  assert_int_equal(intern_add(&names, "k77x", 3), 77);
  assert_int_equal(intern_find(&names, "k4999", 5), 4999);
  assert_int_equal(intern_find(&names, "k", 1), -1);
  assert_int_equal(intern_add(&names, "", 0), 5000);
  assert_ptr_equal(intern_text(&names, 0), first);
  assert_string_equal(intern_text(&names, 4321), "k4321");
  intern_free(&names);
}

static void a_library_is_found_or_named(void **state)
{
  static const char *const good[] = {"cos", "sin", NULL}, *const bad[] = {"cos", "cosinus_", NULL};
  struct err err = {0};
  void *functions[2];
  (void)state;
  assert_true(library_load("libm.so.6", good, functions, &err));
  double (*cosine)(double);
  memcpy(&cosine, functions, sizeof cosine);
  assert_true(cosine(0) == 1);
  assert_false(library_load("libm.so.6", bad, functions, &err));
  assert_non_null(strstr(err.text, "cosinus_"));
  assert_false(library_load("libnone.so.9", good, functions, &err));
  assert_int_equal(err.code, EX_OSFILE);
  assert_non_null(strstr(err.text, "libnone.so.9"));
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(err_set_fills_code_and_text),
    cmocka_unit_test(splitmix_matches_the_reference_words),
    cmocka_unit_test(fnv1a_matches_the_reference_hashes),
    cmocka_unit_test(cleaning_lets_nothing_steer_the_terminal),
    cmocka_unit_test(width_and_fit_count_columns),
    cmocka_unit_test(norm_folds_blanks_case_and_final_points),
    cmocka_unit_test(json_refuses_what_would_be_changed),
    cmocka_unit_test(json_reads_what_is_sound),
    cmocka_unit_test(interned_strings_keep_number_and_place),
    cmocka_unit_test(a_failed_write_keeps_the_old_file),
    cmocka_unit_test(a_kill_leaves_no_temporary_file),
    cmocka_unit_test(a_full_disk_is_told),
    cmocka_unit_test(a_child_answers_through_its_pipes),
    cmocka_unit_test(a_program_that_is_not_there_is_an_error),
    cmocka_unit_test(a_library_is_found_or_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
