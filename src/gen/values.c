/* values.c - what the fields of a template hold for an item
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gen/gen_private.h"
#include "gen/siblings.h"

enum { KEYS_SHOWN = 16 };

/* Lines "key: value" of what may be masked in the text. */
static char *text_attributes(const struct item *item)
{
  struct buf out = {0};
  for (int k = 0; k < item->attribute_count; k++)
    if (item->attributes[k].modality == TEXT)
      buf_printf(&out, "%s: %s\n", item->attributes[k].key, item->attributes[k].value);
  return buf_take(&out);
}

/* The same of the picture, from describe's reply. */
static char *image_attributes(const char *reply)
{
  struct buf out = {0};
  struct err err;
  struct reply_describe describe = {0};
  cJSON *json = reply ? reply_json(reply, &err) : NULL;
  if (json && reply_read_describe(json, &describe, &err))
    for (int k = 0; k < describe.attribute_count; k++)
      buf_printf(&out, "%s: %s\n", describe.attributes[k].key, describe.attributes[k].value);
  reply_describe_free(&describe);
  cJSON_Delete(json);
  return buf_take(&out);
}

static char *key_values(const struct reply_mask *mask)
{
  struct buf out = {0};
  for (int k = 0; k < mask->key_count; k++)
    buf_printf(&out, "%s: %s\n", mask->keys[k].key, mask->keys[k].value);
  return buf_take(&out);
}

static char *candidates(const struct gen *gen, const struct chain *chain)
{
  const char *keys[KEYS_SHOWN];
  int count = 0;
  for (int k = 0; k < chain->mask.key_count && count < KEYS_SHOWN; k++)
    keys[count++] = chain->mask.keys[k].key;
  return gen->brief ? brief_candidates(gen->brief, chain->item, keys, count) : NULL;
}

static char *taken(const struct chain *chain)
{
  char *lines = siblings_taken(chain);
  if (*lines)
    return lines;
  free(lines);
  return mem_strdup("none");
}

/* Lists end without a line feed: the template has its own. */
static char *trimmed(char *list)
{
  for (size_t n = list ? strlen(list) : 0; n && list[n - 1] == '\n'; n--)
    list[n - 1] = '\0';
  return list;
}

void chain_values(const struct gen *gen, const struct chain *chain, struct prompt_values *values)
{
  const struct negative *negative = chain->negative;
  values->text[PROMPT_title] = mem_strdup(chain->item->title);
  values->text[PROMPT_document] = mem_strdup(negative->sides[TEXT].original);
  values->text[PROMPT_description] = mem_strdup(negative->sides[IMAGE].original);
  values->text[PROMPT_image_attributes] = image_attributes(negative->replies[DESCRIBE]);
  values->text[PROMPT_text_attributes] = text_attributes(chain->item);
  values->text[PROMPT_visual_masked] = mem_strdup(negative->sides[IMAGE].masked);
  values->text[PROMPT_text_masked] = mem_strdup(negative->sides[TEXT].masked);
  values->text[PROMPT_key_values] = key_values(&chain->mask);
  values->text[PROMPT_evidence] = gen->brief ? brief_evidence(gen->brief, chain->item) : NULL;
  values->text[PROMPT_candidates] = candidates(gen, chain);
  values->text[PROMPT_taken] = taken(chain);
  for (int k = 0; k < PROMPT_FIELD_COUNT; k++)
    values->text[k] = trimmed(values->text[k]);
}

bool gen_render(struct gen *gen, enum template_index index, const char *item, struct gen_view *view,
                struct err *err)
{
  *view = (struct gen_view){.prompt = gen->prompts[index]};
  if (index > DESCRIBE && !gen->brief && !(gen->brief = brief_open(gen->store, err)))
    return false;
  struct chain *chain = chain_new(gen, item, 0, err);
  if (!chain || !siblings_load(gen, chain, err)) {
    chain_free(chain);
    return false;
  }
  struct prompt_values values = {{0}};
  chain->at = index;
  chain_values(gen, chain, &values);
  view->system = template_render(view->prompt->system, &values, &view->marks[0]);
  view->user = template_render(view->prompt->user, &values, &view->marks[1]);
  view->has_picture = chain->has_picture && view->prompt->sends_picture;
  if (view->has_picture)
    view->picture = picture_copy(&chain->picture);
  prompt_values_free(&values);
  chain_free(chain);
  return true;
}

void gen_view_free(struct gen_view *view)
{
  free(view->system);
  free(view->user);
  free(view->marks[0].at);
  free(view->marks[1].at);
  picture_free(&view->picture);
  *view = (struct gen_view){0};
}
