/* export.c - everything out again, as a folder that imports to the same catalogue
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/figures.h"
#include "data/format.h"
#include "encode/export.h"

static bool write_features(void *context, struct store *store, const char *folder,
                           const struct intern *keys, struct err *err)
{
  return features_export(store, folder, keys, context, err);
}

static void print_report(const char *folder, const struct format *format,
                         const struct export_report *report, const struct features_report *features)
{
  char text[FIGURE], other[FIGURE];
  printf("items         %s (%s): %s\n", format->writer->items, format->name,
         figure(report->items, text));
  printf("interactions  %s (%s): %s of %s users\n", format->writer->interactions, format->name,
         figure(report->interactions, text), figure(report->users, other));
  if (report->pictures || report->pictures_gone)
    printf("pictures      images: %s", figure(report->pictures, text));
  if (report->pictures_gone)
    printf("; %s are not there any more", figure(report->pictures_gone, text));
  if (report->pictures || report->pictures_gone)
    puts("");
  for (int m = 0; m < MODALITIES; m++)
    if (features->rows[m])
      printf("features      %s.npy: %s x %d%s\n", modality_names[m],
             figure(features->rows[m], text), features->columns[m],
             features->has_negatives[m] ? ", and of the negatives" : "");
  if (report->has_escapes && format->writer == &recbole_writer)
    puts("              (tabs and line ends in cells are written \\t, \\n; " MANIFEST_NAME " says so)");
  printf("now in %s, in %.1f s\n", folder, report->seconds);
}

static cJSON *report_json(const char *folder, const struct format *format,
                          const struct export_report *report,
                          const struct features_report *features)
{
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "folder", folder);
  json_add_str(json, "format", format->name);
  json_add_int(json, "items", report->items);
  json_add_int(json, "users", report->users);
  json_add_int(json, "interactions", report->interactions);
  json_add_int(json, "pictures", report->pictures);
  json_add_int(json, "pictures_gone", report->pictures_gone);
  json_add_bool(json, "escapes", report->has_escapes && format->writer == &recbole_writer);
  cJSON *all = json_add_object(json, "features");
  for (int m = 0; m < MODALITIES; m++) {
    if (!features->rows[m])
      continue;
    cJSON *one = json_add_object(all, modality_names[m]);
    json_add_int(one, "rows", features->rows[m]);
    json_add_int(one, "columns", features->columns[m]);
    json_add_bool(one, "negatives", features->has_negatives[m]);
  }
  json_add_num(json, "seconds", report->seconds);
  return json;
}

static int run(struct cli *cli)
{
  struct err err = {0};
  struct export_report report;
  struct features_report features = {0};
  const char *name = cli_text(cli, "format"), *folder = cli->operands[1];
  const struct format *format = formats[0];
  for (const struct format *const *row = formats; *row; row++)
    if (!strcmp((*row)->name, name))
      format = *row;
  bool has_matrices = format->tier == FORMAT_MATRIX;
  struct export_options options = {
    .writer = format->writer,
    .more = {has_matrices ? write_features : NULL, &features},
    .progress = cli->progress,
    .is_cancelled = cli_interrupted,
  };
  cli_catch_interrupt();
  struct store *store = store_open(cli->operands[0], has_matrices ? STORE_WRITE : STORE_READ, &err);
  bool ok = store && export_run(store, folder, &options, &report, &err);
  store_close(store);
  if (!ok)
    return cli_fail(&err);
  int status = 0;
  if (cli->is_json)
    status = cli_print_json(report_json(folder, format, &report, &features));
  else if (!cli->is_quiet)
    print_report(folder, format, &report, &features);
  return cli_finish(status);
}

static const struct option_row options[] = {
  {"format", 0, OPTION_CHOICE, "recbole|jsonl|npy", "recbole", 0, 0,
   "how the tables are written; npy: as recbole, with the features as matrices"},
  {0},
};

const struct command_row command_export = {
  .name = "export",
  .usage = "WS DIR",
  .help = "write the catalogue into a new folder, which imports again to the same catalogue",
  .min_operands = 2,
  .max_operands = 2,
  .options = options,
  .run = run,
};
