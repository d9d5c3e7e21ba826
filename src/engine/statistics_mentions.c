/* statistics_mentions.c - which keys the catalogue's own titles and texts speak of
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "engine/statistics_private.h"
#include "text/mention.h"

enum { ASKED_MAX = 1000 };

static bool names(const char *text, const char *value)
{
  size_t count = 0;
  free(text_mentions(text, value, &count));
  return count > 0;
}

static bool is_spoken_of(const struct key *key)
{
  return (key->modality == TEXT && key->form == FORM_WORDS) ||
         (key->modality == IMAGE && strcmp(key->name, image_keys[IMAGE_COLOR].name) == 0);
}

/* The same key's value on the next item that has another one; -1 when there is none near. */
static int32_t value_elsewhere(const struct statistics *s, int64_t item, int32_t value)
{
  for (int64_t step = 1; step < 50 && step < s->item_count; step++) {
    int64_t other = (item + step * 7919) % s->item_count;
    for (int64_t e = s->item_values[other]; e < s->item_values[other + 1]; e++)
      if (s->values[s->entries[e]].key == s->values[value].key &&
          !statistics_item_has(s, item, s->entries[e]))
        return s->entries[e];
  }
  return -1;
}

static bool prose_names(const struct item *item, const char *value)
{
  for (int f = 0; f < item->field_count; f++)
    if (item->fields[f].kind == FIELD_PROSE && names(item->fields[f].value, value))
      return true;
  return false;
}

/* Titles and texts of some catalogues describe ("Red cotton dress"): those where, of the items that
 * have the key, one title in five or three texts in ten name their value; or one text in ten, but
 * hardly ever the value of another item. */
void statistics_decide_mentions(struct statistics *s, struct item *const *items)
{
  int64_t titles[KEYS_MAX] = {0}, texts[KEYS_MAX] = {0}, others[KEYS_MAX] = {0},
          with[KEYS_MAX] = {0};
  for (int64_t i = 0; i < s->item_count; i += 1 + s->item_count / ASKED_MAX)
    for (int64_t e = s->item_values[i]; e < s->item_values[i + 1]; e++) {
      const struct value *value = &s->values[s->entries[e]];
      const char *text = value_text(s, s->entries[e]);
      if (!is_spoken_of(&s->keys[value->key]))
        continue;
      with[value->key]++;
      titles[value->key] += names(items[i]->title, text);
      texts[value->key] += prose_names(items[i], text);
      int32_t other = value_elsewhere(s, i, s->entries[e]);
      others[value->key] += other >= 0 && prose_names(items[i], value_text(s, other));
    }
  for (int k = 0; k < s->key_count; k++) {
    s->keys[k].title_mentions = with[k] && 5 * titles[k] >= with[k];
    s->keys[k].prose_mentions =
      with[k] && (10 * texts[k] >= 3 * with[k] ||
                  (texts[k] >= 5 && 10 * texts[k] >= with[k] && 10 * others[k] <= texts[k]));
  }
}
