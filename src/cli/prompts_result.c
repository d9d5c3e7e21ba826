/* prompts_result.c - what a comparison of prompts came to: the table, and the items that differ
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "cli/prompts.h"
#include "eval/versions.h"
#include "store/job.h"

static void print_row(const struct versions_row *row)
{
  char p[16] = "-";
  if (!isnan(row->p))
    snprintf(p, sizeof p, row->p < 0.0001 ? "<.0001" : "%.4f", row->p);
  if (!row->pairs)
    printf("%-18s %5d %9s %9s %7s %7s %8s\n", row->name, 0, "-", "-", "", "", p);
  else if (row->is_rate)
    printf("%-18s %5d %8.1f%% %8.1f%% %7d %7d %8s\n", row->name, row->pairs, 100 * row->mean[0],
           100 * row->mean[1], row->only[0], row->only[1], p);
  else
    printf("%-18s %5d %9.4g %9.4g %7s %7s %8s\n", row->name, row->pairs, row->mean[0],
           row->mean[1], "", "", p);
}

static void print_pair(const struct versions_pair *pair)
{
  printf("%s", pair->item);
  for (int s = 0; s < 2; s++) {
    char *why = utf8_clean(pair->why[s] ? pair->why[s] : "valid", false);
    printf("\n  %c run %-5lld %s", s ? 'B' : 'A', (long long)pair->trial[s], why);
    free(why);
  }
  puts("");
}

static void print_result(const struct versions *versions, int index, bool is_offline)
{
  int differing = 0;
  for (int s = 0; s < 2; s++)
    printf("%c  %s %.8s, %s\n", s ? 'B' : 'A', template_names[index],
           versions->version[s] ? versions->version[s] : "?", versions->model[s] ? versions->model[s] : "?");
  printf("\n%-18s %5s %9s %9s %7s %7s %8s\n", "", "items", "A", "B", "only A", "only B", "p");
  for (int k = 0; k < versions->row_count; k++)
    print_row(&versions->rows[k]);
  puts("\np: McNemar's exact test of rates, sign flips of means; of each row alone");
  if (is_offline)
    puts("the offline engine does not read the wording of a prompt: two versions come out alike");
  for (int k = 0; k < versions->pair_count; k++)
    if (versions->pairs[k].differs && !differing++)
      puts("\nitems that differ:");
  for (int k = 0; k < differing; k++) /* they come first */
    print_pair(&versions->pairs[k]);
  if (!differing)
    puts("\nno item differs in a check");
}

static void add_side(cJSON *json, const struct versions *versions, int s)
{
  cJSON *side = json_add_object(json, s ? "b" : "a");
  json_add_str(side, "hash", versions->version[s]);
  json_add_str(side, "model", versions->model[s]);
}

static void add_row(cJSON *rows, const struct versions_row *row)
{
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "name", row->name);
  json_add_str(json, "kind", row->is_rate ? "rate" : "mean");
  json_add_int(json, "items", row->pairs);
  json_add_num(json, "a", row->mean[0]);
  json_add_num(json, "b", row->mean[1]);
  if (row->is_rate) {
    json_add_int(json, "only_a", row->only[0]);
    json_add_int(json, "only_b", row->only[1]);
  }
  json_add_num(json, "p", row->p);
  cJSON_AddItemToArray(rows, json);
}

static void add_pair(cJSON *pairs, const struct versions_pair *pair)
{
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "item", pair->item);
  json_add_bool(json, "differs", pair->differs);
  for (int s = 0; s < 2; s++) {
    cJSON *side = json_add_object(json, s ? "b" : "a");
    json_add_int(side, "run", pair->trial[s]);
    json_add_bool(side, "valid", pair->is_valid[s]);
    json_add_str(side, "reason", pair->why[s]);
  }
  cJSON_AddItemToArray(pairs, json);
}

int prompts_result(struct cli *cli, struct store *store, int64_t id, int index, bool is_offline)
{
  struct versions versions;
  struct err err;
  if (!versions_read(store, id, (enum template_index)index, &versions, &err))
    return cli_fail(&err);
  int status = 0;
  if (cli->is_json) {
    cJSON *json = cJSON_CreateObject();
    json_add_int(json, "comparison", id);
    json_add_str(json, "template", template_names[index]);
    add_side(json, &versions, 0);
    add_side(json, &versions, 1);
    cJSON *rows = json_add_array(json, "rows"), *pairs = json_add_array(json, "pairs");
    for (int k = 0; k < versions.row_count; k++)
      add_row(rows, &versions.rows[k]);
    for (int k = 0; k < versions.pair_count; k++)
      add_pair(pairs, &versions.pairs[k]);
    status = cli_print_json(json);
  } else if (!cli->is_quiet) {
    print_result(&versions, index, is_offline);
  }
  versions_free(&versions);
  return status;
}

int prompts_former(struct cli *cli, const char *workspace, const char *id)
{
  struct err err;
  struct job_info info;
  struct store *store = store_open(workspace, STORE_READ, &err);
  if (!store || !job_look(workspace, "jobs", id, &info, &err)) {
    store_close(store);
    return cli_fail(&err);
  }
  const char *command = json_str(info.config, "command"), *name = json_str(info.config, "template");
  const char *backend = json_str(info.config, "backend");
  int index = name ? template_named(name) : -1, status;
  if (command && !strcmp(command, "compare") && index >= 0) {
    status = prompts_result(cli, store, strtoll(id, NULL, 10), index, backend && !strcmp(backend, "offline"));
  } else {
    err_set(&err, EX_USAGE, "job %s is no comparison of prompts", id);
    status = cli_fail(&err);
  }
  job_info_free(&info);
  store_close(store);
  return status;
}
