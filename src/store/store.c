/* store.c - open a workspace, keep up with its catalogue, count what is in it
 *
 * One connection for each store: work.db is its main database, catalogue.db is attached
 * read-only and `immutable`, which is true: the file is never changed, only replaced. So
 * one query can join what was imported with what was made of it.
 * SPDX-License-Identifier: MIT */
#include "store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "store/schema.h"
#include "store/store_private.h"

char *store_work_path(const char *dir) { return path_join(dir, "work.db"); }

char *store_catalogue_path(const char *dir) { return path_join(dir, "catalogue.db"); }

bool store_make_file(const char *path, struct err *err)
{
  int fd = path_keep_open(path, O_EXCL | O_RDWR);
  if (fd < 0)
    return errno == EEXIST || err_errno(err, errno == EACCES ? EX_NOPERM : EX_CANTCREAT,
                                        "cannot make %s", path);
  close(fd);
  return true;
}

/* "file:PATH?QUERY" with what a URI would take for its own written as %XX. */
static char *uri_of(const char *path, const char *query)
{
  struct buf uri = {0};
  buf_str(&uri, "file:");
  for (const char *p = path; *p; p++) {
    if (strchr("?#%", *p))
      buf_printf(&uri, "%%%02X", (unsigned)(unsigned char)*p);
    else
      buf_char(&uri, *p);
  }
  buf_printf(&uri, "?%s", query);
  return buf_take(&uri);
}

static bool is_empty_dir(const char *path)
{
  DIR *dir = opendir(path);
  int count = 0;
  for (struct dirent *entry; dir && (entry = readdir(dir));)
    count += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
  if (dir)
    closedir(dir);
  return count == 0;
}

/* A catalogue without rows, whole before it gets its name. */
static bool make_catalogue(const char *path, struct err *err)
{
  struct sql sql;
  char *temporary = mem_printf("%s.empty-%ld", path, (long)getpid());
  bool ok = store_make_file(temporary, err) &&
            sql_open(&sql, temporary, path, SQLITE_OPEN_READWRITE, err);
  if (ok) {
    ok = schema_migrate(&sql, &catalogue_schema, err);
    sql_close(&sql);
  }
  if (ok && link(temporary, path) != 0 && errno != EEXIST)
    ok = err_errno(err, EX_CANTCREAT, "cannot make %s", path);
  unlink(temporary);
  free(temporary);
  return ok;
}

static bool make_workspace(const char *dir, struct err *err)
{
  char *work = store_work_path(dir), *catalogue = store_catalogue_path(dir);
  bool ok;
  if (path_is_dir(dir) && !path_is_file(work) && !path_is_file(catalogue) && !is_empty_dir(dir))
    ok = err_set(err, EX_CANTCREAT,
                 "%s is a folder with other things in it: name a new one for the workspace", dir);
  else
    ok = path_make_dirs(dir, err) &&
         (path_is_file(catalogue) || make_catalogue(catalogue, err)) &&
         store_make_file(work, err);
  free(work);
  free(catalogue);
  return ok;
}

/* Read-only where nothing may be written, also when no other process has the WAL open. */
static bool open_unwritable(struct store *store, const char *path, struct err *err)
{
  char *uri = uri_of(path, "mode=ro"), *still = uri_of(path, "mode=ro&immutable=1");
  int64_t tables;
  bool ok = sql_open(&store->sql, uri, path, SQLITE_OPEN_READONLY, err);
  if (ok && !sql_int(&store->sql, &tables, 0, NULL, "SELECT count(*) FROM main.sqlite_schema",
                     "")) {
    sql_close(&store->sql);
    ok = sql_open(&store->sql, still, path, SQLITE_OPEN_READONLY, err);
  }
  free(uri);
  free(still);
  int version = 0;
  if (!ok || !schema_check(&store->sql, &work_schema, "main", &version, err))
    return false;
  if (version < schema_version(&work_schema))
    return err_set(err, EX_NOPERM,
                   "%s was made by an older neggen and must be opened once by someone who may "
                   "write it", store->dir);
  return true;
}

static bool open_work(struct store *store, struct err *err)
{
  char *path = store_work_path(store->dir);
  bool ok, may_write = access(path, W_OK) == 0 && access(store->dir, W_OK) == 0;
  if (!may_write && store->mode != STORE_READ) {
    ok = err_set(err, EX_NOPERM, "%s may not be written by you", path);
  } else if (!may_write) {
    ok = open_unwritable(store, path, err);
  } else {
    ok = sql_open(&store->sql, path, path, SQLITE_OPEN_READWRITE, err) &&
         schema_migrate(&store->sql, &work_schema, err) &&
         sql_script(&store->sql, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", err);
    if (ok && store->mode == STORE_READ)
      ok = sql_script(&store->sql, "PRAGMA query_only = ON", err);
  }
  free(path);
  return ok;
}

static void forget_catalogue(struct store *store)
{
  for (int k = 0; k < store->kinds.count; k++)
    free(store->kinds.keys[k]);
  free(store->kinds.keys);
  free(store->kinds.kinds);
  store->kinds = (struct field_kinds){0};
  store->has_kinds = store->knows_borders = store->has_borders = false;
  store->counted_version = 0;
}

bool store_attach(struct store *store, const char *path, struct err *err)
{
  struct stat st;
  int version;
  forget_catalogue(store);
  if (stat(path, &st) != 0) {
    if (errno != ENOENT)
      return err_errno(err, errno == EACCES ? EX_NOPERM : EX_NOINPUT, "cannot read %s", path);
    return err_set(err, EX_NOINPUT, "%s is missing: make it again with neggen import %s SOURCE",
                   path, store->dir);
  }
  if (access(path, R_OK) != 0)
    return err_errno(err, EX_NOPERM, "cannot read %s", path);
  if (store->is_attached && !sql_run(&store->sql, err, "DETACH cat", ""))
    return false;
  char *uri = uri_of(path, "mode=ro&immutable=1");
  bool ok = sql_run(&store->sql, err, "ATTACH ? AS cat", "s", uri) &&
            schema_check(&store->sql, &catalogue_schema, "cat", &version, err);
  free(uri);
  store->is_attached = ok;
  if (ok && version < schema_version(&catalogue_schema))
    ok = err_set(err, EX_DATAERR, "%s is of an older neggen: make it again with neggen import %s "
                 "SOURCE", path, store->dir);
  store->catalogue_device = st.st_dev;
  store->catalogue_inode = st.st_ino;
  return ok;
}

bool store_check(const char *dir, struct err *err)
{
  char *work = store_work_path(dir);
  struct stat st;
  bool ok = stat(work, &st) == 0;
  if (!ok && errno == EACCES)
    err_errno(err, EX_NOPERM, "cannot read %s", dir);
  else if (!ok)
    err_set(err, EX_NOINPUT, "%s is no workspace: make one with neggen import %s SOURCE", dir, dir);
  free(work);
  return ok;
}

struct store *store_open(const char *dir, enum store_mode mode, struct err *err)
{
  struct store *store;
  if (mode == STORE_CREATE ? !make_workspace(dir, err) : !store_check(dir, err))
    return NULL;
  store = mem_zero(1, sizeof *store);
  store->dir = mem_strdup(dir);
  store->root = realpath(dir, NULL);
  store->catalogue_path = store_catalogue_path(dir);
  store->mode = mode;
  if (!store->root)
    err_errno(err, EX_NOINPUT, "cannot read %s", dir);
  else if (open_work(store, err) && store_attach(store, store->catalogue_path, err))
    return store;
  store_close(store);
  return NULL;
}

void store_close(struct store *store)
{
  if (!store)
    return;
  forget_catalogue(store);
  sql_close(&store->sql);
  free(store->dir);
  free(store->root);
  free(store->catalogue_path);
  free(store);
}

const char *store_dir(const struct store *store) { return store->dir; }

bool store_refresh(struct store *store, struct err *err)
{
  struct stat st;
  if (stat(store->catalogue_path, &st) != 0 || !sqlite3_get_autocommit(store->sql.db) ||
      (st.st_ino == store->catalogue_inode && st.st_dev == store->catalogue_device))
    return false;
  return store_attach(store, store->catalogue_path, err);
}

void store_interrupt(struct store *store) { sqlite3_interrupt(store->sql.db); }

bool store_begin(struct store *store, struct err *err)
{
  return sql_run(&store->sql, err, "BEGIN IMMEDIATE", "");
}

bool store_commit(struct store *store, struct err *err)
{
  if (sql_run(&store->sql, err, "COMMIT", ""))
    return true;
  store_rollback(store);
  return false;
}

void store_rollback(struct store *store)
{
  if (!sqlite3_get_autocommit(store->sql.db))
    sql_run(&store->sql, NULL, "ROLLBACK", "");
}

char *store_meta(struct store *store, const char *name)
{
  char *value = NULL;
  sqlite3_stmt *stmt = sql_query(&store->sql, NULL, "SELECT value FROM cat.meta WHERE name = ?",
                                 "s", name);
  if (stmt && sql_step(&store->sql, stmt, NULL) == 1) {
    value = sql_text(stmt, 0);
    sql_done(stmt);
  }
  return value;
}
