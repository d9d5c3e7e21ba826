/* statistics.c - looking up what was counted: keys, values, an item's entries
 * SPDX-License-Identifier: MIT */
#include "engine/statistics.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "engine/statistics_private.h"

uint64_t statistics_hash(int key, const char *folded)
{
  return rng_mix64(hash_str(folded) ^ ((uint64_t)key << 48));
}

/* A text that is a quantity: an optional sign of currency, digits, an optional unit. */
bool quantity_read(const char *text, double *out)
{
  static const char *const before[] = {"$", "€", "£", "¥", "USD ", "EUR ", "GBP "};
  for (size_t k = 0; k < COUNT_OF(before); k++)
    if (strncmp(text, before[k], strlen(before[k])) == 0)
      text += strlen(before[k]);
  if (!isdigit((unsigned char)*text) && !(*text == '-' && isdigit((unsigned char)text[1])))
    return false;
  char *end;
  double quantity = strtod(text, &end);
  if (*end == ',' && isdigit((unsigned char)end[1])) /* "1,250" */
    return false;
  while (*end == ' ')
    end++;
  size_t letters = 0;
  while (isalpha((unsigned char)end[letters]) || (unsigned char)end[letters] >= 0x80 ||
         end[letters] == '%')
    letters++;
  if (end[letters] || letters > 8 || !isfinite(quantity))
    return false;
  *out = quantity;
  return true;
}

int statistics_key(const struct statistics *s, enum modality modality, const char *name)
{
  for (int k = 0; k < s->key_count; k++)
    if (s->keys[k].modality == (int8_t)modality && strcmp(s->keys[k].name, name) == 0)
      return k;
  return -1;
}

int32_t statistics_value(const struct statistics *s, int key, const char *text)
{
  const struct key *k = &s->keys[key];
  double quantity;
  if (k->form == FORM_CLASSES && quantity_read(text, &quantity)) {
    for (int32_t v = k->first; v < k->first + k->count; v++)
      if (quantity >= s->values[v].low && quantity < s->values[v].high)
        return v;
    return -1;
  }
  char *folded = utf8_fold(text);
  uint64_t mask = (uint64_t)s->slot_count - 1, at = statistics_hash(key, folded) & mask;
  int32_t found = -1;
  for (; s->slots[at] >= 0 && found < 0; at = (at + 1) & mask) {
    if (s->values[s->slots[at]].key != key)
      continue;
    char *other = utf8_fold(value_text(s, s->slots[at]));
    if (strcmp(folded, other) == 0)
      found = s->slots[at];
    free(other);
  }
  free(folded);
  return found;
}

int32_t statistics_first(const struct statistics *s, int64_t item, int key)
{
  for (int64_t e = s->item_values[item]; e < s->item_values[item + 1]; e++)
    if (s->values[s->entries[e]].key == key)
      return s->entries[e];
  return -1;
}

bool statistics_item_has(const struct statistics *s, int64_t item, int32_t value)
{
  for (int64_t e = s->item_values[item]; e < s->item_values[item + 1]; e++)
    if (s->entries[e] == value)
      return true;
  return false;
}

double statistics_contrast(const struct statistics *s, int32_t a, int32_t b)
{
  const float *x = s->profiles + (size_t)a * PROFILE_DIM, *y = s->profiles + (size_t)b * PROFILE_DIM;
  double cosine = 0;
  for (int d = 0; d < PROFILE_DIM; d++)
    cosine += (double)x[d] * y[d];
  return 1 - cosine;
}

void statistics_free(struct statistics *s)
{
  if (!s)
    return;
  if (s->mapped) {
    munmap(s->mapped, s->mapped_size);
  } else {
    void *const owned[] = {s->keys,       s->values,     s->couples,    s->item_values, s->entries,
                           s->value_items, s->holders,   s->item_users, s->users,       s->user_items,
                           s->items,      s->profiles,   s->near, s->member_texts, s->slots,
                           s->pool};
    for (size_t k = 0; k < COUNT_OF(owned); k++)
      free(owned[k]);
  }
  free(s);
}
