/* item_page.c - a page of the items view: keyset pages, flat in the number of items
 *
 * A page starts behind an id and reads on along the primary key, so that the millionth
 * page costs what the first one does. What the page says of negatives is looked up for
 * its rows alone.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "store/negative.h"
#include "store/store_private.h"

enum { DETAIL_BYTES = 160 };

#define PAGE_COLUMNS \
  "SELECT i.id, i.key, i.title, i.fields, i.brightness IS NOT NULL," \
  " (SELECT count(*) FROM main.negative n WHERE n.item = i.key)," \
  " EXISTS(SELECT 1 FROM main.negative n WHERE n.item = i.key AND n.is_draft = 0 AND n.is_valid)," \
  " (SELECT n.decision FROM main.negative n WHERE n.item = i.key AND n.is_draft = 0" \
  "  ORDER BY n.id DESC LIMIT 1)," \
  " (SELECT n.balance FROM main.negative n WHERE n.item = i.key AND n.is_draft = 0 AND n.is_valid" \
  "  ORDER BY n.id DESC LIMIT 1)" \
  " FROM cat.item i WHERE "
#define PAGE_MATCH "(?2 IS NULL OR instr(i.folded, ?2) > 0 OR instr(i.looks, ?2) > 0)"
#define PAGE_FORWARD PAGE_COLUMNS "i.id > ?1 AND " PAGE_MATCH " ORDER BY i.id LIMIT ?3"
#define PAGE_BACKWARD PAGE_COLUMNS "i.id < ?1 AND " PAGE_MATCH " ORDER BY i.id DESC LIMIT ?3"

/* The first few attributes, ", " between them. */
static char *detail_of(const char *json, const struct field_kinds *kinds)
{
  cJSON *fields = cJSON_Parse(json);
  const cJSON *field;
  struct buf detail = {0};
  cJSON_ArrayForEach(field, fields) {
    enum field_kind kind = kind_of(kinds, field->string);
    const char *cursor = cJSON_GetStringValue(field), *entry;
    size_t size;
    if ((kind != FIELD_VALUE && kind != FIELD_LIST) || !cursor)
      continue;
    while (detail.size < DETAIL_BYTES && *cursor) {
      if (kind == FIELD_VALUE) {
        entry = cursor;
        size = strlen(cursor);
        cursor += size;
      } else if (!list_next(&cursor, &entry, &size)) {
        break;
      }
      buf_str(&detail, detail.size ? ", " : "");
      buf_add(&detail, entry, size);
    }
  }
  cJSON_Delete(fields);
  return buf_take(&detail);
}

static void add_row(struct item_page *page, sqlite3_stmt *stmt, const struct field_kinds *kinds)
{
  page->rows[page->count++] = (struct item_row){
    .id = sqlite3_column_int64(stmt, 0),
    .key = sql_text(stmt, 1),
    .title = sql_text(stmt, 2),
    .detail = detail_of((const char *)sqlite3_column_text(stmt, 3), kinds),
    .has_picture = sqlite3_column_int(stmt, 4) != 0,
    .candidates = sqlite3_column_int(stmt, 5),
    .has_valid = sqlite3_column_int(stmt, 6) != 0,
    .decision = sqlite3_column_int(stmt, 7),
    .balance = sql_real(stmt, 8),
  };
}

static void turn_round(struct item_page *page)
{
  for (int k = 0; k < page->count / 2; k++) {
    struct item_row row = page->rows[k];
    page->rows[k] = page->rows[page->count - 1 - k];
    page->rows[page->count - 1 - k] = row;
  }
}

static const char forward[] = PAGE_FORWARD, backward[] = PAGE_BACKWARD;

bool item_page_load(struct store *store, int64_t from, bool is_backward, int limit,
                    const char *text, struct item_page *page, struct err *err)
{
  *page = (struct item_page){.rows = mem_zero((size_t)limit + 1, sizeof *page->rows)};
  const struct field_kinds *kinds = store_kinds(store, err);
  char *folded = text && *text ? utf8_fold(text) : NULL;
  const char *query = is_backward ? backward : forward;
  sqlite3_stmt *stmt = kinds ? sql_query(&store->sql, err, query, "isn", from, folded, limit) : NULL;
  int step = -1;
  while (stmt && (step = sql_step(&store->sql, stmt, err)) == 1)
    add_row(page, stmt, kinds);
  free(folded);
  if (is_backward)
    turn_round(page);
  if (step < 0)
    item_page_free(page);
  return step == 0;
}

void item_page_free(struct item_page *page)
{
  for (int k = 0; k < page->count; k++) {
    free(page->rows[k].key);
    free(page->rows[k].title);
    free(page->rows[k].detail);
  }
  free(page->rows);
  *page = (struct item_page){0};
}
