/* schema.c - see schema.h
 *
 * catalogue.db: what was imported. An item's fields are one JSON object of strings, in
 * the order of the source; `content` is a hash of what a negative depends on (document
 * and picture); `folded` is what a search looks through. Interactions are loaded sorted
 * into a table without rowid: their identity is (user, item, time).
 *
 * work.db: what people and models made. Items are named by their key. `content` is the
 * item's as it was when the negative was made, or decided on: where it differs from the
 * catalogue's the negative is stale. The log of verdicts only grows: an undo is a row
 * that names the row it undoes; negative.decision repeats what stands. A request is one
 * exchange with a server, retries too; the newest useful one of a hash is the answer to the same
 * question. `server` keeps what a probe found out, `embedding` the vectors of texts, `template` the
 * texts of templates that were used, `trial` each run of one in the workbench. A batch_line is a
 * question that stands in a batch_file and has no answer yet, or had one.
 * SPDX-License-Identifier: MIT */
#include "store/schema.h"

#include <stddef.h>

static const char *const catalogue_steps[] = {
  "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
  "CREATE TABLE field(position INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,"
  " kind INTEGER NOT NULL);"
  "CREATE TABLE item(id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, title TEXT NOT NULL,"
  " fields TEXT NOT NULL, content INTEGER NOT NULL, folded TEXT NOT NULL,"
  " looks TEXT NOT NULL DEFAULT '', picture_path TEXT, picture_hash TEXT, picture_bytes INTEGER,"
  " picture_width INTEGER, picture_height INTEGER, picture_error TEXT, " MEASURE_SCHEMA ");"
  "CREATE TABLE thumbnail(item INTEGER PRIMARY KEY, jpeg BLOB NOT NULL);"
  "CREATE TABLE user(id INTEGER PRIMARY KEY, key TEXT NOT NULL);"
  "CREATE TABLE interaction(user INTEGER NOT NULL, item INTEGER NOT NULL, time INTEGER NOT NULL,"
  " position INTEGER NOT NULL, value REAL NOT NULL, given INTEGER,"
  " PRIMARY KEY(user, item, time)) WITHOUT ROWID;",
  NULL,
};

static const char *const work_steps[] = {
  "CREATE TABLE negative(id INTEGER PRIMARY KEY AUTOINCREMENT, item TEXT NOT NULL,"
  " content INTEGER NOT NULL, backend TEXT NOT NULL, model TEXT NOT NULL, templates TEXT NOT NULL,"
  " seed INTEGER NOT NULL, created INTEGER NOT NULL, is_draft INTEGER NOT NULL,"
  " is_valid INTEGER NOT NULL, failure TEXT,"
  " text_original TEXT, text_masked TEXT, text_negative TEXT, text_delta REAL,"
  " text_calibrated REAL, image_original TEXT, image_masked TEXT, image_negative TEXT, image_delta REAL,"
  " image_calibrated REAL, balance REAL, notes TEXT,"
  " describe_reply TEXT, mask_reply TEXT, complete_reply TEXT, has_picture INTEGER NOT NULL, "
  MEASURE_SCHEMA ","
  " decision INTEGER NOT NULL DEFAULT 0, decided_by TEXT, decided_content INTEGER);"
  "CREATE INDEX negative_by_item ON negative(item, id);"
  "CREATE INDEX negative_by_state ON negative(is_draft, is_valid, decision, item, content,"
  " decided_content);"
  "CREATE TABLE change(negative INTEGER NOT NULL, position INTEGER NOT NULL,"
  " modality INTEGER NOT NULL, key TEXT NOT NULL, original TEXT, intervened TEXT,"
  " role INTEGER NOT NULL, PRIMARY KEY(negative, position)) WITHOUT ROWID;"
  "CREATE TABLE check_result(negative INTEGER NOT NULL, position INTEGER NOT NULL,"
  " name TEXT NOT NULL, is_passed INTEGER NOT NULL, is_flag INTEGER NOT NULL, reason TEXT,"
  " PRIMARY KEY(negative, position)) WITHOUT ROWID;"
  "CREATE TABLE negative_picture(negative INTEGER PRIMARY KEY, png BLOB NOT NULL);"
  "CREATE TABLE verdict(id INTEGER PRIMARY KEY AUTOINCREMENT, negative INTEGER NOT NULL,"
  " curator TEXT NOT NULL, decision INTEGER NOT NULL, reason TEXT, note TEXT, content INTEGER,"
  " at INTEGER NOT NULL, undoes INTEGER UNIQUE);"
  "CREATE INDEX verdict_by_negative ON verdict(negative, id);"
  "CREATE INDEX verdict_by_curator ON verdict(curator, id);"
  "CREATE TRIGGER verdict_is_kept BEFORE DELETE ON verdict"
  " BEGIN SELECT RAISE(ABORT, 'the log of verdicts only grows'); END;"
  "CREATE TRIGGER verdict_is_final BEFORE UPDATE ON verdict"
  " BEGIN SELECT RAISE(ABORT, 'the log of verdicts only grows'); END;"
  "CREATE TABLE request(id INTEGER PRIMARY KEY AUTOINCREMENT, item TEXT, template TEXT NOT NULL,"
  " backend TEXT NOT NULL, model TEXT, hash TEXT NOT NULL, body TEXT NOT NULL, reply TEXT,"
  " status INTEGER NOT NULL, finish_reason TEXT, error TEXT, started INTEGER NOT NULL,"
  " seconds REAL, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL);"
  "CREATE INDEX request_by_item ON request(item, id);"
  "CREATE INDEX request_by_hash ON request(hash, id);",
  "ALTER TABLE request ADD COLUMN server TEXT;"
  "ALTER TABLE request ADD COLUMN problem TEXT;"
  "ALTER TABLE request ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE request ADD COLUMN first_seconds REAL;"
  "CREATE TABLE server(base TEXT NOT NULL, model TEXT NOT NULL, kind TEXT NOT NULL,"
  " format TEXT NOT NULL, slots INTEGER NOT NULL, context INTEGER NOT NULL, sees INTEGER NOT NULL,"
  " probed INTEGER NOT NULL, PRIMARY KEY(base, model)) WITHOUT ROWID;"
  "CREATE TABLE embedding(encoder TEXT NOT NULL, content TEXT NOT NULL, vector BLOB NOT NULL,"
  " PRIMARY KEY(encoder, content)) WITHOUT ROWID;",
  "CREATE TABLE template(hash TEXT NOT NULL UNIQUE, name TEXT NOT NULL, version INTEGER NOT NULL,"
  " text TEXT NOT NULL, kept INTEGER NOT NULL);"
  "CREATE TABLE trial(id INTEGER PRIMARY KEY AUTOINCREMENT, item TEXT NOT NULL, template TEXT NOT NULL,"
  " version TEXT NOT NULL, backend TEXT NOT NULL, model TEXT NOT NULL, server TEXT,"
  " seed INTEGER NOT NULL, started INTEGER NOT NULL, messages TEXT NOT NULL, rounds TEXT NOT NULL,"
  " checks TEXT, reason TEXT, is_valid INTEGER NOT NULL, balance REAL, negative INTEGER NOT NULL,"
  " is_cached INTEGER NOT NULL, questions INTEGER NOT NULL, tokens_in INTEGER NOT NULL,"
  " tokens_out INTEGER NOT NULL, first_seconds REAL, seconds REAL, comparison INTEGER NOT NULL,"
  " side INTEGER NOT NULL);"
  "CREATE INDEX trial_by_item ON trial(item, template, id);"
  "CREATE INDEX trial_by_comparison ON trial(comparison, item);",
  "CREATE TABLE batch_file(id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT NOT NULL,"
  " model TEXT NOT NULL, templates INTEGER NOT NULL, picture_side INTEGER NOT NULL,"
  " created INTEGER NOT NULL, is_whole INTEGER NOT NULL);"
  "CREATE TABLE batch_line(hash TEXT PRIMARY KEY, file INTEGER NOT NULL, item TEXT NOT NULL,"
  " template TEXT NOT NULL, seed INTEGER NOT NULL, body TEXT, state INTEGER NOT NULL, error TEXT);"
  "CREATE INDEX batch_line_by_file ON batch_line(file, state);",
  "ALTER TABLE negative ADD COLUMN repairs INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE negative ADD COLUMN balance_rounds INTEGER NOT NULL DEFAULT 0;"
  "ALTER TABLE negative ADD COLUMN balance_before REAL;"
  "CREATE INDEX negative_by_rounds ON negative(is_draft, repairs, balance_rounds, balance_before,"
  " balance, is_valid) WHERE repairs > 0 OR balance_rounds > 0;",
  "ALTER TABLE batch_file ADD COLUMN repairs INTEGER NOT NULL DEFAULT 1;"
  "ALTER TABLE batch_file ADD COLUMN balance_rounds INTEGER NOT NULL DEFAULT 0;"
  "CREATE INDEX batch_line_by_item ON batch_line(item, template, state);",
  NULL,
};

const struct schema catalogue_schema = {0x6e676763, catalogue_steps}; /* "nggc" */
const struct schema work_schema = {0x6e676777, work_steps};           /* "nggw" */

int schema_version(const struct schema *schema)
{
  int count = 0;
  while (schema->steps[count])
    count++;
  return count;
}

/* PRAGMAs take no bound values, and name their database in the text. */
static bool pragma_int(struct sql *sql, const char *database, const char *name, int64_t *value,
                       struct err *err)
{
  sqlite3_stmt *stmt = NULL;
  char *text = sqlite3_mprintf("PRAGMA %s.%s", database, name);
  bool ok = sqlite3_prepare_v2(sql->db, text, -1, &stmt, NULL) == SQLITE_OK &&
            sqlite3_step(stmt) == SQLITE_ROW;
  if (ok)
    *value = sqlite3_column_int64(stmt, 0);
  else
    sql_fail(sql, err);
  sqlite3_finalize(stmt);
  sqlite3_free(text);
  return ok;
}

bool schema_check(struct sql *sql, const struct schema *schema, const char *database, int *version,
                  struct err *err)
{
  int64_t id, steps, pages;
  if (!pragma_int(sql, database, "application_id", &id, err) ||
      !pragma_int(sql, database, "user_version", &steps, err) ||
      !pragma_int(sql, database, "page_count", &pages, err))
    return false;
  const char *path = sqlite3_db_filename(sql->db, database);
  if (!path || !*path)
    path = sql->path;
  if (id != schema->application_id && (id != 0 || steps != 0 || pages > 1))
    return err_set(err, EX_DATAERR, "%s is a database of another program, not of neggen", path);
  if (steps > schema_version(schema))
    return err_set(err, EX_DATAERR,
                   "%s was made by a newer neggen (its tables are version %d, this program knows "
                   "%d): use that one", path, (int)steps, schema_version(schema));
  *version = (int)steps;
  return true;
}

static bool take_steps(struct sql *sql, const struct schema *schema, struct err *err)
{
  int version; /* read again: another process may have been faster */
  if (!schema_check(sql, schema, "main", &version, err))
    return false;
  for (const char *const *step = schema->steps + version; *step; step++)
    if (!sql_script(sql, *step, err))
      return false;
  char *text = sqlite3_mprintf("PRAGMA application_id = %d; PRAGMA user_version = %d",
                               schema->application_id, schema_version(schema));
  bool ok = sql_script(sql, text, err);
  sqlite3_free(text);
  return ok;
}

bool schema_migrate(struct sql *sql, const struct schema *schema, struct err *err)
{
  int version;
  struct sql_write write;
  if (!schema_check(sql, schema, "main", &version, err))
    return false;
  if (version == schema_version(schema))
    return true;
  if (!sql_write_begin(sql, &write, err))
    return false;
  return sql_write_end(sql, &write, take_steps(sql, schema, err), err);
}
