/* siblings.c - see siblings.h
 * SPDX-License-Identifier: MIT */
#include "gen/siblings.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

static bool is_sibling(const struct gen *gen, const struct negative *other)
{
  return other->is_valid && !other->is_draft && !other->is_stale &&
         !strcmp(other->backend, gen->row->name) && !strcmp(other->model, gen->model) &&
         !strcmp(other->templates, gen->templates_text);
}

static void add_values(struct chain *chain, const struct negative *other)
{
  struct sibling sibling = {0};
  int room = 0;
  for (int k = 0; k < other->change_count; k++) {
    const struct change *change = &other->changes[k];
    if (change->role == ROLE_KEY)
      VEC_PUSH(sibling.values, sibling.count, room) =
        (struct sibling_value){mem_strdup(change->key), mem_strdup(change->intervened)};
  }
  VEC_PUSH(chain->siblings, chain->sibling_count, chain->sibling_room) = sibling;
}

bool siblings_load(const struct gen *gen, struct chain *chain, struct err *err)
{
  struct negative **all;
  int count;
  siblings_free(chain);
  if (!negatives_of(gen->store, chain->item->key, &all, &count, err))
    return false;
  for (int k = 0; k < count; k++)
    if (is_sibling(gen, all[k]))
      add_values(chain, all[k]);
  negatives_free(all, count);
  for (int k = 0; k < gen->ended_count; k++)
    if (gen->ended[k].negative && !strcmp(gen->ended[k].item, chain->item->key) &&
        is_sibling(gen, gen->ended[k].negative))
      add_values(chain, gen->ended[k].negative);
  return true;
}

void siblings_free(struct chain *chain)
{
  for (int s = 0; s < chain->sibling_count; s++) {
    for (int k = 0; k < chain->siblings[s].count; k++) {
      free(chain->siblings[s].values[k].key);
      free(chain->siblings[s].values[k].value);
    }
    free(chain->siblings[s].values);
  }
  free(chain->siblings);
  chain->siblings = NULL;
  chain->sibling_count = chain->sibling_room = 0;
}

static bool is_same(const char *a, const char *b)
{
  char *x = utf8_norm(a), *y = utf8_norm(b);
  bool is = !strcmp(x, y);
  free(x);
  free(y);
  return is;
}

/* Is this value of sibling s one that it or another one before has for the key already? */
static bool was_listed(const struct chain *chain, int s, int at)
{
  const struct sibling_value *value = &chain->siblings[s].values[at];
  for (int j = 0; j <= s; j++)
    for (int k = 0; k < (j == s ? at : chain->siblings[j].count); k++)
      if (!strcmp(chain->siblings[j].values[k].key, value->key) &&
          is_same(chain->siblings[j].values[k].value, value->value))
        return true;
  return false;
}

char *siblings_taken(const struct chain *chain)
{
  struct buf out = {0};
  for (int m = 0; m < chain->mask.key_count; m++) {
    const char *key = chain->mask.keys[m].key;
    bool has_any = false;
    for (int s = 0; s < chain->sibling_count; s++)
      for (int k = 0; k < chain->siblings[s].count; k++) {
        const struct sibling_value *value = &chain->siblings[s].values[k];
        if (strcmp(value->key, key) || was_listed(chain, s, k))
          continue;
        buf_printf(&out, "%s%s%s", has_any ? "" : key, has_any ? ", " : ": ", value->value);
        has_any = true;
      }
    if (has_any)
      buf_str(&out, "\n");
  }
  return out.data ? buf_take(&out) : mem_strdup("");
}

/* Do all new values of one stand in the other, too? */
static bool is_covered(const struct negative *negative, const struct sibling *sibling)
{
  int count = 0;
  for (int k = 0; k < negative->change_count; k++) {
    const struct change *change = &negative->changes[k];
    if (change->role != ROLE_KEY)
      continue;
    bool is_there = false;
    for (int j = 0; j < sibling->count && !is_there; j++)
      is_there = !strcmp(sibling->values[j].key, change->key) &&
                 is_same(sibling->values[j].value, change->intervened);
    if (!is_there)
      return false;
    count++;
  }
  return count == sibling->count;
}

bool siblings_have(const struct chain *chain, const struct negative *negative)
{
  for (int s = 0; s < chain->sibling_count; s++)
    if (is_covered(negative, &chain->siblings[s]))
      return true;
  return false;
}
