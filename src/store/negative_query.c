/* negative_query.c - which negatives are there, wait for a person, or may be trained on
 *
 * A negative is stale when its item is no longer as it was. What was decided on an
 * earlier state of the item is asked again; what was accepted on the present one is
 * trained on, although the negative itself is older.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/negative.h"
#include "store/store_private.h"

bool negative_exists(struct store *store, const char *item, const char *backend, const char *model,
                     const char *templates, uint64_t seed)
{
  int64_t count = 0;
  return sql_int(&store->sql, &count, 0, NULL,
                 "SELECT count(*) FROM main.negative n JOIN cat.item i ON i.key = n.item"
                 " WHERE n.item = ? AND +n.is_draft = 0 AND n.backend = ? AND n.model = ? AND" /* +: by item */
                 " n.templates = ? AND n.seed = ? AND n.content = i.content", "ssssi", item,
                 backend ? backend : "", model ? model : "", templates ? templates : "",
                 (int64_t)seed) && count > 0;
}

int64_t negative_draft(struct store *store, const struct negative *like)
{
  int64_t id;
  bool ok = sql_int(&store->sql, &id, 0, NULL,
                    "SELECT n.id FROM main.negative n JOIN cat.item i ON i.key = n.item"
                    " WHERE n.item = ? AND +n.is_draft = 1 AND n.backend = ? AND n.model = ? AND"
                    " n.templates = ? AND n.seed = ? AND n.content = i.content ORDER BY n.id DESC LIMIT 1",
                    "ssssi", like->item, like->backend, like->model, like->templates, (int64_t)like->seed);
  return ok ? id : 0;
}

#define WAITING \
  "SELECT n.id, n.item FROM cat.item i CROSS JOIN main.negative n ON n.item = i.key" \
  " WHERE " STORE_WAITS " AND "
#define WAITING_NEXT WAITING "(i.id > ?1 OR (i.id = ?1 AND n.id > ?2)) AND i.id >= ?1" \
  " ORDER BY i.id, n.id LIMIT 1"
#define WAITING_PREVIOUS WAITING "(i.id < ?1 OR (i.id = ?1 AND n.id < ?2)) AND i.id <= ?1" \
  " ORDER BY i.id DESC, n.id DESC LIMIT 1"

int64_t negative_waiting(struct store *store, int64_t from, int direction, char **item,
                         struct err *err)
{
  int64_t place, id = 0;
  *item = NULL;
  if (!sql_int(&store->sql, &place, direction > 0 || from ? -1 : INT64_MAX, err,
               "SELECT i.id FROM main.negative n JOIN cat.item i ON i.key = n.item WHERE n.id = ?",
               "i", from))
    return 0;
  sqlite3_stmt *stmt =
    direction > 0 ? sql_query(&store->sql, err, WAITING_NEXT, "ii", place, from)
                  : sql_query(&store->sql, err, WAITING_PREVIOUS, "ii", place, from);
  if (stmt && sql_step(&store->sql, stmt, err) == 1) {
    id = sqlite3_column_int64(stmt, 0);
    *item = sql_text(stmt, 1);
    sql_done(stmt);
  }
  return id;
}

struct training_negative *negatives_for_training(struct store *store, int most, int64_t *count,
                                                 struct err *err)
{
  int step = -1;
  size_t room = 0, n = 0;
  struct training_negative *list = mem_zero(1, sizeof *list);
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
    "SELECT item, id FROM (SELECT i.id AS item, n.id AS id,"
    " row_number() OVER (PARTITION BY i.id ORDER BY n.id DESC) AS place"
    " FROM main.negative n JOIN cat.item i ON i.key = n.item"
    " WHERE n.is_draft = 0 AND n.is_valid = 1 AND n.decision <> 2 AND (n.content = i.content OR"
    " (n.decision = 1 AND n.decided_content = i.content))) WHERE place <= ? ORDER BY item, id DESC",
    "i", (int64_t)most);
  while (stmt && (step = sql_step(&store->sql, stmt, err)) == 1) {
    struct training_negative one = {sqlite3_column_int64(stmt, 0), sqlite3_column_int64(stmt, 1)};
    VEC_PUSH(list, n, room) = one;
  }
  *count = (int64_t)n;
  if (step == 0)
    return list;
  free(list);
  *count = 0;
  return NULL;
}
