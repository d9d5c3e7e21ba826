/* utf8.c - see utf8.h
 * SPDX-License-Identifier: MIT */
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/buf.h"
#include "base/mem.h"

enum { MAX_MARKS = 3 };

size_t utf8_valid_size(const char *text, size_t size)
{
  const utf8proc_uint8_t *start = (const utf8proc_uint8_t *)text, *p = start, *end = p + size;
  while (p < end) {
    utf8proc_int32_t c;
    utf8proc_ssize_t n = *p < 0x80 ? 1 : utf8proc_iterate(p, end - p, &c);
    if (n <= 0)
      break;
    p += n;
  }
  return (size_t)(p - start);
}

size_t utf8_put(int character, char *out)
{
  return (size_t)utf8proc_encode_char(character, (utf8proc_uint8_t *)out);
}

bool utf8_is_valid(const char *text, size_t size) { return utf8_valid_size(text, size) == size; }

/* Characters that steer a terminal or reorder text, and never carry meaning of their own. */
static bool is_steering(utf8proc_int32_t c)
{
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0x200e || c == 0x200f || c == 0x061c ||
         c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

static void add_codepoint(struct buf *buf, utf8proc_int32_t c)
{
  utf8proc_uint8_t bytes[4];
  utf8proc_ssize_t n = utf8proc_encode_char(c, bytes);
  buf_add(buf, bytes, (size_t)n);
}

static bool is_mark(utf8proc_int32_t c)
{
  utf8proc_category_t category = utf8proc_category(c);
  return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
}

char *utf8_clean(const char *text, bool keep_lines)
{
  struct buf out = {0};
  const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text;
  utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(text);
  int marks = 0;
  while (left > 0) {
    utf8proc_int32_t c;
    utf8proc_ssize_t n = utf8proc_iterate(p, left, &c);
    if (n <= 0) {
      c = 0xfffd;
      n = 1;
    }
    p += n;
    left -= n;
    if (c == '\n' || c == '\t' || c == 0x2028 || c == 0x2029) {
      buf_char(&out, keep_lines && c != '\t' ? '\n' : ' ');
      continue;
    }
    if (is_steering(c))
      continue;
    marks = is_mark(c) ? marks + 1 : 0;
    if (marks <= MAX_MARKS)
      add_codepoint(&out, c);
  }
  char *clean = buf_take(&out);
  bool is_ascii = true;
  for (const char *q = clean; *q && is_ascii; q++)
    is_ascii = (unsigned char)*q < 0x80;
  if (is_ascii)
    return clean;
  char *composed = (char *)utf8proc_NFC((const utf8proc_uint8_t *)clean);
  if (!composed)
    return clean;
  free(clean);
  return composed;
}

size_t utf8_next(const char *text, int *width)
{
  const utf8proc_uint8_t *start = (const utf8proc_uint8_t *)text, *p = start;
  utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(text);
  utf8proc_int32_t previous = -1, state = 0;
  int columns = 0;
  while (left > 0) {
    utf8proc_int32_t c;
    utf8proc_ssize_t n = utf8proc_iterate(p, left, &c);
    if (n <= 0) {
      c = 0xfffd;
      n = 1;
    }
    if (previous >= 0 && utf8proc_grapheme_break_stateful(previous, c, &state))
      break;
    int w = utf8proc_charwidth(c);
    columns = w > columns ? w : columns;
    previous = c;
    p += n;
    left -= n;
  }
  if (width)
    *width = columns;
  return (size_t)(p - start);
}

int utf8_width(const char *text)
{
  int total = 0, width;
  for (size_t n; (n = utf8_next(text, &width)) > 0; text += n)
    total += width;
  return total;
}

size_t utf8_fit(const char *text, int columns, int *used)
{
  const char *p = text;
  int total = 0, width;
  for (size_t n; (n = utf8_next(p, &width)) > 0 && total + width <= columns; p += n)
    total += width;
  if (used)
    *used = total;
  return (size_t)(p - text);
}

static char *mapped(const char *text, utf8proc_option_t options)
{
  utf8proc_uint8_t *out = NULL;
  utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text, 0, &out,
                                    UTF8PROC_NULLTERM | UTF8PROC_STABLE | options);
  if (n >= 0)
    return (char *)out;
  char *clean = utf8_clean(text, true); /* bad bytes became U+FFFD: now it can be mapped */
  if (utf8proc_map((utf8proc_uint8_t *)clean, 0, &out,
                   UTF8PROC_NULLTERM | UTF8PROC_STABLE | options) < 0)
    return clean;
  free(clean);
  return (char *)out;
}

/* ASCII folds to itself but for its capitals: most text, and a fiftieth of the work. NULL when there is
 * anything else. */
static char *fold_ascii(const char *text)
{
  size_t size = strlen(text);
  unsigned char all = 0;
  for (size_t k = 0; k < size; k++)
    all |= (unsigned char)text[k];
  if (all >= 0x80)
    return NULL;
  char *out = mem_alloc(size + 1);
  for (size_t k = 0; k <= size; k++)
    out[k] = (char)(text[k] >= 'A' && text[k] <= 'Z' ? text[k] + 32 : text[k]);
  return out;
}

char *utf8_fold(const char *text)
{
  char *folded = fold_ascii(text);
  if (folded)
    return folded;
  return mapped(text, UTF8PROC_COMPOSE | UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
}

static bool is_space(utf8proc_int32_t c)
{
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 ||
         utf8proc_category(c) == UTF8PROC_CATEGORY_ZS;
}

char *utf8_norm(const char *text)
{
  char *folded = utf8_fold(text);
  struct buf out = {0};
  const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)folded;
  utf8proc_ssize_t left = (utf8proc_ssize_t)strlen(folded), n;
  bool owes_blank = false;
  for (utf8proc_int32_t c; left > 0 && (n = utf8proc_iterate(p, left, &c)) > 0; p += n, left -= n) {
    if (is_space(c)) {
      owes_blank = out.size > 0;
      continue;
    }
    if (owes_blank)
      buf_char(&out, ' ');
    owes_blank = false;
    add_codepoint(&out, c);
  }
  free(folded);
  while (out.size && strchr(".,;:!?", out.data[out.size - 1]))
    out.data[--out.size] = '\0';
  return buf_take(&out);
}
