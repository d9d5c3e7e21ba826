/* verdict.c - the log of what curators decided
 *
 * Rows are only added. A decision stands until a row undoes it; of several that stand
 * on one negative the newest counts. That is repeated in the negative's own row, in the
 * same transaction, for the lists and counts.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "store/negative.h"
#include "store/store_private.h"

static bool repeat_decision(struct store *store, int64_t negative, struct err *err)
{
  return sql_run(&store->sql, err,
    "UPDATE main.negative SET (decision, decided_by, decided_content) ="
    " (SELECT ifnull(max(v.decision), 0), max(v.curator), max(v.content) FROM (SELECT decision,"
    "  curator, content FROM main.verdict WHERE negative = ?1 AND undoes IS NULL AND id NOT IN"
    "  (SELECT undoes FROM main.verdict WHERE negative = ?1 AND undoes IS NOT NULL)"
    "  ORDER BY id DESC LIMIT 1) v) WHERE id = ?1", "i", negative);
}

static bool add_row(struct store *store, int64_t negative, const char *curator,
                    enum decision decision, const char *reason, const char *note, struct err *err)
{
  int64_t known;
  if (!sql_int(&store->sql, &known, 0, err,
               "SELECT count(*) FROM main.negative WHERE id = ? AND is_draft = 0", "i", negative))
    return false;
  if (!known)
    return err_set(err, EX_NOINPUT, "no finished negative %lld in %s", (long long)negative,
                   store->dir);
  return sql_run(&store->sql, err,
    "INSERT INTO main.verdict(negative, curator, decision, reason, note, at, content)"
    " VALUES(?1,?2,?3,?4,?5,?6,(SELECT i.content FROM cat.item i JOIN main.negative n"
    " ON i.key = n.item WHERE n.id = ?1))", "isnssi", negative, curator, (int)decision, reason,
    note, clock_wall());
}

bool verdict_add(struct store *store, int64_t negative, const char *curator, enum decision decision,
                 const char *reason, const char *note, struct err *err)
{
  struct sql_write write;
  if (!sql_write_begin(&store->sql, &write, err))
    return false;
  bool ok = add_row(store, negative, curator, decision, reason, note, err) &&
            repeat_decision(store, negative, err);
  return sql_write_end(&store->sql, &write, ok, err);
}

/* The newest decision of a curator that stands: *verdict 0 when there is none. */
static bool find_standing(struct store *store, const char *curator, int64_t *verdict,
                          int64_t *negative, struct err *err)
{
  *verdict = *negative = 0;
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
    "SELECT v.id, v.negative FROM main.verdict v WHERE v.curator = ? AND v.undoes IS NULL AND"
    " NOT EXISTS(SELECT 1 FROM main.verdict u WHERE u.undoes = v.id) ORDER BY v.id DESC LIMIT 1",
    "s", curator);
  int step = stmt ? sql_step(&store->sql, stmt, err) : -1;
  if (step == 1) {
    *verdict = sqlite3_column_int64(stmt, 0);
    *negative = sqlite3_column_int64(stmt, 1);
    sql_done(stmt);
  }
  return step >= 0;
}

bool verdict_undo(struct store *store, const char *curator, int64_t *negative, struct err *err)
{
  struct sql_write write;
  int64_t verdict;
  if (!sql_write_begin(&store->sql, &write, err))
    return false;
  bool ok = find_standing(store, curator, &verdict, negative, err);
  if (ok && verdict)
    ok = sql_run(&store->sql, err, "INSERT INTO main.verdict(negative, curator, decision, at,"
                 " undoes) VALUES(?,?,0,?,?)", "isii", *negative, curator, clock_wall(), verdict) &&
         repeat_decision(store, *negative, err);
  return sql_write_end(&store->sql, &write, ok, err);
}
