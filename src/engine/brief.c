/* brief.c - see brief.h
 * SPDX-License-Identifier: MIT */
#include "engine/brief.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/cache.h"
#include "engine/taste.h"

enum { CANDIDATES_SHOWN = 16 };

struct brief {
  struct statistics *statistics;
  struct taste taste;
};

struct brief *brief_open(struct store *store, struct err *err)
{
  struct statistics *statistics = statistics_open(store, err);
  if (!statistics)
    return NULL;
  struct brief *brief = mem_zero(1, sizeof *brief);
  brief->statistics = statistics;
  taste_init(&brief->taste, statistics);
  return brief;
}

void brief_free(struct brief *brief)
{
  if (!brief)
    return;
  taste_free(&brief->taste);
  statistics_free(brief->statistics);
  free(brief);
}

struct weighed {
  const struct attribute *attribute;
  struct evidence evidence;
};

static int by_lift(const void *a, const void *b)
{
  double x = ((const struct weighed *)a)->evidence.lift, y = ((const struct weighed *)b)->evidence.lift;
  return (x < y) - (x > y);
}

char *brief_evidence(struct brief *brief, const struct item *item)
{
  struct buf out = {0};
  struct weighed *all = mem_zero((size_t)item->attribute_count + 1, sizeof *all);
  int count = 0;
  taste_look(&brief->taste, item->id);
  for (int k = 0; k < item->attribute_count; k++) {
    const struct attribute *attribute = &item->attributes[k];
    int key = statistics_key(brief->statistics, attribute->modality, attribute->key);
    int32_t value = key >= 0 ? statistics_value(brief->statistics, key, attribute->value) : -1;
    if (value >= 0)
      all[count++] = (struct weighed){attribute, taste_evidence(&brief->taste, value)};
  }
  qsort(all, (size_t)count, sizeof *all, by_lift);
  for (int k = 0; k < count; k++)
    buf_printf(&out, "%s: %s  (%.0f %% of its users' histories, %.0f %% overall, lift %.2f)\n",
               all[k].attribute->key, all[k].attribute->value, 100 * all[k].evidence.h,
               100 * all[k].evidence.p, all[k].evidence.lift);
  free(all);
  return buf_take(&out);
}

/* The key in whichever modality has it, the text first. */
static int key_anywhere(const struct statistics *statistics, const char *name)
{
  int key = statistics_key(statistics, TEXT, name);
  return key >= 0 ? key : statistics_key(statistics, IMAGE, name);
}

char *brief_candidates(const struct brief *brief, const struct item *item, const char *const *keys,
                       int key_count)
{
  const struct statistics *statistics = brief->statistics;
  struct buf out = {0};
  for (int k = 0; k < key_count; k++) {
    int key = key_anywhere(statistics, keys[k]);
    int32_t shown[CANDIDATES_SHOWN], count = 0;
    if (key < 0)
      continue;
    const struct key *row = &statistics->keys[key];
    for (int32_t value = row->first; value < row->first + row->count; value++) {
      if (statistics_item_has(statistics, item->id, value))
        continue;
      int at = count < CANDIDATES_SHOWN ? count++ : CANDIDATES_SHOWN;
      while (at > 0 && statistics->values[shown[at - 1]].df < statistics->values[value].df) {
        if (at < CANDIDATES_SHOWN)
          shown[at] = shown[at - 1];
        at--;
      }
      if (at < CANDIDATES_SHOWN)
        shown[at] = value;
    }
    if (count)
      buf_printf(&out, "%s: ", keys[k]);
    for (int j = 0; j < count; j++)
      buf_printf(&out, "%s%s", value_text(statistics, shown[j]), j + 1 < count ? ", " : "\n");
  }
  return buf_take(&out);
}
