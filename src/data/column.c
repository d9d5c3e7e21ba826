/* column.c - see column.h
 *
 * The kind of a field decides what can be masked, so it is read off the values: entries
 * between commas that come again make a list; long texts that differ are prose; numbers,
 * words and short phrases are values; addresses and codes are kept and left alone.
 * SPDX-License-Identifier: MIT */
#include "data/column.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

static const struct role_row {
  const char *shown;
  const char *names[8]; /* without "_", lower case; those of Amazon and MovieLens among them */
} roles[] = {
  [ROLE_USER] = {"user_id, userID, uid, user or reviewerID",
                 {"userid", "uid", "user", "reviewerid"}},
  [ROLE_ITEM] = {"item_id, itemID, iid, item, movieId, parent_asin or asin",
                 {"itemid", "iid", "item", "movieid", "parentasin", "asin"}},
  [ROLE_RATING] = {"rating", {"rating", "score", "stars", "overall"}},
  [ROLE_TIME] = {"timestamp", {"timestamp", "time", "ts", "unixreviewtime"}},
  [ROLE_LABEL] = {"x_label", {"xlabel"}},
};

static const char *const titles[] = {"title", "name", "itemname", "movietitle", "producttitle",
                                     "productname", "itemtitle"};
/* Last words of keys that hold an id, an address or a file. */
static const char *const other_words[] = {"id", "url", "uri", "asin", "isbn", "image", "images",
                                          "picture", "link", "path", "file", "hash"};

/* Thresholds of the looks; shares of filled cells unless said otherwise. */
static const struct {
  double prose_words, distinct_prose_words, list_entry_words, entry_recurs, mostly, few_cells;
} limit = {
  .prose_words = 8,      /* mean words of a cell */
  .distinct_prose_words = 5, /* the same, when cells are mostly different */
  .list_entry_words = 4, /* mean words of an entry */
  .entry_recurs = 1.15,  /* entries for each different entry */
  .mostly = 0.9,
  .few_cells = 20,       /* with fewer filled cells "all different" says nothing */
};

static bool same_name(const char *key, const char *name)
{
  for (; *key; key++) {
    if (*key == '_')
      continue;
    if (*key != *name++)
      return false;
  }
  return !*name;
}

int column_with_role(const struct table *table, enum column_role role, bool is_item_table)
{
  for (const char *const *name = roles[role].names; *name; name++)
    for (int k = 0; k < table->column_count; k++)
      if (same_name(table->columns[k].key, *name))
        return k;
  for (int k = 0; k < table->column_count && is_item_table && role == ROLE_ITEM; k++)
    if (same_name(table->columns[k].key, "id"))
      return k;
  return -1;
}

const char *column_role_names(enum column_role role) { return roles[role].shown; }

static bool is_number(const struct cell *cell)
{
  bool has_digit = false;
  for (size_t k = 0; k < cell->size; k++) {
    has_digit = has_digit || isdigit((unsigned char)cell->text[k]);
    if (!isdigit((unsigned char)cell->text[k]) && !strchr("+-.$", cell->text[k]))
      return false;
  }
  return has_digit;
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static int64_t count_words(const char *text, size_t size)
{
  int64_t words = 0;
  for (size_t k = 0; k < size; k++)
    words += !is_blank(text[k]) && (k == 0 || is_blank(text[k - 1]));
  return words;
}

static void look_at_entries(struct column_look *look, const struct cell *cell)
{
  const char *p = cell->text, *end = p + cell->size;
  char between = memchr(p, '|', cell->size) ? '|' : ',';
  look->with_bar += between == '|';
  while (p < end) {
    const char *next = memchr(p, between, (size_t)(end - p)), *stop = next ? next : end;
    while (p < stop && is_blank(*p))
      p++;
    size_t size = (size_t)(stop - p);
    while (size && is_blank(p[size - 1]))
      size--;
    if (size) {
      VEC_PUSH(look->entry_values, look->entry_count, look->entry_room) = hash_fnv1a(p, size);
      look->entry_words += count_words(p, size);
      look->entries++;
    }
    p = stop + 1;
  }
}

void column_look_add(struct column_look *look, const struct cell *cell)
{
  look->cells++;
  if (!cell->size)
    return;
  int64_t words = count_words(cell->text, cell->size);
  bool has_comma = false, has_loose_comma = false;
  for (size_t k = 0; k + 1 < cell->size; k++)
    if (cell->text[k] == ',') {
      has_comma = true;
      has_loose_comma = has_loose_comma || is_blank(cell->text[k + 1]);
    }
  VEC_PUSH(look->values, look->filled, look->value_room) =
    hash_fnv1a(cell->text, cell->size);
  look->words += words;
  look->sentences += strchr(".!?", cell->text[cell->size - 1]) != NULL;
  look->single_words += words == 1;
  look->numbers += is_number(cell);
  look->urls += memmem(cell->text, cell->size, "://", 3) != NULL;
  look->with_comma += has_comma;
  look->comma_without_blank += has_comma && !has_loose_comma;
  look_at_entries(look, cell);
}

static int by_hash(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static int64_t count_distinct(uint64_t *hashes, size_t count)
{
  int64_t distinct = count > 0;
  if (count)
    qsort(hashes, count, sizeof *hashes, by_hash);
  for (size_t k = 1; k < count; k++)
    distinct += hashes[k] != hashes[k - 1];
  return distinct;
}

void column_look_end(struct column_look *look)
{
  look->distinct = count_distinct(look->values, (size_t)look->filled);
  look->distinct_entries = count_distinct(look->entry_values, look->entry_count);
  free(look->values);
  free(look->entry_values);
  look->values = look->entry_values = NULL;
  look->entry_count = look->entry_room = 0;
  look->value_room = 0;
}

bool column_is_titled(const struct column *column)
{
  for (size_t k = 0; k < COUNT_OF(titles); k++)
    if (same_name(column->key, titles[k]))
      return true;
  return false;
}

static bool is_named_other(const char *key)
{
  const char *last = strrchr(key, '_');
  last = last ? last + 1 : key;
  for (size_t k = 0; k < COUNT_OF(other_words); k++)
    if (!strcmp(last, other_words[k]))
      return true;
  return false;
}

/* Addresses; vectors; or codes: one word each that is no number, nearly all different. */
static bool is_other(const struct column *column, const struct column_look *look)
{
  double filled = (double)look->filled;
  if (column->type == COLUMN_FLOAT_SEQ || column->is_nested || is_named_other(column->key))
    return true;
  if ((double)look->urls > 0.5 * filled)
    return true;
  return filled >= limit.few_cells && (double)look->single_words >= limit.mostly * filled &&
         (double)look->distinct >= limit.mostly * filled &&
         (double)look->numbers < limit.mostly * filled;
}

bool column_has_bars(const struct column_look *look)
{
  return look->with_bar && !look->with_comma;
}

static bool is_list(const struct column_look *look)
{
  bool has_bars = column_has_bars(look);
  if (!(has_bars || look->with_comma) || !look->entries || 2 * look->sentences > look->filled)
    return false;
  if ((double)look->entry_words > limit.list_entry_words * (double)look->entries)
    return false;
  bool recurs = (double)look->entries >= limit.entry_recurs * (double)look->distinct_entries;
  return recurs || (!has_bars && (double)look->comma_without_blank >=
                                   limit.mostly * (double)look->with_comma);
}

enum field_kind column_kind(const struct column *column, const struct column_look *look)
{
  double filled = (double)look->filled;
  if (!look->filled || is_other(column, look))
    return FIELD_OTHER;
  if (column->type == COLUMN_FLOAT || (double)look->numbers >= limit.mostly * filled)
    return FIELD_VALUE;
  if (is_list(look))
    return FIELD_LIST;
  bool differs = (double)look->distinct >= limit.mostly * filled;
  double prose = differs ? limit.distinct_prose_words : limit.prose_words;
  return (double)look->words >= prose * filled ? FIELD_PROSE : FIELD_VALUE;
}

bool column_is_titular(const struct column *column, const struct column_look *look)
{
  double filled = (double)look->filled;
  enum field_kind kind = column_kind(column, look);
  return (kind == FIELD_VALUE || kind == FIELD_PROSE) && (double)look->numbers < 0.5 * filled &&
         (double)look->words < 2 * limit.prose_words * filled &&
         (double)look->distinct >= 0.8 * filled;
}
