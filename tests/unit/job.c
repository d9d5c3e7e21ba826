/* job.c - the directory of a run: its lock, its events, what others see of it
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/path.h"
#include "store/job.h"

static struct job *make(void)
{
  cJSON *config = cJSON_CreateObject();
  json_add_str(config, "model", "mf");
  struct job *job = job_create(unit_dir, "runs", config, NULL);
  cJSON_Delete(config);
  assert_non_null(job);
  return job;
}

static cJSON *event(const char *name)
{
  cJSON *object = cJSON_CreateObject();
  json_add_str(object, "event", name);
  return object;
}

static enum job_state state_of(const char *id)
{
  struct job_info info;
  assert_true(job_look(unit_dir, "runs", id, &info, NULL));
  enum job_state state = info.state;
  job_info_free(&info);
  return state;
}

static void ids_are_small_ascending_numbers(void **state)
{
  int count;
  (void)state;
  for (int k = 0; k < 11; k++)
    job_close(make());
  char **ids = job_ids(unit_dir, "runs", &count);
  assert_int_equal(count, 11);
  assert_string_equal(ids[0], "1");
  assert_string_equal(ids[8], "9");
  assert_string_equal(ids[10], "11");
  for (int k = 0; k < count; k++)
    free(ids[k]);
  free(ids);
  assert_null(job_ids(unit_dir, "nothing", &count));
  assert_int_equal(count, 0);
}

static void a_second_process_on_a_run_is_told_who_has_it(void **state)
{
  struct err err = {0};
  char want[100];
  (void)state;
  struct job *job = make();
  assert_null(job_take(unit_dir, "runs", "1", &err));
  assert_int_equal(err.code, EX_BUSY);
  snprintf(want, sizeof want, "runs/1 is in use by another process (pid %ld)", (long)getpid());
  assert_string_equal(err.text, want);
  job_close(job);
  job = job_take(unit_dir, "runs", "1", &err);
  assert_non_null(job);
  job_close(job);
}

static void a_run_that_is_not_there_is_told(void **state)
{
  struct err err = {0};
  struct job_info info;
  (void)state;
  assert_null(job_take(unit_dir, "runs", "3", &err));
  assert_int_equal(err.code, EX_NOINPUT);
  assert_non_null(strstr(err.text, "no run \"3\" in "));
  assert_false(job_look(unit_dir, "runs", "../runs", &info, &err));
  assert_false(job_stop(unit_dir, "jobs", "1", &err));
  assert_non_null(strstr(err.text, "no job \"1\" in "));
}

static void the_state_is_read_from_lock_and_events(void **state)
{
  (void)state;
  struct job *job = make();
  assert_int_equal(state_of("1"), JOB_RUNNING);
  assert_true(job_event(job, event("start"), NULL));
  assert_int_equal(state_of("1"), JOB_RUNNING);
  job_close(job);
  assert_int_equal(state_of("1"), JOB_STOPPED);
  static const struct { const char *name; enum job_state state; } last[] = {
    {"stopped", JOB_STOPPED}, {"error", JOB_FAILED}, {"end", JOB_DONE}};
  for (size_t k = 0; k < COUNT_OF(last); k++) {
    job = job_take(unit_dir, "runs", "1", NULL);
    assert_true(job_event(job, event(last[k].name), NULL));
    job_close(job);
    assert_int_equal(state_of("1"), last[k].state);
  }
}

static void a_killed_process_no_longer_runs_and_can_be_asked_to_stop(void **state)
{
  int ready[2];
  char c;
  (void)state;
  assert_int_equal(pipe(ready), 0);
  pid_t pid = fork();
  if (pid == 0) {
    struct job *job = make();
    signal(SIGTERM, SIG_DFL);
    if (job && write(ready[1], "x", 1) == 1)
      for (;;)
        pause();
    _exit(1);
  }
  close(ready[1]);
  assert_int_equal(read(ready[0], &c, 1), 1);
  close(ready[0]);
  struct job_info info;
  assert_true(job_look(unit_dir, "runs", "1", &info, NULL));
  assert_int_equal(info.state, JOB_RUNNING);
  assert_int_equal(info.pid, pid);
  assert_string_equal(json_str(info.config, "model"), "mf");
  job_info_free(&info);
  assert_true(job_stop(unit_dir, "runs", "1", NULL));
  int status;
  assert_int_equal(waitpid(pid, &status, 0), pid);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  assert_int_equal(state_of("1"), JOB_STOPPED);
  assert_true(job_stop(unit_dir, "runs", "1", NULL));
}

static void half_a_line_of_a_crash_is_cut_off(void **state)
{
  (void)state;
  struct job *job = make();
  assert_true(job_event(job, event("start"), NULL));
  assert_int_equal(write(job->event_fd, "{\"event\":\"ep", 12), 12);
  job_close(job);
  job = job_take(unit_dir, "runs", "1", NULL);
  assert_true(job_event(job, event("end"), NULL));
  job_close(job);
  struct job_tail tail;
  job_tail_open(&tail, unit_dir, "runs", "1");
  cJSON *first = job_tail_next(&tail), *second = job_tail_next(&tail);
  assert_string_equal(json_str(first, "event"), "start");
  assert_string_equal(json_str(second, "event"), "end");
  assert_null(job_tail_next(&tail));
  assert_int_equal(tail.bad_lines, 0);
  cJSON_Delete(first);
  cJSON_Delete(second);
  job_tail_close(&tail);
}

static void a_tail_gives_each_event_once_as_the_file_grows(void **state)
{
  struct job_tail tail;
  (void)state;
  struct job *job = make();
  job_tail_open(&tail, unit_dir, "runs", "1");
  assert_null(job_tail_next(&tail));
  for (int k = 0; k < 1000; k++) {
    cJSON *object = event("epoch");
    json_add_int(object, "epoch", k);
    assert_true(job_event(job, object, NULL));
    if (k == 500)
      assert_int_equal(write(job->event_fd, "no json\n", 8), 8);
    if (k % 7)
      continue;
    for (int seen = k ? k - 6 : 0; seen <= k; seen++) {
      cJSON *next = job_tail_next(&tail);
      assert_non_null(next);
      assert_int_equal((int)json_num(next, "epoch", -1), seen);
      cJSON_Delete(next);
    }
    assert_null(job_tail_next(&tail));
  }
  assert_int_equal(tail.bad_lines, 1);
  job_close(job);
  job_tail_close(&tail);
}

static void a_full_disk_leaves_whole_lines(void **state)
{
  struct err err = {0};
  struct rlimit old, limit;
  (void)state;
  struct job *job = make();
  assert_true(job_event(job, event("start"), NULL));
  getrlimit(RLIMIT_FSIZE, &old);
  limit = old;
  limit.rlim_cur = (rlim_t)lseek(job->event_fd, 0, SEEK_END) + 10;
  void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &limit);
  bool ok = job_event(job, event("epoch"), &err);
  setrlimit(RLIMIT_FSIZE, &old);
  signal(SIGXFSZ, handler);
  assert_false(ok);
  assert_int_equal(err.code, EX_IOERR);
  assert_non_null(strstr(err.text, "events.jsonl"));
  assert_true(job_event(job, event("end"), NULL));
  job_close(job);
  assert_int_equal(state_of("1"), JOB_DONE);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(ids_are_small_ascending_numbers, unit_setup, unit_teardown),
    cmocka_unit_test_setup_teardown(a_second_process_on_a_run_is_told_who_has_it, unit_setup, unit_teardown),
    cmocka_unit_test_setup_teardown(a_run_that_is_not_there_is_told, unit_setup, unit_teardown),
    cmocka_unit_test_setup_teardown(the_state_is_read_from_lock_and_events, unit_setup, unit_teardown),
    cmocka_unit_test_setup_teardown(a_killed_process_no_longer_runs_and_can_be_asked_to_stop, unit_setup,
                                    unit_teardown),
    cmocka_unit_test_setup_teardown(half_a_line_of_a_crash_is_cut_off, unit_setup, unit_teardown),
    cmocka_unit_test_setup_teardown(a_tail_gives_each_event_once_as_the_file_grows, unit_setup,
                                    unit_teardown),
    cmocka_unit_test_setup_teardown(a_full_disk_leaves_whole_lines, unit_setup, unit_teardown),
  };
  return cmocka_run_group_tests_name("job", tests, NULL, NULL);
}
