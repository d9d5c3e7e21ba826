/* sql.c - see sql.h
 * SPDX-License-Identifier: MIT */
#include "store/sql.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { BUSY_MS = 10000, MEASURE_WIDTH = IMAGE_SCALARS + 3 };

struct sql_cached {
  const char *text;
  sqlite3_stmt *stmt;
};

/* A file system whose locks do not work shows as one of these. */
static bool is_lock_trouble(int code)
{
  switch (code) {
  case SQLITE_PROTOCOL:
  case SQLITE_IOERR_LOCK:
  case SQLITE_IOERR_UNLOCK:
  case SQLITE_IOERR_RDLOCK:
  case SQLITE_IOERR_CHECKRESERVEDLOCK:
  case SQLITE_IOERR_SHMLOCK:
  case SQLITE_IOERR_SHMOPEN:
  case SQLITE_IOERR_SHMMAP:
    return true;
  default:
    return false;
  }
}

bool sql_fail(struct sql *sql, struct err *err)
{
  int code = sqlite3_extended_errcode(sql->db), system = sqlite3_system_errno(sql->db);
  const char *path = sql->path;
  if (is_lock_trouble(code))
    return err_set(err, EX_OSERR,
                   "%s: the locks of this file system do not work (%s); keep the workspace on a "
                   "local disk", path, sqlite3_errmsg(sql->db));
  switch (code & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return err_set(err, EX_BUSY, "%s: another process has been writing for %d s; try again", path,
                   BUSY_MS / 1000);
  case SQLITE_INTERRUPT:
    return err_set(err, EX_INTERRUPT, "%s: the query was cancelled", path);
  case SQLITE_FULL:
    return err_set(err, EX_IOERR, "cannot write %s: the disk is full", path);
  case SQLITE_IOERR:
    if (system) {
      errno = system;
      return err_errno(err, EX_IOERR, "cannot read or write %s", path);
    }
    if (code == SQLITE_IOERR_WRITE)
      return err_set(err, EX_IOERR,
                     "cannot write %s: the disk is full, or files may not grow so large", path);
    return err_set(err, EX_IOERR, "cannot read or write %s: %s", path, sqlite3_errmsg(sql->db));
  case SQLITE_READONLY:
  case SQLITE_PERM:
  case SQLITE_AUTH:
    return err_set(err, EX_NOPERM, "%s may not be written: %s", path, sqlite3_errmsg(sql->db));
  case SQLITE_CANTOPEN:
    if (system) {
      errno = system;
      return err_errno(err, system == EACCES || system == EPERM ? EX_NOPERM : EX_CANTCREAT,
                       "cannot open %s", path);
    }
    return err_set(err, EX_CANTCREAT, "cannot open %s", path);
  case SQLITE_NOTADB:
  case SQLITE_CORRUPT:
    return err_set(err, EX_DATAERR, "%s is damaged or no database of neggen: %s", path,
                   sqlite3_errmsg(sql->db));
  default:
    return err_set(err, EX_SOFTWARE, "%s: %s", path, sqlite3_errmsg(sql->db));
  }
}

bool sql_open(struct sql *sql, const char *uri, const char *path, int flags, struct err *err)
{
  *sql = (struct sql){.path = mem_strdup(path)};
  int code = sqlite3_open_v2(uri, &sql->db, flags | SQLITE_OPEN_URI | SQLITE_OPEN_EXRESCODE, NULL);
  if (code != SQLITE_OK) {
    sql_fail(sql, err);
    sql_close(sql);
    return false;
  }
  sqlite3_busy_timeout(sql->db, BUSY_MS);
  return true;
}

void sql_close(struct sql *sql)
{
  for (int k = 0; k < sql->cached_count; k++)
    sqlite3_finalize(sql->cached[k].stmt);
  free(sql->cached);
  sqlite3_close(sql->db);
  free(sql->path);
  *sql = (struct sql){0};
}

bool sql_script(struct sql *sql, const char *text, struct err *err)
{
  return sqlite3_exec(sql->db, text, NULL, NULL, NULL) == SQLITE_OK || sql_fail(sql, err);
}

static sqlite3_stmt *prepared(struct sql *sql, const char *text, struct err *err)
{
  for (int k = 0; k < sql->cached_count; k++)
    if (sql->cached[k].text == text)
      return sql->cached[k].stmt;
  sqlite3_stmt *stmt;
  if (sqlite3_prepare_v3(sql->db, text, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK) {
    sql_fail(sql, err);
    return NULL;
  }
  VEC_PUSH(sql->cached, sql->cached_count, sql->cached_room) = (struct sql_cached){text, stmt};
  return stmt;
}

static void bind_measure(sqlite3_stmt *stmt, int at, const struct measure *measure)
{
  for (int k = 0; k < IMAGE_SCALARS && measure; k++)
    sqlite3_bind_double(stmt, at + k, (double)measure->scalar[k]);
  if (measure) {
    sqlite3_bind_double(stmt, at + IMAGE_SCALARS, (double)measure->chromatic_share);
    sqlite3_bind_int(stmt, at + IMAGE_SCALARS + 1, measure->color);
    sqlite3_bind_int(stmt, at + IMAGE_SCALARS + 2, measure->composition);
  }
}

static void bind_all(sqlite3_stmt *stmt, const char *types, va_list values)
{
  const struct buf *buf;
  int at = 1;
  for (; *types; types++) {
    switch (*types) {
    case 'i': sqlite3_bind_int64(stmt, at++, va_arg(values, int64_t)); break;
    case 'n': sqlite3_bind_int(stmt, at++, va_arg(values, int)); break;
    case 'd': sqlite3_bind_double(stmt, at++, va_arg(values, double)); break;
    case 's': sqlite3_bind_text(stmt, at++, va_arg(values, const char *), -1, SQLITE_STATIC); break;
    case 'b':
      buf = va_arg(values, const struct buf *);
      if (buf)
        sqlite3_bind_blob64(stmt, at, buf->data ? buf->data : "", buf->size, SQLITE_STATIC);
      at++;
      break;
    case 'm':
      bind_measure(stmt, at, va_arg(values, const struct measure *));
      at += MEASURE_WIDTH;
      break;
    default: assert(!"a letter of sql_query's types");
    }
  }
  assert(at == 1 + sqlite3_bind_parameter_count(stmt));
}

static sqlite3_stmt *query(struct sql *sql, struct err *err, const char *text, const char *types,
                           va_list values)
{
  sqlite3_stmt *stmt = prepared(sql, text, err);
  if (!stmt)
    return NULL;
  sqlite3_reset(stmt);
  sqlite3_clear_bindings(stmt);
  bind_all(stmt, types, values);
  return stmt;
}

sqlite3_stmt *sql_query(struct sql *sql, struct err *err, const char *text, const char *types, ...)
{
  va_list values;
  va_start(values, types);
  sqlite3_stmt *stmt = query(sql, err, text, types, values);
  va_end(values);
  return stmt;
}

int sql_step(struct sql *sql, sqlite3_stmt *stmt, struct err *err)
{
  int code = sqlite3_step(stmt);
  if (code == SQLITE_ROW)
    return 1;
  if (code != SQLITE_DONE)
    sql_fail(sql, err);
  sqlite3_reset(stmt);
  return code == SQLITE_DONE ? 0 : -1;
}

void sql_done(sqlite3_stmt *stmt) { sqlite3_reset(stmt); }

bool sql_run(struct sql *sql, struct err *err, const char *text, const char *types, ...)
{
  va_list values;
  va_start(values, types);
  sqlite3_stmt *stmt = query(sql, err, text, types, values);
  va_end(values);
  return stmt && sql_step(sql, stmt, err) == 0;
}

bool sql_int(struct sql *sql, int64_t *value, int64_t fallback, struct err *err, const char *text,
             const char *types, ...)
{
  va_list values;
  va_start(values, types);
  sqlite3_stmt *stmt = query(sql, err, text, types, values);
  va_end(values);
  int step = stmt ? sql_step(sql, stmt, err) : -1;
  *value = fallback;
  if (step == 1) {
    if (sqlite3_column_type(stmt, 0) != SQLITE_NULL)
      *value = sqlite3_column_int64(stmt, 0);
    sql_done(stmt);
  }
  return step >= 0;
}

bool sql_write_begin(struct sql *sql, struct sql_write *write, struct err *err)
{
  write->is_outermost = sqlite3_get_autocommit(sql->db) != 0;
  return write->is_outermost ? sql_run(sql, err, "BEGIN IMMEDIATE", "")
                             : sql_run(sql, err, "SAVEPOINT part", "");
}

bool sql_write_end(struct sql *sql, const struct sql_write *write, bool ok, struct err *err)
{
  if (ok && !sql_run(sql, err, write->is_outermost ? "COMMIT" : "RELEASE part", ""))
    ok = false;
  if (ok || sqlite3_get_autocommit(sql->db)) /* a full disk ends the transaction by itself */
    return ok;
  if (write->is_outermost)
    sql_run(sql, NULL, "ROLLBACK", "");
  else if (sql_run(sql, NULL, "ROLLBACK TO part", ""))
    sql_run(sql, NULL, "RELEASE part", "");
  return false;
}

char *sql_text(sqlite3_stmt *stmt, int column)
{
  return mem_strdup((const char *)sqlite3_column_text(stmt, column));
}

double sql_real(sqlite3_stmt *stmt, int column)
{
  if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
    return NAN;
  return sqlite3_column_double(stmt, column);
}

bool sql_measure(sqlite3_stmt *stmt, int column, struct measure *measure)
{
  if (sqlite3_column_type(stmt, column) == SQLITE_NULL)
    return false;
  for (int k = 0; k < IMAGE_SCALARS; k++)
    measure->scalar[k] = (float)sqlite3_column_double(stmt, column + k);
  measure->chromatic_share = (float)sqlite3_column_double(stmt, column + IMAGE_SCALARS);
  measure->color = sqlite3_column_int(stmt, column + IMAGE_SCALARS + 1);
  measure->composition = sqlite3_column_int(stmt, column + IMAGE_SCALARS + 2);
  return true;
}
