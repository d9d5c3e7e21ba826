/* wording.c - English is kind here: a plural, an article and a capital are all there is
 * SPDX-License-Identifier: MIT */
#include "engine/wording.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/utf8.h"

static bool ends_with(const char *text, const char *end)
{
  size_t size = strlen(text), tail = strlen(end);
  return size >= tail && strcasecmp(text + size - tail, end) == 0;
}

static bool ends_with_any(const char *text, const char *const *ends, size_t count)
{
  for (size_t k = 0; k < count; k++)
    if (ends_with(text, ends[k]))
      return true;
  return false;
}

static bool is_vowel(char c) { return c && strchr("aeiouAEIOU", c) != NULL; }

char *wording_plural(const char *text)
{
  static const char *const hissing[] = {"ss", "x", "z", "ch", "sh", "us"};
  static const char *const leaf[] = {"shelf", "leaf", "loaf", "knife", "wolf", "scarf", "half"};
  static const char *const same[] = {"jeans", "trousers", "shorts", "glasses", "series", "sheep",
                                     "fish", "deer", "species", "pants", "leggings", "tights"};
  size_t size = strlen(text);
  if (ends_with_any(text, same, COUNT_OF(same)))
    return mem_strdup(text);
  if (ends_with_any(text, leaf, COUNT_OF(leaf)))
    return mem_printf("%.*sves", (int)(size - (ends_with(text, "e") ? 2 : 1)), text);
  if (ends_with_any(text, hissing, COUNT_OF(hissing)))
    return mem_printf("%ses", text);
  if (size >= 2 && ends_with(text, "y") && !is_vowel(text[size - 2]))
    return mem_printf("%.*sies", (int)(size - 1), text);
  return ends_with(text, "s") ? mem_strdup(text) : mem_printf("%ss", text);
}

static bool starts_with(const char *text, const char *start)
{
  return strncasecmp(text, start, strlen(start)) == 0;
}

bool wording_wants_an(const char *text)
{
  static const char *const silent[] = {"hour", "honest", "honour", "honor", "heir", "8", "11 ", "18 "};
  static const char *const sounded[] = {"uni", "use", "usu", "uti", "euro", "eu", "one", "once", "ubi"};
  static const char *const after_all[] = {"unin", "unim"}; /* uninteresting, unimportant */
  for (size_t k = 0; k < COUNT_OF(silent); k++)
    if (starts_with(text, silent[k]))
      return true;
  for (size_t k = 0; k < COUNT_OF(after_all); k++)
    if (starts_with(text, after_all[k]))
      return true;
  for (size_t k = 0; k < COUNT_OF(sounded); k++)
    if (starts_with(text, sounded[k]))
      return false;
  return is_vowel(text[0]);
}

void wording_mend_article(struct buf *out, const char *next)
{
  bool has_an = out->size >= 3 && strncasecmp(out->data + out->size - 3, "an ", 3) == 0;
  bool has_a = !has_an && out->size >= 2 && strncasecmp(out->data + out->size - 2, "a ", 2) == 0;
  size_t size = has_an ? 3 : 2;
  if (!has_an && !has_a)
    return;
  if (out->size > size && !isspace((unsigned char)out->data[out->size - size - 1]) &&
      !strchr("(\"'-", out->data[out->size - size - 1]))
    return; /* the end of another word */
  if (has_an == wording_wants_an(next))
    return;
  out->size -= size - 1; /* the letter "a" or "A" stays as it is */
  buf_str(out, has_an ? " " : "n ");
}

static char *upper_first(const char *text)
{
  char *out = mem_strdup(text);
  out[0] = (char)toupper((unsigned char)out[0]);
  return out;
}

static bool has_lower(const char *text)
{
  for (; *text; text++)
    if (islower((unsigned char)*text))
      return true;
  return false;
}

/* The case of `mention` where it is another one than that of `old`. */
static char *case_as(const char *mention, const char *old, const char *text)
{
  if (strlen(mention) > 1 && !has_lower(mention) && has_lower(old)) {
    char *out = mem_strdup(text);
    for (char *p = out; *p; p++)
      *p = (char)toupper((unsigned char)*p);
    return out;
  }
  if (islower((unsigned char)mention[0]) && isupper((unsigned char)old[0]))
    return utf8_fold(text);
  if (isupper((unsigned char)mention[0]) && !isupper((unsigned char)old[0]))
    return upper_first(text);
  return mem_strdup(text);
}

char *wording_fit(const char *mention, size_t mention_size, const char *old, const char *new_value)
{
  char *own = mem_strndup(mention, mention_size);
  char *plural = wording_plural(old);
  bool is_plural = strcasecmp(own, old) != 0 && strcasecmp(own, plural) == 0;
  char *text = is_plural ? wording_plural(new_value) : mem_strdup(new_value);
  char *out = case_as(own, old, text);
  free(own);
  free(plural);
  free(text);
  return out;
}
