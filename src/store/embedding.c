/* embedding.c - see embedding.h
 * SPDX-License-Identifier: MIT */
#include "store/embedding.h"

#include "store/store_private.h"

bool embedding_load(struct store *store, const char *encoder, const char *content, struct buf *vector)
{
  struct err ignored;
  sqlite3_stmt *stmt = sql_query(&store->sql, &ignored,
    "SELECT vector FROM main.embedding WHERE encoder = ? AND content = ?", "ss", encoder, content);
  if (!stmt || sql_step(&store->sql, stmt, &ignored) != 1)
    return false;
  buf_clear(vector);
  buf_add(vector, sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0));
  sql_done(stmt);
  return true;
}

bool embedding_save(struct store *store, const char *encoder, const char *content,
                    const struct buf *vector, struct err *err)
{
  return sql_run(&store->sql, err,
    "INSERT OR REPLACE INTO main.embedding(encoder, content, vector) VALUES(?,?,?)", "ssb", encoder,
    content, vector);
}
