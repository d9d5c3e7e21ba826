/* observer.c - see observer.h
 * SPDX-License-Identifier: MIT */
#include "eval/observer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"

enum { SWEEPS = 120, BURN_IN = 20 };

/* What a place of a like may be: attributes, and how often users have each. */
struct place {
  int32_t *attribute;
  double *prior, *odds;
  double weight;
  int count;
};

struct observer {
  const struct dataset *data;
  const struct truth *truth;
  int32_t user;
  int places;
  struct place place[TRUTH_LIKES];
  int32_t now[TRUTH_LIKES]; /* what each place is believed to be, an index of its attributes */
  double *score;            /* [items] liked weight without the place under consideration */
  unsigned char *has;       /* [items, attributes] */
};

/* Values are dealt within a key at random: a key's frequency is spread over its values. */
static void open_place(struct observer *observer, int k)
{
  const struct truth *truth = observer->truth;
  struct place *place = &observer->place[k];
  size_t n = (size_t)truth->attribute_count + 1;
  double *times = mem_zero(n, sizeof *times);
  *place = (struct place){mem_zero(n, sizeof *place->attribute), mem_zero(n, sizeof *place->prior),
                          mem_zero(n, sizeof *place->odds), 0, 0};
  for (int32_t u = 0; u < observer->data->users; u++)
    if (k < truth->users[u].count) {
      times[truth->users[u].like[k]]++;
      place->weight = truth->users[u].weight[k];
    }
  for (int32_t a = 0; a < truth->attribute_count; a++)
    if (times[a] > 0)
      place->attribute[place->count++] = a;
  for (int c = 0; c < place->count; c++) {
    const char *key = truth->attributes[place->attribute[c]].key;
    double total = 0, values = 0;
    for (int o = 0; o < place->count; o++)
      if (!strcmp(truth->attributes[place->attribute[o]].key, key)) {
        total += times[place->attribute[o]];
        values++;
      }
    place->prior[c] = total / values;
  }
  free(times);
}

static void add_like(struct observer *observer, int k, double sign)
{
  const struct place *place = &observer->place[k];
  int32_t attributes = observer->truth->attribute_count, a = place->attribute[observer->now[k]];
  for (int32_t i = 0; i < observer->data->items; i++)
    observer->score[i] += observer->has[i * attributes + a] ? sign * place->weight : 0;
}

/* log P(items | likes), the place k being attribute a, the others as they are in score. */
static double likelihood(const struct observer *observer, int32_t a, double weight)
{
  const struct item_sets *taken = &observer->data->sets[PHASE_TRAIN];
  int32_t attributes = observer->truth->attribute_count;
  double on = 0, off = 0, sum = 0, is_off = observer->truth->off_taste;
  for (int32_t i = 0; i < observer->data->items; i++) {
    double score = observer->score[i] + (observer->has[i * attributes + a] ? weight : 0);
    double fame = observer->data->item_count[i] + 1.0;
    if (score > 0.5)
      on += fame * score * score * score;
    else
      off += fame;
  }
  for (int64_t e = taken->start[observer->user]; e < taken->start[observer->user + 1]; e++) {
    int32_t i = taken->item[e];
    double score = observer->score[i] + (observer->has[i * attributes + a] ? weight : 0);
    double fame = observer->data->item_count[i] + 1.0;
    sum += score > 0.5 ? log((1 - is_off) * fame * score * score * score / on)
                       : log(is_off * fame / off);
  }
  return sum;
}

/* Draw what a place is, given the others; returns nothing, adds its odds to out when asked. */
static void draw_place(struct observer *observer, int k, struct rng *rng, double *out)
{
  struct place *place = &observer->place[k];
  double top = -INFINITY, sum = 0;
  add_like(observer, k, -1);
  for (int c = 0; c < place->count; c++) {
    place->odds[c] = log(place->prior[c]) +
                     likelihood(observer, place->attribute[c], place->weight);
    top = fmax(top, place->odds[c]);
  }
  for (int c = 0; c < place->count; c++)
    sum += place->odds[c] = exp(place->odds[c] - top);
  double at = rng_unif(rng) * sum;
  int drawn = 0;
  while (drawn < place->count - 1 && at >= place->odds[drawn])
    at -= place->odds[drawn++];
  observer->now[k] = drawn;
  add_like(observer, k, 1);
  for (int c = 0; out && c < place->count; c++)
    out[place->attribute[c]] += place->odds[c] / sum / (SWEEPS - BURN_IN);
}

static void open_observer(struct observer *observer)
{
  const struct truth *truth = observer->truth;
  int32_t items = observer->data->items, attributes = truth->attribute_count;
  observer->score = mem_zero((size_t)items + 1, sizeof *observer->score);
  observer->has = mem_zero((size_t)items * (size_t)attributes + 1, 1);
  for (int32_t i = 0; i < items; i++)
    for (int64_t e = truth->held.start[i]; e < truth->held.start[i + 1]; e++)
      observer->has[i * attributes + truth->held.item[e]] = 1;
  for (int32_t u = 0; u < observer->data->users; u++)
    observer->places = truth->users[u].count > observer->places ? truth->users[u].count
                                                                : observer->places;
  for (int k = 0; k < observer->places; k++) {
    open_place(observer, k);
    add_like(observer, k, 1);
  }
}

void observer_ask(const struct dataset *data, const struct truth *truth, int32_t user,
                  uint64_t seed, double *out)
{
  struct observer observer = {.data = data, .truth = truth, .user = user};
  struct rng rng = {rng_mix64(seed ^ rng_mix64((uint64_t)user))};
  memset(out, 0, (size_t)truth->attribute_count * sizeof *out);
  open_observer(&observer);
  for (int sweep = 0; sweep < SWEEPS; sweep++)
    for (int k = 0; k < observer.places; k++)
      draw_place(&observer, k, &rng, sweep < BURN_IN ? NULL : out);
  for (int k = 0; k < observer.places; k++) {
    free(observer.place[k].attribute);
    free(observer.place[k].prior);
    free(observer.place[k].odds);
  }
  free(observer.score);
  free(observer.has);
}
