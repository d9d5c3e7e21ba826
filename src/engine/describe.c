/* describe.c - template 1: a picture's measures as attributes and as a sentence
 *
 * The sentence names each attribute's value word once, in a place where every other value
 * of that key reads as well, so that it can be masked and completed.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "engine/engine_private.h"

static const char *word_of(const struct engine *engine, enum image_key key)
{
  return image_keys[key].classes[look_class(engine, key)];
}

char *picture_sentence(const struct engine *engine)
{
  struct buf out = {0};
  buf_printf(&out, "A picture %s in tone, mostly %s, with %s and %s colours, %s contrast and %s texture, ",
             word_of(engine, IMAGE_BRIGHTNESS), word_of(engine, IMAGE_COLOR),
             word_of(engine, IMAGE_SATURATION), word_of(engine, IMAGE_WARMTH),
             word_of(engine, IMAGE_CONTRAST), word_of(engine, IMAGE_TEXTURE));
  buf_printf(&out, "its weight: %s.", word_of(engine, IMAGE_COMPOSITION));
  return buf_take(&out);
}

/* "mean lightness 34.2, dark below 41.0" */
static char *evidence_of(const struct engine *engine, enum image_key key)
{
  const struct measure *measure = &engine->look.measure;
  const struct image_key_row *row = &image_keys[key];
  if (key == IMAGE_COLOR)
    return mem_printf("%s, %.0f %% of all", row->measured_as, 100 * (double)measure->chromatic_share);
  if ((int)key >= IMAGE_SCALARS)
    return mem_strdup(row->measured_as);
  int class = look_class(engine, key);
  double value = measure->scalar[key], low = engine->borders.low[key];
  double high = engine->borders.high[key];
  if (class == 1)
    return mem_printf("%s %.3g, between %.3g and %.3g", row->measured_as, value, low, high);
  return mem_printf("%s %.3g, %s %.3g", row->measured_as, value, class == 0 ? "below" : "from",
                    class == 0 ? low : high);
}

char *describe_answer(struct asked *asked, struct err *err)
{
  const struct engine *engine = asked->engine;
  if (!engine->look.has_picture)
    return err_set(err, EX_DATAERR, "item \"%s\" has no picture that could be described",
                   asked->item->key), NULL;
  cJSON *reply = cJSON_CreateObject();
  char *sentence = picture_sentence(engine);
  json_add_str(reply, "schema", "neggen.describe.v1");
  json_add_str(reply, "item", asked->item->key);
  json_add_str(reply, "description", sentence);
  cJSON *attributes = json_add_array(reply, "attributes");
  for (int key = 0; key < IMAGE_KEYS; key++) {
    cJSON *row = cJSON_CreateObject();
    char *evidence = evidence_of(engine, (enum image_key)key);
    json_add_str(row, "key", image_keys[key].name);
    json_add_str(row, "value", word_of(engine, (enum image_key)key));
    json_add_str(row, "evidence", evidence);
    cJSON_AddItemToArray(attributes, row);
    free(evidence);
  }
  char *text = json_line(reply);
  cJSON_Delete(reply);
  free(sentence);
  return text;
}
