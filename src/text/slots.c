/* slots.c - [[key]] in a masked text, and the span of the original behind each
 *
 * The literal pieces between slots are searched in the original from left to right:
 * each slot takes the text up to the nearest place where the next piece stands, the
 * last piece must end the text. Blanks compare as one, final punctuation as none.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/mention.h"

enum { KEY_MAX = 32 };

static bool is_key(const char *text, size_t size)
{
  if (!size || size > KEY_MAX || !(text[0] >= 'a' && text[0] <= 'z'))
    return false;
  for (size_t k = 0; k < size; k++)
    if (!((text[k] >= 'a' && text[k] <= 'z') || (text[k] >= '0' && text[k] <= '9') ||
          text[k] == '_'))
      return false;
  return true;
}

struct slot *slots_find(const char *masked, size_t *count)
{
  struct slot *slots = NULL;
  size_t room = 0;
  *count = 0;
  for (const char *p = masked; (p = strstr(p, "[[")) != NULL;) {
    const char *close = strstr(p + 2, "]]");
    if (!close)
      break;
    size_t size = (size_t)(close - p - 2);
    if (!is_key(p + 2, size)) {
      p += 2;
      continue;
    }
    VEC_PUSH(slots, *count, room) =
      (struct slot){.key = mem_strndup(p + 2, size),
                    .in_masked = {(size_t)(p - masked), size + 4}};
    p = close + 2;
  }
  return slots;
}

void slots_free(struct slot *slots, size_t count)
{
  for (size_t k = 0; k < count; k++)
    free(slots[k].key);
  free(slots);
}

static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/* Does `piece` stand at p? Runs of blanks match runs of blanks. *end gets where it ends. */
static bool stands_at(const char *p, const char *piece, size_t size, const char **end)
{
  const char *stop = piece + size;
  while (piece < stop) {
    if (is_blank(*piece)) {
      if (!is_blank(*p))
        return false;
      while (piece < stop && is_blank(*piece))
        piece++;
      while (is_blank(*p))
        p++;
    } else {
      if (*p != *piece)
        return false;
      p++;
      piece++;
    }
  }
  *end = p;
  return true;
}

static bool is_end(const char *p)
{
  while (*p && (is_blank(*p) || strchr(".,;:!?", *p)))
    p++;
  return *p == '\0';
}

/* The size of the last piece without the final blanks and punctuation that norm() drops. */
static size_t trimmed(const char *piece, size_t size)
{
  while (size && (is_blank(piece[size - 1]) || strchr(".,;:!?", piece[size - 1])))
    size--;
  return size;
}

/* p: where the original is; piece: what the masked text has there. */
static bool differs(struct err *err, const char *p, const char *piece, size_t size)
{
  int shown = size > 40 ? 40 : (int)size;
  return err_set(err, EX_DATAERR,
                 "masking changed more than the masked words: \"%.*s\" stands where the original has "
                 "\"%.40s\"", shown, piece, p);
}

bool slots_align(const char *original, const char *masked, struct slot *slots, size_t count,
                 struct err *err)
{
  const char *p = original, *piece = masked, *end;
  while (is_blank(*p))
    p++;
  while (is_blank(*piece))
    piece++;
  for (size_t k = 0; k <= count; k++) {
    bool is_last = k == count;
    const char *stop = is_last ? masked + strlen(masked) : masked + slots[k].in_masked.start;
    size_t size = stop > piece ? (size_t)(stop - piece) : 0;
    if (is_last)
      size = trimmed(piece, size);
    if (k == 0) {
      if (!stands_at(p, piece, size, &end) || (is_last && !is_end(end)))
        return differs(err, p, piece, size);
      p = end;
    } else {
      const char *start = p, *at = p + (*p != '\0');
      /* A slot stands for at least one byte. The last piece must also end the text. */
      while (!(stands_at(at, piece, size, &end) && (!is_last || is_end(end)))) {
        if (!*at)
          return differs(err, start, piece, size);
        at++;
      }
      slots[k - 1].in_original = (struct span){(size_t)(start - original), (size_t)(at - start)};
      if (!slots[k - 1].in_original.size)
        return err_set(err, EX_DATAERR, "the mask [[%s]] stands for nothing", slots[k - 1].key);
      p = end;
    }
    if (!is_last)
      piece = masked + slots[k].in_masked.start + slots[k].in_masked.size;
  }
  return true;
}
