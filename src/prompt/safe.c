/* safe.c - see safe.h
 * SPDX-License-Identifier: MIT */
#include "prompt/safe.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"

static const char *const openings[] = {"<|", "<__", "<start_of", "<end_of", "[INST", "[/INST", "<s>",
                                       "</s>"};

/* Does the text begin with the opening, whole or broken by blanks? One that has blanks already gets one
 * more, so that the way back is always known. */
static bool is_at(const char *text, const char *opening)
{
  return text[0] == opening[0] &&
         !strncmp(text + 1 + strspn(text + 1, " "), opening + 1, strlen(opening + 1));
}

void prompt_safe_add(struct buf *out, const char *text)
{
  for (const char *p = text; *p; p++) {
    buf_char(out, *p);
    for (size_t k = 0; k < COUNT_OF(openings); k++)
      if (is_at(p, openings[k]))
        buf_char(out, ' ');
  }
}

char *prompt_safe(const char *text)
{
  struct buf out = {0};
  char *clean = utf8_clean(text, true);
  prompt_safe_add(&out, clean);
  free(clean);
  return buf_take(&out);
}

/* Take a blank out wherever this opening is broken, in place. */
static void mend(char *text, const char *opening)
{
  for (char *p = text; p && *p; p++)
    if (p[1] == ' ' && is_at(p, opening))
      memmove(p + 1, p + 2, strlen(p + 2) + 1);
}

static void mend_all(cJSON *node, const char *opening)
{
  for (; node; node = node->next) {
    mend(node->string, opening);
    mend(cJSON_GetStringValue(node), opening);
    mend_all(node->child, opening);
  }
}

static bool has(const char *text, const char *opening)
{
  while (*text && !is_at(text, opening))
    text++;
  return *text;
}

void prompt_restore(cJSON *reply, const char *original)
{
  for (size_t k = 0; original && k < COUNT_OF(openings); k++)
    if (has(original, openings[k]))
      mend_all(reply->child, openings[k]);
}
