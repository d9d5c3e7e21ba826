/* bench.c - measure a part, beside its limit and a plain twin
 * SPDX-License-Identifier: MIT */
#include "cli/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/commands.h"

enum { RUNS_MAX = 1000 };

#define BENCH_ENTRY(name) &bench_##name,
static const struct bench *const benches[] = {BENCHES(BENCH_ENTRY)};

/* Seconds of each run; of those that are not done, none. */
struct times {
  double run[RUNS_MAX], twin[RUNS_MAX], limit[RUNS_MAX];
  int count;
};

static int by_size(const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

static double median(const double *values, int count)
{
  double sorted[RUNS_MAX];
  memcpy(sorted, values, (size_t)count * sizeof *sorted);
  qsort(sorted, (size_t)count, sizeof *sorted, by_size);
  return count % 2 ? sorted[count / 2] : 0.5 * (sorted[count / 2 - 1] + sorted[count / 2]);
}

static bool measure(bool (*what)(void *state, struct err *err), void *state, double *seconds,
                    struct err *err)
{
  if (!what)
    return true;
  double started = clock_seconds();
  bool ok = what(state, err);
  *seconds = clock_seconds() - started;
  return ok;
}

static bool measure_all(const struct bench *bench, void *state, int runs, struct times *times,
                        struct err *err)
{
  for (int k = 0; k < runs && !cli_interrupted(); k++) {
    if (!measure(bench->run, state, &times->run[k], err) ||
        !measure(bench->twin, state, &times->twin[k], err) ||
        !measure(bench->limit, state, &times->limit[k], err))
      return false;
    times->count++;
  }
  return times->count > 0 || err_set(err, EX_INTERRUPT, "bench: interrupted");
}

static cJSON *times_json(const struct bench *bench, const struct times *times, double bytes,
                         double flops)
{
  struct rusage usage;
  double middle = median(times->run, times->count);
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "bench", bench->name);
  json_add_num(json, "median_s", middle);
  cJSON *runs = json_add_array(json, "runs_s");
  for (int k = 0; k < times->count; k++)
    cJSON_AddItemToArray(runs, cJSON_CreateNumber(times->run[k]));
  json_add_num(json, "bytes", bytes);
  json_add_num(json, "flops", flops);
  if (bench->limit)
    json_add_num(json, "limit_share", median(times->limit, times->count) / middle);
  if (bench->twin)
    json_add_num(json, "twin_s", median(times->twin, times->count));
  getrusage(RUSAGE_SELF, &usage);
  json_add_num(json, "peak_rss_bytes", 1024.0 * (double)usage.ru_maxrss);
  return json;
}

static void print_times(const struct bench *bench, const cJSON *json, double bytes, double flops)
{
  double middle = json_num(json, "median_s", 0);
  printf("%-10s %9.4f s, the median of %d: %s\n", bench->name, middle,
         cJSON_GetArraySize(json_get(json, "runs_s")), bench->help);
  if (bytes > 0)
    printf("%-10s %9.1f MB/s\n", "bytes", 1e-6 * bytes / middle);
  if (flops > 0)
    printf("%-10s %9.2f Gflop/s\n", "flops", 1e-9 * flops / middle);
  if (bench->limit)
    printf("%-10s %9.4f s, %.0f %% of it: %s\n", "limit",
           middle * json_num(json, "limit_share", 0), 100 * json_num(json, "limit_share", 0),
           bench->limit_help);
  if (bench->twin)
    printf("%-10s %9.4f s, %.2f times as long: %s\n", "twin", json_num(json, "twin_s", 0),
           json_num(json, "twin_s", 0) / middle, bench->twin_help);
  printf("%-10s %9.1f MB at most\n", "memory", 1e-6 * json_num(json, "peak_rss_bytes", 0));
}

static void print_benches(void)
{
  for (size_t k = 0; k < COUNT_OF(benches); k++)
    printf("%-10s %s\n", benches[k]->name, benches[k]->help);
}

static int run_bench(struct cli *cli, const struct bench *bench)
{
  struct err err = {0};
  double bytes = 0, flops = 0;
  struct times *times = mem_zero(1, sizeof *times);
  void *state = bench->open(cli_real(cli, "scale"), &bytes, &flops, &err);
  int status = 0;
  cli_catch_interrupt();
  if (!state || !measure_all(bench, state, (int)cli_int(cli, "runs"), times, &err)) {
    status = cli_fail(&err);
  } else {
    cJSON *json = times_json(bench, times, bytes, flops);
    if (cli->is_json) {
      status = cli_print_json(json);
    } else {
      print_times(bench, json, bytes, flops);
      cJSON_Delete(json);
    }
  }
  if (state)
    bench->close(state);
  free(times);
  return cli_finish(status);
}

static int run(struct cli *cli)
{
  struct err err;
  if (!cli->operand_count) {
    print_benches();
    return cli_finish(0);
  }
  for (size_t k = 0; k < COUNT_OF(benches); k++)
    if (!strcmp(benches[k]->name, cli->operands[0]))
      return run_bench(cli, benches[k]);
  err_set(&err, EX_USAGE, "no bench \"%s\"; neggen bench lists them", cli->operands[0]);
  return cli_fail(&err);
}

static const struct option_row options[] = {
  {"runs", 'n', OPTION_INT, "N", "7", 1, RUNS_MAX, "how often"},
  {"scale", 0, OPTION_REAL, "S", "1", 0.001, 1000, "the size of what is measured, as a share"},
  {0},
};

const struct command_row command_bench = {
  .name = "bench",
  .usage = "[NAME]",
  .help = "measure a part on this machine, beside its limit and a plain twin",
  .max_operands = 1,
  .options = options,
  .run = run,
  .computes = true,
};
