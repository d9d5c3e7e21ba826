/* compare_rows.c - original and intervened, aligned: a row an attribute, grouped by modality
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
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

/* A slot "[[key]]" reads as "key?". */
static char *slots_as_questions(const char *masked)
{
  struct buf out = {0};
  buf_str(&out, "");
  for (const char *p = masked, *end; *p;) {
    if (!strncmp(p, "[[", 2) && (end = strstr(p, "]]")) != NULL) {
      buf_add(&out, p + 2, (size_t)(end - p - 2));
      buf_char(&out, '?');
      p = end + 2;
    } else {
      buf_char(&out, *p++);
    }
  }
  return buf_take(&out);
}

/* The right side of a modality: the negative text, else the masked one of a draft. NULL when there
 * is none; the caller frees. */
static char *right_text(const struct negative *negative, enum modality modality)
{
  if (!negative)
    return NULL;
  const struct side *side = &negative->sides[modality];
  if (side->negative)
    return mem_strdup(side->negative);
  return side->masked ? slots_as_questions(side->masked) : NULL;
}

/* Does a draft mask this key of the picture? */
static bool is_masked(const struct negative *negative, const char *key)
{
  if (!negative || negative->sides[IMAGE].negative || !negative->sides[IMAGE].masked)
    return false;
  char *slot = mem_printf("[[%s]]", key);
  bool is_there = strstr(negative->sides[IMAGE].masked, slot) != NULL;
  free(slot);
  return is_there;
}

static void add_text_rows(struct compare *compare, const struct negative *negative)
{
  char *document = right_text(negative, TEXT);
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
  free(document);
}

static bool is_changed(const struct negative *negative, const char *key)
{
  for (int k = 0; negative && k < negative->change_count; k++)
    if (negative->changes[k].modality == IMAGE && !strcmp(negative->changes[k].key, key))
      return true;
  return false;
}

static void add_value_row(struct compare *compare, const struct negative *negative, const char *key,
                          const char *original, const char *intervened)
{
  struct compare_row *row = add_row(compare, key, original, intervened);
  row->is_image = true;
  row->mark = mark_of(negative, IMAGE, key);
}

/* An attribute that is not changed: in a draft it may be masked. */
static void add_kept_row(struct compare *compare, const struct negative *negative,
                         const struct attribute *attribute)
{
  bool is_finished = negative && negative->sides[IMAGE].negative;
  if (!is_masked(negative, attribute->key)) {
    add_value_row(compare, negative, attribute->key, attribute->value,
                  is_finished ? attribute->value : NULL);
    return;
  }
  char *question = mem_printf("%s?", attribute->key);
  add_value_row(compare, negative, attribute->key, attribute->value, question);
  compare->rows[compare->row_count - 1].mark = '*';
  free(question);
}

/* What was changed comes first. */
static void add_image_rows(struct compare *compare, const struct negative *negative)
{
  const struct item *item = compare->item;
  add_row(compare, "PICTURE", "", "")->is_group = true;
  for (int k = 0; negative && k < negative->change_count; k++) {
    const struct change *change = &negative->changes[k];
    if (change->modality == IMAGE)
      add_value_row(compare, negative, change->key, change->original, change->intervened);
  }
  for (int pass = 0; pass < 2; pass++) /* what a draft masks, then the rest */
    for (int k = 0; k < item->attribute_count; k++) {
      const struct attribute *attribute = &item->attributes[k];
      if (attribute->modality == IMAGE && !is_changed(negative, attribute->key) &&
          is_masked(negative, attribute->key) == (pass == 0))
        add_kept_row(compare, negative, attribute);
    }
  if (!item->picture_path)
    add_row(compare, "", "no picture", NULL);
  if (negative && negative->sides[IMAGE].original) {
    char *words = right_text(negative, IMAGE);
    add_row(compare, "in words", negative->sides[IMAGE].original, words);
    free(words);
  }
}

static cJSON *parse(const char *text) { return text ? cJSON_Parse(text) : NULL; }

/* Why these keys: how much more the item's users like them than everyone does; and mentions of old
 * values that were left alone. */
static void add_reasons(struct compare *compare, const struct negative *negative)
{
  cJSON *mask = parse(negative->replies[1]), *notes = parse(negative->notes);
  const cJSON *attribute, *mention;
  struct compare_row *heading = NULL;
  cJSON_ArrayForEach(attribute, json_get(mask, "attributes")) {
    const cJSON *evidence = json_get(attribute, "evidence");
    const char *key = json_str(attribute, "key"), *value = json_str(attribute, "value");
    if (!cJSON_IsObject(evidence) || !key || !value)
      continue;
    if (!heading)
      (heading = add_row(compare, "WHY", "", ""))->is_group = true;
    char *why = mem_printf("%s: lift %.2f", value, json_num(evidence, "lift", NAN));
    char *shares = mem_printf("%.1f %% among its users, %.1f %% among all",
                              100 * json_num(evidence, "h", NAN), 100 * json_num(evidence, "p", NAN));
    add_row(compare, key, why, shares)->is_plain = true;
    free(why);
    free(shares);
  }
  cJSON_ArrayForEach(mention, json_get(notes, "kept_mentions"))
    if (cJSON_IsString(mention))
      add_row(compare, "kept", mention->valuestring, "this mention was left alone")->is_plain = true;
  cJSON_Delete(mask);
  cJSON_Delete(notes);
}

void compare_make_rows(struct compare *compare)
{
  compare_free_rows(compare);
  if (!compare->item)
    return;
  const struct negative *negative = compare_candidate(compare);
  add_text_rows(compare, negative);
  add_image_rows(compare, negative);
  if (negative)
    add_reasons(compare, negative);
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
