/* count.c - how much is in a workspace
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdlib.h>

#include "base/path.h"
#include "store/store_private.h"

static int64_t count_runs(const char *dir)
{
  char *path = path_join(dir, "runs");
  DIR *runs = opendir(path);
  int64_t count = 0;
  for (struct dirent *entry; runs && (entry = readdir(runs));) {
    if (entry->d_name[0] == '.')
      continue;
    char *run = path_join(path, entry->d_name);
    count += path_is_dir(run);
    free(run);
  }
  if (runs)
    closedir(runs);
  free(path);
  return count;
}

static bool count_catalogue(struct sql *sql, struct store_counts *counts, struct err *err)
{
  return sql_int(sql, &counts->items, 0, err, "SELECT count(*) FROM cat.item", "") &&
         sql_int(sql, &counts->users, 0, err, "SELECT count(*) FROM cat.user", "") &&
         sql_int(sql, &counts->interactions, 0, err, "SELECT count(*) FROM cat.interaction", "") &&
         sql_int(sql, &counts->pictures, 0, err,
                 "SELECT count(*) FROM cat.item WHERE brightness IS NOT NULL", "");
}

/* One walk over the index of states. */
static bool count_negatives(struct sql *sql, struct store_counts *counts, struct err *err)
{
  sqlite3_stmt *stmt = sql_query(sql, err,
    "SELECT count(*), sum(n.is_valid), sum(n.decision = 1), sum(n.decision = 2),"
    " sum(i.id IS NOT NULL AND " STORE_WAITS "),"
    " sum(i.id IS NULL OR n.content <> i.content),"
    " count(DISTINCT CASE WHEN n.is_valid THEN n.item END)"
    " FROM main.negative n LEFT JOIN cat.item i ON i.key = n.item WHERE n.is_draft = 0", "");
  if (!stmt || sql_step(sql, stmt, err) != 1)
    return false;
  counts->negatives = sqlite3_column_int64(stmt, 0);
  counts->valid = sqlite3_column_int64(stmt, 1);
  counts->accepted = sqlite3_column_int64(stmt, 2);
  counts->rejected = sqlite3_column_int64(stmt, 3);
  counts->reviewed = counts->accepted + counts->rejected;
  counts->waiting = sqlite3_column_int64(stmt, 4);
  counts->stale = sqlite3_column_int64(stmt, 5);
  counts->items_with_valid = sqlite3_column_int64(stmt, 6);
  sql_done(stmt);
  return true;
}

bool store_count_rounds(struct store *store, struct round_counts *counts, struct err *err)
{
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
    "SELECT sum(repairs > 0), sum(repairs > 0 AND is_valid), sum(balance_rounds > 0),"
    " sum(balance_rounds > 0 AND balance > balance_before),"
    " avg(CASE WHEN balance_rounds > 0 THEN balance_before END),"
    " avg(CASE WHEN balance_rounds > 0 THEN balance END) FROM main.negative"
    " WHERE is_draft = 0 AND (repairs > 0 OR balance_rounds > 0)", "");
  if (!stmt || sql_step(&store->sql, stmt, err) != 1)
    return false;
  *counts = (struct round_counts){
    .repaired = sqlite3_column_int64(stmt, 0), .repaired_valid = sqlite3_column_int64(stmt, 1),
    .balanced = sqlite3_column_int64(stmt, 2), .better = sqlite3_column_int64(stmt, 3),
    .before = sql_real(stmt, 4), .after = sql_real(stmt, 5)};
  sql_done(stmt);
  return true;
}

bool store_count(struct store *store, struct store_counts *counts, struct err *err)
{
  *counts = (struct store_counts){.runs = count_runs(store->root)};
  return count_catalogue(&store->sql, counts, err) && count_negatives(&store->sql, counts, err);
}

/* The version of work.db rises with what other connections write, so a store that writes cannot go
 * by it. */
bool store_count_items(struct store *store, struct store_counts *counts, struct err *err)
{
  int64_t version = 0;
  if (store->mode == STORE_READ &&
      !sql_int(&store->sql, &version, 0, err, "PRAGMA main.data_version", ""))
    return false;
  if (version && version == store->counted_version) {
    *counts = store->counted;
    return true;
  }
  bool knows_items = store->counted_version != 0;
  *counts = (struct store_counts){.items = store->counted.items};
  if ((!knows_items && !sql_int(&store->sql, &counts->items, 0, err,
                                "SELECT count(*) FROM cat.item", "")) ||
      !count_negatives(&store->sql, counts, err))
    return false;
  store->counted = *counts;
  store->counted_version = version;
  return true;
}
