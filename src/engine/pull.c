/* pull.c - see pull.h
 * SPDX-License-Identifier: MIT */
#include "engine/pull.h"

#include <math.h>
#include <stdlib.h>

#include "base/mem.h"
#include "engine/cache.h"
#include "store/negative.h"

#define PRIOR 5.0 /* items of an average user, added to each */

struct step {
  struct pull_change values;
  enum modality modality;
};

struct pulls {
  struct statistics *statistics;
  enum pull_kind kind;
  int64_t *first; /* [items + 1] into negatives, newest first */
  int64_t *start; /* [negatives + 1] into steps */
  struct step *steps;
};

struct pull_change pulls_change(const struct pulls *pulls, const struct change *change)
{
  const struct statistics *s = pulls->statistics;
  int key = statistics_key(s, change->modality, change->key);
  if (key < 0)
    return (struct pull_change){-1, -1};
  return (struct pull_change){statistics_value(s, key, change->original),
                              statistics_value(s, key, change->intervened)};
}

static void add_steps(struct pulls *pulls, const struct negative *negative, size_t *count,
                      size_t *room)
{
  for (int c = 0; c < negative->change_count; c++) {
    const struct change *change = &negative->changes[c];
    if (change->role == ROLE_KEY)
      VEC_PUSH(pulls->steps, *count, *room) =
        (struct step){pulls_change(pulls, change), change->modality};
  }
}

static bool load_steps(struct pulls *pulls, struct store *store, int most, struct err *err)
{
  int64_t count;
  size_t steps = 0, room = 0;
  struct training_negative *list = negatives_for_training(store, most, &count, err);
  bool ok = list != NULL;
  pulls->first = mem_zero((size_t)pulls->statistics->item_count + 2, sizeof *pulls->first);
  pulls->start = mem_zero((size_t)(ok ? count : 0) + 1, sizeof *pulls->start);
  for (int64_t k = 0; ok && k < count; k++) {
    struct negative *negative = negative_load(store, list[k].id, err);
    ok = negative != NULL;
    if (!ok)
      break;
    add_steps(pulls, negative, &steps, &room);
    pulls->first[list[k].item + 1]++;
    pulls->start[k + 1] = (int64_t)steps;
    negative_free(negative);
  }
  for (int64_t i = 0; i < pulls->statistics->item_count; i++)
    pulls->first[i + 1] += pulls->first[i];
  free(list);
  return ok;
}

struct pulls *pulls_open(struct store *store, int most, enum pull_kind kind, struct err *err)
{
  struct statistics *statistics = statistics_open(store, err);
  if (!statistics)
    return NULL;
  struct pulls *pulls = mem_zero(1, sizeof *pulls);
  pulls->statistics = statistics;
  pulls->kind = kind;
  if (load_steps(pulls, store, most, err))
    return pulls;
  pulls_free(pulls);
  return NULL;
}

void pulls_free(struct pulls *pulls)
{
  if (!pulls)
    return;
  statistics_free(pulls->statistics);
  free(pulls->first);
  free(pulls->start);
  free(pulls->steps);
  free(pulls);
}

/* How much the user's items other than `item` speak for the value. */
static double weight_of(const struct pulls *pulls, int32_t user, int32_t item, int32_t value)
{
  const struct statistics *s = pulls->statistics;
  if (value < 0 || !s->values[value].taken)
    return 0;
  double p = (double)s->values[value].taken / (double)s->pair_count, have = 0, count = 0;
  for (int64_t k = s->user_items[user]; k < s->user_items[user + 1]; k++) {
    bool is_other = s->items[k] != item;
    count += is_other;
    have += is_other && statistics_item_has(s, s->items[k], value);
  }
  if (pulls->kind == PULL_EXCESS)
    return (have - count * p) / sqrt(count * p + 1);
  return log((have + PRIOR * p) / ((count + PRIOR) * p));
}

static double pull_of(const struct pulls *pulls, int32_t user, int32_t item, struct pull_change change)
{
  return weight_of(pulls, user, item, change.from) - weight_of(pulls, user, item, change.to);
}

double pulls_of_change(const struct pulls *pulls, int32_t user, int32_t item, struct pull_change change)
{
  return tanh(pull_of(pulls, user, item, change));
}

double pulls_of(const struct pulls *pulls, int32_t user, int32_t item, int32_t from, int32_t place,
                unsigned moved)
{
  int64_t at = pulls->first[from] + place;
  double sum = 0;
  if (at >= pulls->first[from + 1])
    return 0;
  for (int64_t k = pulls->start[at]; k < pulls->start[at + 1]; k++)
    if (moved & 1u << pulls->steps[k].modality)
      sum += pull_of(pulls, user, item, pulls->steps[k].values);
  return tanh(sum);
}
