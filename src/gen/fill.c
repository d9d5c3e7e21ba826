/* fill.c - see fill.h
 * SPDX-License-Identifier: MIT */
#include "gen/fill.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "text/mention.h"

bool has_slot(const char *masked, const char *key)
{
  size_t count;
  bool has = false;
  if (!masked)
    return false;
  struct slot *slots = slots_find(masked, &count);
  for (size_t k = 0; k < count; k++)
    has = has || !key || !strcmp(slots[k].key, key);
  slots_free(slots, count);
  return has;
}

bool has_any_slot(const char *masked) { return has_slot(masked, NULL); }

static char *fill_slots(const char *masked, const struct reply_complete *complete)
{
  struct buf out = {0};
  size_t count, done = 0;
  struct slot *slots = slots_find(masked, &count);
  for (size_t k = 0; k < count; k++) {
    buf_add(&out, masked + done, slots[k].in_masked.start - done);
    done = slots[k].in_masked.start + slots[k].in_masked.size;
    for (int v = 0; v < complete->value_count; v++)
      if (!strcmp(complete->values[v].key, slots[k].key))
        buf_str(&out, complete->values[v].value);
  }
  buf_str(&out, masked + done);
  slots_free(slots, count);
  return buf_take(&out);
}

/* The end of the part of a text where an entailed change may stand: in the text document the field's own
 * line, in a description all of it. */
static void replace_entailed(char **text, const struct change *change)
{
  size_t from = 0, to = strlen(*text), count;
  if (change->modality == TEXT) {
    char *head = mem_printf("%s: ", change->key);
    const char *line = !strncmp(*text, head, strlen(head)) ? *text : NULL;
    for (const char *p = *text; !line && (p = strchr(p, '\n')) != NULL;)
      if (!strncmp(++p, head, strlen(head)))
        line = p;
    if (line) {
      from = (size_t)(line - *text);
      to = from + strcspn(line, "\n");
    }
    free(head);
  }
  struct span *spans = text_mentions(*text, change->original, &count);
  struct buf out = {0};
  size_t done = 0;
  for (size_t k = 0; k < count; k++) {
    if (spans[k].start < from || spans[k].start >= to)
      continue;
    buf_add(&out, *text + done, spans[k].start - done);
    buf_str(&out, change->intervened);
    done = spans[k].start + spans[k].size;
  }
  buf_str(&out, *text + done);
  free(spans);
  free(*text);
  *text = buf_take(&out);
}

char *fill_expected(const struct negative *negative, enum modality modality,
                    const struct reply_complete *complete)
{
  char *text = fill_slots(negative->sides[modality].masked, complete);
  for (int k = 0; k < negative->change_count; k++)
    if (negative->changes[k].role == ROLE_ENTAILED && negative->changes[k].modality == modality)
      replace_entailed(&text, &negative->changes[k]);
  return text;
}
