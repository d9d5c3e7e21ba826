/* trial.c - see trial.h
 * SPDX-License-Identifier: MIT */
#include "store/trial.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/store_private.h"

#define COLUMNS                                                                          \
  " item, template, version, backend, model, server, seed, started, rounds, checks,"     \
  " reason, is_valid, balance, negative, is_cached, questions, tokens_in, tokens_out,"   \
  " first_seconds, seconds, comparison, side"

bool trial_save(struct store *store, struct trial *trial, struct err *err)
{
  bool ok = sql_run(&store->sql, err,
    "INSERT INTO main.trial(messages," COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    "sssssssiisssndinnnnddin", trial->messages, trial->item, trial->template_name, trial->version,
    trial->backend, trial->model, trial->server, (int64_t)trial->seed, trial->started, trial->rounds,
    trial->checks, trial->reason, (int)trial->is_valid, trial->balance, trial->negative,
    (int)trial->is_cached, trial->questions, trial->tokens_in, trial->tokens_out,
    trial->first_seconds, trial->seconds, trial->comparison, trial->side);
  if (ok)
    trial->id = sqlite3_last_insert_rowid(store->sql.db);
  return ok;
}

static struct trial *from_row(sqlite3_stmt *stmt)
{
  struct trial *trial = mem_zero(1, sizeof *trial);
  trial->id = sqlite3_column_int64(stmt, 0);
  trial->messages = sql_text(stmt, 1);
  trial->item = sql_text(stmt, 2);
  trial->template_name = sql_text(stmt, 3);
  trial->version = sql_text(stmt, 4);
  trial->backend = sql_text(stmt, 5);
  trial->model = sql_text(stmt, 6);
  trial->server = sql_text(stmt, 7);
  trial->seed = (uint64_t)sqlite3_column_int64(stmt, 8);
  trial->started = sqlite3_column_int64(stmt, 9);
  trial->rounds = sql_text(stmt, 10);
  trial->checks = sql_text(stmt, 11);
  trial->reason = sql_text(stmt, 12);
  trial->is_valid = sqlite3_column_int(stmt, 13);
  trial->balance = sql_real(stmt, 14);
  trial->negative = sqlite3_column_int64(stmt, 15);
  trial->is_cached = sqlite3_column_int(stmt, 16);
  trial->questions = sqlite3_column_int(stmt, 17);
  trial->tokens_in = sqlite3_column_int(stmt, 18);
  trial->tokens_out = sqlite3_column_int(stmt, 19);
  trial->first_seconds = sql_real(stmt, 20);
  trial->seconds = sql_real(stmt, 21);
  trial->comparison = sqlite3_column_int64(stmt, 22);
  trial->side = sqlite3_column_int(stmt, 23);
  return trial;
}

/* All rows of a statement (NULL: it failed to begin). */
static bool read_rows(struct store *store, sqlite3_stmt *stmt, struct trial ***out, int *count,
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
  trials_free(*out, *count);
  *out = NULL;
  *count = 0;
  return false;
}

struct trial *trial_load(struct store *store, int64_t id, struct err *err)
{
  struct trial **all;
  int count;
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
    "SELECT id, messages," COLUMNS " FROM main.trial WHERE id = ?", "i", id);
  if (!read_rows(store, stmt, &all, &count, err))
    return NULL;
  struct trial *trial = count ? all[0] : NULL;
  free(all);
  if (!trial)
    err_set(err, EX_NOINPUT, "no run %lld of a template", (long long)id);
  return trial;
}

bool trials_of(struct store *store, const char *item, const char *template_name, int limit,
               struct trial ***out, int *count, struct err *err)
{
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
    "SELECT id, messages," COLUMNS " FROM main.trial WHERE item = ? AND template = ?"
    " ORDER BY id DESC LIMIT ?", "ssn", item, template_name, limit);
  return read_rows(store, stmt, out, count, err);
}

bool trials_compared(struct store *store, int64_t comparison, struct trial ***out, int *count,
                     struct err *err)
{
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
    "SELECT id, NULL," COLUMNS " FROM main.trial WHERE comparison = ?"
    " ORDER BY item, template, side, id", "i", comparison);
  return read_rows(store, stmt, out, count, err);
}

void trial_free(struct trial *trial)
{
  if (!trial)
    return;
  free(trial->item);
  free(trial->template_name);
  free(trial->version);
  free(trial->backend);
  free(trial->model);
  free(trial->server);
  free(trial->messages);
  free(trial->rounds);
  free(trial->checks);
  free(trial->reason);
  free(trial);
}

void trials_free(struct trial **trials, int count)
{
  for (int k = 0; trials && k < count; k++)
    trial_free(trials[k]);
  free(trials);
}
