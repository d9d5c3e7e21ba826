/* run.c - a training run as the interface sees it: its curves, the time it has left, its end
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <math.h>
#include <string.h>

#include "base/path.h"
#include "train/run.h"

/* A run of a model with settings, locked by us. */
static struct job *make(const char *model, const char *settings)
{
  cJSON *config = cJSON_CreateObject();
  json_add_str(config, "model", model);
  json_add_str(config, "sampler", "uniform");
  json_add_int(config, "seed", 1);
  cJSON_AddItemToObject(config, "settings", cJSON_Parse(settings));
  struct job *job = job_create(unit_dir, "runs", config, NULL);
  cJSON_Delete(config);
  assert_non_null(job);
  return job;
}

static void tell(struct job *job, const char *json)
{
  cJSON *event = cJSON_Parse(json);
  assert_non_null(event);
  assert_true(job_event(job, event, NULL));
}

static void epoch(struct job *job, const char *stage, int64_t number, int64_t of_stage, bool is_best,
                  double seconds)
{
  char *json = mem_printf("{\"event\":\"epoch\",\"stage\":\"%s\",\"control\":false,\"epoch\":%d,"
                          "\"stage_epoch\":%d,\"loss\":0.5,\"valid\":{\"recall@20\":0.3,"
                          "\"ndcg@20\":0.2},\"best\":%s,\"seconds\":%g}", stage, (int)number,
                          (int)of_stage, is_best ? "true" : "false", seconds);
  tell(job, json);
  free(json);
}

static struct run opened(void)
{
  struct run run;
  assert_true(run_open(&run, unit_dir, "1", NULL));
  return run;
}

static void an_epoch_keeps_the_parts_of_its_loss(void **state)
{
  (void)state;
  struct job *job = make("neggen", "{}");
  tell(job, "{\"event\":\"epoch\",\"stage\":\"base\",\"epoch\":1,\"stage_epoch\":1,\"loss\":0.7,"
            "\"parts\":{\"real\":0.6,\"harder\":0.1}}");
  tell(job, "{\"event\":\"epoch\",\"stage\":\"module\",\"epoch\":2,\"stage_epoch\":1,\"loss\":1.2,"
            "\"parts\":{\"real\":0.5,\"gen\":0.7,\"harder\":null}}");
  struct run run = opened();
  assert_int_equal(run.part_count, 3);
  assert_string_equal(run.parts[0].name, "real");
  assert_false(run.parts[0].is_watched);
  assert_string_equal(run.parts[1].name, "harder");
  assert_true(run.parts[1].is_watched); /* is no part of the sum */
  assert_string_equal(run.parts[2].name, "gen");
  assert_float_equal(run.points[0].parts[0], 0.6, 1e-6);
  assert_true(isnan(run.points[0].parts[2])); /* not in this epoch */
  assert_float_equal(run.points[1].parts[2], 0.7, 1e-6);
  assert_true(isnan(run.points[1].parts[1]));
  run_close(&run);
  job_close(job);
}

static void more_parts_than_there_is_room_for_are_left_out(void **state)
{
  (void)state;
  struct job *job = make("mf", "{}");
  tell(job, "{\"event\":\"epoch\",\"epoch\":1,\"parts\":{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5,"
            "\"f\":6,\"g\":7,\"h\":8,\"i\":9,\"j\":10}}");
  struct run run = opened();
  assert_int_equal(run.part_count, RUN_PARTS);
  assert_float_equal(run.points[0].parts[RUN_PARTS - 1], 8, 0);
  run_close(&run);
  job_close(job);
}

static void the_time_left_lies_between_patience_and_limit(void **state)
{
  (void)state;
  struct job *job = make("mf", "{\"epochs\":100,\"patience\":10}");
  struct run run = opened();
  struct run_left left;
  assert_false(run_time_left(&run, &left)); /* nothing is known yet */
  run_close(&run);
  for (int k = 1; k <= 40; k++)
    epoch(job, "train", k, k, k <= 37, 0.5);
  run = opened();
  assert_true(run_time_left(&run, &left));
  assert_float_equal(left.least, 7 * 0.5, 1e-9); /* 37 + 10 - 40 */
  assert_float_equal(left.most, 60 * 0.5, 1e-9);
  assert_int_equal(left.epochs, 100);
  assert_int_equal(left.stage, 1);
  assert_int_equal(left.stages, 1);
  run_close(&run);
  job_close(job);
}

static void stages_to_come_count_and_those_that_are_not_wanted_do_not(void **state)
{
  (void)state;
  struct job *job = make("neggen", "{\"base_epochs\":30,\"base_patience\":5,\"epochs\":20,"
                                   "\"patience\":8,\"controls\":\"off\"}");
  for (int k = 1; k <= 10; k++)
    epoch(job, "base", k, k, true, 0.1);
  struct run run = opened();
  struct run_left left;
  assert_true(run_time_left(&run, &left));
  assert_int_equal(left.stages, 2);
  assert_float_equal(left.least, 0.1 * (5 + 9), 1e-9); /* the module's first epoch is its best */
  assert_float_equal(left.most, 0.1 * (20 + 20), 1e-9);
  run_close(&run);
  for (int k = 1; k <= 3; k++)
    epoch(job, "module", 10 + k, k, k == 1, 2);
  run = opened();
  assert_true(run_time_left(&run, &left));
  assert_int_equal(left.stage, 2);
  assert_float_equal(left.least, 2 * 6, 1e-9);
  assert_float_equal(left.most, 2 * 17, 1e-9);
  run_close(&run);
  job_close(job);
}

static void a_run_is_removed_unless_it_is_running(void **state)
{
  (void)state;
  struct job *job = make("mf", "{}");
  char *dir = mem_strdup(job->dir);
  struct err err;
  assert_false(run_delete(unit_dir, "1", &err));
  assert_int_equal(err.code, EX_BUSY);
  assert_true(path_is_dir(dir));
  job_close(job);
  assert_true(run_delete(unit_dir, "1", &err));
  assert_false(path_is_dir(dir));
  int count;
  assert_null(runs_load(unit_dir, &count));
  assert_int_equal(count, 0);
  assert_false(run_delete(unit_dir, "1", &err));
  assert_int_equal(err.code, EX_NOINPUT);
  free(dir);
}

static void the_end_of_a_log_begins_with_a_whole_line(void **state)
{
  (void)state;
  struct job *job = make("mf", "{}");
  assert_null(run_log_tail(unit_dir, "1"));
  char *path = job_path(job, "log"), *text;
  struct buf log = {0};
  buf_str(&log, "one\ntwo\n");
  assert_true(path_keep(path, log.data, log.size, NULL));
  text = run_log_tail(unit_dir, "1");
  assert_string_equal(text, "one\ntwo\n");
  free(text);
  for (int k = 0; k < 5000; k++)
    buf_printf(&log, "line %d\n", k);
  assert_true(path_keep(path, log.data, log.size, NULL));
  text = run_log_tail(unit_dir, "1");
  assert_memory_equal(text, "line ", 5);
  assert_string_equal(text + strlen(text) - strlen("\nline 4999\n"), "\nline 4999\n");
  free(text);
  free(path);
  buf_free(&log);
  job_close(job);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, unit_setup, unit_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
    CASE(an_epoch_keeps_the_parts_of_its_loss),
    CASE(more_parts_than_there_is_room_for_are_left_out),
    CASE(the_time_left_lies_between_patience_and_limit),
    CASE(stages_to_come_count_and_those_that_are_not_wanted_do_not),
    CASE(a_run_is_removed_unless_it_is_running),
    CASE(the_end_of_a_log_begins_with_a_whole_line),
  };
  return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
