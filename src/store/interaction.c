/* interaction.c - load the histories and split them (METHOD 1.2)
 *
 * Rows come sorted by (user, item, time) out of the table and are put back into the
 * order of the source within each user. The random order of a user depends on the seed
 * and the user's key alone, so that other users may come and go.
 * SPDX-License-Identifier: MIT */
#include "store/interaction.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "store/store_private.h"

enum { SMALL_HISTORY = 10, HELD_OUT_PART = 5 };

void split_user(int64_t n, int8_t *phase)
{
  int64_t held = n < 3 ? 0 : n < SMALL_HISTORY ? 2 : n / HELD_OUT_PART, valid = held / 2;
  memset(phase, PHASE_TRAIN, (size_t)(n - held));
  memset(phase + (n - held), PHASE_VALID, (size_t)valid);
  memset(phase + (n - held) + valid, PHASE_TEST, (size_t)(held - valid));
}

/* A row on its way back into the order of the source. */
struct row {
  int64_t time, order;
  int32_t position, item;
  float value;
  int8_t given, phase;
};

static int by_position(const void *a, const void *b)
{
  const struct row *x = a, *y = b;
  return (x->position > y->position) - (x->position < y->position);
}

static int by_order(const void *a, const void *b)
{
  const struct row *x = a, *y = b;
  if (x->order != y->order)
    return x->order < y->order ? -1 : 1;
  return by_position(a, b);
}

static int by_item(const void *a, const void *b)
{
  const struct row *x = a, *y = b;
  if (x->item != y->item)
    return x->item < y->item ? -1 : 1;
  return x->phase < y->phase ? -1 : x->phase > y->phase;
}

struct split {
  enum split_kind { SPLIT_RANDOM, SPLIT_TIME, SPLIT_GIVEN } kind;
  uint64_t seed;
};

/* A pair that occurs in several phases is kept in the earliest only. */
static void drop_repeated_pairs(struct row *rows, int64_t n)
{
  qsort(rows, (size_t)n, sizeof *rows, by_item);
  for (int64_t k = 1, first = 0; k < n; k++) {
    if (rows[k].item != rows[first].item)
      first = k;
    else if (rows[k].phase != rows[first].phase)
      rows[k].phase = -1;
  }
}

/* rows: one user's, in the order of the source, which they are in again at the end. */
static void split_rows(struct row *rows, int64_t n, const struct split *split, const char *user)
{
  int8_t *phases = mem_alloc((size_t)n);
  struct rng rng = rng_stream(split->seed, RNG_SPLIT, hash_str(user));
  split_user(n, phases);
  for (int64_t k = 0; k < n; k++)
    rows[k].order = split->kind == SPLIT_TIME ? rows[k].time : k;
  if (split->kind == SPLIT_RANDOM)
    for (int64_t k = n - 1; k > 0; k--) {
      int64_t other = (int64_t)rng_below(&rng, (uint64_t)k + 1), order = rows[k].order;
      rows[k].order = rows[other].order;
      rows[other].order = order;
    }
  qsort(rows, (size_t)n, sizeof *rows, by_order);
  bool has_train = false;
  for (int64_t k = 0; k < n; k++) {
    rows[k].phase = split->kind != SPLIT_GIVEN ? phases[k]
                    : rows[k].given < 0        ? (int8_t)PHASE_TRAIN
                                               : rows[k].given;
    has_train = has_train || rows[k].phase == PHASE_TRAIN;
  }
  drop_repeated_pairs(rows, n);
  for (int64_t k = 0; k < n && !has_train; k++)
    rows[k].phase = -1;
  qsort(rows, (size_t)n, sizeof *rows, by_position);
  free(phases);
}

static void put_user(struct interactions *out, int32_t user, struct row *rows, int64_t n,
                     const struct split *split, const char *key)
{
  split_rows(rows, n, split, key);
  for (int64_t k = 0; k < n; k++) {
    int64_t at = out->count++;
    out->user[at] = user;
    out->item[at] = rows[k].item;
    out->value[at] = rows[k].value;
    out->time[at] = rows[k].time;
    out->given[at] = rows[k].given;
    out->phase[at] = rows[k].phase;
  }
}

static void make_room(struct interactions *out, int64_t count)
{
  size_t n = (size_t)count;
  out->user = mem_alloc(n * sizeof *out->user);
  out->item = mem_alloc(n * sizeof *out->item);
  out->value = mem_alloc(n * sizeof *out->value);
  out->time = mem_alloc(n * sizeof *out->time);
  out->given = mem_alloc(n * sizeof *out->given);
  out->phase = mem_alloc(n * sizeof *out->phase);
}

static struct row row_of(sqlite3_stmt *stmt)
{
  return (struct row){
    .item = sqlite3_column_int(stmt, 1),
    .time = sqlite3_column_int64(stmt, 2),
    .position = sqlite3_column_int(stmt, 3),
    .value = (float)sqlite3_column_double(stmt, 4),
    .given = sqlite3_column_type(stmt, 5) == SQLITE_NULL ? -1 : (int8_t)sqlite3_column_int(stmt, 5),
  };
}

static bool read_rows(struct store *store, struct interactions *out, const struct split *split,
                      char *const *keys, struct err *err)
{
  struct row *rows = NULL;
  size_t count = 0, room = 0;
  int32_t user = -1;
  int step = -1;
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
    "SELECT user, item, time, position, value, given FROM cat.interaction"
    " ORDER BY user, item, time", "");
  while (stmt && (step = sql_step(&store->sql, stmt, err)) == 1) {
    int32_t next = sqlite3_column_int(stmt, 0);
    if (next != user && count)
      put_user(out, user, rows, (int64_t)count, split, keys[user]);
    count = next != user ? 0 : count;
    user = next;
    VEC_PUSH(rows, count, room) = row_of(stmt);
  }
  if (step == 0 && count)
    put_user(out, user, rows, (int64_t)count, split, keys[user]);
  free(rows);
  return step == 0;
}

static struct split split_of(struct store *store)
{
  char *kind = store_meta(store, "split"), *seed = store_meta(store, "split_seed");
  struct split split = {
    .kind = !kind                    ? SPLIT_RANDOM
            : !strcmp(kind, "time")  ? SPLIT_TIME
            : !strcmp(kind, "given") ? SPLIT_GIVEN
                                     : SPLIT_RANDOM,
    .seed = seed ? strtoull(seed, NULL, 10) : 0,
  };
  free(kind);
  free(seed);
  return split;
}

bool interactions_load(struct store *store, struct interactions *out, struct err *err)
{
  int64_t count, items;
  struct split split = split_of(store);
  *out = (struct interactions){0};
  char **keys = user_keys(store, &out->user_count, err);
  bool ok = keys &&
            sql_int(&store->sql, &count, 0, err, "SELECT count(*) FROM cat.interaction", "") &&
            sql_int(&store->sql, &items, 0, err, "SELECT count(*) FROM cat.item", "");
  if (ok) {
    out->item_count = (int32_t)items;
    make_room(out, count);
    ok = read_rows(store, out, &split, keys, err);
  }
  for (int32_t k = 0; keys && k < out->user_count; k++)
    free(keys[k]);
  free(keys);
  if (!ok)
    interactions_free(out);
  return ok;
}

void interactions_free(struct interactions *interactions)
{
  free(interactions->user);
  free(interactions->item);
  free(interactions->value);
  free(interactions->time);
  free(interactions->given);
  free(interactions->phase);
  *interactions = (struct interactions){0};
}

char **user_keys(struct store *store, int32_t *count, struct err *err)
{
  char **keys = NULL;
  int32_t room = 0;
  int step = -1;
  *count = 0;
  sqlite3_stmt *stmt = sql_query(&store->sql, err, "SELECT key FROM cat.user ORDER BY id", "");
  VEC_ROOM(keys, 0, room);
  while (stmt && (step = sql_step(&store->sql, stmt, err)) == 1)
    VEC_PUSH(keys, *count, room) = sql_text(stmt, 0);
  if (step == 0)
    return keys;
  for (int32_t k = 0; k < *count; k++)
    free(keys[k]);
  free(keys);
  return NULL;
}
