/* server.c - see server.h
 * SPDX-License-Identifier: MIT */
#include "store/server.h"

#include <stdio.h>
#include <stdlib.h>

#include "store/store_private.h"

bool server_load(struct store *store, const char *base, const char *model, struct server_facts *facts)
{
  struct err ignored;
  sqlite3_stmt *stmt = sql_query(&store->sql, &ignored,
    "SELECT kind, format, slots, context, sees, probed FROM main.server WHERE base = ? AND model = ?",
    "ss", base, model);
  if (!stmt || sql_step(&store->sql, stmt, &ignored) != 1)
    return false;
  char *kind = sql_text(stmt, 0), *format = sql_text(stmt, 1);
  *facts = (struct server_facts){.slots = sqlite3_column_int(stmt, 2),
                                 .context = sqlite3_column_int(stmt, 3),
                                 .sees = sqlite3_column_int(stmt, 4),
                                 .probed = sqlite3_column_int64(stmt, 5)};
  snprintf(facts->kind, sizeof facts->kind, "%s", kind);
  snprintf(facts->format, sizeof facts->format, "%s", format);
  free(kind);
  free(format);
  sql_done(stmt);
  return true;
}

bool server_save(struct store *store, const char *base, const char *model,
                 const struct server_facts *facts, struct err *err)
{
  return sql_run(&store->sql, err,
    "INSERT OR REPLACE INTO main.server(base, model, kind, format, slots, context, sees, probed)"
    " VALUES(?,?,?,?,?,?,?,?)", "ssssnnni", base, model, facts->kind, facts->format, facts->slots,
    facts->context, facts->sees, facts->probed);
}
