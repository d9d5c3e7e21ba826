/* sides.c - see sides.h
 * SPDX-License-Identifier: MIT */
#include "store/sides.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "store/store_private.h"

static const struct change *change_of(const struct negative *negative, enum modality modality,
                                      const char *key)
{
  for (int k = 0; negative && k < negative->change_count; k++)
    if (negative->changes[k].modality == modality && !strcmp(negative->changes[k].key, key))
      return &negative->changes[k];
  return NULL;
}

/* Takes over both texts. */
static void add_row(struct sides *sides, enum modality modality, const char *key, char *original,
                    char *intervened, const struct change *change)
{
  sides->rows = mem_grow(sides->rows, (size_t)sides->count + 1, sizeof *sides->rows);
  struct side_row *row = &sides->rows[sides->count++];
  *row = (struct side_row){.modality = modality, .key = mem_strdup(key)};
  row->original.text = utf8_clean(original ? original : "", false);
  row->intervened.text = utf8_clean(intervened ? intervened : "", false);
  free(original);
  free(intervened);
  if (!strcmp(row->original.text, row->intervened.text))
    return;
  row->mark = change && change->role == ROLE_ENTAILED ? MARK_ENTAILED : MARK_CHANGED;
  text_diff(row->original.text, row->intervened.text, &row->original.spans,
            &row->original.span_count, &row->intervened.spans, &row->intervened.span_count);
}

/* The line that begins with "key: " at p? Then the bytes of that beginning. */
static size_t key_at(const char *p, const char *key)
{
  size_t size = strlen(key);
  return !strncmp(p, key, size) && p[size] == ':' ? size + 1 + (p[size + 1] == ' ') : 0;
}

static bool begins_a_field(const struct item *item, const char *line)
{
  for (int k = 0; k < item->field_count; k++)
    if (item->fields[k].kind != FIELD_OTHER && key_at(line, item->fields[k].key))
      return true;
  return false;
}

/* A field's value in a document, up to the next line that begins a field; NULL: not there. */
static char *value_in(const struct item *item, const char *document, const char *key)
{
  for (const char *line = document; *line;) {
    const char *end = strchrnul(line, '\n');
    size_t skip = key_at(line, key);
    while (skip && *end && end[1] && !begins_a_field(item, end + 1))
      end = strchrnul(end + 1, '\n');
    if (skip)
      return end - line > (ptrdiff_t)skip ? mem_strndup(line + skip, (size_t)(end - line) - skip)
                                          : mem_strdup("");
    line = *end ? end + 1 : end;
  }
  return NULL;
}

static const char *negative_text(const struct negative *negative, enum modality modality)
{
  const struct side *side = &negative->sides[modality];
  return side->negative ? side->negative : side->masked;
}

static void add_text_rows(struct sides *sides, const struct item *item,
                          const struct negative *negative)
{
  struct buf document = {0};
  item_document(item, &document);
  const char *original = negative ? negative->sides[TEXT].original : NULL;
  const char *intervened = negative ? negative_text(negative, TEXT) : NULL;
  if (!original)
    original = document.data ? document.data : "";
  for (int others = 0; others < 2; others++)
    for (int k = 0; k < item->field_count; k++) {
      const struct field *field = &item->fields[k];
      if ((field->kind == FIELD_OTHER) != others)
        continue;
      char *before = others ? NULL : value_in(item, original, field->key);
      char *after = others || !intervened ? NULL : value_in(item, intervened, field->key);
      if (!before)
        before = mem_strdup(field->value);
      add_row(sides, TEXT, field->key, before,
              after || (intervened && !others) ? after : mem_strdup(before),
              change_of(negative, TEXT, field->key));
    }
  buf_free(&document);
}

static char *measured_value(struct store *store, const struct negative *negative,
                            enum image_key key)
{
  struct borders borders;
  if (!store_borders(store, &borders))
    return NULL;
  int class = measure_class(&negative->measure, &borders, key);
  return class < 0 ? NULL : mem_strdup(image_keys[key].classes[class]);
}

/* What the intervened picture shows for a key: what was changed, else what is measured. */
static char *image_after(struct store *store, const struct negative *negative, const char *key,
                         const char *before)
{
  const struct change *change = change_of(negative, IMAGE, key);
  int number = image_key_named(key);
  char *after = NULL;
  if (change)
    after = mem_strdup(change->intervened);
  else if (negative && negative->has_picture && number >= 0)
    after = measured_value(store, negative, (enum image_key)number);
  return after ? after : mem_strdup(before);
}

static bool has_image_row(const struct sides *sides, const char *key)
{
  for (int k = 0; k < sides->count; k++)
    if (sides->rows[k].modality == IMAGE && !strcmp(sides->rows[k].key, key))
      return true;
  return false;
}

static void add_image_rows(struct sides *sides, struct store *store, const struct item *item,
                           const struct negative *negative)
{
  for (int k = 0; k < item->attribute_count; k++) {
    const struct attribute *attribute = &item->attributes[k];
    if (attribute->modality == IMAGE)
      add_row(sides, IMAGE, attribute->key, mem_strdup(attribute->value),
              image_after(store, negative, attribute->key, attribute->value),
              change_of(negative, IMAGE, attribute->key));
  }
  for (int k = 0; negative && k < negative->change_count; k++) {
    const struct change *change = &negative->changes[k];
    if (change->modality == IMAGE && !has_image_row(sides, change->key))
      add_row(sides, IMAGE, change->key, mem_strdup(change->original),
              mem_strdup(change->intervened), change);
  }
  if (negative && negative->sides[IMAGE].original) {
    const char *after = negative_text(negative, IMAGE);
    add_row(sides, IMAGE, "description", mem_strdup(negative->sides[IMAGE].original),
            mem_strdup(after ? after : negative->sides[IMAGE].original), NULL);
  }
}

struct sides sides_of(struct store *store, const struct item *item,
                      const struct negative *negative)
{
  struct sides sides = {0};
  sides.is_masked = negative && !negative->sides[TEXT].negative && negative->sides[TEXT].masked;
  add_text_rows(&sides, item, negative);
  add_image_rows(&sides, store, item, negative);
  return sides;
}

void sides_free(struct sides *sides)
{
  for (int k = 0; k < sides->count; k++) {
    struct side_row *row = &sides->rows[k];
    free(row->key);
    free(row->original.text);
    free(row->original.spans);
    free(row->intervened.text);
    free(row->intervened.spans);
  }
  free(sides->rows);
  *sides = (struct sides){0};
}
