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

#define WARM_SECONDS 0.5
#define LONG_SECONDS 8.0 /* a twin that takes so long is not run again */

/* Seconds of each run; of those that are not done, none. */
struct times {
  double run[RUNS_MAX], twin[RUNS_MAX], limit[RUNS_MAX], floor[RUNS_MAX];
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

/* Processors at rest need some tenths of a second until they are as fast as they can be. */
static void warm_up(void)
{
  double started = clock_seconds();
#pragma omp parallel
  while (clock_seconds() - started < WARM_SECONDS)
    continue;
}

static bool measure_all(const struct bench *bench, void *state, int runs, struct times *times,
                        struct err *err)
{
  warm_up();
  for (int k = 0; k < runs && !cli_interrupted(); k++) {
    bool is_known = k > 0 && times->twin[k - 1] > LONG_SECONDS;
    times->twin[k] = is_known ? times->twin[k - 1] : 0;
    if (!measure(bench->run, state, &times->run[k], err) ||
        !measure(is_known ? NULL : bench->twin, state, &times->twin[k], err) ||
        !measure(bench->limit, state, &times->limit[k], err) ||
        !measure(bench->floor, state, &times->floor[k], err))
      return false;
    times->count++;
  }
  return times->count > 0 || err_set(err, EX_INTERRUPT, "bench: interrupted");
}

static cJSON *times_json(const struct bench *bench, const struct times *times,
                         const struct bench_figures *figures)
{
  struct rusage usage;
  double middle = median(times->run, times->count);
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "bench", bench->name);
  json_add_num(json, "median_s", middle);
  cJSON *runs = json_add_array(json, "runs_s");
  for (int k = 0; k < times->count; k++)
    cJSON_AddItemToArray(runs, cJSON_CreateNumber(times->run[k]));
  json_add_num(json, "bytes", figures->bytes);
  json_add_num(json, "flops", figures->flops);
  if (bench->limit)
    json_add_num(json, "limit_share", median(times->limit, times->count) / middle);
  if (bench->floor)
    json_add_num(json, "floor_s", median(times->floor, times->count));
  if (bench->twin)
    json_add_num(json, "twin_s", median(times->twin, times->count));
  if (figures->memory > 0)
    json_add_num(json, "memory_stated_bytes", figures->memory);
  getrusage(RUSAGE_SELF, &usage);
  json_add_num(json, "peak_rss_bytes", 1024.0 * (double)usage.ru_maxrss);
  return json;
}

static void print_times(const struct bench *bench, const cJSON *json,
                        const struct bench_figures *figures)
{
  double middle = json_num(json, "median_s", 0);
  printf("%-10s %9.4f s, the median of %d: %s\n", bench->name, middle,
         cJSON_GetArraySize(json_get(json, "runs_s")), bench->help);
  if (figures->bytes > 0)
    printf("%-10s %9.1f MB/s\n", "bytes", 1e-6 * figures->bytes / middle);
  if (figures->flops > 0)
    printf("%-10s %9.2f Gflop/s\n", "flops", 1e-9 * figures->flops / middle);
  if (bench->limit)
    printf("%-10s %9.4f s, %.0f %% of it: %s\n", "limit",
           middle * json_num(json, "limit_share", 0), 100 * json_num(json, "limit_share", 0),
           bench->limit_help);
  if (bench->floor)
    printf("%-10s %9.4f s, %.0f %% of it: %s\n", "floor", json_num(json, "floor_s", 0),
           100 * json_num(json, "floor_s", 0) / middle, bench->floor_help);
  if (bench->twin)
    printf("%-10s %9.4f s, %.2f times as long: %s\n", "twin", json_num(json, "twin_s", 0),
           json_num(json, "twin_s", 0) / middle, bench->twin_help);
  printf("%-10s %9.1f MB at most", "memory", 1e-6 * json_num(json, "peak_rss_bytes", 0));
  if (figures->memory > 0)
    printf(", %.1f MB were stated", 1e-6 * figures->memory);
  puts("");
}

static void print_benches(void)
{
  for (size_t k = 0; k < COUNT_OF(benches); k++)
    printf("%-10s %s\n", benches[k]->name, benches[k]->help);
}

/* "4096,384" */
static bool read_widths(const char *text, int width[MODALITIES], struct err *err)
{
  char rest;
  if (sscanf(text, "%d,%d%c", &width[TEXT], &width[IMAGE], &rest) == 2 && width[TEXT] > 0 &&
      width[IMAGE] > 0 && width[TEXT] <= 65536 && width[IMAGE] <= 65536)
    return true;
  return err_set(err, EX_USAGE, "--features takes two widths, as in 4096,384, not \"%s\"", text);
}

static bool read_request(struct cli *cli, struct bench_request *request, struct err *err)
{
  *request = (struct bench_request){
    .scale = cli_real(cli, "scale"), .is_alone = cli_flag(cli, "alone"),
    .workspace = cli_text(cli, "workspace"),
    .model = cli_text(cli, "model"), .users = cli_int(cli, "users"), .items = cli_int(cli, "items"),
    .pairs = cli_int(cli, "interactions")};
  request->set_count = cli_list(cli, "set", &request->sets);
  return read_widths(cli_text(cli, "features"), request->width, err);
}

static int run_bench(struct cli *cli, const struct bench *named)
{
  struct bench one = *named;
  const struct bench *bench = &one;
  struct err err = {0};
  struct bench_request request = {0};
  struct bench_figures figures = {0};
  struct times *times = mem_zero(1, sizeof *times);
  void *state = read_request(cli, &request, &err) ? bench->open(&request, &figures, &err) : NULL;
  int status = 0;
  if (request.is_alone || figures.has_no_twin)
    one.twin = NULL;
  if (request.is_alone)
    one.limit = NULL;
  if (request.is_alone || !figures.has_floor)
    one.floor = NULL;
  cli_catch_interrupt();
  if (!state || !measure_all(bench, state, (int)cli_int(cli, "runs"), times, &err)) {
    status = cli_fail(&err);
  } else {
    cJSON *json = times_json(bench, times, &figures);
    if (cli->is_json) {
      status = cli_print_json(json);
    } else {
      print_times(bench, json, &figures);
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
  {"alone", 0, OPTION_FLAG, NULL, NULL, 0, 0, "without the limit and the twin"},
  {"workspace", 'w', OPTION_TEXT, "WS", NULL, 0, 0, "epoch, eval, spmm: on this catalogue"},
  {"users", 0, OPTION_INT, "N", "19445", 1, 1e8, "of a made-up catalogue"},
  {"items", 0, OPTION_INT, "N", "7050", 2, 1e8, "of it"},
  {"interactions", 0, OPTION_INT, "N", "119674", 1, 1e9, "of it, to train on"},
  {"features", 0, OPTION_TEXT, "T,I", "256,128", 0, 0, "widths of its texts' and pictures' vectors"},
  {"model", 'm', OPTION_CHOICE, "mf|lightgcn|vbpr|neggen", "lightgcn", 0, 0, "epoch: of this model"},
  {"set", 0, OPTION_LIST, "NAME=VALUE", NULL, 0, 0, "epoch: a setting of the model, as dim=32"},
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
