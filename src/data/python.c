/* python.c - a dict as Python prints it becomes JSON
 *
 * The metadata of Amazon of 2014 are such lines: 'single quotes', True, None, \xe9. What
 * is wrong in them stays wrong, and is refused as JSON.
 * SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "data/table.h"

bool is_python_dict(const char *text, size_t size)
{
  size_t k = size && text[0] == '{';
  while (k && k < size && text[k] == ' ')
    k++;
  return k && k < size && (text[k] == '\'' || (text[k] == 'u' && k + 1 < size && text[k + 1] == '\''));
}

/* The escape at p, of which JSON has no \' and \x: the bytes that were read. */
static size_t take_escape(const char *p, const char *end, struct buf *out)
{
  bool has_two = end - p >= 4 && isxdigit((unsigned char)p[2]) && isxdigit((unsigned char)p[3]);
  if (end - p < 2)
    return buf_add(out, p, 1), 1;
  if (p[1] == 'x' && has_two)
    return buf_printf(out, "\\u00%.2s", p + 2), 4;
  if (p[1] == '\'')
    return buf_char(out, '\''), 2;
  return buf_add(out, p, 2), 2;
}

/* The string that a quote opens at p: the byte behind its end. */
static const char *take_string(const char *p, const char *end, struct buf *out)
{
  char quote = *p++;
  buf_char(out, '"');
  while (p < end && *p != quote) {
    if (*p == '\\') {
      p += take_escape(p, end, out);
      continue;
    }
    if (*p == '"')
      buf_char(out, '\\');
    buf_char(out, *p++);
  }
  if (p < end)
    buf_char(out, '"');
  return p < end ? p + 1 : end;
}

void python_to_json(const char *text, size_t size, struct buf *out)
{
  static const struct {
    const char *python, *json;
  } words[] = {{"True", "true"}, {"False", "false"}, {"None", "null"}};
  const char *p = text, *end = text + size;
  buf_clear(out);
  while (p < end) {
    bool is_word = false;
    for (size_t k = 0; k < COUNT_OF(words) && !is_word; k++) {
      size_t length = strlen(words[k].python);
      if ((size_t)(end - p) >= length && !memcmp(p, words[k].python, length)) {
        buf_str(out, words[k].json);
        p += length;
        is_word = true;
      }
    }
    if (is_word)
      continue;
    if (*p == 'u' && end - p > 1 && (p[1] == '\'' || p[1] == '"'))
      p++;
    if (*p == '\'' || *p == '"')
      p = take_string(p, end, out);
    else
      buf_char(out, *p++);
  }
}
