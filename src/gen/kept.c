/* kept.c - see kept.h
 * SPDX-License-Identifier: MIT */
#include "gen/kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "text/mention.h"

enum { SLOT_WORDS_MAX = 6, SHOWN_MAX = 60 };

static size_t word_count(const char *text)
{
  size_t count;
  free(text_words(text, &count));
  return count;
}

/* Is this all of a mention of the value: the same but for case, number and final punctuation? */
static bool is_mention(const char *text, const char *value)
{
  if (!value)
    return false;
  size_t count, words;
  struct span *spans = text_mentions(text, value, &count), *all = text_words(text, &words);
  bool is = count == 1 && words > 0 && spans[0].start == all[0].start &&
            spans[0].start + spans[0].size == all[words - 1].start + all[words - 1].size;
  char *a = utf8_norm(text), *b = utf8_norm(value);
  is = is || !strcmp(a, b);
  free(a);
  free(b);
  free(spans);
  free(all);
  return is;
}

static const struct reply_key *key_named(const struct reply_mask *mask, const char *name)
{
  for (int k = 0; k < mask->key_count; k++)
    if (!strcmp(mask->keys[k].key, name))
      return &mask->keys[k];
  return NULL;
}

/* What is behind a slot must be what the reply says it masked. */
static char *slot_is_wrong(const char *original, const struct slot *slot, enum modality modality,
                           const struct reply_mask *mask)
{
  const struct reply_key *key = key_named(mask, slot->key);
  if (!key)
    return mem_printf("the mask [[%s]] is of a key that was not chosen", slot->key);
  char *behind = mem_strndup(original + slot->in_original.start, slot->in_original.size), *why = NULL;
  const char *span = modality == TEXT ? key->text_span : key->visual_span;
  size_t words = word_count(behind), wanted = word_count(key->value);
  if (!is_mention(behind, key->value) && !is_mention(behind, span))
    why = mem_printf("the mask [[%s]] hides \"%.*s\" instead of \"%.*s\"", slot->key, SHOWN_MAX, behind,
                     SHOWN_MAX, span ? span : key->value);
  else if (words > SLOT_WORDS_MAX && words > 2 * wanted)
    why = mem_printf("the mask [[%s]] hides %zu words, many more than the %zu of its value", slot->key, words,
                     wanted);
  free(behind);
  return why;
}

char *masking_changed(const struct side *side, enum modality modality,
                      const struct reply_mask *mask)
{
  struct err err = {0};
  size_t count;
  char *why = NULL;
  struct slot *slots = slots_find(side->masked, &count);
  if (!slots_align(side->original, side->masked, slots, count, &err))
    why = mem_strdup(err.text);
  for (size_t k = 0; k < count && !why; k++)
    why = slot_is_wrong(side->original, &slots[k], modality, mask);
  slots_free(slots, count);
  return why;
}

/* ---- completing */

/* A text with its words, one of the two that are compared. */
struct words {
  const char *text;
  struct span *spans;
  size_t count;
};

static char *word_at(const struct words *words, size_t k)
{
  return mem_strndup(words->text + words->spans[k].start, words->spans[k].size);
}

/* What stands before word k, for k == count at the end; without final blanks and punctuation there. */
static struct span gap_at(const struct words *words, size_t k)
{
  size_t from = k ? words->spans[k - 1].start + words->spans[k - 1].size : 0;
  size_t to = k < words->count ? words->spans[k].start : strlen(words->text);
  if (k == words->count)
    while (to > from && strchr(" \n\t\r.,;:!?", words->text[to - 1]))
      to--;
  return (struct span){from, to - from};
}

static bool is_article(const char *word)
{
  return (word[0] == 'a' || word[0] == 'A') && (!word[1] || (word[1] == 'n' && !word[2]));
}

/* Is x stem + end_x, and y the same stem + end_y? */
static bool share_stem(const char *x, const char *end_x, const char *y, const char *end_y)
{
  size_t stem = strlen(x) - strlen(end_x);
  return strlen(x) > strlen(end_x) && strlen(y) == stem + strlen(end_y) && !strncmp(x, y, stem) &&
         !strcmp(x + stem, end_x) && !strcmp(y + stem, end_y);
}

/* Singular and plural of one word, folded, either way round. */
static bool is_inflected(const char *a, const char *b)
{
  static const char *const endings[][2] = {{"", "s"}, {"", "es"}, {"y", "ies"}, {"f", "ves"},
                                           {"fe", "ves"}};
  for (size_t k = 0; k < COUNT_OF(endings); k++)
    if (share_stem(a, endings[k][0], b, endings[k][1]) ||
        share_stem(b, endings[k][0], a, endings[k][1]))
      return true;
  return false;
}

static bool is_of_values(const char *word, const struct reply_complete *complete)
{
  size_t count = 0;
  for (int k = 0; k < complete->value_count && !count; k++)
    free(text_mentions(complete->values[k].value, word, &count));
  for (int k = 0; k < complete->entailed_count && !count; k++)
    free(text_mentions(complete->entailed[k].intervened, word, &count));
  return count > 0;
}

static bool may_stand_for(const char *expected, const char *word,
                          const struct reply_complete *complete)
{
  if (!strcmp(expected, word) || (is_article(expected) && is_article(word) && expected[0] == word[0]))
    return true;
  if (!is_of_values(expected, complete))
    return false;
  char *a = utf8_fold(expected), *b = utf8_fold(word);
  bool may = !strcmp(a, b) || is_inflected(a, b);
  free(a);
  free(b);
  return may;
}

static char *gap_changed(const struct words *expected, size_t k)
{
  if (!k)
    return mem_strdup("blanks or punctuation changed at the beginning, where nothing was masked");
  char *word = word_at(expected, k - 1);
  char *why = mem_printf("blanks or punctuation changed behind \"%.*s\", where nothing was masked", SHOWN_MAX,
                         word);
  free(word);
  return why;
}

static char *compare(const struct words *expected, const struct words *got,
                     const struct reply_complete *complete)
{
  char *why = NULL;
  for (size_t k = 0; k <= expected->count && !why; k++) {
    struct span a = gap_at(expected, k), b = gap_at(got, k);
    if (a.size != b.size || memcmp(expected->text + a.start, got->text + b.start, a.size))
      why = gap_changed(expected, k);
    if (why || k == expected->count)
      break;
    char *x = word_at(expected, k), *y = word_at(got, k);
    if (!may_stand_for(x, y, complete))
      why = mem_printf("\"%.*s\" became \"%.*s\" although it was not masked", SHOWN_MAX, x, SHOWN_MAX, y);
    free(x);
    free(y);
  }
  return why;
}

char *completing_changed(const char *expected, const char *completed,
                         const struct reply_complete *complete)
{
  struct words a = {.text = expected}, b = {.text = completed};
  a.spans = text_words(expected, &a.count);
  b.spans = text_words(completed, &b.count);
  char *why = NULL;
  if (a.count == b.count)
    why = compare(&a, &b, complete);
  else
    why = mem_printf("words were %s where nothing was masked (%.0f %% of all words differ)",
                     a.count < b.count ? "added" : "left out",
                     100 * text_edit_share(completed, expected));
  free(a.spans);
  free(b.spans);
  return why;
}
