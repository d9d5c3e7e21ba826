/* compare_rows.c - original and intervened, aligned: a row an attribute, grouped by modality
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "compare.h"

static struct compare_row *add_row(struct compare *compare, const char *label, const char *left,
                                   const char *right)
{
  size_t count = (size_t)compare->row_count + 1;
  compare->rows = mem_grow(compare->rows, count, sizeof *compare->rows);
  struct compare_row *row = &compare->rows[compare->row_count++];
  *row = (struct compare_row){.mark = ' ', .label = utf8_clean(label, false),
                              .left = utf8_clean(left ? left : "", true),
                              .right = utf8_clean(right ? right : "", true)};
  return row;
}

static char mark_of(const struct negative *negative, enum modality modality, const char *key)
{
  for (int k = 0; negative && k < negative->change_count; k++)
    if (negative->changes[k].modality == modality && !strcmp(negative->changes[k].key, key))
      return negative->changes[k].role == ROLE_ENTAILED ? '+' : '*';
  return ' ';
}

/* The line of a document that begins with "key: ", without that; from *at on. The caller frees. */
static char *line_of(const char *document, const char *key)
{
  char *head = mem_printf("%s: ", key);
  const char *found = NULL;
  for (const char *p = document; p && !found; p = strchr(p, '\n'), p += p != NULL)
    if (!strncmp(p, head, strlen(head)))
      found = p + strlen(head);
  free(head);
  return found ? mem_strndup(found, strcspn(found, "\n")) : NULL;
}

/* The right side of a modality: the negative text, else the masked one of a draft. */
static const char *right_text(const struct negative *negative, enum modality modality)
{
  if (!negative)
    return NULL;
  const struct side *side = &negative->sides[modality];
  return side->negative ? side->negative : side->masked;
}

static void add_text_rows(struct compare *compare, const struct negative *negative)
{
  const char *document = right_text(negative, TEXT);
  add_row(compare, "TEXT", "", "")->is_group = true;
  for (int k = 0; k < compare->item->field_count; k++) {
    const struct field *field = &compare->item->fields[k];
    if (field->kind == FIELD_OTHER || !*field->value)
      continue;
    char *right = document ? line_of(document, field->key) : NULL;
    struct compare_row *row = add_row(compare, field->key, field->value, right);
    row->mark = mark_of(negative, TEXT, field->key);
    if (row->mark == ' ' && right && strcmp(row->left, row->right))
      row->mark = '*'; /* a mention in free text, of a key that stands elsewhere */
    free(right);
  }
}

static const char *changed_value(const struct negative *negative, const char *key)
{
  for (int k = 0; negative && k < negative->change_count; k++)
    if (negative->changes[k].modality == IMAGE && !strcmp(negative->changes[k].key, key))
      return negative->changes[k].intervened;
  return NULL;
}

static bool has_attribute(const struct item *item, const char *key)
{
  for (int k = 0; k < item->attribute_count; k++)
    if (item->attributes[k].modality == IMAGE && !strcmp(item->attributes[k].key, key))
      return true;
  return false;
}

static void add_image_rows(struct compare *compare, const struct negative *negative)
{
  const struct item *item = compare->item;
  bool is_finished = negative && negative->sides[IMAGE].negative;
  add_row(compare, "PICTURE", "", "")->is_group = true;
  for (int k = 0; k < item->attribute_count; k++) {
    const struct attribute *attribute = &item->attributes[k];
    if (attribute->modality != IMAGE)
      continue;
    const char *changed = changed_value(negative, attribute->key);
    struct compare_row *row = add_row(compare, attribute->key, attribute->value,
                                      changed ? changed : is_finished ? attribute->value : NULL);
    row->mark = mark_of(negative, IMAGE, attribute->key);
  }
  for (int k = 0; negative && k < negative->change_count; k++) {
    const struct change *change = &negative->changes[k];
    if (change->modality != IMAGE || has_attribute(item, change->key))
      continue;
    struct compare_row *row = add_row(compare, change->key, change->original, change->intervened);
    row->mark = change->role == ROLE_ENTAILED ? '+' : '*';
  }
  if (negative && negative->sides[IMAGE].original)
    add_row(compare, "in words", negative->sides[IMAGE].original, right_text(negative, IMAGE));
}

void compare_make_rows(struct compare *compare)
{
  compare_free_rows(compare);
  if (!compare->item)
    return;
  const struct negative *negative = compare_candidate(compare);
  add_text_rows(compare, negative);
  add_image_rows(compare, negative);
}

void compare_free_rows(struct compare *compare)
{
  for (int k = 0; k < compare->row_count; k++) {
    free(compare->rows[k].label);
    free(compare->rows[k].left);
    free(compare->rows[k].right);
    layout_free(&compare->rows[k].layouts[0]);
    layout_free(&compare->rows[k].layouts[1]);
  }
  free(compare->rows);
  compare->rows = NULL;
  compare->row_count = 0;
  compare->layout_width = 0;
}
