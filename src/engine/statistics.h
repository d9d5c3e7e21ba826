/* statistics.h - what the catalogue and its users' histories say of values (METHOD 2.5)
 *
 * A value is (modality, key, text), e.g. (text, genres, Comedy) or (image, contrast,
 * high). Of each: its items, df, the share p of training interactions whose item has it,
 * and a profile: the mean over its items of the items' vectors in the space of users.
 * Numbers that hardly repeat (prices) are put in classes, and a class is the value.
 *
 * Everything is flat arrays, so that a warm cache is one mapped file.
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_STATISTICS_H
#define ENGINE_STATISTICS_H

#include "store/interaction.h"
#include "store/item.h"

enum { PROFILE_DIM = 64, KEYS_MAX = 256, TERM_NEAR = 24 };

/* How the entries of a key are written, which says how they may be replaced. */
enum value_form {
  FORM_WORDS,
  FORM_YEAR,    /* four digits or a decade ("1950s"); contrast is ten years */
  FORM_NUMBER,  /* a quantity, perhaps with a unit; contrast is 10 % */
  FORM_CLASSES, /* quantities that hardly repeat, in classes of the catalogue */
  FORM_TERM,    /* words of free text, for items without fields */
};

struct value {
  int32_t key;          /* index into keys */
  int32_t df;           /* items that have it */
  int32_t leads;        /* of them: those whose first value of the key it is */
  int64_t taken;        /* training interactions with one of them */
  uint32_t text;        /* into the pool: the value as first written, or "10 to 20" of a class */
  int32_t member_count; /* FORM_CLASSES: texts that fall in the class */
  uint32_t members;     /* first of them, into member_texts */
  float low, high;      /* FORM_CLASSES: quantity in [low, high) */
};

struct key {
  char name[33];
  int8_t modality, form, is_list;
  int8_t title_mentions, prose_mentions; /* titles, free texts often name an item's own value */
  int32_t first, count; /* its values: first .. first + count - 1 */
  int32_t df_min;       /* values rarer than this are no candidates */
};

/* A pair of keys that move together: P(value of `to` | value of `from`) is worth asking. */
struct couple {
  int32_t from, to;
  float ami;
};

struct statistics {
  int64_t item_count, user_count, pair_count; /* pair: distinct (user, item) of the training set */
  int64_t key_count, value_count, couple_count, entry_count, pool_size, member_count, slot_count, near_count;
  struct key *keys;
  struct value *values;
  struct couple *couples;
  int64_t *item_values;   /* [items + 1] into entries */
  int32_t *entries;       /* values of each item, in the order of its attributes, distinct */
  int64_t *value_items;   /* [values + 1] into holders */
  int32_t *holders;       /* items of each value, ascending */
  int64_t *item_users;    /* [items + 1] into users */
  int32_t *users;         /* training users of each item, ascending */
  int64_t *user_items;    /* [users + 1] into items */
  int32_t *items;         /* training items of each user, ascending */
  float *profiles;        /* [values, PROFILE_DIM], rows of length 1 (or 0) */
  int32_t *near;          /* FORM_TERM: [values of the key, TERM_NEAR], see terms.h; else NULL */
  uint32_t *member_texts; /* into the pool */
  int32_t *slots;         /* hash table of values by (key, folded text), -1 where empty */
  char *pool;             /* NUL-terminated texts */
  void *mapped;           /* the cache file, or NULL when the arrays are owned one by one */
  size_t mapped_size;
};

/* Count a catalogue. Rows of `interactions` with phase train count, once for each pair. */
struct statistics *statistics_build(struct item *const *items, int64_t count,
                                    const struct interactions *interactions);
void statistics_free(struct statistics *statistics); /* NULL is fine */

/* -1 when there is no such key. */
int statistics_key(const struct statistics *statistics, enum modality modality, const char *name);
/* The value that a text of this key falls in; -1 when the catalogue has none. */
int32_t statistics_value(const struct statistics *statistics, int key, const char *text);
static inline const char *value_text(const struct statistics *statistics, int32_t value)
{
  return statistics->pool + statistics->values[value].text;
}
/* The item's first value of a key; -1 when it has none. */
int32_t statistics_first(const struct statistics *statistics, int64_t item, int key);
bool statistics_item_has(const struct statistics *statistics, int64_t item, int32_t value);
/* 1 - cos of two values' profiles, in [0, 2]; 1 when one of them is unknown. */
double statistics_contrast(const struct statistics *statistics, int32_t a, int32_t b);
/* The quantity a text begins with ("$12.50", "350 ml"); false when it is none. */
bool quantity_read(const char *text, double *out);

#endif
