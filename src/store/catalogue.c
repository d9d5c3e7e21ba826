/* catalogue.c - see catalogue.h
 *
 * The new file is no journal's business: it has another name until it is whole and on
 * the disk, and whoever dies before leaves the old one as it was. Pages are written
 * without journal and without waiting; one fsync and a rename end it.
 * SPDX-License-Identifier: MIT */
#include "store/catalogue_private.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "store/schema.h"

static bool take_lock(struct catalogue *catalogue, struct err *err)
{
  const char *dir = catalogue->store->dir;
  catalogue->lock = open(catalogue->store->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (catalogue->lock >= 0 && flock(catalogue->lock, LOCK_EX | LOCK_NB) == 0)
    return true;
  if (errno == EWOULDBLOCK)
    return err_set(err, EX_BUSY, "another import into %s is running; try again when it ended", dir);
  return err_errno(err, EX_OSERR, "cannot lock %s", dir);
}

static bool copy_bytes(int from, int to)
{
  static const size_t chunk = (size_t)1 << 30;
  for (;;) {
    ssize_t n = copy_file_range(from, NULL, to, NULL, chunk, 0);
    if (n == 0)
      return true;
    if (n < 0 && errno != EINTR)
      return false;
  }
}

/* Copied by hand: the file is immutable, and nobody else knows the new name. */
static bool copy_old(struct catalogue *catalogue, struct err *err)
{
  int from = open(catalogue->store->catalogue_path, O_RDONLY | O_CLOEXEC);
  int to = open(catalogue->temporary, O_WRONLY | O_CLOEXEC);
  bool ok = from >= 0 && to >= 0 && copy_bytes(from, to);
  int saved = errno;
  if (from >= 0)
    close(from);
  if (to >= 0 && close(to) != 0)
    ok = false;
  errno = saved;
  return ok || err_errno(err, EX_IOERR, "cannot copy %s", catalogue->store->catalogue_path);
}

static bool load_items(struct catalogue *catalogue, struct err *err)
{
  int step = -1;
  sqlite3_stmt *stmt = sql_query(&catalogue->sql, err, "SELECT key FROM item ORDER BY id", "");
  while (stmt && (step = sql_step(&catalogue->sql, stmt, err)) == 1)
    intern_add(&catalogue->items, (const char *)sqlite3_column_text(stmt, 0),
               (size_t)sqlite3_column_bytes(stmt, 0));
  return step == 0;
}

static void add_kind(struct field_kinds *kinds, const char *key, enum field_kind kind)
{
  kinds->keys = mem_grow(kinds->keys, (size_t)kinds->count + 1, sizeof *kinds->keys);
  kinds->kinds = mem_grow(kinds->kinds, (size_t)kinds->count + 1, sizeof *kinds->kinds);
  kinds->keys[kinds->count] = mem_strdup(key);
  kinds->kinds[kinds->count++] = kind;
}

static bool load_kinds(struct catalogue *catalogue, struct err *err)
{
  int step = -1;
  sqlite3_stmt *stmt = sql_query(&catalogue->sql, err,
                                 "SELECT key, kind FROM field ORDER BY position", "");
  while (stmt && (step = sql_step(&catalogue->sql, stmt, err)) == 1)
    add_kind(&catalogue->kinds, (const char *)sqlite3_column_text(stmt, 0),
             (enum field_kind)sqlite3_column_int(stmt, 1));
  return step == 0;
}

static bool open_new(struct catalogue *catalogue, bool is_replacing, struct err *err)
{
  const char *path = catalogue->store->catalogue_path;
  unlink(catalogue->temporary); /* what an import that died left */
  return store_make_file(catalogue->temporary, err) &&
         (is_replacing || copy_old(catalogue, err)) &&
         sql_open(&catalogue->sql, catalogue->temporary, path, SQLITE_OPEN_READWRITE, err) &&
         sql_script(&catalogue->sql,
                    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536", err) &&
         schema_migrate(&catalogue->sql, &catalogue_schema, err) &&
         sql_script(&catalogue->sql, "BEGIN", err) && load_items(catalogue, err) &&
         load_kinds(catalogue, err) && catalogue_rows_load(catalogue, err);
}

struct catalogue *catalogue_begin(struct store *store, bool is_replacing, struct err *err)
{
  struct catalogue *catalogue = mem_zero(1, sizeof *catalogue);
  catalogue->store = store;
  catalogue->min_value = NAN;
  catalogue->temporary = mem_printf("%s/catalogue.db.new", store->root);
  if (take_lock(catalogue, err) && open_new(catalogue, is_replacing, err))
    return catalogue;
  catalogue_abandon(catalogue);
  return NULL;
}

static void catalogue_free(struct catalogue *catalogue)
{
  for (int k = 0; k < catalogue->kinds.count; k++)
    free(catalogue->kinds.keys[k]);
  free(catalogue->kinds.keys);
  free(catalogue->kinds.kinds);
  intern_free(&catalogue->items);
  intern_free(&catalogue->users);
  free(catalogue->rows);
  free(catalogue->temporary);
  if (catalogue->lock >= 0)
    close(catalogue->lock);
  free(catalogue);
}

void catalogue_abandon(struct catalogue *catalogue)
{
  if (!catalogue)
    return;
  if (catalogue->sql.path) {
    sql_close(&catalogue->sql);
    unlink(catalogue->temporary);
  }
  catalogue_free(catalogue);
}

void catalogue_filter(struct catalogue *catalogue, double min_value, int k_core)
{
  catalogue->min_value = min_value;
  catalogue->k_core = k_core;
}

bool catalogue_field_kind(struct catalogue *catalogue, const char *key, enum field_kind *kind)
{
  for (int k = 0; k < catalogue->kinds.count; k++)
    if (!strcmp(catalogue->kinds.keys[k], key)) {
      *kind = catalogue->kinds.kinds[k];
      return true;
    }
  return false;
}

bool catalogue_meta(struct catalogue *catalogue, const char *name, const char *value,
                    struct err *err)
{
  return sql_run(&catalogue->sql, err, "INSERT OR REPLACE INTO meta(name, value) VALUES(?,?)",
                 "ss", name, value);
}

char *catalogue_meta_get(struct catalogue *catalogue, const char *name)
{
  char *value = NULL;
  sqlite3_stmt *stmt = sql_query(&catalogue->sql, NULL, "SELECT value FROM meta WHERE name = ?",
                                 "s", name);
  if (stmt && sql_step(&catalogue->sql, stmt, NULL) == 1) {
    value = sql_text(stmt, 0);
    sql_done(stmt);
  }
  return value;
}

/* The file is on the disk before its name is. */
static bool put_in_place(struct catalogue *catalogue, struct err *err)
{
  int fd = open(catalogue->temporary, O_RDONLY | O_CLOEXEC);
  bool ok = fd >= 0 && fsync(fd) == 0 &&
            rename(catalogue->temporary, catalogue->store->catalogue_path) == 0;
  if (!ok)
    err_errno(err, EX_IOERR, "cannot write %s", catalogue->store->catalogue_path);
  else
    fsync(catalogue->lock);
  if (fd >= 0)
    close(fd);
  return ok;
}

static int64_t count_stale(struct store *store)
{
  struct store_counts counts;
  return store_count(store, &counts, NULL) ? counts.stale : 0;
}

/* The last of the new file; then it goes where it belongs, or is seen by our store alone. */
static bool finish(struct catalogue *catalogue, bool is_rehearsal, struct catalogue_report *report,
                   struct err *err)
{
  struct store *store = catalogue->store;
  bool ok = catalogue_rows_write(catalogue, err) && catalogue_looks_write(catalogue, err) &&
            sql_script(&catalogue->sql, "COMMIT", err);
  if (!ok) {
    catalogue_abandon(catalogue);
    return false;
  }
  sql_close(&catalogue->sql);
  int64_t stale = count_stale(store);
  if (is_rehearsal)
    ok = store_attach(store, catalogue->temporary, err);
  else
    ok = put_in_place(catalogue, err) && store_attach(store, store->catalogue_path, err);
  unlink(catalogue->temporary); /* what is attached stays readable */
  *report = catalogue->report;
  report->negatives_stale = ok ? count_stale(store) - stale : 0;
  catalogue_free(catalogue);
  return ok;
}

bool catalogue_commit(struct catalogue *catalogue, struct catalogue_report *report,
                      struct err *err)
{
  return finish(catalogue, false, report, err);
}

bool catalogue_rehearse(struct catalogue *catalogue, struct catalogue_report *report,
                        struct err *err)
{
  return finish(catalogue, true, report, err);
}
