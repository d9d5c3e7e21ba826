/* check.c - are the two databases of a workspace whole?
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "store/store_private.h"

const char *store_library(void) { return sqlite3_libversion(); }

/* What SQLite finds, the first of it; "ok" when it is nothing. */
static bool check_one(struct sql *sql, const char *text, struct err *err)
{
  sqlite3_stmt *stmt = sql_query(sql, err, text, "");
  if (!stmt || sql_step(sql, stmt, err) != 1)
    return false;
  char *found = sql_text(stmt, 0);
  bool ok = found && !strcmp(found, "ok");
  if (!ok)
    err_set(err, EX_DATAERR, "%s is damaged: %.300s", sql->path, found ? found : "");
  free(found);
  sql_done(stmt);
  return ok;
}

bool store_is_whole(struct store *store, struct err *err)
{
  return check_one(&store->sql, "PRAGMA main.quick_check(1)", err) &&
         check_one(&store->sql, "PRAGMA cat.quick_check(1)", err);
}
