/* candidates.c - contrast, plausibility, chance
 *
 * score = contrast * plausibility^(1/4), brought to [0, 1] over the candidates of the key,
 * + 0.15 Gumbel(seed, item, value) - the value's price: without the draw a few hubs take
 * most changes of a key, and without the price (prices.h) some still take too many. Values that the
 * item's users share as much as the old one go behind all others: a
 * negative should be less to their taste. Where any value will do, the score is chance alone.
 * SPDX-License-Identifier: MIT */
#include "engine/candidates.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "engine/names.h"
#include "engine/prose.h"
#include "text/mention.h"

static const double YEARS_MAX = 30, LEADS_MIN = .2, PLAUSIBLE_MIN = .05, GUMBEL = .15, SHARED_PENALTY = 2;
enum { HOLDERS_ASKED = 4096, KNOWN_DF = 5, NUMBERS_MAX = 1 << 22 };

bool values_contrast(enum value_form form, const char *a, const char *b)
{
  double x, y;
  if (form == FORM_YEAR && quantity_read(a, &x) && quantity_read(b, &y))
    return fabs(x - y) >= 10;
  if (quantity_read(a, &x) && quantity_read(b, &y))
    return fabs(x - y) > .1 * fmax(fabs(x), fabs(y));
  return text_jaccard(a, b) < .5;
}

/* Counts for one (key, value beside): asked, then one for each value of the key. */
struct beside_counts {
  const struct statistics *statistics;
  int32_t **tables;  /* [KEYS_MAX] tables of a key: [values] offsets into numbers, -1: not counted */
  int32_t *numbers;
  int64_t used;
};

struct beside_counts *beside_counts_new(const struct statistics *statistics)
{
  struct beside_counts *counts = mem_zero(1, sizeof *counts);
  counts->statistics = statistics;
  counts->tables = mem_zero(KEYS_MAX, sizeof *counts->tables);
  counts->numbers = mem_zero(NUMBERS_MAX, sizeof *counts->numbers);
  return counts;
}

void beside_counts_free(struct beside_counts *counts)
{
  if (!counts)
    return;
  for (int k = 0; k < KEYS_MAX; k++)
    free(counts->tables[k]);
  free(counts->tables);
  free(counts->numbers);
  free(counts);
}

static void forget_counts(struct beside_counts *counts)
{
  for (int k = 0; k < KEYS_MAX; k++) {
    free(counts->tables[k]);
    counts->tables[k] = NULL;
  }
  counts->used = 0;
}

/* Count a key's values on items that have b; of very many items every n-th is asked. */
static void count_beside(const struct statistics *s, const struct key *key, int32_t b, int32_t *out)
{
  int64_t from = s->value_items[b], to = s->value_items[b + 1];
  int64_t step = 1 + (to - from) / HOLDERS_ASKED;
  memset(out, 0, ((size_t)key->count + 1) * sizeof *out);
  for (int64_t h = from; h < to; h += step) {
    int32_t item = s->holders[h];
    out[0]++;
    for (int64_t e = s->item_values[item]; e < s->item_values[item + 1]; e++)
      if (s->entries[e] >= key->first && s->entries[e] < key->first + key->count)
        out[1 + s->entries[e] - key->first]++;
  }
}

/* [1 + values of the key], counted now or before. */
static const int32_t *counts_of(struct beside_counts *counts, int key_index, int32_t b)
{
  const struct statistics *s = counts->statistics;
  const struct key *key = &s->keys[key_index];
  if (counts->used + key->count + 1 > NUMBERS_MAX)
    forget_counts(counts);
  int32_t *table = counts->tables[key_index];
  if (!table) {
    size_t size = (size_t)s->value_count * sizeof *table;
    table = counts->tables[key_index] = mem_alloc(size);
    memset(table, 0xff, size);
  }
  if (table[b] < 0) {
    table[b] = (int32_t)counts->used;
    counts->used += key->count + 1;
    count_beside(s, key, b, counts->numbers + table[b]);
  }
  return counts->numbers + table[b];
}

void plausibility_of(struct beside_counts *counts, int key_index, const int32_t *beside,
                     int beside_count, double *out)
{
  const struct statistics *s = counts->statistics;
  const struct key *key = &s->keys[key_index];
  int asked = 0;
  for (int32_t v = 0; v < key->count; v++)
    out[v] = 0;
  for (int k = 0; k < beside_count && key->count < NUMBERS_MAX / 2; k++) {
    if (s->values[beside[k]].df < KNOWN_DF)
      continue;
    const int32_t *numbers = counts_of(counts, key_index, beside[k]);
    asked++;
    for (int32_t v = 0; v < key->count; v++)
      if (s->values[key->first + v].df >= key->df_min)
        out[v] += log((numbers[1 + v] + 1.0) / ((double)numbers[0] + key->count));
  }
  for (int32_t v = 0; v < key->count; v++)
    out[v] = exp(asked ? out[v] / asked : 0);
}

static bool is_among(int32_t value, const int32_t *list, int count)
{
  for (int k = 0; k < count; k++)
    if (list[k] == value)
      return true;
  return false;
}

static uint64_t draw(const struct wish *wish, int32_t value)
{
  const struct statistics *s = wish->taste->statistics;
  uint64_t key = hash_str(s->keys[s->values[value].key].name);
  return rng_mix64(wish->seed ^ rng_mix64(key ^ hash_str(value_text(s, value))));
}

static double unif(uint64_t bits) { return ((double)(bits >> 11) + .5) * 0x1p-53; }
static double gumbel(uint64_t bits) { return -log(-log(unif(bits))); }

/* The text of a candidate: its value's, or of a class a member drawn from those that contrast. */
static const char *text_for(const struct wish *wish, int32_t value)
{
  const struct statistics *s = wish->taste->statistics;
  const struct value *v = &s->values[value];
  enum value_form form = (enum value_form)s->keys[v->key].form;
  if (form != FORM_CLASSES)
    return values_contrast(form, wish->old_text, value_text(s, value)) ? value_text(s, value) : NULL;
  for (int32_t k = 0; k < v->member_count; k++) {
    int32_t member = (int32_t)((draw(wish, value) + (uint64_t)k) % (uint64_t)v->member_count);
    const char *text = s->pool + s->member_texts[v->members + (uint32_t)member];
    if (values_contrast(form, wish->old_text, text))
      return text;
  }
  return NULL;
}

/* Words of free text are replaced by words of like contexts only. */
static bool is_near(const struct statistics *s, const struct key *key, int32_t old, int32_t value)
{
  const int32_t *near = s->near + (int64_t)(old - key->first) * TERM_NEAR;
  return key->form != FORM_TERM || is_among(value, near, TERM_NEAR);
}

/* Years some decades off would contradict all that is not said: who plays, what is spoken, how it looks. */
static bool is_of_the_time(const struct wish *wish, const struct key *key, int32_t value)
{
  double old, year;
  return key->form != FORM_YEAR || !quantity_read(wish->old_text, &old) ||
         !quantity_read(value_text(wish->taste->statistics, value), &year) ||
         (fabs(year - old) <= YEARS_MAX && year >= wish->year_from);
}

/* Where keys are coupled, the first of an item's values is its main one: what never leads (Latin among the
 * languages of films) does not take its place. */
static bool may_lead(const struct wish *wish, int32_t value)
{
  const struct statistics *s = wish->taste->statistics;
  int key = s->values[wish->old].key;
  bool is_coupled = false;
  for (int64_t c = 0; c < s->couple_count; c++)
    is_coupled = is_coupled || s->couples[c].from == key;
  for (int k = 0; is_coupled && k < wish->own_count; k++) {
    if (s->values[wish->own[k]].key != key)
      continue;
    if (wish->own[k] == wish->old)
      return s->values[value].leads >= LEADS_MIN * s->values[value].df;
    return true;
  }
  return true;
}

/* Keep what is common enough, not on the item, and a contrast. */
static int gather(const struct wish *wish, struct candidate *list)
{
  const struct statistics *s = wish->taste->statistics;
  int key_index = s->values[wish->old].key, count = 0;
  const struct key *key = &s->keys[key_index];
  enum prose_how how = prose_how(key);
  double *plausible = mem_zero((size_t)key->count + 1, sizeof *plausible), most = 0;
  plausibility_of(wish->counts, key_index, wish->beside, wish->beside_count, plausible);
  for (int32_t v = key->first; v < key->first + key->count; v++) {
    const char *text = NULL;
    if (s->values[v].df >= key->df_min && !is_among(v, wish->own, wish->own_count) &&
        is_near(s, key, wish->old, v) &&
        is_of_the_time(wish, key, v) && may_lead(wish, v) &&
        (how != PROSE_PERSON || names_agree(wish->old_text, value_text(s, v))))
      text = text_for(wish, v);
    if (!text)
      continue;
    list[count++] = (struct candidate){.value = v, .text = text,
                                       .plausible = plausible[v - key->first]};
    most = fmax(most, plausible[v - key->first]);
  }
  free(plausible);
  int kept = 0;
  for (int c = 0; c < count; c++) {
    list[c].plausible /= most;
    if (list[c].plausible >= PLAUSIBLE_MIN)
      list[kept++] = list[c];
  }
  return kept;
}

static int by_score(const void *a, const void *b)
{
  const struct candidate *x = a, *y = b;
  if (x->score != y->score)
    return x->score > y->score ? -1 : 1;
  return (x->value > y->value) - (x->value < y->value);
}

static void score_by_chance(const struct wish *wish, struct candidate *list, int count)
{
  for (int c = 0; c < count; c++) {
    list[c].score = unif(draw(wish, list[c].value));
    list[c].is_less_shared = true;
  }
}

static void score_by_taste(const struct wish *wish, struct candidate *list, int count)
{
  struct evidence old = taste_evidence(wish->taste, wish->old);
  double low = INFINITY, high = -INFINITY;
  for (int c = 0; c < count; c++) {
    list[c].score = list[c].contrast * pow(list[c].plausible, .25);
    low = fmin(low, list[c].score);
    high = fmax(high, list[c].score);
  }
  for (int c = 0; c < count; c++) {
    struct evidence evidence = taste_evidence(wish->taste, list[c].value);
    list[c].is_less_shared = evidence.lift < old.lift && evidence.raw <= old.raw;
    list[c].score = high > low ? (list[c].score - low) / (high - low) : 1;
    double price = wish->prices ? (double)wish->prices[list[c].value] : 0;
    list[c].score += GUMBEL * gumbel(draw(wish, list[c].value)) - price;
    if (!list[c].is_less_shared && wish->taste->users > 0)
      list[c].score -= SHARED_PENALTY;
  }
}

struct candidate *candidates_find(const struct wish *wish, int *count)
{
  const struct statistics *s = wish->taste->statistics;
  const struct key *key = &s->keys[s->values[wish->old].key];
  struct candidate *list = mem_zero((size_t)key->count + 1, sizeof *list);
  *count = gather(wish, list);
  for (int c = 0; c < *count; c++)
    list[c].contrast = statistics_contrast(s, wish->old, list[c].value);
  (wish->is_any ? score_by_chance : score_by_taste)(wish, list, *count);
  qsort(list, (size_t)*count, sizeof *list, by_score);
  return list;
}
