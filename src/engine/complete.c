/* complete.c - template 3: contrasting values for the masked keys, and what follows from them
 *
 * The keys are those of the mask's reply. Two things may follow a change: a coupled key
 * of the text takes its most probable value where its own is hardly ever seen with the
 * new one (Italian films are not in Japanese), and the colour of a picture may turn with
 * its warmth. Both are listed as entailed.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "engine/follow.h"

/* A change that follows another. */
struct follower {
  int32_t old_value, new_value;
  const char *old_text;
};

struct work {
  struct asked *asked;
  struct reply_mask mask;
  struct forced forced;
  struct plan plan;
  struct follower followers[TEXT_KEYS_MAX];
  int follower_count;
};

static void force_keys(struct work *work)
{
  struct forced *forced = &work->forced;
  forced->image_key = -1;
  for (int k = 0; k < work->mask.key_count; k++) {
    const struct reply_key *key = &work->mask.keys[k];
    if (key->visual_span)
      forced->image_key = image_key_named(key->key);
    bool is_text = statistics_key(work->asked->engine->statistics, TEXT, key->key) >= 0;
    if (key->text_span && is_text && forced->text_count < TEXT_KEYS_MAX) {
      forced->text_keys[forced->text_count] = key->key;
      forced->text_values[forced->text_count++] = key->value;
    }
  }
}

static int32_t value_taken(const struct plan *plan, int k)
{
  for (int c = 0; c < plan->text[k].candidate_count; c++)
    if (plan->text[k].candidates[c].text == plan->text_new[k])
      return plan->text[k].candidates[c].value;
  return -1;
}

static bool is_masked_key(const struct work *work, int key)
{
  const struct statistics *s = work->asked->engine->statistics;
  for (int k = 0; k < work->plan.text_count; k++)
    if (s->values[work->plan.text[k].value].key == key)
      return true;
  return false;
}

/* What of a coupled key must follow the change of the k-th masked key. */
static void follow(struct work *work, int k, int to)
{
  const struct statistics *s = work->asked->engine->statistics;
  int32_t new_value = value_taken(&work->plan, k), own;
  if (new_value < 0 || is_masked_key(work, to) || work->follower_count == TEXT_KEYS_MAX)
    return;
  int32_t value = follower_of(work->asked->engine, work->plan.text[k].value, new_value, to, &own);
  if (value >= 0)
    work->followers[work->follower_count++] = (struct follower){own, value, value_text(s, own)};
}

static void follow_all(struct work *work)
{
  const struct statistics *s = work->asked->engine->statistics;
  for (int k = 0; k < work->plan.text_count; k++)
    for (int64_t c = 0; c < s->couple_count; c++)
      if (s->couples[c].from == s->values[work->plan.text[k].value].key)
        follow(work, k, s->couples[c].to);
}

/* The places of the mask's slots in the document. */
static bool places_of_slots(const struct work *work, const struct masked *masked, int masked_count,
                            struct document *document, struct err *err)
{
  size_t count;
  struct slot *slots = slots_find(work->mask.text_masked, &count);
  bool ok = slots_align(document->text, work->mask.text_masked, slots, count, err);
  document->place_count = 0;
  for (size_t p = 0; p < count && ok; p++)
    for (int k = 0; k < masked_count; k++)
      if (strcmp(slots[p].key, masked[k].name) == 0)
        VEC_PUSH(document->places, document->place_count, document->place_room) =
          (struct place){slots[p].in_original, k};
  slots_free(slots, count);
  return ok;
}

/* The completed text, with the mentions that stay in *kept. */
static char *complete_text(const struct work *work, cJSON **kept, struct err *err)
{
  const struct statistics *s = work->asked->engine->statistics;
  const struct plan *plan = &work->plan;
  struct masked masked[MASKED_MAX + TEXT_KEYS_MAX];
  const char *values[MASKED_MAX + TEXT_KEYS_MAX];
  int count = plan_masked(work->asked->engine, plan, masked, values);
  for (int f = 0; f < work->follower_count; f++) {
    const struct follower *follower = &work->followers[f];
    const struct key *key = &s->keys[s->values[follower->old_value].key];
    masked[count + f] = (struct masked){key->name, follower->old_text, key};
    values[count + f] = value_text(s, follower->new_value);
  }
  struct document document = document_find(work->asked->item, masked, count);
  char *out = NULL;
  if (places_of_slots(work, masked, count, &document, err)) {
    document_follow(&document, work->asked->item, masked, count, work->follower_count);
    *kept = document_kept_json(&document);
    out = document_filled(&document, masked, values, true);
  }
  document_free(&document);
  return out;
}

static bool is_entailed(const struct plan *plan, enum image_key key)
{
  return plan->edit && (look_result(plan->edit)->moved & image_keys[plan->image_key].entails & (1u << key));
}

static const char *class_before(const struct work *work, enum image_key key)
{
  return image_keys[key].classes[look_class(work->asked->engine, key)];
}

static const char *class_after(const struct work *work, enum image_key key)
{
  const struct borders *borders = &work->asked->engine->borders;
  return image_keys[key].classes[measure_class(&look_result(work->plan.edit)->measure, borders, key)];
}

/* Takes the text over; all mentions of a word replaced. */
static char *word_replaced(char *text, const char *old, const char *new_word)
{
  size_t count, at = 0;
  struct span *mentions = text_mentions(text, old, &count);
  struct buf out = {0};
  for (size_t m = 0; m < count; m++) {
    buf_add(&out, text + at, mentions[m].start - at);
    buf_str(&out, new_word);
    at = mentions[m].start + mentions[m].size;
  }
  buf_str(&out, text + at);
  free(mentions);
  free(text);
  return buf_take(&out);
}

/* The completed description: the new class in the slot, and words of what follows. */
static char *complete_description(const struct work *work)
{
  const struct plan *plan = &work->plan;
  const struct image_key_row *row = &image_keys[plan->image_key];
  size_t count;
  struct slot *slots = slots_find(work->mask.visual_masked, &count);
  struct buf out = {0};
  size_t at = 0;
  for (size_t p = 0; p < count; p++) {
    struct span span = slots[p].in_masked;
    buf_add(&out, work->mask.visual_masked + at, span.start - at);
    buf_str(&out, row->classes[plan->to_class]);
    at = span.start + span.size;
  }
  buf_str(&out, work->mask.visual_masked + at);
  slots_free(slots, count);
  char *text = buf_take(&out);
  for (int key = 0; key < IMAGE_KEYS && plan->edit; key++)
    if (is_entailed(plan, (enum image_key)key))
      text = word_replaced(text, class_before(work, (enum image_key)key),
                           class_after(work, (enum image_key)key));
  return text;
}

static void add_entailed(cJSON *array, const char *modality, const char *key, const char *original,
                         const char *intervened)
{
  cJSON *row = cJSON_CreateObject();
  json_add_str(row, "modality", modality);
  json_add_str(row, "key", key);
  json_add_str(row, "original", original);
  json_add_str(row, "intervened", intervened);
  cJSON_AddItemToArray(array, row);
}

static void add_all_entailed(cJSON *array, const struct work *work)
{
  const struct statistics *s = work->asked->engine->statistics;
  for (int f = 0; f < work->follower_count; f++) {
    const struct follower *follower = &work->followers[f];
    add_entailed(array, modality_names[TEXT], s->keys[s->values[follower->old_value].key].name,
                 follower->old_text, value_text(s, follower->new_value));
  }
  for (int key = 0; key < IMAGE_KEYS; key++)
    if (is_entailed(&work->plan, (enum image_key)key))
      add_entailed(array, modality_names[IMAGE], image_keys[key].name,
                   class_before(work, (enum image_key)key), class_after(work, (enum image_key)key));
}

static char *reply_of(const struct work *work, struct err *err)
{
  const struct statistics *s = work->asked->engine->statistics;
  const struct plan *plan = &work->plan;
  cJSON *kept = NULL;
  char *text = complete_text(work, &kept, err);
  if (!text)
    return NULL;
  char *visual = plan->has_image ? complete_description(work) : NULL;
  cJSON *reply = cJSON_CreateObject();
  json_add_str(reply, "schema", "neggen.complete.v1");
  json_add_str(reply, "item", work->asked->item->key);
  cJSON *values = json_add_object(reply, "values");
  if (plan->has_image) /* of a shared key too: the class's name is the value */
    json_add_str(values, image_keys[plan->image_key].name,
                 image_keys[plan->image_key].classes[plan->to_class]);
  for (int k = 0; k < plan->text_count; k++)
    if (!json_get(values, s->keys[s->values[plan->text[k].value].key].name))
      json_add_str(values, s->keys[s->values[plan->text[k].value].key].name, plan->text_new[k]);
  json_add_str(reply, "visual_negative", visual);
  json_add_str(reply, "text_negative", text);
  if (plan->edit)
    json_add_num(reply, "strength", plan->strength);
  add_all_entailed(json_add_array(reply, "entailed"), work);
  cJSON_AddItemToObject(reply, "kept_mentions", kept);
  char *out = json_line(reply);
  cJSON_Delete(reply);
  free(visual);
  free(text);
  return out;
}

char *complete_answer(struct asked *asked, const char *mask_reply, struct err *err)
{
  struct work work = {.asked = asked};
  char *out = NULL;
  cJSON *json = mask_reply ? reply_json(mask_reply, err) : NULL;
  if (!mask_reply)
    err_set(err, EX_DATAERR, "item \"%s\" was not masked yet", asked->item->key);
  if (json && reply_read_mask(json, &work.mask, err)) {
    force_keys(&work);
    if (plan_make(asked, &work.forced, &work.plan, err)) {
      follow_all(&work);
      out = reply_of(&work, err);
      plan_free(&work.plan);
    }
  }
  reply_mask_free(&work.mask);
  cJSON_Delete(json);
  return out;
}
