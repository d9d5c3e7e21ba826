/* statistics_build.c - counting: keys, values, their items
 *
 * Attributes are interned by (key, folded text); then each key's form is decided from
 * what its values look like, quantities that hardly repeat become five classes, and the
 * values are laid out key by key. Rows and columns of the incidence are kept both ways.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "engine/couple.h"
#include "engine/profile.h"
#include "engine/statistics_private.h"
#include "engine/terms.h"

enum { CLASS_COUNT = 5, MEMBERS_MAX = 32, DF_MIN = 5, SMALL = 50 };

/* One attribute of one item as found. */
struct found {
  int32_t item, raw;
};

/* A distinct (key, folded text). */
struct raw {
  int32_t key, df, final;
  const char *text;
  char *folded;
  double quantity;
  bool is_quantity;
};

struct builder {
  struct statistics *s;
  struct raw *raws;
  int32_t raw_count, raw_room;
  struct found *found;
  int64_t found_count, found_room;
  int32_t *table; /* open addressing over raws */
  int64_t table_size, key_room, value_room, pool_room, member_room;
};

static uint32_t pool_add(struct builder *b, const char *text)
{
  size_t size = strlen(text) + 1;
  uint32_t at = (uint32_t)b->s->pool_size;
  while (b->s->pool_size + (int64_t)size > b->pool_room) {
    b->pool_room = b->pool_room ? 2 * b->pool_room : 4096;
    b->s->pool = mem_grow(b->s->pool, (size_t)b->pool_room, 1);
  }
  memcpy(b->s->pool + at, text, size);
  b->s->pool_size += (int64_t)size;
  return at;
}

static int key_intern(struct builder *b, enum modality modality, const char *name)
{
  struct statistics *s = b->s;
  int k = statistics_key(s, modality, name);
  if (k >= 0 || s->key_count == KEYS_MAX || strlen(name) > 32)
    return k;
  struct key key = {.modality = (int8_t)modality};
  strcpy(key.name, name);
  VEC_PUSH(s->keys, s->key_count, b->key_room) = key;
  return (int)s->key_count - 1;
}

static void table_grow(struct builder *b)
{
  b->table_size = b->table_size ? 2 * b->table_size : 1024;
  free(b->table);
  b->table = mem_alloc((size_t)b->table_size * sizeof *b->table);
  memset(b->table, 0xff, (size_t)b->table_size * sizeof *b->table);
  for (int32_t r = 0; r < b->raw_count; r++) {
    uint64_t at = statistics_hash(b->raws[r].key, b->raws[r].folded);
    while (b->table[at & (uint64_t)(b->table_size - 1)] >= 0)
      at++;
    b->table[at & (uint64_t)(b->table_size - 1)] = r;
  }
}

static int32_t raw_intern(struct builder *b, int key, const char *text)
{
  char *folded = utf8_fold(text);
  if (2 * (int64_t)b->raw_count >= b->table_size)
    table_grow(b);
  uint64_t mask = (uint64_t)b->table_size - 1, at = statistics_hash(key, folded) & mask;
  for (; b->table[at] >= 0; at = (at + 1) & mask) {
    const struct raw *raw = &b->raws[b->table[at]];
    if (raw->key == key && strcmp(raw->folded, folded) == 0) {
      free(folded);
      return b->table[at];
    }
  }
  struct raw raw = {.key = key, .text = text, .folded = folded};
  raw.is_quantity = quantity_read(text, &raw.quantity);
  b->table[at] = b->raw_count;
  VEC_PUSH(b->raws, b->raw_count, b->raw_room) = raw;
  return b->raw_count - 1;
}

/* Note that an item has a value, once. `from`: where the item's entries begin. */
static void found_add(struct builder *b, int64_t item, int key, const char *text, int64_t from)
{
  int32_t raw = raw_intern(b, key, text);
  for (int64_t f = from; f < b->found_count; f++)
    if (b->found[f].raw == raw)
      return;
  b->raws[raw].df++;
  VEC_PUSH(b->found, b->found_count, b->found_room) = (struct found){(int32_t)item, raw};
}

static void gather(struct builder *b, struct item *const *items, int64_t count,
                   const struct terms *terms)
{
  for (int64_t i = 0; i < count; i++) {
    int64_t from = b->found_count;
    for (int a = 0; a < items[i]->attribute_count; a++) {
      const struct attribute *attribute = &items[i]->attributes[a];
      int key = attribute->value[0] ? key_intern(b, attribute->modality, attribute->key) : -1;
      if (key < 0)
        continue;
      if (attribute->modality == TEXT && item_field_kind(items[i], attribute->key) == FIELD_LIST)
        b->s->keys[key].is_list = 1;
      found_add(b, i, key, attribute->value, from);
    }
    size_t term_count = 0;
    const char *const *own = terms ? terms_of(terms, i, &term_count) : NULL;
    int key = term_count ? key_intern(b, TEXT, TERM_KEY) : -1;
    for (size_t t = 0; key >= 0 && t < term_count; t++)
      found_add(b, i, key, own[t], from);
    if (key >= 0)
      b->s->keys[key].form = FORM_TERM;
  }
}

/* "1994", or a decade: "1990s". */
static bool is_year(const struct raw *raw)
{
  const char *rest = raw->text + strspn(raw->text, "0123456789");
  return raw->is_quantity && rest == raw->text + 4 && (!*rest || strcmp(rest, "s") == 0) &&
         raw->quantity >= 1000 && raw->quantity <= 2199;
}

/* What the values of each key look like: years, quantities, quantities in classes, or words. */
static void decide_forms(struct builder *b)
{
  for (int k = 0; k < b->s->key_count; k++) {
    int64_t entries = 0, years = 0, quantities = 0, common = 0;
    for (int32_t r = 0; r < b->raw_count; r++) {
      const struct raw *raw = &b->raws[r];
      if (raw->key != k)
        continue;
      entries += raw->df;
      years += is_year(raw) ? raw->df : 0;
      quantities += raw->is_quantity ? raw->df : 0;
      common += raw->df >= DF_MIN ? raw->df : 0;
    }
    struct key *key = &b->s->keys[k];
    if (key->modality != TEXT || key->form == FORM_TERM)
      continue;
    if (10 * years >= 9 * entries)
      key->form = FORM_YEAR;
    else if (10 * quantities >= 9 * entries)
      key->form = FORM_NUMBER;
    if (key->form == FORM_NUMBER && 2 * common < entries)
      key->form = FORM_CLASSES;
  }
}

static int by_quantity(const void *a, const void *b)
{
  const struct raw *x = *(const struct raw *const *)a, *y = *(const struct raw *const *)b;
  return x->quantity < y->quantity ? -1 : x->quantity > y->quantity ? 1 : strcmp(x->text, y->text);
}

static struct value *value_add(struct builder *b, int key, const char *text)
{
  struct statistics *s = b->s;
  struct value value = {.key = key, .text = pool_add(b, text)};
  VEC_PUSH(s->values, s->value_count, b->value_room) = value;
  s->keys[key].count++;
  return &s->values[s->value_count - 1];
}

/* One class: the sorted quantities raws[from .. to), texts of some of them kept as its members. */
static void class_add(struct builder *b, int key, struct raw **raws, int from, int to, bool is_last)
{
  struct statistics *s = b->s;
  char *text = mem_printf("%g to %g", raws[from]->quantity, raws[to - 1]->quantity);
  struct value *value = value_add(b, key, text);
  free(text);
  value->low = from ? (float)raws[from]->quantity : -INFINITY;
  value->high = is_last ? INFINITY : (float)raws[to]->quantity;
  value->members = (uint32_t)s->member_count;
  for (int r = from; r < to; r++)
    raws[r]->final = (int32_t)s->value_count - 1;
  int step = (to - from + MEMBERS_MAX - 1) / MEMBERS_MAX;
  for (int r = from; r < to; r += step) {
    VEC_PUSH(s->member_texts, s->member_count, b->member_room) = pool_add(b, raws[r]->text);
    s->values[s->value_count - 1].member_count++;
  }
}

static void classes_add(struct builder *b, int key)
{
  struct raw **raws = mem_zero((size_t)b->raw_count + 1, sizeof *raws);
  int count = 0, from = 0;
  int64_t entries = 0, seen = 0;
  for (int32_t r = 0; r < b->raw_count; r++)
    if (b->raws[r].key == key && b->raws[r].is_quantity) {
      raws[count++] = &b->raws[r];
      entries += b->raws[r].df;
    }
  qsort(raws, (size_t)count, sizeof *raws, by_quantity);
  for (int r = 0, class = 1; r < count; r++) {
    seen += raws[r]->df;
    bool is_last = r + 1 == count;
    if (!is_last && (seen * CLASS_COUNT < entries * class ||
                     raws[r + 1]->quantity <= raws[r]->quantity))
      continue;
    class_add(b, key, raws, from, r + 1, is_last);
    from = r + 1;
    while (seen * CLASS_COUNT >= entries * class)
      class++;
  }
  free(raws);
}

/* Lay the values out key by key. */
static void values_lay(struct builder *b)
{
  for (int k = 0; k < b->s->key_count; k++) {
    b->s->keys[k].first = (int32_t)b->s->value_count;
    if (b->s->keys[k].form == FORM_CLASSES)
      classes_add(b, k);
    for (int32_t r = 0; r < b->raw_count; r++)
      if (b->raws[r].key == k && b->raws[r].final < 0) {
        value_add(b, k, b->raws[r].text);
        b->raws[r].final = (int32_t)b->s->value_count - 1;
      }
  }
}

/* Items of values and values of items, as rows of offsets. A class that an item has twice (in a
 * list of quantities) counts once. */
static void incidence_lay(struct builder *b)
{
  struct statistics *s = b->s;
  s->item_values = mem_zero((size_t)s->item_count + 1, sizeof *s->item_values);
  s->entries = mem_zero((size_t)b->found_count + 1, sizeof *s->entries);
  int64_t f = 0;
  for (int64_t i = 0; i < s->item_count; i++) {
    int32_t last_key = -1; /* values of a key stand together */
    for (; f < b->found_count && b->found[f].item == i; f++) {
      int32_t value = b->raws[b->found[f].raw].final;
      bool is_new = true;
      for (int64_t e = s->item_values[i]; e < s->entry_count; e++)
        is_new = is_new && s->entries[e] != value;
      if (is_new) {
        s->entries[s->entry_count++] = value;
        s->values[value].df++;
        s->values[value].leads += s->values[value].key != last_key;
        last_key = s->values[value].key;
      }
    }
    s->item_values[i + 1] = s->entry_count;
  }
  s->value_items = mem_zero((size_t)s->value_count + 2, sizeof *s->value_items);
  s->holders = mem_zero((size_t)s->entry_count + 1, sizeof *s->holders);
  for (int64_t v = 0; v < s->value_count; v++)
    s->value_items[v + 2] = s->value_items[v + 1] + s->values[v].df;
  for (int64_t i = 0; i < s->item_count; i++)
    for (int64_t e = s->item_values[i]; e < s->item_values[i + 1]; e++)
      s->holders[s->value_items[s->entries[e] + 1]++] = (int32_t)i;
}

/* Candidates have df >= 5, or less where a key of a small catalogue would be left without; what
 * names a single item of many is none. */
static void decide_minimums(struct statistics *s)
{
  static const int tries[] = {DF_MIN, 3, 2, 1};
  int last = s->item_count < SMALL ? 1 : 2;
  for (int k = 0; k < s->key_count; k++) {
    struct key *key = &s->keys[k];
    for (size_t t = 0; t < COUNT_OF(tries) && !key->df_min; t++) {
      int64_t common = 0, covered = 0, entries = 0;
      for (int32_t v = key->first; v < key->first + key->count; v++) {
        bool is_common = s->values[v].df >= tries[t];
        common += is_common;
        covered += is_common ? s->values[v].df : 0;
        entries += s->values[v].df;
      }
      if (common >= 4 || (common >= 2 && 10 * covered >= 9 * entries) || tries[t] == last)
        key->df_min = tries[t];
    }
  }
}

static void count_taken(struct statistics *s)
{
  for (int64_t v = 0; v < s->value_count; v++)
    for (int64_t x = s->value_items[v]; x < s->value_items[v + 1]; x++)
      s->values[v].taken += s->item_users[s->holders[x] + 1] - s->item_users[s->holders[x]];
}

static void slots_lay(struct builder *b)
{
  struct statistics *s = b->s;
  s->slot_count = 64;
  while (s->slot_count < 2 * s->value_count)
    s->slot_count *= 2;
  s->slots = mem_alloc((size_t)s->slot_count * sizeof *s->slots);
  memset(s->slots, 0xff, (size_t)s->slot_count * sizeof *s->slots);
  for (int32_t v = 0; v < s->value_count; v++) {
    char *folded = utf8_fold(value_text(s, v));
    uint64_t at = statistics_hash(s->values[v].key, folded);
    free(folded);
    while (s->slots[at & (uint64_t)(s->slot_count - 1)] >= 0)
      at++;
    s->slots[at & (uint64_t)(s->slot_count - 1)] = v;
  }
}

static void near_lay(struct statistics *s, const struct terms *terms)
{
  int key = terms ? statistics_key(s, TEXT, TERM_KEY) : -1;
  if (key < 0 || s->keys[key].form != FORM_TERM)
    return;
  s->near = terms_near(terms, s, key);
  s->near_count = (int64_t)s->keys[key].count * TERM_NEAR;
}

struct statistics *statistics_build(struct item *const *items, int64_t count,
                                    const struct interactions *interactions)
{
  struct statistics *s = mem_zero(1, sizeof *s);
  struct builder b = {.s = s};
  s->item_count = count;
  struct terms *terms = terms_needed(items, count) ? terms_find(items, count) : NULL;
  gather(&b, items, count, terms);
  for (int32_t r = 0; r < b.raw_count; r++)
    b.raws[r].final = -1;
  decide_forms(&b);
  values_lay(&b);
  incidence_lay(&b);
  statistics_lay_histories(s, interactions);
  count_taken(s);
  decide_minimums(s);
  statistics_decide_mentions(s, items);
  couples_find(s);
  slots_lay(&b);
  s->profiles = profiles_of_values(s);
  near_lay(s, terms);
  terms_free(terms);
  for (int32_t r = 0; r < b.raw_count; r++)
    free(b.raws[r].folded);
  free(b.raws);
  free(b.found);
  free(b.table);
  return s;
}
