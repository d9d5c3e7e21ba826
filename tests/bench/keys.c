/* keys.c - how soon the interface answers a key: at rest, while a server hangs, while a model is trained
 *
 * Prints, and asserts no time. A key's time goes from the write to the last byte that answers it, this
 * program's own wake-ups inside. Built by `make tests/bench/keys`, run in the build directory.
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "pty_run.h"
#include "train/run.h"

enum { PRESSES = 100, ANSWER_MS = 300, QUIET_MS = 8, PAUSE_MS = 25, ENDINGS = 9 };

static char *program, *address;
static struct child server;
static int heard; /* a byte or more for each request that the server got */

static char *built(const char *name)
{
  const char *builddir = getenv("builddir");
  return path_join(builddir ? builddir : ".", name);
}

static void start_server(void)
{
  char *path = built("tests/faults/model-server"), *log = path_join(unit_dir, "log"), line[256] = {0};
  assert_int_equal(mkfifo(log, 0600), 0);
  heard = open(log, O_RDWR | O_CLOEXEC);
  const char *const argv[] = {path, "--log", log, NULL};
  WORKS(child_start(&server, argv, CHILD_PIPE_IN | CHILD_PIPE_OUT, -1, &unit_err));
  assert_true(read(server.out, line, sizeof line - 1) > 0);
  line[strcspn(line, "\n")] = '\0';
  address = mem_strdup(line);
  free(path);
  free(log);
}

/* What it says is for nobody. */
static void run_program(const char *const argv[])
{
  struct child child;
  WORKS(child_start(&child, argv, CHILD_NULL_IN | CHILD_NULL_OUT, -1, &unit_err));
  assert_int_equal(child_wait(&child), 0);
}

static int setup(void **state)
{
  int status = unit_setup(state);
  const char *srcdir = getenv("srcdir");
  program = built("neggen");
  char *samples = path_join(srcdir ? srcdir : "..", "samples/catalogue");
  run_program((const char *const[]){program, "--quiet", "import", unit_workspace, samples, NULL});
  free(samples);
  start_server();
  setenv("OPENAI_API_KEY", "sk-of-a-bench", 1);
  return status;
}

static int teardown(void **state)
{
  child_stop(&server, 0);
  close(heard);
  free(program);
  free(address);
  return unit_teardown(state);
}

static void start(struct pty *pty)
{
  const char *const argv[] = {program, "open", unit_workspace, "--backend", "openai", "--model",
                              "hang", "--api-base", address, NULL};
  pty_start(pty, "xterm-256color", 80, 24, argv);
  pty_until(pty, "Pebble mug");
}

static void end(struct pty *pty)
{
  pty_type(pty, "Q");
  assert_int_equal(pty_end(pty), 0);
  pty_close(pty);
}

static void wait_for_request(void)
{
  char line[4096];
  assert_true(read(heard, line, sizeof line) > 0);
}

/* ---------------------------------------------------------------- times */

static int by_time(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static void print_times(const char *name, double *times, int count)
{
  qsort(times, (size_t)count, sizeof *times, by_time);
  print_message("%-34s n %d  p50 %.2f  p95 %.2f  max %.2f ms\n", name, count, times[count / 2],
                times[count * 95 / 100], times[count - 1]);
}

/* Take what the program writes until it is quiet for so long: when its last byte came, 0: none did. */
static int64_t drain(struct pty *pty, int first_ms, int quiet_ms)
{
  struct pollfd fd = {.fd = pty->master, .events = POLLIN};
  int64_t last = 0;
  char block[65536];
  while (poll(&fd, 1, last ? quiet_ms : first_ms) == 1 && read(pty->master, block, sizeof block) > 0)
    last = clock_ns();
  return last;
}

static void press(struct pty *pty, const char *name, const char *there, const char *back)
{
  double times[PRESSES];
  int count = 0;
  for (int k = 0; k < PRESSES; k++) {
    drain(pty, PAUSE_MS, PAUSE_MS);
    int64_t began = clock_ns();
    pty_type(pty, k / 10 % 2 ? back : there);
    int64_t last = drain(pty, ANSWER_MS, QUIET_MS);
    if (last)
      times[count++] = (double)(last - began) / 1e6;
  }
  assert_true(count > 0);
  print_times(name, times, count);
}

/* ---------------------------------------------------------------- what is measured */

static void keys_at_rest(void **state)
{
  struct pty pty;
  (void)state;
  start(&pty);
  press(&pty, "items, at rest", "j", "k");
  end(&pty);
}

static void keys_while_a_server_hangs(void **state)
{
  struct pty pty;
  double times[ENDINGS];
  (void)state;
  start(&pty);
  pty_type(&pty, "\r");
  pty_until(&pty, "PICTURE");
  pty_type(&pty, "1");
  wait_for_request();
  press(&pty, "compare, while a server hangs", "z", "z");
  for (int k = 0; k < ENDINGS; k++) {
    int64_t began = clock_ns();
    pty_type(&pty, "\033");
    pty_until(&pty, "cancelling");
    times[k] = (double)(clock_ns() - began) / 1e6;
    drain(&pty, ANSWER_MS, ANSWER_MS);
    pty_type(&pty, "1");
    wait_for_request();
    drain(&pty, PAUSE_MS, PAUSE_MS);
  }
  print_times("Esc, until it is answered", times, ENDINGS);
  end(&pty);
}

static void keys_while_a_model_is_trained(void **state)
{
  struct pty pty;
  (void)state;
  run_program((const char *const[]){program, "train", unit_workspace, "--model", "lightgcn", "--set",
                                    "epochs=100000", "--set", "patience=100000", "--detach", NULL});
  start(&pty);
  press(&pty, "items, while a model is trained", "j", "k");
  pty_type(&pty, "t");
  press(&pty, "its curves, meanwhile", "\t", "\t");
  end(&pty);
  WORKS(run_stop(unit_workspace, "1", &unit_err));
}

static void an_interrupt_of_a_command(void **state)
{
  double times[ENDINGS];
  (void)state;
  for (int k = 0; k < ENDINGS; k++) {
    const char *const argv[] = {program, "--quiet", "generate", unit_workspace, "--all", "--backend",
                                "openai", "--model", "hang", "--api-base", address, NULL};
    struct child child;
    WORKS(child_start(&child, argv, CHILD_NULL_IN | CHILD_NULL_OUT | CHILD_PIPE_ERR, -1, &unit_err));
    wait_for_request();
    int64_t began = clock_ns();
    kill(child.pid, SIGINT);
    free(child_read_all(child.error, 4096, NULL)); /* up to its end */
    child_wait(&child);
    times[k] = (double)(clock_ns() - began) / 1e6;
  }
  print_times("generate, from SIGINT to its end", times, ENDINGS);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
  const struct CMUnitTest measures[] = {
    CASE(keys_at_rest),
    CASE(keys_while_a_server_hangs),
    CASE(keys_while_a_model_is_trained),
    CASE(an_interrupt_of_a_command),
  };
  return cmocka_run_group_tests_name("keys", measures, NULL, NULL);
}
