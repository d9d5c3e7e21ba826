/* terms.c - what words can stand for each other
 *
 * Of each word the words around it are counted, by distance and side, in a vector of
 * hashed cells, weighted by rarity; what all words have in common is taken off. Words of
 * near vectors are of one kind ("detective", "doctor"), and a likeness of endings keeps
 * plurals and verbs among themselves.
 * SPDX-License-Identifier: MIT */
#include "engine/terms.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/intern.h"
#include "base/mem.h"
#include "base/rng.h"
#include "text/mention.h"

enum { CELLS = 256, WINDOW = 2, TERMS_MAX = 2500, LETTERS_MIN = 4, TERM_DF_MIN = 5 };

struct terms {
  struct intern words;     /* of all texts, lower case */
  int64_t item_count;
  int64_t *starts;         /* [items + 1] into tokens */
  int32_t *tokens;         /* words of the texts in order, -1 between two texts */
  int64_t token_count, token_room;
  int32_t *df;             /* [words] */
  bool *is_term;           /* [words] */
  int64_t *own_starts;     /* [items + 1] into own */
  const char **own;
  int64_t own_count, own_room;
};

static bool has_text_attribute(const struct item *item)
{
  return item->attribute_count > 0 && item->attributes[0].modality == TEXT;
}

static bool has_prose(const struct item *item)
{
  for (int f = 0; f < item->field_count; f++)
    if (item->fields[f].kind == FIELD_PROSE && item->fields[f].value[0])
      return true;
  return false;
}

bool terms_needed(struct item *const *items, int64_t count)
{
  int64_t bare = 0;
  for (int64_t i = 0; i < count; i++)
    bare += !has_text_attribute(items[i]) && has_prose(items[i]);
  return 2 * bare > count;
}

static void tokens_add(struct terms *terms, const char *text)
{
  size_t count;
  struct span *spans = text_words(text, &count);
  for (size_t k = 0; k < count; k++) {
    char *word = mem_strndup(text + spans[k].start, spans[k].size);
    for (char *p = word; *p; p++)
      *p = (char)tolower((unsigned char)*p);
    VEC_PUSH(terms->tokens, terms->token_count, terms->token_room) =
      intern_add(&terms->words, word, strlen(word));
    free(word);
  }
  VEC_PUSH(terms->tokens, terms->token_count, terms->token_room) = -1;
  free(spans);
}

static void tokenise(struct terms *terms, struct item *const *items)
{
  terms->starts = mem_zero((size_t)terms->item_count + 1, sizeof *terms->starts);
  for (int64_t i = 0; i < terms->item_count; i++) {
    for (int f = 0; f < items[i]->field_count; f++)
      if (items[i]->fields[f].kind == FIELD_PROSE)
        tokens_add(terms, items[i]->fields[f].value);
    terms->starts[i + 1] = terms->token_count;
  }
}

/* last[w]: the item that word w was last seen on, so that it counts once an item. */
static void count_items(struct terms *terms)
{
  size_t words = (size_t)terms->words.count + 1;
  int64_t *last = mem_alloc(words * sizeof *last);
  memset(last, 0xff, words * sizeof *last);
  terms->df = mem_zero(words, sizeof *terms->df);
  for (int64_t i = 0; i < terms->item_count; i++)
    for (int64_t t = terms->starts[i]; t < terms->starts[i + 1]; t++) {
      int32_t word = terms->tokens[t];
      if (word < 0 || last[word] == i)
        continue;
      last[word] = i;
      terms->df[word]++;
    }
  free(last);
}

static bool is_word_of_letters(const char *text)
{
  size_t size = strlen(text);
  for (size_t k = 0; k < size; k++)
    if (!isalpha((unsigned char)text[k]) && (unsigned char)text[k] < 0x80)
      return false;
  return size >= LETTERS_MIN;
}

static int by_descending(const void *a, const void *b)
{
  int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
  return (x < y) - (x > y);
}

/* Terms are met on at least 5 items and at most a tenth of them; of many the commonest. */
static void pick_terms(struct terms *terms)
{
  int32_t *counts = mem_zero((size_t)terms->words.count + 1, sizeof *counts), found = 0, least = 0;
  terms->is_term = mem_zero((size_t)terms->words.count + 1, sizeof *terms->is_term);
  for (int32_t w = 0; w < terms->words.count; w++) {
    bool is_term = terms->df[w] >= TERM_DF_MIN && 10 * (int64_t)terms->df[w] <= terms->item_count &&
                   is_word_of_letters(intern_text(&terms->words, w));
    terms->is_term[w] = is_term;
    if (is_term)
      counts[found++] = terms->df[w];
  }
  qsort(counts, (size_t)found, sizeof *counts, by_descending);
  if (found > TERMS_MAX)
    least = counts[TERMS_MAX];
  for (int32_t w = 0; w < terms->words.count; w++)
    terms->is_term[w] = terms->is_term[w] && terms->df[w] > least;
  free(counts);
}

static void own_add(struct terms *terms, int64_t item)
{
  for (int64_t t = terms->starts[item]; t < terms->starts[item + 1]; t++) {
    int32_t word = terms->tokens[t];
    bool is_new = word >= 0 && terms->is_term[word];
    for (int64_t o = terms->own_starts[item]; is_new && o < terms->own_count; o++)
      is_new = terms->own[o] != intern_text(&terms->words, word);
    if (is_new)
      VEC_PUSH(terms->own, terms->own_count, terms->own_room) = intern_text(&terms->words, word);
  }
}

struct terms *terms_find(struct item *const *items, int64_t count)
{
  struct terms *terms = mem_zero(1, sizeof *terms);
  terms->item_count = count;
  tokenise(terms, items);
  count_items(terms);
  pick_terms(terms);
  terms->own_starts = mem_zero((size_t)count + 1, sizeof *terms->own_starts);
  for (int64_t i = 0; i < count; i++) {
    if (!has_text_attribute(items[i]))
      own_add(terms, i);
    terms->own_starts[i + 1] = terms->own_count;
  }
  return terms;
}

void terms_free(struct terms *terms)
{
  if (!terms)
    return;
  intern_free(&terms->words);
  free(terms->starts);
  free(terms->tokens);
  free(terms->df);
  free(terms->is_term);
  free(terms->own_starts);
  free(terms->own);
  free(terms);
}

const char *const *terms_of(const struct terms *terms, int64_t item, size_t *count)
{
  *count = (size_t)(terms->own_starts[item + 1] - terms->own_starts[item]);
  return terms->own + terms->own_starts[item];
}

/* Add the words around token t to the vector of its word. */
static void context_add(const struct terms *terms, int64_t t, int64_t from, int64_t to, float *cells)
{
  for (int side = -1; side <= 1; side += 2)
    for (int distance = 1; distance <= WINDOW; distance++) {
      int64_t at = t + side * distance;
      if (at < from || at >= to || terms->tokens[at] < 0)
        break;
      int32_t word = terms->tokens[at];
      uint64_t bits = rng_mix64(((uint64_t)word << 4) ^ (uint64_t)(distance * 2 + (side > 0)));
      float weight = (float)log(1 + (double)terms->item_count / terms->df[word]);
      cells[bits % CELLS] += bits >> 63 ? weight : -weight;
    }
}

/* Vectors by value of the key, [count, CELLS], centred and of length 1. */
static float *contexts_of(const struct terms *terms, const struct statistics *s, int key)
{
  int32_t count = s->keys[key].count, *value_of;
  float *out = mem_zero((size_t)count * CELLS + 1, sizeof *out), mean[CELLS] = {0};
  value_of = mem_alloc(((size_t)terms->words.count + 1) * sizeof *value_of);
  for (int32_t w = 0; w < terms->words.count; w++)
    value_of[w] =
      terms->is_term[w] ? statistics_value(s, key, intern_text(&terms->words, w)) : -1;
  for (int64_t i = 0; i < terms->item_count; i++)
    for (int64_t t = terms->starts[i]; t < terms->starts[i + 1]; t++)
      if (terms->tokens[t] >= 0 && value_of[terms->tokens[t]] >= 0)
        context_add(terms, t, terms->starts[i], terms->starts[i + 1],
                    out + (size_t)(value_of[terms->tokens[t]] - s->keys[key].first) * CELLS);
  free(value_of);
  for (int pass = 0; pass < 2; pass++) { /* length, centre, length */
    for (int32_t v = 0; v < count; v++) {
      float *row = out + (size_t)v * CELLS, square = 0;
      for (int c = 0; c < CELLS; c++) {
        row[c] -= mean[c];
        square += row[c] * row[c];
      }
      for (int c = 0; c < CELLS && square > 0; c++)
        row[c] /= sqrtf(square);
    }
    memset(mean, 0, sizeof mean);
    for (int32_t v = 0; v < count; v++)
      for (int c = 0; c < CELLS; c++)
        mean[c] += out[(size_t)v * CELLS + (size_t)c] / (float)count;
  }
  return out;
}

/* Words of one form: both end, or do not end, in "s", "ed", "ing", "ly". */
static bool have_one_form(const char *a, const char *b)
{
  static const char *const ends[] = {"s", "ed", "ing", "ly", "er"};
  size_t x = strlen(a), y = strlen(b);
  for (size_t k = 0; k < COUNT_OF(ends); k++) {
    size_t size = strlen(ends[k]);
    bool has_a = x > size && strcmp(a + x - size, ends[k]) == 0;
    bool has_b = y > size && strcmp(b + y - size, ends[k]) == 0;
    if (has_a != has_b)
      return false;
  }
  return true;
}

int32_t *terms_near(const struct terms *terms, const struct statistics *s, int key)
{
  int32_t count = s->keys[key].count, first = s->keys[key].first;
  float *contexts = contexts_of(terms, s, key);
  int32_t *near = mem_alloc(((size_t)count * TERM_NEAR + 1) * sizeof *near);
  for (int32_t v = 0; v < count; v++) {
    float best[TERM_NEAR];
    int held = 0;
    const float *own = contexts + (size_t)v * CELLS;
    for (int32_t o = 0; o < count; o++) {
      const float *other = contexts + (size_t)o * CELLS;
      float cosine = 0;
      if (o == v || !have_one_form(value_text(s, first + v), value_text(s, first + o)))
        continue;
      for (int c = 0; c < CELLS; c++)
        cosine += own[c] * other[c];
      if (cosine <= 0 || (held == TERM_NEAR && cosine <= best[held - 1]))
        continue;
      int at = held < TERM_NEAR ? held++ : held - 1;
      for (; at > 0 && best[at - 1] < cosine; at--) {
        best[at] = best[at - 1];
        near[v * TERM_NEAR + at] = near[v * TERM_NEAR + at - 1];
      }
      best[at] = cosine;
      near[v * TERM_NEAR + at] = first + o;
    }
    for (; held < TERM_NEAR; held++)
      near[v * TERM_NEAR + held] = -1;
  }
  free(contexts);
  return near;
}
