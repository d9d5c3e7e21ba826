/* request.c - see request.h
 * SPDX-License-Identifier: MIT */
#include "store/request.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/store_private.h"

bool request_save(struct store *store, struct request *request, struct err *err)
{
  bool ok = sql_run(&store->sql, err,
    "INSERT INTO main.request(item, template, backend, model, hash, body, reply, status,"
    " finish_reason, error, started, seconds, tokens_in, tokens_out, server, problem, attempt,"
    " first_seconds) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", "sssssssnssidnnssnd",
    request->item, request->template_name, request->backend, request->model, request->hash,
    request->body, request->reply, request->status, request->finish_reason, request->error,
    request->started, request->seconds, request->tokens_in, request->tokens_out, request->server,
    request->problem, request->attempt, request->first_seconds);
  if (ok)
    request->id = sqlite3_last_insert_rowid(store->sql.db);
  return ok;
}

static struct request *from_row(sqlite3_stmt *stmt)
{
  struct request *request = mem_zero(1, sizeof *request);
  request->id = sqlite3_column_int64(stmt, 0);
  request->item = sql_text(stmt, 1);
  request->template_name = sql_text(stmt, 2);
  request->backend = sql_text(stmt, 3);
  request->model = sql_text(stmt, 4);
  request->hash = sql_text(stmt, 5);
  request->body = sql_text(stmt, 6);
  request->reply = sql_text(stmt, 7);
  request->status = sqlite3_column_int(stmt, 8);
  request->finish_reason = sql_text(stmt, 9);
  request->error = sql_text(stmt, 10);
  request->started = sqlite3_column_int64(stmt, 11);
  request->seconds = sqlite3_column_double(stmt, 12);
  request->tokens_in = sqlite3_column_int(stmt, 13);
  request->tokens_out = sqlite3_column_int(stmt, 14);
  request->server = sql_text(stmt, 15);
  request->problem = sql_text(stmt, 16);
  request->attempt = sqlite3_column_int(stmt, 17);
  request->first_seconds = sql_real(stmt, 18);
  return request;
}

#define COLUMNS \
  "SELECT id, item, template, backend, model, hash, body, reply, status, finish_reason, error," \
  " started, seconds, tokens_in, tokens_out, server, problem, attempt, first_seconds" \
  " FROM main.request "

/* All rows of a statement (NULL: it failed to begin). */
static bool read_rows(struct store *store, sqlite3_stmt *stmt, struct request ***out, int *count,
                      struct err *err)
{
  int room = 0, step = -1;
  *out = NULL;
  *count = 0;
  VEC_ROOM(*out, 0, room);
  while (stmt && (step = sql_step(&store->sql, stmt, err)) == 1)
    VEC_PUSH(*out, *count, room) = from_row(stmt);
  if (step == 0)
    return true;
  requests_free(*out, *count);
  *out = NULL;
  *count = 0;
  return false;
}

bool requests_recent(struct store *store, const char *item, int limit, struct request ***out,
                     int *count, struct err *err)
{
  sqlite3_stmt *stmt =
    item ? sql_query(&store->sql, err, COLUMNS "WHERE item = ? ORDER BY id DESC LIMIT ?", "sn",
                     item, limit)
         : sql_query(&store->sql, err, COLUMNS "ORDER BY id DESC LIMIT ?", "n", limit);
  return read_rows(store, stmt, out, count, err);
}

bool requests_after(struct store *store, int64_t id, int limit, struct request ***out, int *count,
                    struct err *err)
{
  sqlite3_stmt *stmt = sql_query(&store->sql, err, COLUMNS "WHERE id > ? ORDER BY id LIMIT ?", "in", id,
                                 limit);
  return read_rows(store, stmt, out, count, err);
}

bool requests_answered(struct store *store, const char *hash, int limit, struct request ***out,
                       int *count, struct err *err)
{
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
    COLUMNS "WHERE hash = ? AND status = 200 AND reply IS NOT NULL ORDER BY id DESC LIMIT ?", "sn", hash,
    limit);
  return read_rows(store, stmt, out, count, err);
}

bool request_usage(struct store *store, const char *model, const char *template_name, int64_t *count,
                   double *tokens_in, double *tokens_out, struct err *err)
{
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
    "SELECT count(*), avg(tokens_in), avg(tokens_out) FROM main.request WHERE model = ? AND"
    " template = ? AND error IS NULL AND tokens_in >= 0 AND tokens_out >= 0", "ss", model,
    template_name);
  if (!stmt || sql_step(&store->sql, stmt, err) != 1)
    return false;
  *count = sqlite3_column_int64(stmt, 0);
  *tokens_in = sql_real(stmt, 1);
  *tokens_out = sql_real(stmt, 2);
  sql_done(stmt);
  return true;
}

void request_free(struct request *request)
{
  if (!request)
    return;
  free(request->item);
  free(request->template_name);
  free(request->backend);
  free(request->model);
  free(request->hash);
  free(request->body);
  free(request->reply);
  free(request->finish_reason);
  free(request->error);
  free(request->server);
  free(request->problem);
  free(request);
}

void requests_free(struct request **requests, int count)
{
  for (int k = 0; requests && k < count; k++)
    request_free(requests[k]);
  free(requests);
}
