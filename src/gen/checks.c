/* checks.c - see checks.h
 * SPDX-License-Identifier: MIT */
#include "gen/checks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "gen/colour_words.h"
#include "gen/fill.h"
#include "gen/kept.h"
#include "gen/synonyms.h"
#include "media/hue.h"
#include "text/mention.h"

static const char *const side_names[MODALITIES] = {"text", "picture's description"};

static const char *value_of(const struct reply_complete *complete, const char *key)
{
  for (int k = 0; k < complete->value_count; k++)
    if (!strcmp(complete->values[k].key, key))
      return complete->values[k].value;
  return NULL;
}

static char *not_masked(enum modality modality, const char *key, const char *span)
{
  return mem_printf("the %s mentions %s as \"%s\", but it was not masked there", side_names[modality], key,
                    span);
}

static bool holds_keys(const struct check_input *input, char **reason)
{
  for (int m = 0; m < MODALITIES; m++) {
    const char *masked = input->negative->sides[m].masked;
    if (input->is_present[m] && !has_any_slot(masked)) {
      *reason = mem_printf("nothing in the %s was masked, so nothing of it could change", side_names[m]);
      return false;
    }
  }
  for (int k = 0; k < input->mask->key_count; k++) {
    const struct reply_key *key = &input->mask->keys[k];
    const struct side *sides = input->negative->sides;
    if (!value_of(input->complete, key->key))
      *reason = mem_printf("%s was masked, but it got no new value", key->key);
    else if (key->text_span && !has_slot(sides[TEXT].masked, key->key))
      *reason = not_masked(TEXT, key->key, key->text_span);
    else if (key->visual_span && !has_slot(sides[IMAGE].masked, key->key))
      *reason = not_masked(IMAGE, key->key, key->visual_span);
    if (*reason)
      return false;
  }
  for (int k = 0; k < input->complete->value_count; k++) {
    const char *key = input->complete->values[k].key;
    bool is_masked = false;
    for (int j = 0; j < input->mask->key_count; j++)
      is_masked = is_masked || !strcmp(input->mask->keys[j].key, key);
    if (!is_masked) {
      *reason = mem_printf("%s got a new value, although it was not masked", key);
      return false;
    }
  }
  return true;
}

static bool holds_round_trip(const struct check_input *input, char **reason)
{
  for (int m = 0; m < MODALITIES && !*reason; m++) {
    char *why = input->is_present[m] ? masking_changed(&input->negative->sides[m], (enum modality)m,
                                                       input->mask) : NULL;
    *reason = why ? mem_printf("in the %s, %s", side_names[m], why) : NULL;
    free(why);
  }
  return !*reason;
}

static bool is_number(const char *text, double *value)
{
  char *end;
  *value = strtod(text, &end);
  return end != text && (!*end || *end == ' ' || *end == '%') && isfinite(*value);
}

static bool is_year(double value) { return value == floor(value) && value >= 1000 && value < 2200; }

/* Navy and blue are far apart in lightness, and one colour to a person. Black and white are not. */
static bool are_shades(const char *a, const char *b)
{
  int class = colour_class(a);
  return class >= 0 && class != HUE_MONOCHROME && class == colour_class(b);
}

/* Why two numbers are no contrast, or NULL. */
static char *too_close_numbers(const char *old, double x, const char *new, double y)
{
  if (is_year(x) && is_year(y))
    return fabs(x - y) < 10 ? mem_printf("%s and %s are less than ten years apart", old, new) : NULL;
  return fabs(x - y) <= 0.1 * fmax(fabs(x), fabs(y))
           ? mem_printf("%s and %s differ by a tenth or less", old, new) : NULL;
}

/* Why two values are no contrast (METHOD C3), or NULL. The caller frees. */
static char *too_close(const char *old, const char *new)
{
  char *a = utf8_norm(old), *b = utf8_norm(new), *why = NULL;
  double x, y, distance = colour_distance(a, b);
  if (!strcmp(a, b))
    why = mem_printf("\"%s\" did not change", old);
  else if (is_number(a, &x) && is_number(b, &y))
    why = too_close_numbers(old, x, new, y);
  else if (are_synonyms(a, b))
    why = mem_printf("\"%s\" and \"%s\" mean the same", old, new);
  else if (text_jaccard(a, b) >= 0.5)
    why = mem_printf("\"%s\" and \"%s\" share most of their words", old, new);
  else if (distance >= 0 && (distance <= 20 || are_shades(a, b)))
    why = mem_printf("%s and %s are nearly the same colour", old, new);
  free(a);
  free(b);
  return why;
}

static bool holds_contrast(const struct check_input *input, char **reason)
{
  const struct negative *negative = input->negative;
  for (int k = 0; k < negative->change_count && !*reason; k++) {
    const struct change *change = &negative->changes[k];
    char *why = change->role == ROLE_KEY ? too_close(change->original, change->intervened) : NULL;
    *reason = why ? mem_printf("%s: %s", change->key, why) : NULL;
    free(why);
  }
  return !*reason;
}

static bool holds_rest_kept(const struct check_input *input, char **reason)
{
  for (int m = 0; m < MODALITIES && !*reason; m++) {
    if (!input->is_present[m])
      continue;
    char *expected = fill_expected(input->negative, (enum modality)m, input->complete);
    char *why = completing_changed(expected, input->negative->sides[m].negative, input->complete);
    *reason = why ? mem_printf("in the %s, %s", side_names[m], why) : NULL;
    free(expected);
    free(why);
  }
  return !*reason;
}

/* The share of a text's 4-grams of words that occurred before in it. */
static double repeated_share(const char *text)
{
  size_t count, repeated = 0;
  struct span *words = text_words(text, &count);
  if (count < 5) {
    free(words);
    return 0;
  }
  size_t grams = count - 3;
  uint64_t *hashes = mem_zero(grams, sizeof *hashes);
  for (size_t k = 0; k < grams; k++) {
    hashes[k] = hash_fnv1a(text + words[k].start,
                           words[k + 3].start + words[k + 3].size - words[k].start);
    bool is_new = true;
    for (size_t j = 0; j < k && is_new; j++)
      is_new = hashes[j] != hashes[k];
    repeated += !is_new;
  }
  free(words);
  free(hashes);
  return (double)repeated / (double)grams;
}

static size_t word_count(const char *text)
{
  size_t count;
  free(text_words(text, &count));
  return count;
}

/* A character that no text of an item needs: control, or in place of one that was none. */
static bool has_odd_character(const char *text)
{
  for (const char *p = text; *p; p++)
    if (((unsigned char)*p < ' ' && !strchr("\n\t\r", *p)) || *p == 0x7f)
      return true;
  return strstr(text, "\xef\xbf\xbd") || !utf8_is_valid(text, strlen(text));
}

/* What is wrong with the length of a text that had `before` words, or NULL. */
static char *odd_length(size_t before, size_t after)
{
  size_t most = before > 60 ? 2 * before : 120, least = before < 3 ? before : 3;
  if (after < least)
    return mem_printf("has %zu words, too few for a text (at least %zu)", after, least);
  if (after > most)
    return mem_printf("has %zu words, too many (at most %zu)", after, most);
  if (before && (double)after < 0.5 * (double)before)
    return mem_printf("shrank from %zu to %zu words, to less than half", before, after);
  if (before && (double)after > 2 * (double)before)
    return mem_printf("grew from %zu to %zu words, to more than twice as many", before, after);
  return NULL;
}

/* What is wrong with a new text, to be said behind "the text ", or NULL. */
static char *not_fluent(const char *original, const char *negative)
{
  char *length = odd_length(word_count(original), word_count(negative));
  if (strstr(negative, "[[") || strstr(negative, "]]")) {
    free(length);
    return mem_strdup("still has the brackets of a mask, [[ or ]]");
  }
  if (length)
    return length;
  if (repeated_share(negative) - repeated_share(original) >= 0.2)
    return mem_strdup("says the same words in a row again and again");
  if (has_odd_character(negative) && !has_odd_character(original))
    return mem_strdup("has characters that no screen can show");
  return NULL;
}

static bool holds_fluent(const struct check_input *input, char **reason)
{
  for (int m = 0; m < MODALITIES && !*reason; m++) {
    const struct side *side = &input->negative->sides[m];
    char *why = input->is_present[m] ? not_fluent(side->original, side->negative) : NULL;
    *reason = why ? mem_printf("the %s %s", side_names[m], why) : NULL;
    free(why);
  }
  return !*reason;
}

static bool holds_cohesion(const struct check_input *input, char **reason)
{
  for (int k = 0; k < input->mask->key_count && !*reason; k++) {
    const struct reply_key *key = &input->mask->keys[k];
    const char *value = value_of(input->complete, key->key);
    if (!key->text_span || !key->visual_span || !value)
      continue;
    for (int m = 0; m < MODALITIES && !*reason; m++) {
      if (!mentions_value(input->negative->sides[m].negative, value))
        *reason = mem_printf("%s is \"%s\" now, but the %s does not say so", key->key, value,
                             side_names[m]);
    }
  }
  return !*reason;
}

static bool holds_twin(const struct check_input *input, char **reason)
{
  if (!(input->twin_cosine > 0.9))
    return true;
  *reason = mem_printf("it is nearly \"%s\", which users of the item chose as well: perhaps no negative at "
                       "all", input->twin ? input->twin : "an item");
  return false;
}

static bool holds_distinct(const struct check_input *input, char **reason)
{
  if (input->is_repeated)
    *reason = mem_strdup("another candidate of this item has the same new values");
  return !input->is_repeated;
}

static bool holds_moved(const struct check_input *input, char **reason)
{
  for (int m = 0; m < MODALITIES; m++)
    if (input->is_present[m] && !(input->negative->sides[m].delta > 1e-6)) {
      *reason = mem_printf("the %s did not move: its features are those of the original",
                           m == TEXT ? "text" : "picture");
      return false;
    }
  return true;
}

/* "brightness was to become bright": what the edit of the picture was for. The caller frees. */
static char *intended(const struct negative *negative)
{
  for (int k = 0; k < negative->change_count; k++) {
    const struct change *change = &negative->changes[k];
    if (change->modality == IMAGE && change->role == ROLE_KEY)
      return mem_printf("%s was to become %s", change->key, change->intervened);
  }
  return mem_strdup("something was to change");
}

static bool holds_picture(const struct check_input *input, char **reason)
{
  if (!input->is_drawn)
    return true;
  if (!input->is_reached) {
    char *intent = intended(input->negative);
    *reason = mem_printf("%s, but measured on the edited picture it did not", intent);
    free(intent);
  } else if (!input->is_rest_kept) {
    *reason = mem_strdup("the edit changed more of the picture's look than what was masked");
  } else if (input->difference < 6) {
    *reason = mem_printf("the two pictures can hardly be told apart (colour difference %.1f, at least 6)",
                         input->difference);
  }
  return !*reason;
}

const struct check_row check_rows[] = {
  {"keys", false, "something is masked in each modality, and each masked key, no other, got a new value",
   holds_keys},
  {"round_trip", false, "masking changed nothing but the masked words", holds_round_trip},
  {"contrast", false, "each new value is really different from the old one", holds_contrast},
  {"rest_kept", false, "everything else is as it was, but for articles, number and capitals",
   holds_rest_kept},
  {"fluent", false, "the texts read whole: no brackets, no repetition, about the same length",
   holds_fluent},
  {"cohesion", false, "a key that both modalities mention has the same new value in both",
   holds_cohesion},
  {"twin", true, "it is not close to another item that its users chose", holds_twin},
  {"distinct", true, "its new values are not those of another candidate of the item", holds_distinct},
  {"moved", false, "the features of each modality moved", holds_moved},
  {"picture", false,
   "the edited picture measures as intended, keeps the rest, and can be told from the original",
   holds_picture},
  {0},
};

void checks_run(const struct check_input *input, struct negative *negative)
{
  negative->checks = mem_zero(COUNT_OF(check_rows), sizeof *negative->checks);
  negative->check_count = 0;
  negative->is_valid = true;
  for (const struct check_row *row = check_rows; row->name; row++) {
    char *reason = NULL;
    bool holds = row->holds(input, &reason);
    char *clean = reason ? utf8_clean(reason, false) : NULL; /* it may quote a model */
    free(reason);
    negative->checks[negative->check_count++] =
      (struct check){.name = mem_strdup(row->name), .is_passed = holds, .is_flag = row->is_flag,
                     .reason = clean};
    negative->is_valid = negative->is_valid && (holds || row->is_flag);
  }
}
