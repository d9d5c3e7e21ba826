/* document.c - see document.h
 * SPDX-License-Identifier: MIT */
#include "engine/document.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/wording.h"

enum { CONTEXT = 28 };

static bool overlaps(const struct document *document, struct span span)
{
  for (size_t p = 0; p < document->place_count; p++) {
    struct span other = document->places[p].span;
    if (span.start < other.start + other.size && other.start < span.start + span.size)
      return true;
  }
  return false;
}

static void place_add(struct document *document, struct span span, int masked)
{
  if (!overlaps(document, span))
    VEC_PUSH(document->places, document->place_count, document->place_room) =
      (struct place){span, masked};
}

/* Some bytes around a mention, cut between characters. */
static char *context_of(const char *line, size_t size, struct span mention)
{
  size_t start = mention.start > CONTEXT ? mention.start - CONTEXT : 0;
  size_t end = mention.start + mention.size + CONTEXT;
  end = end < size ? end : size;
  while (start < mention.start && ((unsigned char)line[start] & 0xc0) == 0x80)
    start++;
  while (end < size && ((unsigned char)line[end] & 0xc0) == 0x80)
    end++;
  return mem_strndup(line + start, end - start);
}

static void kept_add(struct document *document, const struct masked *masked,
                     const struct field *field, struct span mention)
{
  struct kept kept = {mem_strdup(masked->name), mem_strndup(field->value + mention.start, mention.size),
                      mem_strdup(field->key),
                      context_of(field->value, strlen(field->value), mention)};
  VEC_PUSH(document->kept, document->kept_count, document->kept_room) = kept;
}

/* The entry of a key in its own line. */
static void find_in_field(struct document *document, const struct field *field, size_t at,
                          const struct masked *masked, int index)
{
  const char *cursor = field->value, *entry = field->value;
  size_t size = strlen(field->value);
  if (strcmp(field->key, masked->key->name) != 0 || masked->key->modality == IMAGE)
    return;
  if (field->kind == FIELD_VALUE && strcmp(field->value, masked->value) == 0)
    place_add(document, (struct span){at, size}, index);
  while (field->kind == FIELD_LIST && list_next(&cursor, &entry, &size))
    if (size == strlen(masked->value) && memcmp(entry, masked->value, size) == 0) {
      place_add(document, (struct span){at + (size_t)(entry - field->value), size}, index);
      return;
    }
}

/* Mentions in a title or a free text. */
static void find_in_prose(struct document *document, const struct field *field, size_t at,
                          const struct masked *masked, int index)
{
  enum prose_how how = prose_how(masked->key);
  if (masked->key->modality == IMAGE && how == PROSE_NEVER)
    return; /* the Pink Panther is not the poster's pink */
  bool may = field->kind == FIELD_PROSE || (how == PROSE_THING && masked->key->title_mentions);
  size_t count;
  struct span *mentions = text_mentions(field->value, masked->value, &count);
  for (size_t m = 0; m < count; m++) {
    struct span span = {at + mentions[m].start, mentions[m].size};
    if (may && prose_reads_well(how, field->value, mentions[m]))
      place_add(document, span, index);
    else if (!overlaps(document, span))
      kept_add(document, masked, field, mentions[m]);
  }
  free(mentions);
}

static int by_start(const void *a, const void *b)
{
  const struct place *x = a, *y = b;
  return (x->span.start > y->span.start) - (x->span.start < y->span.start);
}

/* One walk over the fields: values in their own lines, or mentions in titles and free texts. */
static void find_all(struct document *document, const struct item *item, const struct masked *masked,
                     int first, int count, bool in_prose)
{
  size_t at = 0;
  for (int f = 0; f < item->field_count; f++) {
    const struct field *field = &item->fields[f];
    bool is_prose = field->kind == FIELD_PROSE || field->kind == FIELD_TITLE;
    if (field->kind == FIELD_OTHER)
      continue;
    at += strlen(field->key) + 2;
    for (int k = first; k < first + count && is_prose == in_prose; k++)
      if (!is_prose)
        find_in_field(document, field, at, &masked[k], k);
      else if (masked[k].key->form == FORM_TERM || masked[k].key->modality == IMAGE ||
               document_has(document, k))
        find_in_prose(document, field, at, &masked[k], k);
    at += strlen(field->value) + 1;
  }
}

static void sort_places(struct document *document)
{
  if (document->place_count)
    qsort(document->places, document->place_count, sizeof *document->places, by_start);
}

struct document document_find(const struct item *item, const struct masked *masked, int count)
{
  struct document document = {0};
  struct buf text = {0};
  item_document(item, &text);
  document.text = buf_take(&text);
  find_all(&document, item, masked, 0, count, false); /* so that prose never takes their place */
  find_all(&document, item, masked, 0, count, true);
  sort_places(&document);
  return document;
}

void document_follow(struct document *document, const struct item *item, const struct masked *masked,
                     int first, int count)
{
  find_all(document, item, masked, first, count, false);
  sort_places(document);
}

void document_free(struct document *document)
{
  for (size_t k = 0; k < document->kept_count; k++) {
    free(document->kept[k].key);
    free(document->kept[k].value);
    free(document->kept[k].where);
    free(document->kept[k].context);
  }
  free(document->kept);
  free(document->places);
  free(document->text);
}

bool document_has(const struct document *document, int masked)
{
  for (size_t p = 0; p < document->place_count; p++)
    if (document->places[p].masked == masked)
      return true;
  return false;
}

char *document_masked(const struct document *document, const struct masked *masked)
{
  struct buf out = {0};
  size_t at = 0;
  for (size_t p = 0; p < document->place_count; p++) {
    struct span span = document->places[p].span;
    buf_add(&out, document->text + at, span.start - at);
    buf_printf(&out, "[[%s]]", masked[document->places[p].masked].name);
    at = span.start + span.size;
  }
  buf_str(&out, document->text + at);
  return buf_take(&out);
}

char *document_filled(const struct document *document, const struct masked *masked,
                      const char *const *values, bool is_fitted)
{
  struct buf out = {0};
  size_t at = 0;
  for (size_t p = 0; p < document->place_count; p++) {
    struct span span = document->places[p].span;
    int k = document->places[p].masked;
    const char *mention = document->text + span.start;
    char *fitted = is_fitted ? wording_fit(mention, span.size, masked[k].value, values[k])
                             : mem_strdup(values[k]);
    buf_add(&out, document->text + at, span.start - at);
    if (is_fitted)
      wording_mend_article(&out, fitted);
    buf_str(&out, fitted);
    free(fitted);
    at = span.start + span.size;
  }
  buf_str(&out, document->text + at);
  return buf_take(&out);
}

cJSON *document_kept_json(const struct document *document)
{
  cJSON *out = cJSON_CreateArray();
  for (size_t k = 0; k < document->kept_count; k++) {
    const struct kept *kept = &document->kept[k];
    char *line = mem_printf("%s still says \"%s\" (%s): \"%s\"", kept->where, kept->value, kept->key,
                            kept->context);
    cJSON_AddItemToArray(out, cJSON_CreateString(line));
    free(line);
  }
  return out;
}
