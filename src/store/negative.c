/* negative.c - write and read negatives
 * SPDX-License-Identifier: MIT */
#include "store/negative.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store_private.h"

const char *const role_names[ROLES] = {"key", "entailed", "irrelevant"};
const char *const decision_names[] = {NULL, "accepted", "rejected"};

struct negative *negative_new(const char *item)
{
  struct negative *negative = mem_zero(1, sizeof *negative);
  negative->item = mem_strdup(item);
  negative->is_draft = true;
  negative->balance = negative->rounds.balance_before = NAN;
  for (int m = 0; m < MODALITIES; m++)
    negative->sides[m].delta = negative->sides[m].calibrated = NAN;
  return negative;
}

void negative_clear(struct negative *negative)
{
  for (int k = 0; k < negative->change_count; k++) {
    free(negative->changes[k].key);
    free(negative->changes[k].original);
    free(negative->changes[k].intervened);
  }
  for (int k = 0; k < negative->check_count; k++) {
    free(negative->checks[k].name);
    free(negative->checks[k].reason);
  }
  free(negative->changes);
  free(negative->checks);
  free(negative->notes);
  negative->changes = NULL;
  negative->checks = NULL;
  negative->notes = NULL;
  negative->change_count = negative->check_count = 0;
}

void negative_free(struct negative *negative)
{
  if (!negative)
    return;
  for (int m = 0; m < MODALITIES; m++) {
    free(negative->sides[m].original);
    free(negative->sides[m].masked);
    free(negative->sides[m].negative);
  }
  negative_clear(negative);
  for (size_t k = 0; k < COUNT_OF(negative->replies); k++)
    free(negative->replies[k]);
  free(negative->item);
  free(negative->backend);
  free(negative->model);
  free(negative->templates);
  free(negative->failure);
  free(negative->decided_by);
  free(negative);
}

void negatives_free(struct negative **negatives, int count)
{
  for (int k = 0; negatives && k < count; k++)
    negative_free(negatives[k]);
  free(negatives);
}

static bool insert_row(struct store *store, struct negative *negative, struct err *err)
{
  int64_t content, known;
  if (!sql_int(&store->sql, &known, 0, err, "SELECT count(*) FROM cat.item WHERE key = ?", "s",
               negative->item))
    return false;
  if (!known)
    return err_set(err, EX_NOINPUT, "no item \"%s\" in %s", negative->item, store->dir);
  if (!sql_int(&store->sql, &content, 0, err, "SELECT content FROM cat.item WHERE key = ?", "s",
               negative->item))
    return false;
  if (!negative->created)
    negative->created = clock_wall();
  bool ok = sql_run(&store->sql, err,
    "INSERT INTO main.negative(item, content, backend, model, templates, seed, created, is_draft,"
    " is_valid, has_picture) VALUES(?,?,'','','',0,?,1,0,0)", "sii", negative->item, content,
    negative->created);
  negative->id = ok ? sqlite3_last_insert_rowid(store->sql.db) : 0;
  return ok;
}

static const char *or_empty(const char *text) { return text ? text : ""; }

static bool update_row(struct store *store, const struct negative *n, const struct buf *png,
                       struct err *err)
{
  const struct side *text = &n->sides[TEXT], *image = &n->sides[IMAGE];
  return sql_run(&store->sql, err,
    "UPDATE main.negative SET backend = ?, model = ?, templates = ?, seed = ?, is_draft = ?,"
    " is_valid = ?, failure = ?, text_original = ?, text_masked = ?, text_negative = ?,"
    " text_delta = ?, text_calibrated = ?, image_original = ?, image_masked = ?,"
    " image_negative = ?, image_delta = ?, image_calibrated = ?, balance = ?, notes = ?,"
    " describe_reply = ?, mask_reply = ?, complete_reply = ?, repairs = ?, balance_rounds = ?,"
    " balance_before = ?, has_picture = ?, (" MEASURE_COLUMNS ") = (" MEASURE_VALUES ") WHERE id = ?",
    "sssinnssssddsssdddssssnndnmi",
    or_empty(n->backend), or_empty(n->model), or_empty(n->templates), (int64_t)n->seed, n->is_draft,
    n->is_valid, n->failure, text->original, text->masked, text->negative, text->delta,
    text->calibrated, image->original, image->masked, image->negative, image->delta,
    image->calibrated, n->balance, n->notes, n->replies[0], n->replies[1], n->replies[2],
    n->rounds.repairs, n->rounds.balances, n->rounds.balance_before, n->has_picture || png,
    n->has_picture || png ? &n->measure : NULL, n->id);
}

static bool write_parts(struct store *store, const struct negative *negative, struct err *err)
{
  if (!sql_run(&store->sql, err, "DELETE FROM main.change WHERE negative = ?", "i", negative->id) ||
      !sql_run(&store->sql, err, "DELETE FROM main.check_result WHERE negative = ?", "i",
               negative->id))
    return false;
  for (int k = 0; k < negative->change_count; k++) {
    const struct change *change = &negative->changes[k];
    if (!sql_run(&store->sql, err, "INSERT INTO main.change(negative, position, modality, key,"
                 " original, intervened, role) VALUES(?,?,?,?,?,?,?)", "innsssn", negative->id, k,
                 (int)change->modality, change->key, change->original, change->intervened,
                 (int)change->role))
      return false;
  }
  for (int k = 0; k < negative->check_count; k++) {
    const struct check *check = &negative->checks[k];
    if (!sql_run(&store->sql, err, "INSERT INTO main.check_result(negative, position, name,"
                 " is_passed, is_flag, reason) VALUES(?,?,?,?,?,?)", "insnns", negative->id, k,
                 check->name, check->is_passed, check->is_flag, check->reason))
      return false;
  }
  return true;
}

bool negative_save(struct store *store, struct negative *negative, const struct buf *png,
                   struct err *err)
{
  struct sql_write write;
  int64_t id = negative->id;
  if (!sql_write_begin(&store->sql, &write, err))
    return false;
  bool ok = (id || insert_row(store, negative, err)) && update_row(store, negative, png, err) &&
            write_parts(store, negative, err);
  if (ok && png)
    ok = sql_run(&store->sql, err, "INSERT OR REPLACE INTO main.negative_picture(negative, png)"
                 " VALUES(?,?)", "ib", negative->id, png);
  ok = sql_write_end(&store->sql, &write, ok, err);
  if (ok)
    negative->has_picture = negative->has_picture || png;
  else
    negative->id = id;
  return ok;
}

#define NEGATIVE_COLUMNS \
  "n.id, n.item, n.backend, n.model, n.templates, n.seed, n.created, n.is_draft, n.is_valid," \
  " n.content IS NOT (SELECT i.content FROM cat.item i WHERE i.key = n.item), n.failure," \
  " n.text_original, n.text_masked, n.text_negative, n.text_delta, n.text_calibrated," \
  " n.image_original, n.image_masked, n.image_negative, n.image_delta, n.image_calibrated," \
  " n.balance, n.notes, n.describe_reply, n.mask_reply, n.complete_reply, n.has_picture," \
  " n.decision, n.decided_by, n.repairs, n.balance_rounds, n.balance_before, " MEASURE_COLUMNS

static void read_side(struct side *side, sqlite3_stmt *stmt, int column)
{
  side->original = sql_text(stmt, column);
  side->masked = sql_text(stmt, column + 1);
  side->negative = sql_text(stmt, column + 2);
  side->delta = sql_real(stmt, column + 3);
  side->calibrated = sql_real(stmt, column + 4);
}

static struct negative *from_row(sqlite3_stmt *stmt)
{
  struct negative *negative = mem_zero(1, sizeof *negative);
  negative->id = sqlite3_column_int64(stmt, 0);
  negative->item = sql_text(stmt, 1);
  negative->backend = sql_text(stmt, 2);
  negative->model = sql_text(stmt, 3);
  negative->templates = sql_text(stmt, 4);
  negative->seed = (uint64_t)sqlite3_column_int64(stmt, 5);
  negative->created = sqlite3_column_int64(stmt, 6);
  negative->is_draft = sqlite3_column_int(stmt, 7) != 0;
  negative->is_valid = sqlite3_column_int(stmt, 8) != 0;
  negative->is_stale = sqlite3_column_int(stmt, 9) != 0;
  negative->failure = sql_text(stmt, 10);
  read_side(&negative->sides[TEXT], stmt, 11);
  read_side(&negative->sides[IMAGE], stmt, 16);
  negative->balance = sql_real(stmt, 21);
  negative->notes = sql_text(stmt, 22);
  for (int k = 0; k < 3; k++)
    negative->replies[k] = sql_text(stmt, 23 + k);
  negative->has_picture = sqlite3_column_int(stmt, 26) != 0;
  negative->decision = (enum decision)sqlite3_column_int(stmt, 27);
  negative->decided_by = sql_text(stmt, 28);
  negative->rounds = (struct rounds){sqlite3_column_int(stmt, 29), sqlite3_column_int(stmt, 30),
                                     sql_real(stmt, 31)};
  sql_measure(stmt, 32, &negative->measure);
  return negative;
}

static bool read_changes(struct store *store, struct negative *negative, struct err *err)
{
  int room = 0, step = -1;
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
                                 "SELECT modality, key, original, intervened, role FROM main.change"
                                 " WHERE negative = ? ORDER BY position", "i", negative->id);
  while (stmt && (step = sql_step(&store->sql, stmt, err)) == 1)
    VEC_PUSH(negative->changes, negative->change_count, room) = (struct change){
      (enum modality)sqlite3_column_int(stmt, 0), sql_text(stmt, 1), sql_text(stmt, 2),
      sql_text(stmt, 3), (enum role)sqlite3_column_int(stmt, 4)};
  return step == 0;
}

static bool read_checks(struct store *store, struct negative *negative, struct err *err)
{
  int room = 0, step = -1;
  sqlite3_stmt *stmt = sql_query(&store->sql, err, "SELECT name, is_passed, is_flag, reason"
                                 " FROM main.check_result WHERE negative = ? ORDER BY position",
                                 "i", negative->id);
  while (stmt && (step = sql_step(&store->sql, stmt, err)) == 1)
    VEC_PUSH(negative->checks, negative->check_count, room) =
      (struct check){sql_text(stmt, 0), sqlite3_column_int(stmt, 1) != 0,
                     sqlite3_column_int(stmt, 2) != 0, sql_text(stmt, 3)};
  return step == 0;
}

/* Step through rows of NEGATIVE_COLUMNS, and fetch the parts of each. */
static bool read_all(struct store *store, sqlite3_stmt *stmt, struct negative ***out, int *count,
                     struct err *err)
{
  int room = 0, step = -1;
  *out = NULL;
  *count = 0;
  VEC_ROOM(*out, 0, room);
  while (stmt && (step = sql_step(&store->sql, stmt, err)) == 1)
    VEC_PUSH(*out, *count, room) = from_row(stmt);
  bool ok = step == 0;
  for (int k = 0; k < *count && ok; k++)
    ok = read_changes(store, (*out)[k], err) && read_checks(store, (*out)[k], err);
  if (ok)
    return true;
  negatives_free(*out, *count);
  *out = NULL;
  *count = 0;
  return false;
}

struct negative *negative_load(struct store *store, int64_t id, struct err *err)
{
  struct negative **found, *negative = NULL;
  int count;
  sqlite3_stmt *stmt = sql_query(&store->sql, err, "SELECT " NEGATIVE_COLUMNS
                                 " FROM main.negative n WHERE n.id = ?", "i", id);
  if (!read_all(store, stmt, &found, &count, err))
    return NULL;
  if (count)
    negative = found[0];
  else
    err_set(err, EX_NOINPUT, "no negative %lld in %s", (long long)id, store->dir);
  free(found);
  return negative;
}

bool negatives_of(struct store *store, const char *item, struct negative ***out, int *count,
                  struct err *err)
{
  return read_all(store,
                  sql_query(&store->sql, err, "SELECT " NEGATIVE_COLUMNS
                            " FROM main.negative n WHERE n.item = ? ORDER BY n.id", "s", item),
                  out, count, err);
}

bool negative_picture(struct store *store, int64_t id, struct buf *png, struct err *err)
{
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
                                 "SELECT png FROM main.negative_picture WHERE negative = ?", "i",
                                 id);
  int step = stmt ? sql_step(&store->sql, stmt, err) : -1;
  if (step == 0)
    return err_set(err, EX_NOINPUT, "negative %lld has no picture", (long long)id);
  if (step < 0)
    return false;
  const void *bytes = sqlite3_column_blob(stmt, 0);
  buf_add(png, bytes, (size_t)sqlite3_column_bytes(stmt, 0));
  sql_done(stmt);
  return true;
}
