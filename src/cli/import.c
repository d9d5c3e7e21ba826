/* import.c - a folder becomes a workspace, or is merged into it
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "cli/commands.h"
#include "cli/figures.h"
#include "cli/matrices.h"
#include "data/format.h"
#include "data/import.h"

static const char *column_label(const struct source *source, int column)
{
  return column < 0 ? NULL : source->interactions.columns[column].label;
}

static bool is_used(const struct source *source, int column)
{
  return column == source->user || column == source->item || column == source->rating ||
         column == source->time || column == source->label;
}

static void print_interactions(const struct source *source)
{
  const struct table *table = &source->interactions;
  const struct {
    const char *what;
    int column;
  } roles[] = {{"user", source->user}, {"item", source->item}, {"rating", source->rating},
               {"time", source->time}, {"split", source->label}};
  char rows[FIGURE];
  printf("interactions  %s (%s): %s rows", path_base(table->lines.path),
         source->interactions_format->name, figure(source->interaction_rows, rows));
  for (size_t k = 0; k < COUNT_OF(roles); k++)
    if (roles[k].column >= 0)
      printf("\n  %-12s%s", roles[k].what, column_label(source, roles[k].column));
  for (int k = 0; k < table->column_count; k++)
    if (!is_used(source, k))
      printf("\n  %-12s%s", "not used", table->columns[k].label);
  puts("");
}

static void print_items(const struct source *source)
{
  char text[FIGURE];
  if (!source->has_items) {
    printf("items         from the interactions: %s, titled by their ids\n",
           figure(source->known_items.count, text));
    return;
  }
  printf("items         %s (%s): %s rows", path_base(source->items.lines.path),
         source->items_format->name, figure(source->item_rows, text));
  if (source->items.lines.latin1_count)
    printf(", %s in Latin-1", figure(source->items.lines.latin1_count, text));
  printf("\n  %-12s%s\n", "item", source->items.columns[source->item_id].label);
  for (int k = 0; k < source->field_count; k++) {
    const struct source_field *field = &source->fields[k];
    printf("  %-12s%-18s %9s %s\n", field_kind_names[field->kind],
           source->items.columns[field->column].key, figure(field->distinct, text),
           field->kind == FIELD_LIST ? "entries" : "different");
  }
}

static void print_pictures(const struct source *source, const struct import_report *report)
{
  const struct picture_report *pictures = &report->pictures;
  char read[FIGURE], same[FIGURE], all[FIGURE], bad[FIGURE];
  if (!source->images) {
    puts("pictures      none (looked for images/)");
    return;
  }
  printf("pictures      %s: %s of %s items", path_base(source->images),
         figure(pictures->read + pictures->same, read), figure(source->known_items.count, all));
  if (pictures->same)
    printf(", %s unchanged", figure(pictures->same, same));
  if (pictures->unused)
    printf(", %s files of no item", figure(pictures->unused, same));
  puts("");
  int64_t troubles = pictures->missing + pictures->failed;
  if (!troubles)
    return;
  printf("              %s missing, %s not readable:\n", figure(pictures->missing, read),
         figure(pictures->failed, bad));
  for (int k = 0; k < BAD_ROWS_SHOWN && pictures->reasons[k]; k++)
    printf("                %s\n", pictures->reasons[k]);
  if (troubles > BAD_ROWS_SHOWN)
    printf("                and %s more\n", figure(troubles - BAD_ROWS_SHOWN, read));
}

static void print_split(const struct import_report *report)
{
  char text[PHASES][FIGURE], other[FIGURE];
  bool is_random = !strcmp(report->split, "random");
  printf("split         %s", report->split);
  if (is_random)
    printf(", seed %lld", (long long)report->seed);
  printf(": %s train, %s valid, %s test", figure(report->phases[PHASE_TRAIN], text[0]),
         figure(report->phases[PHASE_VALID], text[1]), figure(report->phases[PHASE_TEST], text[2]));
  if (report->dropped)
    printf(", %s left out", figure(report->dropped, other));
  puts("");
  if (report->ignores_labels)
    puts("              (the source's x_label is kept, and not used)");
  if (report->unlabelled)
    printf("              (%s rows without x_label are trained on)\n",
           figure(report->unlabelled, other));
}

static void print_filters(const struct import_report *report)
{
  char rows[FIGURE], users[FIGURE];
  if (isnan(report->min_rating) && report->k_core < 2)
    return;
  printf("filter        ");
  if (!isnan(report->min_rating))
    printf("rating >= %g%s", report->min_rating, report->k_core < 2 ? "" : ", ");
  if (report->k_core >= 2)
    printf("%d-core", report->k_core);
  printf(": %s rows left out, %s users with them\n", figure(report->catalogue.filtered, rows),
         figure(report->catalogue.filtered_users, users));
}

static void print_merge(const char *what, int64_t total, int64_t fresh, int64_t changed)
{
  char all[FIGURE], news[FIGURE], changes[FIGURE];
  printf("  %-12s%11s", what, figure(total, all));
  if (fresh)
    printf("   %s new", figure(fresh, news));
  if (changed)
    printf("   %s changed", figure(changed, changes));
  puts("");
}

static void print_report(const char *workspace, const struct source *source,
                         const struct import_report *report, bool is_dry_run)
{
  const struct catalogue_report *catalogue = &report->catalogue;
  char text[FIGURE];
  if (source->has_interactions)
    print_interactions(source);
  print_items(source);
  print_pictures(source, report);
  print_filters(report);
  print_split(report);
  if (source->bad_count) {
    printf("skipped       %s bad rows:\n", figure(source->bad_count, text));
    for (int k = 0; k < BAD_ROWS_SHOWN && source->bad[k]; k++)
      printf("                %s\n", source->bad[k]);
  }
  printf("%s%s, in %.1f s\n", is_dry_run ? "dry run: nothing is written; would be in " : "now in ",
         workspace, report->seconds);
  print_merge("items", report->counts.items, catalogue->items_new, catalogue->items_changed);
  print_merge("users", report->counts.users, catalogue->users_new, 0);
  print_merge("interactions", report->counts.interactions, catalogue->interactions_new,
              catalogue->interactions_changed);
  print_merge("pictures", report->counts.pictures, 0, 0);
  if (catalogue->interactions_repeated)
    printf("  %s rows said again what one before them said\n",
           figure(catalogue->interactions_repeated, text));
  if (catalogue->negatives_stale)
    printf("  %s negatives are stale: their items changed; they wait for review again\n",
           figure(catalogue->negatives_stale, text));
}

static void add_source_json(cJSON *json, const struct source *source)
{
  json_add_str(json, "format", source_format_name(source));
  cJSON *columns = json_add_object(json, "columns");
  json_add_str(columns, "user", column_label(source, source->user));
  json_add_str(columns, "item", column_label(source, source->item));
  json_add_str(columns, "rating", column_label(source, source->rating));
  json_add_str(columns, "time", column_label(source, source->time));
  json_add_str(columns, "split", column_label(source, source->label));
  cJSON *fields = json_add_array(json, "fields");
  for (int k = 0; k < source->field_count; k++) {
    const struct source_field *field = &source->fields[k];
    cJSON *entry = cJSON_CreateObject();
    json_add_str(entry, "key", source->items.columns[field->column].key);
    json_add_str(entry, "kind", field_kind_names[field->kind]);
    json_add_int(entry, "different", field->distinct);
    cJSON_AddItemToArray(fields, entry);
  }
  cJSON *skipped = json_add_object(json, "skipped");
  json_add_int(skipped, "rows", source->bad_count);
  cJSON *first = json_add_array(skipped, "first");
  for (int k = 0; k < BAD_ROWS_SHOWN && source->bad[k]; k++)
    cJSON_AddItemToArray(first, cJSON_CreateString(source->bad[k]));
}

static void add_pictures_json(cJSON *json, const struct import_report *report)
{
  const struct picture_report *pictures = &report->pictures;
  cJSON *object = json_add_object(json, "pictures");
  json_add_int(object, "total", report->counts.pictures);
  json_add_int(object, "read", pictures->read);
  json_add_int(object, "unchanged", pictures->same);
  json_add_int(object, "missing", pictures->missing);
  json_add_int(object, "failed", pictures->failed);
  json_add_int(object, "unused", pictures->unused);
  cJSON *reasons = json_add_array(object, "reasons");
  for (int k = 0; k < BAD_ROWS_SHOWN && pictures->reasons[k]; k++)
    cJSON_AddItemToArray(reasons, cJSON_CreateString(pictures->reasons[k]));
}

static cJSON *report_json(const char *workspace, const struct source *source,
                          const struct import_report *report, bool is_dry_run)
{
  const struct catalogue_report *catalogue = &report->catalogue;
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "workspace", workspace);
  json_add_bool(json, "dry_run", is_dry_run);
  add_source_json(json, source);
  cJSON *items = json_add_object(json, "items");
  json_add_int(items, "total", report->counts.items);
  json_add_int(items, "new", catalogue->items_new);
  json_add_int(items, "changed", catalogue->items_changed);
  json_add_int(items, "same", catalogue->items_same);
  cJSON *users = json_add_object(json, "users");
  json_add_int(users, "total", report->counts.users);
  json_add_int(users, "new", catalogue->users_new);
  json_add_int(users, "filtered", catalogue->filtered_users);
  cJSON *interactions = json_add_object(json, "interactions");
  json_add_int(interactions, "total", report->counts.interactions);
  json_add_int(interactions, "rows", source->interaction_rows);
  json_add_int(interactions, "new", catalogue->interactions_new);
  json_add_int(interactions, "changed", catalogue->interactions_changed);
  json_add_int(interactions, "same", catalogue->interactions_same);
  json_add_int(interactions, "repeated", catalogue->interactions_repeated);
  json_add_int(interactions, "filtered", catalogue->filtered);
  add_pictures_json(json, report);
  json_add_num(json, "min_rating", report->min_rating);
  json_add_int(json, "k_core", report->k_core);
  cJSON *split = json_add_object(json, "split");
  json_add_str(split, "kind", report->split);
  json_add_int(split, "seed", report->seed);
  json_add_int(split, "train", report->phases[PHASE_TRAIN]);
  json_add_int(split, "valid", report->phases[PHASE_VALID]);
  json_add_int(split, "test", report->phases[PHASE_TEST]);
  json_add_int(split, "left_out", report->dropped);
  json_add_bool(split, "ignores_x_label", report->ignores_labels);
  json_add_int(json, "negatives_stale", catalogue->negatives_stale);
  json_add_num(json, "seconds", report->seconds);
  return json;
}

static struct import_options options_of(struct cli *cli)
{
  return (struct import_options){
    .source = {.operands = (const char *const *)cli->operands + 1,
               .operand_count = cli->operand_count - 1,
               .format = cli_text(cli, "format"),
               .images = cli_text(cli, "images"),
               .skips_bad = cli_flag(cli, "skip-bad")},
    .is_replacing = cli_flag(cli, "replace"),
    .is_dry_run = cli_flag(cli, "dry-run"),
    .min_rating = cli_given(cli, "min-rating") ? cli_real(cli, "min-rating") : NAN,
    .k_core = cli_given(cli, "k-core") ? (int)cli_int(cli, "k-core") : -1,
    .split = cli_text(cli, "split"),
    .seed = cli_given(cli, "seed") ? cli_int(cli, "seed") : -1,
    .progress = cli->progress,
    .is_cancelled = cli_interrupted,
  };
}

/* Everything that an import does, and what it says; matrices are checked before tables are written. */
static bool import_all(struct cli *cli, struct source *source, struct matrices *matrices,
                       const struct import_options *options, int *status, struct err *err)
{
  const char *workspace = cli->operands[0];
  struct import_report report = {0};
  bool has_tables = source->has_items || source->has_interactions;
  bool ok = matrices_read(matrices, source, workspace, options->is_replacing, err) &&
            (!has_tables || import_run(workspace, source, options, &report, err));
  if (ok && !options->is_dry_run && !matrices_write(matrices, workspace, err))
    ok = has_tables ? err_prefix(err, "the tables are imported, the features not") : false;
  if (ok && cli->is_json) {
    cJSON *json = has_tables ? report_json(workspace, source, &report, options->is_dry_run)
                             : cJSON_CreateObject();
    matrices_json(matrices, json);
    *status = cli_print_json(json);
  } else if (ok && !cli->is_quiet) {
    matrices_print(matrices);
    if (has_tables)
      print_report(workspace, source, &report, options->is_dry_run);
  }
  import_report_free(&report);
  return ok;
}

static int run(struct cli *cli)
{
  struct err err = {0};
  struct source source;
  struct matrices matrices = {0};
  struct import_options options = options_of(cli);
  cli_catch_interrupt();
  if (!source_open(&source, &options.source, &err))
    return cli_fail(&err);
  int status = 0;
  bool ok = import_all(cli, &source, &matrices, &options, &status, &err);
  matrices_free(&matrices);
  source_close(&source);
  return ok ? cli_finish(status) : cli_fail(&err);
}

#define FORMAT_NAME(name) "|" #name

static const struct option_row options[] = {
  {"format", 0, OPTION_CHOICE, &SOURCE_FORMATS(FORMAT_NAME)[1], NULL, 0, 0,
   "what the files are, instead of looking into them"},
  {"images", 0, OPTION_TEXT, "DIR", NULL, 0, 0, "pictures, named by item (else images/ in SOURCE)"},
  {"replace", 0, OPTION_FLAG, NULL, NULL, 0, 0, "start with an empty catalogue, do not merge"},
  {"min-rating", 0, OPTION_REAL, "R", NULL, 0, 0, "leave out interactions rated below R"},
  {"k-core", 0, OPTION_INT, "K", NULL, 0, 1000000,
   "leave out users and items with fewer than K interactions"},
  {"split", 0, OPTION_CHOICE, "random|time|given", NULL, 0, 0,
   "how each user's rows are held out (given: by the column x_label)"},
  {"seed", 0, OPTION_INT, "S", NULL, 0, 9007199254740991, "of the random split (42 at first)"},
  {"skip-bad", 0, OPTION_FLAG, NULL, NULL, 0, 0, "skip and count bad rows, do not stop at one"},
  {"dry-run", 0, OPTION_FLAG, NULL, NULL, 0, 0, "say what would be done, write nothing"},
  {0},
};

const struct command_row command_import = {
  .name = "import",
  .usage = "WS SOURCE...",
  .help = "make a workspace of interactions, items, pictures and features, or update it",
  .min_operands = 2,
  .max_operands = -1,
  .options = options,
  .run = run,
};
