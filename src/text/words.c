/* words.c - words of a text, mentions of a value, and what differs between two texts
 * SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "text/mention.h"

static bool is_letter_or_digit(utf8proc_int32_t c)
{
  utf8proc_category_t category = utf8proc_category(c);
  return (category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO);
}

static bool is_joiner(utf8proc_int32_t c)
{
  return c == '\'' || c == '-' || c == 0x2019 || c == 0x2010 || c == 0x2011;
}

static utf8proc_ssize_t next(const char *p, const char *end, utf8proc_int32_t *c)
{
  utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)p, end - p, c);
  if (n > 0)
    return n;
  *c = 0xfffd;
  return 1;
}

struct span *text_words(const char *text, size_t *count)
{
  struct span *words = NULL;
  size_t room = 0;
  const char *end = text + strlen(text), *start = NULL, *last = NULL;
  *count = 0;
  for (const char *p = text; p < end;) {
    utf8proc_int32_t c;
    const char *here = p;
    p += next(p, end, &c);
    if (is_letter_or_digit(c)) {
      start = start ? start : here;
      last = p;
    } else if (start && (!is_joiner(c) || here != last)) { /* a joiner binds only inside a word */
      VEC_PUSH(words, *count, room) = (struct span){(size_t)(start - text), (size_t)(last - start)};
      start = NULL;
    }
  }
  if (start)
    VEC_PUSH(words, *count, room) = (struct span){(size_t)(start - text), (size_t)(last - start)};
  return words;
}

/* The case-folded words of a text as hashes. plural (may be NULL): the hash with a final "s" or "es"
 * taken off, for comparison with a singular. */
static uint64_t *fold_words(const char *text, const struct span *words, size_t count,
                            uint64_t (*plural)[2])
{
  uint64_t *hashes = mem_zero(count + 1, sizeof *hashes);
  for (size_t k = 0; k < count; k++) {
    char *word = mem_strndup(text + words[k].start, words[k].size), *folded = utf8_fold(word);
    size_t size = strlen(folded);
    hashes[k] = hash_fnv1a(folded, size);
    if (plural) {
      plural[k][0] = size > 3 && folded[size - 1] == 's' ? hash_fnv1a(folded, size - 1) : 0;
      plural[k][1] = size > 4 && !strcmp(folded + size - 2, "es") ? hash_fnv1a(folded, size - 2) : 0;
    }
    free(word);
    free(folded);
  }
  return hashes;
}

struct span *text_mentions(const char *text, const char *value, size_t *count)
{
  size_t text_count, value_count, room = 0;
  struct span *words = text_words(text, &text_count), *wanted = text_words(value, &value_count);
  uint64_t (*plural)[2] = mem_zero(text_count + 1, sizeof *plural);
  uint64_t *have = fold_words(text, words, text_count, plural);
  uint64_t *want = fold_words(value, wanted, value_count, NULL);
  struct span *found = NULL;
  *count = 0;
  for (size_t k = 0; value_count > 0 && k + value_count <= text_count; k++) {
    size_t n = 0, last = k + value_count - 1;
    while (n + 1 < value_count && have[k + n] == want[n])
      n++;
    uint64_t final = want[value_count - 1];
    if (n + 1 != value_count ||
        (have[last] != final && plural[last][0] != final && plural[last][1] != final))
      continue;
    size_t start = words[k].start, end = words[last].start + words[last].size;
    VEC_PUSH(found, *count, room) = (struct span){start, end - start};
    k = last;
  }
  free(words);
  free(wanted);
  free(plural);
  free(have);
  free(want);
  return found;
}

/* The longest common subsequence of two hash lists: marks what belongs to it. Sizes are those of item
 * texts; beyond LCS_LIMIT cells only common head and tail count as kept. */
enum { LCS_LIMIT = 4000000 };

static void mark_common(const uint64_t *a, size_t n, const uint64_t *b, size_t m, bool *in_a,
                        bool *in_b)
{
  size_t head = 0, tail = 0;
  while (head < n && head < m && a[head] == b[head]) {
    in_a[head] = in_b[head] = true;
    head++;
  }
  while (tail < n - head && tail < m - head && a[n - 1 - tail] == b[m - 1 - tail]) {
    in_a[n - 1 - tail] = in_b[m - 1 - tail] = true;
    tail++;
  }
  size_t rows = n - head - tail, columns = m - head - tail;
  if (!rows || !columns || rows > LCS_LIMIT / columns)
    return;
  a += head;
  b += head;
  size_t width = columns + 1;
  uint32_t *length = mem_zero((rows + 1) * width, sizeof *length);
  for (size_t i = rows; i-- > 0;)
    for (size_t j = columns; j-- > 0;) {
      uint32_t down = length[(i + 1) * width + j], right = length[i * width + j + 1];
      length[i * width + j] = a[i] == b[j] ? length[(i + 1) * width + j + 1] + 1
                              : down >= right ? down : right;
    }
  for (size_t i = 0, j = 0; i < rows && j < columns;) {
    if (a[i] == b[j]) {
      in_a[head + i++] = true;
      in_b[head + j++] = true;
    } else if (length[(i + 1) * width + j] >= length[i * width + j + 1]) {
      i++;
    } else {
      j++;
    }
  }
  free(length);
}

static bool only_blanks(const char *text, size_t from, size_t to)
{
  for (size_t k = from; k < to; k++)
    if (text[k] != ' ')
      return false;
  return true;
}

/* The words not kept, neighbours merged when only blanks stand between. */
static struct span *unkept(const char *text, const struct span *words, size_t count,
                           const bool *is_kept, size_t *out)
{
  struct span *spans = NULL;
  size_t room = 0;
  *out = 0;
  for (size_t k = 0; k < count; k++) {
    if (is_kept[k])
      continue;
    struct span *last = *out ? &spans[*out - 1] : NULL;
    if (last && k > 0 && !is_kept[k - 1] &&
        only_blanks(text, last->start + last->size, words[k].start))
      last->size = words[k].start + words[k].size - last->start;
    else
      VEC_PUSH(spans, *out, room) = words[k];
  }
  return spans;
}

void text_diff(const char *a, const char *b, struct span **in_a, size_t *count_a,
               struct span **in_b, size_t *count_b)
{
  size_t n, m;
  struct span *words_a = text_words(a, &n), *words_b = text_words(b, &m);
  uint64_t *hash_a = mem_zero(n + 1, sizeof *hash_a), *hash_b = mem_zero(m + 1, sizeof *hash_b);
  for (size_t k = 0; k < n; k++)
    hash_a[k] = hash_fnv1a(a + words_a[k].start, words_a[k].size);
  for (size_t k = 0; k < m; k++)
    hash_b[k] = hash_fnv1a(b + words_b[k].start, words_b[k].size);
  bool *kept_a = mem_zero(n + 1, sizeof *kept_a), *kept_b = mem_zero(m + 1, sizeof *kept_b);
  mark_common(hash_a, n, hash_b, m, kept_a, kept_b);
  *in_a = unkept(a, words_a, n, kept_a, count_a);
  *in_b = unkept(b, words_b, m, kept_b, count_b);
  free(words_a);
  free(words_b);
  free(hash_a);
  free(hash_b);
  free(kept_a);
  free(kept_b);
}

double text_edit_share(const char *a, const char *b)
{
  size_t n, m;
  struct span *words_a = text_words(a, &n), *words_b = text_words(b, &m);
  uint64_t *hash_a = fold_words(a, words_a, n, NULL), *hash_b = fold_words(b, words_b, m, NULL);
  size_t *row = mem_zero(m + 1, sizeof *row), longest = n > m ? n : m;
  for (size_t j = 0; j <= m; j++)
    row[j] = j;
  for (size_t i = 1; i <= n; i++) { /* Levenshtein over tokens, one row kept */
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= m; j++) {
      size_t change = diagonal + (hash_a[i - 1] != hash_b[j - 1]), above = row[j];
      size_t least = above < row[j - 1] ? above : row[j - 1];
      row[j] = change < least + 1 ? change : least + 1;
      diagonal = above;
    }
  }
  double share = longest ? (double)row[m] / (double)longest : 0;
  free(words_a);
  free(words_b);
  free(hash_a);
  free(hash_b);
  free(row);
  return share;
}

static int compare_hashes(const void *a, const void *b)
{
  uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static size_t sort_unique(uint64_t *values, size_t count)
{
  size_t kept = 0;
  qsort(values, count, sizeof *values, compare_hashes);
  for (size_t k = 0; k < count; k++)
    if (!k || values[k] != values[k - 1])
      values[kept++] = values[k];
  return kept;
}

double text_jaccard(const char *a, const char *b)
{
  size_t n, m, shared = 0;
  struct span *words_a = text_words(a, &n), *words_b = text_words(b, &m);
  uint64_t *hash_a = fold_words(a, words_a, n, NULL), *hash_b = fold_words(b, words_b, m, NULL);
  n = sort_unique(hash_a, n);
  m = sort_unique(hash_b, m);
  for (size_t i = 0, j = 0; i < n && j < m;) {
    shared += hash_a[i] == hash_b[j];
    uint64_t x = hash_a[i], y = hash_b[j];
    i += x <= y;
    j += y <= x;
  }
  double both = (double)(n + m - shared);
  free(words_a);
  free(words_b);
  free(hash_a);
  free(hash_b);
  return both > 0 ? (double)shared / both : 0;
}
