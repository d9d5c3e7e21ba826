/* embed.c - vectors of the items and their negatives, per modality
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/embed_server.h"
#include "cli/figures.h"
#include "cli/server.h"
#include "encode/features.h"

static int64_t count_present(const struct features *features, int m)
{
  int64_t present = 0;
  for (int64_t i = 0; i < features->item_count; i++)
    present += features->present[m][i];
  return present;
}

static void print_report(const struct features *features)
{
  char rows[FIGURE], there[FIGURE];
  for (int m = 0; m < MODALITIES; m++) {
    bool is_builtin = strcmp(features->source[m], "builtin") == 0;
    printf("%-10s%s x %d   %s\n", modality_names[m], figure(features->item_count, rows),
           features->dim[m], is_builtin ? "built in" : features->source[m]);
    printf("          %s items have it; a swap to a random item moves %.3f\n",
           figure(count_present(features, m), there), features->unit[m]);
  }
  printf("negatives %s\n", figure(features->negative_count, rows));
}

static int print_json(const struct features *features)
{
  cJSON *json = cJSON_CreateObject();
  json_add_int(json, "items", features->item_count);
  json_add_int(json, "negatives", features->negative_count);
  cJSON *modalities = json_add_object(json, "modalities");
  for (int m = 0; m < MODALITIES; m++) {
    cJSON *one = json_add_object(modalities, modality_names[m]);
    json_add_str(one, "encoder", features->source[m]);
    json_add_int(one, "rows", features->item_count);
    json_add_int(one, "columns", features->dim[m]);
    json_add_int(one, "present", count_present(features, m));
    json_add_num(one, "unit", features->unit[m]);
  }
  return cli_print_json(json);
}

/* Does what --encoder, --modality, --ids and --negatives ask for, before the report. */
static bool choose(struct cli *cli, struct store *store, struct err *err)
{
  const char *encoder = cli_text(cli, "encoder"), *wanted = cli_text(cli, "modality");
  bool is_rotated = strcmp(encoder, "svd") == 0, is_builtin = is_rotated || !strcmp(encoder, "builtin");
  if (is_builtin && (cli_given(cli, "ids") || cli_given(cli, "negatives")))
    return err_set(err, EX_USAGE, "embed: --ids and --negatives go with --encoder FILE.npy");
  if (!is_builtin && !wanted)
    return err_set(err, EX_USAGE, "embed: --encoder %s needs --modality text or image", encoder);
  bool is_server = strstr(encoder, "://") != NULL;
  if (is_server && (cli_given(cli, "ids") || cli_given(cli, "negatives")))
    return err_set(err, EX_USAGE, "embed: --ids and --negatives go with --encoder FILE.npy");
  if (is_builtin && !cli_given(cli, "encoder"))
    return true;
  if (is_rotated && (!wanted || strcmp(wanted, modality_names[TEXT]) != 0))
    return err_set(err, EX_USAGE, "embed: --encoder svd goes with --modality text");
  for (int m = 0; m < MODALITIES; m++) {
    if (wanted && strcmp(wanted, modality_names[m]) != 0)
      continue;
    if (is_builtin && m == TEXT && !features_rotate_texts(store, is_rotated, err))
      return false;
    if (is_server && !embed_by_server(cli, store, (enum modality)m, err))
      return false;
    if (is_server)
      continue;
    if (is_builtin)
      features_forget(store, (enum modality)m);
    else if (!features_import(store, (enum modality)m, encoder, cli_text(cli, "ids"),
                              cli_text(cli, "negatives"), err))
      return false;
  }
  return true;
}

static int run(struct cli *cli)
{
  struct err err;
  struct features features;
  struct store *store = store_open(cli->operands[0], STORE_WRITE, &err);
  if (!store)
    return cli_fail(&err);
  struct encoders *encoders = NULL;
  bool ok = choose(cli, store, &err) && (encoders = encoders_open(store, &err)) &&
            encoders_saved(encoders, &err);
  encoders_free(encoders);
  ok = ok && features_load_training(store, FEATURES_CANDIDATES, &features, &err);
  store_close(store);
  if (!ok)
    return cli_fail(&err);
  int status = 0;
  if (cli->is_json)
    status = print_json(&features);
  else if (!cli->is_quiet)
    print_report(&features);
  features_free(&features);
  return cli_finish(status);
}

static const struct option_row options[] = {
  {"encoder", 0, OPTION_TEXT, "builtin|svd|URL|FILE.npy", "builtin", 0, 0,
   "the built-in encoders, that of texts with an SVD in place of its random projection, a server of the "
   "OpenAI protocol, or a matrix with a row for each item"},
  {"modality", 0, OPTION_CHOICE, "text|image", NULL, 0, 0, "which modality the matrix is of"},
  {"ids", 0, OPTION_TEXT, "FILE", NULL, 0, 0,
   "the item of each row of the matrices, a key a line (default: rows in import order)"},
  {"negatives", 0, OPTION_TEXT, "FILE.npy", NULL, 0, 0,
   "vectors of the negatives by the same encoder (default: that modality never moves)"},
  {"jobs", 0, OPTION_INT, "N", "2", 1, 64, "requests to a server under way at once"},
  SERVER_LIMITS,
  {0},
};

const struct command_row command_embed = {
  .name = "embed",
  .usage = "WS",
  .help = "make the features of items and negatives, or take them from a file",
  .min_operands = 1,
  .max_operands = 1,
  .options = options,
  .run = run,
};
