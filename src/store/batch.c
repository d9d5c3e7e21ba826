/* batch.c - see batch.h
 * SPDX-License-Identifier: MIT */
#include "store/batch.h"

#include <stdlib.h>

#include "base/mem.h"
#include "store/store_private.h"

bool batch_file_add(struct store *store, struct batch_file *file, struct err *err)
{
  bool ok = sql_run(&store->sql, err,
    "INSERT INTO main.batch_file(path, model, templates, picture_side, created, is_whole, repairs,"
    " balance_rounds) VALUES(?,?,?,?,?,0,?,?)", "ssnninn", file->path, file->model,
    (int)file->templates, file->picture_side, file->created, file->repairs, file->balance_rounds);
  if (ok)
    file->id = sqlite3_last_insert_rowid(store->sql.db);
  return ok;
}

bool batch_file_whole(struct store *store, int64_t id, struct err *err)
{
  return sql_run(&store->sql, err, "UPDATE main.batch_file SET is_whole = 1 WHERE id = ?", "i", id);
}

bool batch_file_drop(struct store *store, int64_t id, struct err *err)
{
  struct sql_write write;
  if (!sql_write_begin(&store->sql, &write, err))
    return false;
  bool ok = sql_run(&store->sql, err, "DELETE FROM main.batch_line WHERE file = ?", "i", id) &&
            sql_run(&store->sql, err, "DELETE FROM main.batch_file WHERE id = ?", "i", id);
  return sql_write_end(&store->sql, &write, ok, err);
}

/* The counts come from the index alone. */
#define FILE_COLUMNS \
  "SELECT f.id, f.path, f.model, f.templates, f.picture_side, f.created, f.is_whole," \
  " (SELECT count(*) FROM main.batch_line l WHERE l.file = f.id AND l.state = 0)," \
  " (SELECT count(*) FROM main.batch_line l WHERE l.file = f.id AND l.state = 1)," \
  " (SELECT count(*) FROM main.batch_line l WHERE l.file = f.id AND l.state = 2)," \
  " f.repairs, f.balance_rounds FROM main.batch_file f "

static struct batch_file file_from_row(sqlite3_stmt *stmt)
{
  struct batch_file file = {
    .id = sqlite3_column_int64(stmt, 0),
    .path = sql_text(stmt, 1),
    .model = sql_text(stmt, 2),
    .templates = (unsigned)sqlite3_column_int(stmt, 3),
    .picture_side = sqlite3_column_int(stmt, 4),
    .created = sqlite3_column_int64(stmt, 5),
    .is_whole = sqlite3_column_int(stmt, 6) != 0,
  };
  file.repairs = sqlite3_column_int(stmt, 7 + BATCH_STATES);
  file.balance_rounds = sqlite3_column_int(stmt, 8 + BATCH_STATES);
  for (int state = 0; state < BATCH_STATES; state++)
    file.counts[state] = sqlite3_column_int64(stmt, 7 + state);
  return file;
}

bool batch_files(struct store *store, struct batch_file **files, int *count, struct err *err)
{
  sqlite3_stmt *stmt = sql_query(&store->sql, err, FILE_COLUMNS "ORDER BY f.id", "");
  int room = 0, step = -1;
  *files = NULL;
  *count = 0;
  while (stmt && (step = sql_step(&store->sql, stmt, err)) == 1)
    VEC_PUSH(*files, *count, room) = file_from_row(stmt);
  if (step == 0)
    return true;
  batch_files_free(*files, *count);
  return false;
}

bool batch_file_find(struct store *store, int64_t id, struct batch_file *file, struct err *err)
{
  sqlite3_stmt *stmt = sql_query(&store->sql, err, FILE_COLUMNS "WHERE f.id = ?", "i", id);
  int step = stmt ? sql_step(&store->sql, stmt, err) : -1;
  if (step == 1)
    *file = file_from_row(stmt);
  else if (step == 0)
    err_set(err, EX_DATAERR, "%s: a batch file is not in its table any more", store->dir);
  sql_done(step == 1 ? stmt : NULL);
  return step == 1;
}

void batch_file_free(struct batch_file *file)
{
  free(file->path);
  free(file->model);
  *file = (struct batch_file){0};
}

void batch_files_free(struct batch_file *files, int count)
{
  for (int k = 0; k < count; k++)
    batch_file_free(&files[k]);
  free(files);
}

bool batch_line_add(struct store *store, const struct batch_line *line, struct err *err)
{
  return sql_run(&store->sql, err,
    "INSERT OR REPLACE INTO main.batch_line(hash, file, item, template, seed, body, state)"
    " VALUES(?,?,?,?,?,?,0)", "sissis", line->hash, line->file, line->item, line->template_name,
    (int64_t)line->seed, line->body);
}

struct batch_line *batch_line_find(struct store *store, const char *hash, struct err *err)
{
  *err = (struct err){0};
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
    "SELECT hash, item, template, body, error, file, seed, state FROM main.batch_line WHERE hash = ?",
    "s", hash);
  if (!stmt || sql_step(&store->sql, stmt, err) != 1)
    return NULL;
  struct batch_line *line = mem_zero(1, sizeof *line);
  line->hash = sql_text(stmt, 0);
  line->item = sql_text(stmt, 1);
  line->template_name = sql_text(stmt, 2);
  line->body = sql_text(stmt, 3);
  line->error = sql_text(stmt, 4);
  line->file = sqlite3_column_int64(stmt, 5);
  line->seed = (uint64_t)sqlite3_column_int64(stmt, 6);
  line->state = (enum batch_state)sqlite3_column_int(stmt, 7);
  sql_done(stmt);
  return line;
}

bool batch_line_waits(struct store *store, const char *hash)
{
  int64_t count = 0;
  struct err ignored;
  return sql_int(&store->sql, &count, 0, &ignored,
                 "SELECT count(*) FROM main.batch_line l JOIN main.batch_file f ON f.id = l.file"
                 " WHERE l.hash = ? AND l.state = 0 AND f.is_whole", "s", hash) && count > 0;
}

bool batch_line_other_waits(struct store *store, const char *item, const char *template_name,
                            uint64_t seed)
{
  int64_t count = 0;
  struct err ignored;
  return sql_int(&store->sql, &count, 0, &ignored,
                 "SELECT count(*) FROM main.batch_line l JOIN main.batch_file f ON f.id = l.file"
                 " WHERE l.item = ? AND l.template = ? AND l.state = 0 AND l.seed <> ? AND f.is_whole",
                 "ssi", item, template_name, (int64_t)seed) && count > 0;
}

bool batch_line_settle(struct store *store, const char *hash, enum batch_state state,
                       const char *error, struct err *err)
{
  if (state == BATCH_ANSWERED)
    return sql_run(&store->sql, err, "UPDATE main.batch_line SET state = ?, error = NULL, body = NULL"
                   " WHERE hash = ?", "ns", (int)state, hash);
  return sql_run(&store->sql, err, "UPDATE main.batch_line SET state = ?, error = ? WHERE hash = ?",
                 "nss", (int)state, error, hash);
}

void batch_line_free(struct batch_line *line)
{
  if (!line)
    return;
  free(line->hash);
  free(line->item);
  free(line->template_name);
  free(line->body);
  free(line->error);
  free(line);
}
