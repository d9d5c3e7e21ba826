/* terminal.c - the interface in a real terminal: taken, given back whole, whatever happens
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"
#include "pty_run.h"
#include "store/job.h"

static char *program;

static int setup(void **state)
{
  const char *builddir = getenv("builddir");
  int status = unit_setup(state);
  program = path_join(builddir ? builddir : ".", "neggen");
  store_close(unit_films());
  return status;
}

static int teardown(void **state)
{
  free(program);
  return unit_teardown(state);
}

static void start(struct pty *pty, const char *term, int columns, int rows)
{
  const char *const argv[] = {program, "open", unit_workspace, NULL};
  pty_start(pty, term, columns, rows, argv);
}

static bool said(const struct pty *pty, const char *text)
{
  return memmem(pty->out.data, pty->out.size, text, strlen(text)) != NULL;
}

/* The last of two strings that the program wrote. */
static bool is_last(const struct pty *pty, const char *wanted, const char *other)
{
  const char *last = NULL, *before = NULL;
  for (const char *p = pty->out.data; (p = strstr(p, wanted)); p++)
    last = p;
  for (const char *p = pty->out.data; (p = strstr(p, other)); p++)
    before = p;
  return last && last > before;
}

static void is_left_clean(struct pty *pty)
{
  assert_true(pty_is_as_before(pty));
  assert_true(is_last(pty, "\033[?1049l", "\033[?1049h")); /* the screen from before */
  assert_true(is_last(pty, "\033[?25h", "\033[?25l"));
}

static void leaves_every_kind_of_terminal_as_it_was(void **state)
{
  static const char *const terms[] = {"xterm-256color", "screen", "linux", "vt100"};
  (void)state;
  for (size_t k = 0; k < COUNT_OF(terms); k++) {
    struct pty pty;
    start(&pty, terms[k], 80, 24);
    pty_until(&pty, "Heat");
    pty_type(&pty, "j\r");
    pty_until(&pty, "PICTURE");
    pty_type(&pty, "Q");
    assert_int_equal(pty_end(&pty), 0);
    assert_true(pty_is_as_before(&pty));
    if (!strncmp(terms[k], "xterm", 5))
      is_left_clean(&pty);
    pty_close(&pty);
  }
}

static void gives_the_terminal_back_when_it_is_told_to_end(void **state)
{
  static const int signals[] = {SIGTERM, SIGHUP, SIGINT};
  (void)state;
  for (size_t k = 0; k < COUNT_OF(signals); k++) {
    struct pty pty;
    start(&pty, "xterm-256color", 80, 24);
    pty_until(&pty, "Heat");
    kill(pty.program, signals[k]);
    int status = pty_end(&pty);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 128 + signals[k]);
    is_left_clean(&pty);
    pty_close(&pty);
  }
}

static void gives_the_terminal_back_when_it_crashes(void **state)
{
  static const int signals[] = {SIGSEGV, SIGABRT, SIGFPE};
  (void)state;
  for (size_t k = 0; k < COUNT_OF(signals); k++) {
    struct pty pty;
    start(&pty, "xterm-256color", 80, 24);
    pty_until(&pty, "Heat");
    kill(pty.program, signals[k]);
    int status = pty_end(&pty);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), signals[k]);
    is_left_clean(&pty);
    assert_true(said(&pty, "neggen: crashed"));
    pty_close(&pty);
  }
}

static void steps_aside_and_comes_back(void **state)
{
  struct pty pty;
  (void)state;
  start(&pty, "xterm-256color", 80, 24);
  pty_until(&pty, "Heat");
  kill(pty.program, SIGTSTP);
  pty_until(&pty, "\033[?1049l");
  pty_until_stopped(&pty);
  assert_true(pty_is_as_before(&pty));
  kill(pty.program, SIGCONT);
  pty_until(&pty, "\033[?1049h");
  pty_until(&pty, "Heat");
  pty_type(&pty, "Q");
  assert_int_equal(pty_end(&pty), 0);
  is_left_clean(&pty);
  pty_close(&pty);
}

static void ends_when_the_terminal_goes_away(void **state)
{
  struct pty pty;
  (void)state;
  start(&pty, "xterm-256color", 80, 24);
  pty_until(&pty, "Heat");
  pty_hang_up(&pty);
  pty_close(&pty);
}

static void follows_the_size_of_the_terminal(void **state)
{
  struct pty pty;
  (void)state;
  start(&pty, "xterm-256color", 80, 24);
  pty_until(&pty, "Heat");
  pty_resize(&pty, 200, 60);
  pty_until(&pty, "\033[60;"); /* the last row is used */
  pty_resize(&pty, 30, 8);
  pty_until(&pty, "too small");
  pty_resize(&pty, 40, 10);
  pty_until(&pty, "Heat");
  pty_type(&pty, "q");
  assert_int_equal(pty_end(&pty), 0);
  is_left_clean(&pty);
  pty_close(&pty);
}

static void does_nothing_unseen_but_leaves(void **state)
{
  struct pty pty;
  (void)state;
  start(&pty, "xterm-256color", 80, 24);
  pty_until(&pty, "Heat");
  pty_resize(&pty, 30, 8);
  pty_until(&pty, "too small");
  pty_type(&pty, ":Q"); /* not Q in a command line */
  assert_int_equal(pty_end(&pty), 0);
  is_left_clean(&pty);
  pty_close(&pty);
}

static void takes_unknown_sequences_whole(void **state)
{
  struct pty pty;
  (void)state;
  start(&pty, "vt100", 80, 24);
  pty_until(&pty, "Heat");
  pty_type(&pty, "?");
  pty_until(&pty, "Everywhere");
  /* focus, mouse, a key with Ctrl, an answer about colours, pasted text */
  pty_type(&pty, "\033[I\033[<0;10;10M\033[1;5Q\033]11;rgb:00/00/00\033\\\033[200~");
  pty_type(&pty, "\033[6~"); /* a page further, though vt100 has no such key */
  pty_until(&pty, "fold");
  assert_false(said(&pty, "does nothing here"));
  pty_type(&pty, "q"); /* from help, where it still is */
  pty_until(&pty, "Heat");
  pty_type(&pty, "q");
  assert_int_equal(pty_end(&pty), 0);
  pty_close(&pty);
}

/* How often any of its threads went to sleep until now. */
static long count_sleeps(pid_t pid)
{
  char pattern[64], line[256];
  glob_t threads;
  long sum = 0;
  snprintf(pattern, sizeof pattern, "/proc/%ld/task/*/status", (long)pid);
  assert_int_equal(glob(pattern, 0, NULL, &threads), 0);
  for (size_t k = 0; k < threads.gl_pathc; k++) {
    FILE *file = fopen(threads.gl_pathv[k], "r");
    long count;
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
      sum += sscanf(line, "voluntary_ctxt_switches: %ld", &count) == 1 ? count : 0;
    fclose(file);
  }
  globfree(&threads);
  return sum;
}

/* Whoever looks whether a run is still alive must not wake whoever watches its files: itself. */
static void sleeps_when_the_run_that_it_watched_is_gone(void **state)
{
  static const struct timespec settle = {2, 0}, look = {1, 0};
  struct pty pty;
  (void)state;
  start(&pty, "xterm-256color", 80, 24);
  pty_until(&pty, "offline engine");
  cJSON *config = cJSON_CreateObject();
  json_add_str(config, "model", "mf");
  struct job *job = job_create(unit_workspace, "runs", config, &unit_err);
  cJSON_Delete(config);
  assert_non_null(job);
  pty_until(&pty, "run 1");
  job_close(job);
  pty_until(&pty, "offline engine"); /* in its place */
  nanosleep(&settle, NULL);
  long before = count_sleeps(pty.program);
  nanosleep(&look, NULL);
  assert_int_equal(count_sleeps(pty.program), before);
  pty_type(&pty, "Q");
  assert_int_equal(pty_end(&pty), 0);
  pty_close(&pty);
}

static void refuses(const char *term, int columns, int rows, const char *why)
{
  struct pty pty;
  start(&pty, term, columns, rows);
  int status = pty_end(&pty);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), EX_CONFIG);
  if (!said(&pty, why))
    fail_msg("wanted \"%s\", got: %s", why, pty.out.data);
  assert_true(pty_is_as_before(&pty));
  assert_false(said(&pty, "\033"));
  pty_close(&pty);
}

static void says_what_terminal_it_cannot_use(void **state)
{
  (void)state;
  refuses("dumb", 80, 24, "neggen: TERM=dumb cannot move its cursor");
  refuses("xterm-256color", 30, 24, "neggen: the terminal is 30x24; the interface needs at least 40x10");
  refuses("xterm-256color", 80, 5, "neggen: the terminal is 80x5;");
  refuses("no-such-terminal", 80, 24, "neggen: no description of TERM=no-such-terminal");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(leaves_every_kind_of_terminal_as_it_was, setup, teardown),
    cmocka_unit_test_setup_teardown(gives_the_terminal_back_when_it_is_told_to_end, setup, teardown),
    cmocka_unit_test_setup_teardown(gives_the_terminal_back_when_it_crashes, setup, teardown),
    cmocka_unit_test_setup_teardown(steps_aside_and_comes_back, setup, teardown),
    cmocka_unit_test_setup_teardown(ends_when_the_terminal_goes_away, setup, teardown),
    cmocka_unit_test_setup_teardown(follows_the_size_of_the_terminal, setup, teardown),
    cmocka_unit_test_setup_teardown(does_nothing_unseen_but_leaves, setup, teardown),
    cmocka_unit_test_setup_teardown(takes_unknown_sequences_whole, setup, teardown),
    cmocka_unit_test_setup_teardown(sleeps_when_the_run_that_it_watched_is_gone, setup, teardown),
    cmocka_unit_test_setup_teardown(says_what_terminal_it_cannot_use, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
