/* server.c - templates run from the interface by a model behind HTTP: answers, faults, Esc, the key
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/mem.h"
#include "pty_run.h"
#include "store/request.h"

#define KEY "sk-a-secret-of-this-test"

static char *program, *address;
static struct child server;
static int heard; /* a byte or more for each request that the server got */

static void start_server(void)
{
  const char *builddir = getenv("builddir");
  char *path = path_join(builddir ? builddir : ".", "tests/faults/model-server");
  char *log = path_join(unit_dir, "log");
  assert_int_equal(mkfifo(log, 0600), 0);
  heard = open(log, O_RDWR | O_CLOEXEC);
  const char *const argv[] = {path, "--key", KEY, "--log", log, NULL};
  WORKS(child_start(&server, argv, CHILD_PIPE_IN | CHILD_PIPE_OUT, -1, &unit_err));
  char line[256] = {0};
  assert_true(read(server.out, line, sizeof line - 1) > 0);
  line[strcspn(line, "\n")] = '\0';
  address = mem_strdup(line);
  free(path);
  free(log);
}

/* films with pictures, at unit_workspace */
static void make_workspace(const char *builddir)
{
  char *path = path_join(builddir ? builddir : ".", "tests/pty/make-workspace");
  const char *const argv[] = {path, unit_dir, NULL};
  struct child child;
  WORKS(child_start(&child, argv, CHILD_NULL_IN, -1, &unit_err));
  assert_int_equal(child_wait(&child), 0);
  free(unit_workspace);
  unit_workspace = path_join(unit_dir, "films");
  free(path);
}

static int setup(void **state)
{
  const char *builddir = getenv("builddir");
  int status = unit_setup(state);
  program = path_join(builddir ? builddir : ".", "neggen");
  make_workspace(builddir);
  start_server();
  setenv("OPENAI_API_KEY", KEY, 1);
  return status;
}

static int teardown(void **state)
{
  child_stop(&server, 0);
  close(heard);
  unsetenv("OPENAI_API_KEY");
  free(program);
  free(address);
  return unit_teardown(state);
}

static void start(struct pty *pty, const char *model)
{
  const char *const argv[] = {program, "open", unit_workspace, "--backend", "openai", "--model", model,
                              "--api-base", address, NULL};
  pty_start(pty, "xterm-256color", 100, 30, argv);
  pty_until(pty, "Heat");
  pty_type(pty, "j\r"); /* Babe */
  pty_until(pty, "sheepdogs");
}

static void end(struct pty *pty)
{
  pty_type(pty, "Q");
  assert_int_equal(pty_end(pty), 0);
  assert_true(pty_is_as_before(pty));
  pty_close(pty);
}

static void wait_for_request(void)
{
  char line[4096];
  assert_true(read(heard, line, sizeof line) > 0);
}

/* The process that the interface started for a template. */
static pid_t child_of(pid_t parent)
{
  char path[64];
  int pid, found = 0;
  snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
  FILE *file = fopen(path, "r");
  while (file && !found && fscanf(file, "%d", &pid) == 1) {
    char name[64];
    size_t size = 0;
    snprintf(name, sizeof name, "/proc/%d/cmdline", pid);
    char *words = path_read(name, 0, &size, &unit_err);
    if (words && memmem(words, size, "generate", 8))
      found = pid;
    free(words);
  }
  if (file)
    fclose(file);
  return found;
}

static bool holds_key(pid_t pid, const char *what)
{
  char path[64];
  size_t size = 0;
  snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
  char *text = path_read(path, 0, &size, &unit_err);
  WORKS(text);
  bool is_there = memmem(text, size, KEY, strlen(KEY)) != NULL;
  free(text);
  return is_there;
}

static void a_model_fills_the_right_pane(void **state)
{
  struct pty pty;
  (void)state;
  start(&pty, "good");
  pty_type(&pty, "g");
  pty_until(&pty, "2/2");
  pty_until(&pty, "valid"); /* or not */
  end(&pty);
  struct store *store = store_open(unit_workspace, STORE_READ, &unit_err);
  struct request **requests;
  int count;
  WORKS(requests_recent(store, NULL, 10, &requests, &count, &unit_err));
  assert_true(count >= 3);
  requests_free(requests, count);
  store_close(store);
}

static void an_error_of_the_server_is_told(void **state)
{
  struct pty pty;
  (void)state;
  start(&pty, "error-500@describe");
  pty_type(&pty, "1");
  pty_until(&pty, "500");
  pty_until(&pty, "Something broke");
  pty_type(&pty, "o");
  pty_until(&pty, "EXCHANGES");
  pty_until(&pty, "describe");
  end(&pty);
}

static void a_reply_is_shown_while_it_arrives(void **state)
{
  struct pty pty;
  (void)state;
  start(&pty, "drips");
  pty_type(&pty, "1");
  pty_until(&pty, "describe: ");
  end(&pty);
}

static void esc_gives_up_on_a_model_that_hangs(void **state)
{
  struct pty pty;
  (void)state;
  start(&pty, "hang");
  pty_type(&pty, "1");
  wait_for_request();
  pid_t child = child_of(pty.program);
  assert_int_not_equal(child, 0);
  assert_false(holds_key(child, "environ"));
  assert_false(holds_key(child, "cmdline"));
  assert_false(holds_key(pty.program, "environ"));
  int64_t began = clock_ns();
  pty_type(&pty, "\033");
  pty_until(&pty, "cancelling");
  print_message("Esc was answered after %.1f ms\n", (double)(clock_ns() - began) / 1e6);
  pty_until(&pty, "ed"); /* of "cancelled": curses writes what differs */
  assert_int_equal(child_of(pty.program), 0);
  pty_type(&pty, "1"); /* and it may be asked again */
  wait_for_request();
  end(&pty);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(a_model_fills_the_right_pane, setup, teardown),
    cmocka_unit_test_setup_teardown(an_error_of_the_server_is_told, setup, teardown),
    cmocka_unit_test_setup_teardown(a_reply_is_shown_while_it_arrives, setup, teardown),
    cmocka_unit_test_setup_teardown(esc_gives_up_on_a_model_that_hangs, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
