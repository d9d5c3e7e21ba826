/* reply.h - what the three templates answer, read strictly (METHOD 2.1)
 *
 * One reader for models and the offline engine. A reply is one JSON object; a code
 * fence or a sentence around it is taken off. Unknown keys are ignored and counted.
 * What is missing, of the wrong type or too long is refused with its name.
 *
 *   describe {"description":S,"attributes":[{"key":K,"value":S,"evidence":S}...]}
 *   mask     {"attributes":[{"key":K,"value":S,"relevance":N,"visual_span":S|null,"text_span":S|null,
 *             "evidence":{"h":N,"p":N,"lift":N}?}...],"visual_masked":S,"text_masked":S}
 *   complete {"values":{K:S...},"visual_negative":S,"text_negative":S,
 *             "strength":N?, "entailed":[{"modality":"text|image","key":K,"original":S,
 *             "intervened":S}...]?, "kept_mentions":[S...]?}
 *
 * visual_masked and visual_negative are null or "" for an item without a picture; the four texts are taken byte
 * for byte but for outer blanks. Those marked ? are the offline engine's own additions.
 * SPDX-License-Identifier: MIT */
#ifndef PROMPT_REPLY_H
#define PROMPT_REPLY_H

#include "base/err.h"
#include "base/json.h"

struct reply_attribute {
  char *key, *value, *evidence; /* evidence may be NULL */
};

struct reply_describe {
  char *description;
  struct reply_attribute *attributes;
  int attribute_count;
};

struct reply_key {
  char *key, *value;
  double relevance;
  char *visual_span, *text_span; /* NULL where the modality does not mention the key */
};

struct reply_mask {
  struct reply_key *keys;
  int key_count;
  char *visual_masked, *text_masked;
  cJSON *evidence; /* array as long as keys, of objects or null */
};

struct reply_value {
  char *key, *value;
};

struct reply_entailed {
  bool is_image;
  char *key, *original, *intervened;
};

struct reply_complete {
  struct reply_value *values;
  int value_count;
  char *visual_negative, *text_negative;
  double strength; /* of the picture's edit, in (0, 1]; 0: not said */
  struct reply_entailed *entailed;
  int entailed_count;
  cJSON *kept_mentions; /* array of strings, or NULL */
};

/* Find the JSON object in a reply's text and parse it. The caller deletes it. */
cJSON *reply_json(const char *text, struct err *err);

/* Each reads a parsed object into *out (freed by the matching _free, also after a failure). */
bool reply_read_describe(const cJSON *json, struct reply_describe *out, struct err *err);
bool reply_read_mask(const cJSON *json, struct reply_mask *out, struct err *err);
bool reply_read_complete(const cJSON *json, struct reply_complete *out, struct err *err);
void reply_describe_free(struct reply_describe *reply);
void reply_mask_free(struct reply_mask *reply);
void reply_complete_free(struct reply_complete *reply);

#endif
