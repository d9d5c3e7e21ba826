/* export.c - see export.h
 * SPDX-License-Identifier: MIT */
#include "data/export.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/intern.h"
#include "base/mem.h"
#include "base/path.h"
#include "data/lines.h"
#include "store/interaction.h"

enum { LOOK_EVERY = 1 << 10 };

struct export {
  struct store *store;
  const struct export_options *options;
  struct export_report *report;
  char *folder; /* its name until it is whole */
  struct manifest manifest;
  struct intern keys; /* of the items, by id */
  struct progress progress;
};

/* Between two rows: show how far it is, stop when asked to. */
static bool go_on(struct export *export, int64_t done, struct err *err)
{
  if (done % LOOK_EVERY != 0)
    return true;
  progress_show(&export->progress, done, NULL);
  if (!export->options->is_cancelled || !export->options->is_cancelled())
    return true;
  return err_set(err, EX_INTERRUPT, "export: interrupted; nothing was written");
}

static bool needs_escapes(const char *value) { return strpbrk(value, "\t\n\r") != NULL; }

/* The keys, the fields that items have, and whether a cell needs escapes: for what is in it, or
 * because an item does not have that field. */
static bool look_at_items(struct export *export, int64_t count, struct err *err)
{
  int64_t cells = 0;
  for (int64_t id = 0; id < count; id++) {
    struct item *item = item_at(export->store, id, err);
    if (!item || !go_on(export, id, err)) {
      item_free(item);
      return false;
    }
    intern_add(&export->keys, item->key, strlen(item->key));
    cells += item->field_count;
    for (int k = 0; k < item->field_count; k++) {
      const struct field *field = &item->fields[k];
      enum field_kind kind;
      if (!manifest_kind(&export->manifest, field->key, &kind))
        manifest_add_field(&export->manifest, field->key, field->kind);
      export->manifest.has_escapes = export->manifest.has_escapes || needs_escapes(field->value);
    }
    item_free(item);
  }
  if (cells != count * export->manifest.field_count)
    export->manifest.has_escapes = true;
  export->report->has_escapes = export->manifest.has_escapes;
  return true;
}

static void take_settings(struct export *export)
{
  char *seed = store_meta(export->store, "split_seed");
  char *min_rating = store_meta(export->store, "min_rating");
  char *k_core = store_meta(export->store, "k_core");
  struct manifest *manifest = &export->manifest;
  manifest->split = store_meta(export->store, "split");
  if (!manifest->split)
    manifest->split = mem_strdup("random");
  manifest->seed = seed ? strtoll(seed, NULL, 10) : 0;
  manifest->min_rating = min_rating ? strtod(min_rating, NULL) : NAN;
  manifest->k_core = k_core ? atoi(k_core) : 0;
  free(seed);
  free(min_rating);
  free(k_core);
}

static bool copy_bytes(int from, int to)
{
  char block[1 << 16];
  for (;;) {
    ssize_t n = read(from, block, sizeof block);
    if (n <= 0)
      return n == 0;
    for (ssize_t done = 0, more; done < n; done += more)
      if ((more = write(to, block + done, (size_t)(n - done))) < 0)
        return false;
  }
}

static bool make_images(const struct export *export, struct err *err)
{
  char *images = path_join(export->folder, "images");
  bool ok = path_make_dirs(images, err);
  free(images);
  return ok;
}

/* A picture's file under the name of its item; one that is gone is counted. */
static bool copy_picture(struct export *export, const struct item *item, struct err *err)
{
  struct stat st;
  const char *dot = item->picture_path ? strrchr(item->picture_path, '.') : NULL;
  int from = dot ? open(item->picture_path, O_RDONLY | O_CLOEXEC) : -1;
  bool is_there = from >= 0 && fstat(from, &st) == 0 && S_ISREG(st.st_mode) &&
                  !strchr(item->key, '/');
  bool ok = !is_there || export->report->pictures > 0 || make_images(export, err);
  if (is_there && ok) {
    char *path = mem_printf("%s/images/%s%s", export->folder, item->key, dot);
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    ok = to >= 0 && copy_bytes(from, to);
    if ((to >= 0 && close(to) != 0) || !ok)
      ok = err_errno(err, EX_IOERR, "cannot copy %s to %s", item->picture_path, path);
    export->report->pictures++;
    free(path);
  } else if (item->picture_path) {
    export->report->pictures_gone++;
  }
  if (from >= 0)
    close(from);
  return ok;
}

static FILE *create(const struct export *export, const char *name, struct err *err)
{
  char *path = path_join(export->folder, name);
  FILE *stream = fopen(path, "we");
  if (!stream)
    err_errno(err, EX_CANTCREAT, "cannot write %s", path);
  free(path);
  return stream;
}

static bool put(FILE *stream, struct buf *row, const char *name, struct err *err)
{
  bool ok = fwrite(row->data, 1, row->size, stream) == row->size;
  buf_clear(row);
  return ok || err_errno(err, EX_IOERR, "cannot write %s", name);
}

/* Close a table that was written as far as ok says. */
static bool finish_table(FILE *stream, bool ok, const char *name, struct err *err)
{
  bool is_whole = fclose(stream) == 0;
  return ok && (is_whole || err_errno(err, EX_IOERR, "cannot write %s", name));
}

static bool write_items(struct export *export, struct err *err)
{
  const struct writer *writer = export->options->writer;
  struct buf row = {0};
  FILE *stream = create(export, writer->items, err);
  if (!stream)
    return false;
  bool ok = true;
  if (writer->items_head) {
    writer->items_head(&row, &export->manifest);
    ok = put(stream, &row, writer->items, err);
  }
  for (int64_t id = 0; id < export->keys.count && ok; id++) {
    struct item *item = item_at(export->store, id, err);
    ok = item && go_on(export, id, err) && copy_picture(export, item, err);
    if (ok)
      writer->item(&row, item, &export->manifest);
    if (ok && row.size > LINE_MAX_BYTES)
      ok = err_set(err, EX_DATAERR, "item \"%s\" is too long for a line of %d bytes", item->key,
                   LINE_MAX_BYTES);
    ok = ok && put(stream, &row, writer->items, err);
    item_free(item);
  }
  buf_free(&row);
  return finish_table(stream, ok, writer->items, err);
}

/* What every row has a column for, and what x_label says. */
static struct export_row row_like(struct export *export, const struct interactions *all)
{
  struct export_row like = {.has_escapes = export->manifest.has_escapes};
  bool has_labels = false;
  for (int64_t k = 0; k < all->count; k++) {
    like.has_value = like.has_value || all->value[k] != 1;
    like.has_time = like.has_time || all->time[k] != 0;
    has_labels = has_labels || all->given[k] >= 0;
  }
  export->manifest.repeats_split = strcmp(export->manifest.split, "given") != 0 && !has_labels;
  return like;
}

/* Users in their order, each one's rows in the order of the source: so they are numbered alike. */
static bool write_rows(struct export *export, const struct interactions *all, char *const *users,
                       FILE *stream, struct err *err)
{
  const struct writer *writer = export->options->writer;
  struct export_row like = row_like(export, all);
  struct buf text = {0};
  bool ok = true;
  if (writer->interactions_head) {
    writer->interactions_head(&text, &like);
    ok = put(stream, &text, writer->interactions, err);
  }
  progress_start(&export->progress, export->options->progress, "writing", "interactions",
                 all->count);
  for (int64_t k = 0; k < all->count && ok; k++) {
    struct export_row row = like;
    row.user = users[all->user[k]];
    row.item = intern_text(&export->keys, all->item[k]);
    row.value = (double)all->value[k];
    row.time = all->time[k];
    row.label = export->manifest.repeats_split ? all->phase[k] : all->given[k];
    writer->interaction(&text, &row);
    ok = go_on(export, k, err) && put(stream, &text, writer->interactions, err);
  }
  progress_end(&export->progress);
  buf_free(&text);
  return ok;
}

static bool write_interactions(struct export *export, struct err *err)
{
  const char *name = export->options->writer->interactions;
  struct interactions all;
  if (!interactions_load(export->store, &all, err))
    return false;
  int32_t user_count = 0;
  char **users = user_keys(export->store, &user_count, err);
  FILE *stream = users ? create(export, name, err) : NULL;
  bool ok = stream && finish_table(stream, write_rows(export, &all, users, stream, err), name, err);
  export->report->interactions = all.count;
  export->report->users = user_count;
  for (int32_t k = 0; users && k < user_count; k++)
    free(users[k]);
  free(users);
  interactions_free(&all);
  return ok;
}

static bool write_all(struct export *export, struct err *err)
{
  struct store_counts counts;
  const struct export_more *more = &export->options->more;
  char *manifest = path_join(export->folder, MANIFEST_NAME);
  take_settings(export);
  bool ok = store_count(export->store, &counts, err);
  if (ok && !counts.items)
    ok = err_set(err, EX_DATAERR, "%s holds no items to export", store_dir(export->store));
  progress_start(&export->progress, export->options->progress, "writing", "items", counts.items);
  ok = ok && look_at_items(export, counts.items, err) && write_items(export, err);
  progress_end(&export->progress);
  ok = ok && write_interactions(export, err) &&
       manifest_write(&export->manifest, manifest, err) &&
       (!more->write || more->write(more->context, export->store, export->folder, &export->keys,
                                    err));
  export->report->items = counts.items;
  free(manifest);
  return ok;
}

static bool is_empty_or_not_there(const char *folder, struct err *err)
{
  struct stat st;
  if (lstat(folder, &st) != 0)
    return errno == ENOENT || err_errno(err, EX_CANTCREAT, "cannot write %s", folder);
  DIR *dir = S_ISDIR(st.st_mode) ? opendir(folder) : NULL;
  int entries = 0;
  while (dir && readdir(dir))
    entries++;
  if (dir)
    closedir(dir);
  if (dir && entries <= 2)
    return true;
  return err_set(err, EX_CANTCREAT, dir ? "%s is a folder with things in it: name a new one"
                                        : "%s is there already and no folder: name a new one",
                 folder);
}

/* On the disk, then under its name. */
static bool put_in_place(const char *from, const char *to, struct err *err)
{
  int fd = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool ok = fd >= 0 && syncfs(fd) == 0 && rename(from, to) == 0;
  if (!ok)
    err_errno(err, EX_CANTCREAT, "cannot write %s", to);
  if (fd >= 0)
    close(fd);
  return ok;
}

bool export_run(struct store *store, const char *folder, const struct export_options *options,
                struct export_report *report, struct err *err)
{
  double started = clock_seconds();
  struct export export = {.store = store, .options = options, .report = report};
  *report = (struct export_report){0};
  char *name = mem_strdup(folder);
  for (size_t size = strlen(name); size > 1 && name[size - 1] == '/';)
    name[--size] = '\0';
  if (!is_empty_or_not_there(name, err)) {
    free(name);
    return false;
  }
  export.folder = mem_printf("%s.new-%ld", name, (long)getpid());
  bool ok = path_make_dirs(export.folder, err) && write_all(&export, err) &&
            put_in_place(export.folder, name, err);
  if (!ok)
    path_remove_tree(export.folder, NULL);
  manifest_free(&export.manifest);
  intern_free(&export.keys);
  free(export.folder);
  free(name);
  report->seconds = clock_seconds() - started;
  return ok;
}
