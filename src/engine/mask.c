/* mask.c - template 2: the key attributes, with their evidence, masked in both texts
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/engine_private.h"

static double rounded(double x) { return round(x * 1e4) / 1e4; }

char *description_of(const struct asked *asked, const char *describe_reply, struct err *err)
{
  if (!asked->engine->look.has_picture)
    return NULL;
  if (!describe_reply)
    return picture_sentence(asked->engine);
  struct reply_describe reply = {0};
  cJSON *json = reply_json(describe_reply, err);
  char *description = NULL;
  if (json && reply_read_describe(json, &reply, err))
    description = mem_strdup(reply.description);
  reply_describe_free(&reply);
  cJSON_Delete(json);
  return description;
}

static void add_key(cJSON *array, const char *name, const struct choice *choice, const char *visual,
                    const char *text)
{
  cJSON *row = cJSON_CreateObject();
  json_add_str(row, "key", name);
  json_add_str(row, "value", choice->text);
  json_add_num(row, "relevance", rounded(1 - exp(-choice->evidence.w)));
  json_add_str(row, "visual_span", visual);
  json_add_str(row, "text_span", text);
  cJSON *evidence = json_add_object(row, "evidence");
  json_add_num(evidence, "h", rounded(choice->evidence.h));
  json_add_num(evidence, "p", rounded(choice->evidence.p));
  json_add_num(evidence, "lift", rounded(choice->evidence.lift));
  cJSON_AddItemToArray(array, row);
}

/* The description with the class of the plan's image key masked; NULL with an error when it does
 * not say it. */
static char *mask_description(const struct plan *plan, const char *description, struct err *err)
{
  const char *name = image_keys[plan->image_key].name;
  size_t count;
  struct span *mentions = text_mentions(description, plan->image.text, &count);
  struct buf out = {0};
  if (count == 0) {
    free(mentions);
    return err_set(err, EX_DATAERR, "the description of the picture does not name its %s, \"%s\"",
                   name, plan->image.text), NULL;
  }
  buf_add(&out, description, mentions[0].start);
  buf_printf(&out, "[[%s]]%s", name, description + mentions[0].start + mentions[0].size);
  free(mentions);
  return buf_take(&out);
}

static void add_keys(cJSON *array, const struct asked *asked, const struct plan *plan,
                     const char *image_in_text)
{
  const struct statistics *s = asked->engine->statistics;
  bool is_image_done = !plan->has_image;
  for (int k = 0; k < plan->text_count; k++) {
    const char *name = s->keys[s->values[plan->text[k].value].key].name;
    bool is_shared = plan->has_image && strcmp(name, image_keys[plan->image_key].name) == 0;
    is_image_done = is_image_done || is_shared;
    add_key(array, name, &plan->text[k], is_shared ? plan->image.text : NULL, plan->text[k].text);
  }
  if (!is_image_done)
    add_key(array, image_keys[plan->image_key].name, &plan->image, plan->image.text, image_in_text);
}

/* *image_in_text: the words of the text that name the class of the picture's key, or NULL. */
static char *mask_text(const struct asked *asked, const struct plan *plan, char **image_in_text)
{
  struct masked masked[MASKED_MAX];
  const char *values[MASKED_MAX];
  int count = plan_masked(asked->engine, plan, masked, values);
  struct document document = document_find(asked->item, masked, count);
  char *text = document_masked(&document, masked);
  *image_in_text = NULL;
  for (size_t p = 0; p < document.place_count && !*image_in_text; p++)
    if (document.places[p].masked == plan->text_count)
      *image_in_text = mem_strndup(document.text + document.places[p].span.start,
                                   document.places[p].span.size);
  document_free(&document);
  return text;
}

char *mask_answer(struct asked *asked, const char *describe_reply, struct err *err)
{
  struct plan plan;
  char *visual = NULL, *out = NULL;
  if (!plan_make(asked, NULL, &plan, err))
    return NULL;
  if (plan.has_image) {
    char *description = description_of(asked, describe_reply, err);
    visual = description ? mask_description(&plan, description, err) : NULL;
    free(description);
  }
  if (visual || !plan.has_image) {
    cJSON *reply = cJSON_CreateObject();
    char *image_in_text, *text = mask_text(asked, &plan, &image_in_text);
    json_add_str(reply, "schema", "neggen.mask.v1");
    json_add_str(reply, "item", asked->item->key);
    add_keys(json_add_array(reply, "attributes"), asked, &plan, image_in_text);
    json_add_str(reply, "visual_masked", visual);
    json_add_str(reply, "text_masked", text);
    out = json_line(reply);
    cJSON_Delete(reply);
    free(text);
    free(image_in_text);
  }
  free(visual);
  plan_free(&plan);
  return out;
}
