/* import.c - see import.h
 * SPDX-License-Identifier: MIT */
#include "data/import.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "data/pictures.h"

enum { CANCEL_EVERY = 1 << 16 };

/* Numbers kept with the catalogue; what the options leave open is as the source's manifest says, or
 * else as it was. */
static void settle_filters(struct catalogue *catalogue, const struct manifest *manifest,
                           const struct import_options *options, struct import_report *report)
{
  char *min_rating = catalogue_meta_get(catalogue, "min_rating");
  char *k_core = catalogue_meta_get(catalogue, "k_core");
  report->min_rating = !isnan(options->min_rating) ? options->min_rating
                       : manifest->is_there        ? manifest->min_rating
                       : min_rating                ? strtod(min_rating, NULL)
                                                   : NAN;
  report->k_core = options->k_core >= 0  ? options->k_core
                   : manifest->is_there  ? manifest->k_core
                   : k_core              ? atoi(k_core)
                                         : 0;
  free(min_rating);
  free(k_core);
  catalogue_filter(catalogue, report->min_rating, report->k_core);
}

static void settle_split(struct catalogue *catalogue, const struct source *source,
                         const struct import_options *options, struct import_report *report)
{
  const struct manifest *manifest = &source->manifest;
  char *split = catalogue_meta_get(catalogue, "split");
  char *seed = catalogue_meta_get(catalogue, "split_seed");
  bool has_labels = source->label >= 0;
  report->split = mem_strdup(options->split    ? options->split
                             : manifest->split ? manifest->split
                             : has_labels      ? "given"
                             : split           ? split
                                               : "random");
  report->seed = options->seed >= 0    ? options->seed
                 : manifest->seed >= 0 ? manifest->seed
                 : seed                ? strtoll(seed, NULL, 10)
                                       : IMPORT_SEED;
  report->ignores_labels = has_labels && strcmp(report->split, "given") != 0;
  free(split);
  free(seed);
}

static bool write_settings(struct catalogue *catalogue, const struct source *source,
                           const struct import_report *report, struct err *err)
{
  char number[40], when[CLOCK_ISO];
  char *from = realpath(source->has_interactions ? source->interactions.lines.path : source->items.lines.path,
                        NULL);
  clock_iso(clock_wall(), when);
  bool ok = catalogue_meta(catalogue, "split", report->split, err) &&
            catalogue_meta(catalogue, "imported", when, err) &&
            catalogue_meta(catalogue, "source", from ? from : "", err) &&
            catalogue_meta(catalogue, "format", source_format_name(source), err);
  snprintf(number, sizeof number, "%lld", (long long)report->seed);
  ok = ok && catalogue_meta(catalogue, "split_seed", number, err);
  snprintf(number, sizeof number, "%d", report->k_core);
  ok = ok && catalogue_meta(catalogue, "k_core", number, err);
  snprintf(number, sizeof number, "%.9g", report->min_rating);
  if (ok && !isnan(report->min_rating))
    ok = catalogue_meta(catalogue, "min_rating", number, err);
  free(from);
  return ok;
}

/* What was asked for must be in the source. */
static bool check_options(const struct source *source, const struct import_options *options,
                          struct err *err)
{
  const char *split = options->split ? options->split : "";
  const char *path = source->has_interactions ? source->interactions.lines.path : source->items.lines.path;
  if (!strcmp(split, "given") && source->label < 0)
    return err_set(err, EX_DATAERR, "--split given needs a column x_label, and %s has none", path);
  if (!strcmp(split, "time") && source->time < 0)
    return err_set(err, EX_DATAERR, "--split time needs a column timestamp, and %s has none", path);
  if (!isnan(options->min_rating) && source->rating < 0)
    return err_set(err, EX_DATAERR, "--min-rating needs a column rating, and %s has none", path);
  return true;
}

static bool is_cancelled(const struct import_options *options, struct err *err)
{
  if (!options->is_cancelled || !options->is_cancelled())
    return false;
  err_set(err, EX_INTERRUPT, "import: interrupted; the workspace is as it was");
  return true;
}

/* Cells of the row that was read last, but for absent ones, as the fields of an item: their number.
 * Values are copies. */
static int fill_fields(const struct source *source, struct field *fields)
{
  int count = 0;
  for (int k = 0; k < source->field_count; k++) {
    const struct source_field *field = &source->fields[k];
    const struct cell *cell = &source->items.cells[field->column];
    if (!cell->text)
      continue;
    char *value = mem_strndup(cell->text, cell->size);
    for (char *bar = value; field->has_bars && (bar = strchr(bar, '|')); bar++)
      *bar = ',';
    fields[count++] = (struct field){source->items.columns[field->column].key, value, field->kind};
  }
  return count;
}

static bool feed_items(struct catalogue *catalogue, struct source *source,
                       struct picture_files *files, const struct import_options *options,
                       struct err *err)
{
  char key[SOURCE_ID_MAX + 1];
  struct field *fields = mem_zero((size_t)source->field_count + 1, sizeof *fields);
  bool ok = true;
  for (int64_t n = 1; ok && source_next_item(source, key); n++) {
    char *picture = files ? picture_files_find(files, key) : NULL;
    int count = fill_fields(source, fields);
    ok = catalogue_item(catalogue, key, fields, count, picture, err) &&
         (n % CANCEL_EVERY != 0 || !is_cancelled(options, err));
    for (int k = 0; k < count; k++)
      free(fields[k].value);
    free(picture);
  }
  free(fields);
  return ok;
}

static bool feed_interactions(struct catalogue *catalogue, struct source *source,
                              const struct import_options *options, struct err *err)
{
  struct source_interaction row;
  struct progress progress;
  bool ok = true;
  progress_start(&progress, options->progress, "reading", "interactions",
                 source->interaction_rows);
  for (int64_t n = 1; ok && source_next_interaction(source, &row); n++) {
    ok = catalogue_interaction(catalogue, row.user, row.item, row.value, row.time, row.given, err);
    if (n % CANCEL_EVERY != 0)
      continue;
    progress_show(&progress, n, NULL);
    ok = ok && !is_cancelled(options, err);
  }
  progress_end(&progress);
  return ok;
}

static bool feed(struct catalogue *catalogue, struct source *source,
                 const struct import_options *options, struct import_report *report,
                 struct err *err)
{
  struct picture_files files = {0};
  bool has_pictures = source->images != NULL;
  settle_filters(catalogue, &source->manifest, options, report);
  settle_split(catalogue, source, options, report);
  if (has_pictures && !picture_files_open(&files, source->images, err))
    return false;
  source_rewind(source);
  bool ok = write_settings(catalogue, source, report, err) &&
            feed_items(catalogue, source, has_pictures ? &files : NULL, options, err) &&
            feed_interactions(catalogue, source, options, err) && source_is_same(source, err);
  if (ok && has_pictures)
    ok = pictures_import(catalogue, &source->known_items, &files, options, &report->pictures, err);
  picture_files_close(&files);
  return ok;
}

static bool count_phases(struct store *store, struct import_report *report, struct err *err)
{
  struct interactions all;
  if (!store_count(store, &report->counts, err) || !interactions_load(store, &all, err))
    return false;
  bool is_given = !strcmp(report->split, "given");
  for (int64_t k = 0; k < all.count; k++) {
    report->unlabelled += is_given && all.given[k] < 0;
    if (all.phase[k] < 0)
      report->dropped++;
    else
      report->phases[all.phase[k]]++;
  }
  interactions_free(&all);
  return true;
}

static bool import_into(struct store *store, struct source *source,
                        const struct import_options *options, struct import_report *report,
                        struct err *err)
{
  struct catalogue *catalogue = catalogue_begin(store, options->is_replacing, err);
  if (!catalogue)
    return false;
  if (!feed(catalogue, source, options, report, err)) {
    catalogue_abandon(catalogue);
    return false;
  }
  bool ok = options->is_dry_run ? catalogue_rehearse(catalogue, &report->catalogue, err)
                                : catalogue_commit(catalogue, &report->catalogue, err);
  return ok && count_phases(store, report, err);
}

/* Make the workspace's directory; *is_ours says that it was not there. */
static bool make_directory(const char *workspace, bool *is_ours, struct err *err)
{
  char *copy = mem_strdup(workspace);
  size_t size = strlen(copy);
  while (size > 1 && copy[size - 1] == '/')
    copy[--size] = '\0';
  char *slash = strrchr(copy, '/');
  bool ok = true;
  if (slash && slash > copy) {
    *slash = '\0';
    ok = path_make_dirs(copy, err);
    *slash = '/';
  }
  *is_ours = ok && mkdir(copy, 0777) == 0;
  if (ok && !*is_ours && errno != EEXIST)
    ok = err_errno(err, EX_CANTCREAT, "cannot make the directory %s", workspace);
  free(copy);
  return ok;
}

/* A dry run of a workspace that is not there yet works in a scratch one. */
static struct store *open_dry(const char *workspace, char **scratch, struct err *err)
{
  struct err unused;
  struct store *store = store_open(workspace, STORE_WRITE, &unused);
  if (store || unused.code != EX_NOINPUT) {
    if (!store)
      *err = unused;
    return store;
  }
  *scratch = path_temp_dir("neggen-dry", err);
  return *scratch ? store_open(*scratch, STORE_CREATE, err) : NULL;
}

bool import_run(const char *workspace, struct source *source, const struct import_options *options,
                struct import_report *report, struct err *err)
{
  double started = clock_seconds();
  bool is_ours = false;
  char *scratch = NULL;
  struct store *store = NULL;
  *report = (struct import_report){.min_rating = NAN};
  if (!check_options(source, options, err))
    return false;
  if (options->is_dry_run)
    store = open_dry(workspace, &scratch, err);
  else if (make_directory(workspace, &is_ours, err))
    store = store_open(workspace, STORE_CREATE, err);
  bool ok = store && import_into(store, source, options, report, err);
  store_close(store);
  if (!ok && is_ours)
    path_remove_tree(workspace, NULL);
  if (scratch)
    path_remove_tree(scratch, NULL);
  free(scratch);
  report->seconds = clock_seconds() - started;
  return ok;
}

void import_report_free(struct import_report *report)
{
  for (size_t k = 0; k < COUNT_OF(report->pictures.reasons); k++)
    free(report->pictures.reasons[k]);
  free(report->split);
  *report = (struct import_report){0};
}
