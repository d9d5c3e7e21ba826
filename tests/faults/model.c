/* model.c - see model.h
 * SPDX-License-Identifier: MIT */
#include "model.h"

#include <stdlib.h>
#include <string.h>

#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#include <stb/stb_image.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "media/measure.h"
#include "text/mention.h"

/* ---- hearing */

static int base64_digit(char c)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const char *at = c ? strchr(digits, c) : NULL;
  return at ? (int)(at - digits) : -1;
}

/* Standard base64 in one line, padded. */
static bool read_base64(const char *text, struct buf *out)
{
  size_t size = strlen(text);
  if (!size || size % 4)
    return false;
  for (size_t k = 0; k < size; k += 4) {
    unsigned word = 0;
    int padding = 0;
    for (size_t j = 0; j < 4; j++) {
      int digit = base64_digit(text[k + j]);
      if (digit < 0 && !(text[k + j] == '=' && k + 4 == size && j >= 2))
        return false;
      padding += digit < 0;
      word = word << 6 | (unsigned)(digit < 0 ? 0 : digit);
    }
    unsigned char bytes[3] = {(unsigned char)(word >> 16), (unsigned char)(word >> 8),
                              (unsigned char)word};
    buf_add(out, bytes, (size_t)(3 - padding));
  }
  return true;
}

static bool read_picture(const char *url, struct heard *heard, struct err *err)
{
  static const char label[] = "data:image/png;base64,";
  struct buf png = {0};
  int width, height, channels;
  if (!url || strncmp(url, label, sizeof label - 1))
    return err_set(err, EX_DATAERR, "Invalid base64 value");
  bool ok = read_base64(url + sizeof label - 1, &png);
  stbi_uc *pixels = ok ? stbi_load_from_memory((const stbi_uc *)png.data, (int)png.size, &width,
                                               &height, &channels, 3) : NULL;
  buf_free(&png);
  if (!pixels)
    return err_set(err, EX_DATAERR, "Failed to load image or audio file");
  struct picture *picture = heard->has_picture ? &heard->other_picture : &heard->picture;
  picture_free(picture);
  *picture = picture_new(width, height);
  memcpy(picture->rgb, pixels, (size_t)width * (size_t)height * 3);
  heard->has_picture = true;
  stbi_image_free(pixels);
  return true;
}

/* What a chat template would take for the end of a turn, or for a picture. */
static bool has_control_token(const char *text)
{
  static const char *const tokens[] = {"<|", "<__media__>", "<start_of_turn>", "[INST]", "</s>"};
  for (size_t k = 0; k < COUNT_OF(tokens); k++)
    if (strstr(text, tokens[k]))
      return true;
  return false;
}

static bool read_content(const cJSON *content, const char **text, struct heard *heard,
                         struct err *err)
{
  const cJSON *part;
  bool was_picture = false;
  *text = cJSON_GetStringValue(content);
  if (!*text && !cJSON_IsArray(content))
    return err_set(err, EX_DATAERR, "Expected 'content' to be a string or an array");
  cJSON_ArrayForEach(part, content) {
    const char *type = json_str(part, "type");
    bool is_picture = type && !strcmp(type, "image_url");
    if (is_picture && was_picture)
      return err_set(err, EX_DATAERR, "got exception: Chunk not found");
    was_picture = is_picture;
    if (type && !strcmp(type, "text"))
      *text = *text ? *text : json_str(part, "text");
    else if (!type || strcmp(type, "image_url"))
      return err_set(err, EX_DATAERR, "unsupported content[].type");
    else if (!read_picture(json_str(json_get(part, "image_url"), "url"), heard, err))
      return false;
  }
  if (!*text || has_control_token(*text))
    return err_set(err, EX_DATAERR, "Failed to tokenize prompt");
  return true;
}

static bool read_messages(struct heard *heard, struct err *err)
{
  const cJSON *messages = json_get(heard->body, "messages"), *message;
  if (!cJSON_IsArray(messages))
    return err_set(err, EX_DATAERR, "'messages' is required");
  cJSON_ArrayForEach(message, messages) {
    const char *role = json_str(message, "role"), *text = NULL;
    if (!role)
      return err_set(err, EX_DATAERR, "Failed to parse messages: Missing 'role' in message");
    if (!read_content(json_get(message, "content"), &text, heard, err))
      return false;
    if (!strcmp(role, "user") && !heard->user)
      heard->user = text;
    heard->is_repair = heard->is_repair || !strcmp(role, "assistant");
  }
  return heard->user || err_set(err, EX_DATAERR, "nothing is asked");
}

/* Which of the prompts it is, by a heading that only this one has. */
static const char *template_of(const char *user)
{
  static const struct {
    const char *words, *name;
  } rows[] = {
    {"Name a colour that you like", "probe"},
    {"Which colours are they", "look"},
    {"Answer with the one word", "word"},
    {"Description of the picture, masked:", "complete"},
    {"What can be masked in the text", "mask"},
  };
  for (size_t k = 0; k < COUNT_OF(rows); k++)
    if (strstr(user, rows[k].words))
      return rows[k].name;
  return "describe";
}

bool heard_read(const char *body, size_t size, struct heard *heard, struct err *err)
{
  *heard = (struct heard){.body = json_parse(body, size, "request", err)};
  if (!heard->body)
    return false;
  const cJSON *format = json_get(heard->body, "response_format");
  const cJSON *schema = json_get(format, "json_schema");
  heard->format = json_str(format, "type");
  heard->has_schema = cJSON_IsObject(json_get(schema, "schema")) && json_str(schema, "name");
  heard->model = json_str(heard->body, "model");
  heard->max_tokens = (int)json_num(heard->body, "max_completion_tokens",
                                    json_num(heard->body, "max_tokens", 0));
  heard->is_stream = json_bool(heard->body, "stream", false);
  heard->is_uncached = !json_bool(heard->body, "cache_prompt", true);
  if (!heard->model || heard->max_tokens <= 0)
    return err_set(err, EX_DATAERR, "model and max_tokens are required");
  if (!read_messages(heard, err))
    return false;
  heard->template_name = template_of(heard->user);
  return true;
}

void heard_free(struct heard *heard)
{
  cJSON_Delete(heard->body);
  picture_free(&heard->picture);
  picture_free(&heard->other_picture);
  *heard = (struct heard){0};
}

/* ---- understanding */

/* What stands between the line `heading` and the blank line before the next text of the prompt that
 * `next` begins; trimmed. The caller frees; "" when it is not there. */
static char *section(const char *prompt, const char *heading, const char *next)
{
  const char *at = strstr(prompt, heading);
  if (!at)
    return mem_strdup("");
  at += strlen(heading);
  at += strspn(at, "\n");
  const char *end = strstr(at, next);
  size_t size = end ? (size_t)(end - at) : strlen(at);
  while (size && at[size - 1] == '\n')
    size--;
  return mem_strndup(at, size);
}

/* The next line "key: value" of a list. */
static bool next_pair(const char **cursor, char **key, char **value)
{
  const char *line = *cursor, *end = strchrnul(line, '\n'), *colon = strchr(line, ':');
  if (!*line || !colon || colon > end)
    return false;
  *key = mem_strndup(line, (size_t)(colon - line));
  colon += 1 + strspn(colon + 1, " ");
  *value = mem_strndup(colon, colon < end ? (size_t)(end - colon) : 0);
  *cursor = *end ? end + 1 : end;
  return true;
}

/* The text with the first mention of value at or after `from` replaced; NULL when there is none. */
static char *replace_mention(const char *text, size_t from, const char *value, const char *new)
{
  size_t count;
  struct span *spans = text_mentions(text, value, &count);
  struct buf out = {0};
  for (size_t k = 0; k < count && !out.data; k++)
    if (spans[k].start >= from) {
      buf_add(&out, text, spans[k].start);
      buf_printf(&out, "%s%s", new, text + spans[k].start + spans[k].size);
    }
  free(spans);
  return out.data ? buf_take(&out) : NULL;
}

/* The first line of the list whose value the text mentions, masked there. False when there is none. */
static bool mask_first(const char *list, const char *text, bool in_its_line, char **masked, char **key,
                       char **value)
{
  for (const char *cursor = list; next_pair(&cursor, key, value); free(*key), free(*value)) {
    char *slot = mem_printf("[[%s]]", *key), *line = mem_printf("%s: ", *key);
    const char *at = in_its_line ? strstr(text, line) : text;
    *masked = at ? replace_mention(text, (size_t)(at - text), *value, slot) : NULL;
    free(slot);
    free(line);
    if (*masked)
      return true;
  }
  *key = *value = *masked = NULL;
  return false;
}

/* ---- speaking */

static void add_attribute(cJSON *array, const char *key, const char *value, const char *evidence)
{
  cJSON *entry = cJSON_CreateObject();
  json_add_str(entry, "key", key);
  json_add_str(entry, "value", value);
  json_add_str(entry, "evidence", evidence);
  cJSON_AddItemToArray(array, entry);
}

static cJSON *describe(const struct heard *heard)
{
  struct measure measure = measure_picture(&heard->picture);
  const char *color = image_keys[IMAGE_COLOR].classes[measure.color];
  float light = measure.scalar[IMAGE_BRIGHTNESS];
  const char *brightness = light < 40 ? "dark" : light < 65 ? "medium" : "bright";
  char *sentence = mem_printf("A picture of a thing in %s light, mostly %s.", brightness, color);
  char *evidence = mem_printf("%dx%d pixels", heard->picture.width, heard->picture.height);
  cJSON *reply = cJSON_CreateObject();
  json_add_str(reply, "description", sentence);
  cJSON *attributes = json_add_array(reply, "attributes");
  add_attribute(attributes, "color", color, evidence);
  add_attribute(attributes, "brightness", brightness, "the whole of it");
  free(sentence);
  free(evidence);
  return reply;
}

static void add_key(cJSON *array, const char *key, const char *value, bool is_visual)
{
  cJSON *entry = cJSON_CreateObject();
  json_add_str(entry, "key", key);
  json_add_str(entry, "value", value);
  json_add_num(entry, "relevance", 0.8);
  json_add_str(entry, "visual_span", is_visual ? value : NULL);
  json_add_str(entry, "text_span", is_visual ? NULL : value);
  cJSON_AddItemToArray(array, entry);
}

static cJSON *mask(const struct heard *heard)
{
  static const char list_image[] = "What can be masked in the picture's description (key: value):";
  static const char list_text[] = "What can be masked in the text (key: value):";
  char *description = section(heard->user, "Description of its picture:", "\n\nIts text:");
  char *text = section(heard->user, "Its text:", list_image);
  char *image_list = section(heard->user, list_image, list_text);
  char *text_list = section(heard->user, list_text, "\n\nHow the tastes");
  char *visual, *masked, *image_key, *image_value, *key, *value;
  cJSON *reply = cJSON_CreateObject(), *keys = json_add_array(reply, "attributes");
  if (mask_first(image_list, description, false, &visual, &image_key, &image_value))
    add_key(keys, image_key, image_value, true);
  if (mask_first(text_list, text, true, &masked, &key, &value))
    add_key(keys, key, value, false);
  json_add_str(reply, "visual_masked", visual); /* null without a picture */
  json_add_str(reply, "text_masked", masked ? masked : text);
  char *const owned[] = {description, text, image_list, text_list, visual, masked, image_key,
                         image_value, key, value};
  for (size_t k = 0; k < COUNT_OF(owned); k++)
    free(owned[k]);
  return reply;
}

/* An image class far from the old one; else one that was not chosen before, when there is one. */
static const char *new_class(int key, int old, const char *taken)
{
  const struct image_key_row *row = &image_keys[key];
  int far = key == IMAGE_COLOR ? (old + 4) % 9 : old == 0 ? row->class_count - 1 : 0;
  for (int k = 0; k < row->class_count; k++) {
    int class = (far + k) % row->class_count;
    if (class != old && !strstr(taken, row->classes[class]))
      return row->classes[class];
  }
  return row->classes[far];
}

/* Another value: an image class, a year of another time, else an entry of the list, else an invention. */
static char *new_value(const char *key, const char *old, const char *list, const char *taken)
{
  int image_key = image_key_named(key), class = image_key < 0 ? -1
                  : image_class_named((enum image_key)image_key, old);
  if (class >= 0)
    return mem_strdup(new_class(image_key, class, taken));
  char *end;
  long number = strtol(old, &end, 10);
  if (end != old && !*end)
    return mem_printf("%ld", number + 40);
  char *line_key, *values, *found = NULL;
  for (const char *cursor = list; !found && next_pair(&cursor, &line_key, &values);
       free(line_key), free(values))
    for (char *entry = strtok(values, ","); entry && !strcmp(line_key, key) && !found;
         entry = strtok(NULL, ",")) {
      entry += strspn(entry, " ");
      bool is_new = text_jaccard(entry, old) < 0.5 && !strstr(taken, entry);
      found = is_new ? mem_strdup(entry) : NULL;
    }
  return found ? found : mem_strdup("Unheard");
}

static char *fill(const char *masked, const cJSON *values)
{
  struct buf out = {0};
  size_t count, done = 0;
  struct slot *slots = slots_find(masked, &count);
  for (size_t k = 0; k < count; k++) {
    buf_add(&out, masked + done, slots[k].in_masked.start - done);
    buf_str(&out, json_str(values, slots[k].key));
    done = slots[k].in_masked.start + slots[k].in_masked.size;
  }
  buf_str(&out, masked + done);
  slots_free(slots, count);
  return buf_take(&out);
}

static cJSON *complete(const struct heard *heard)
{
  static const char originals[] = "The original values (key: value):";
  static const char others[] = "Values that other items have for these keys:";
  static const char taken[] = "New values that were chosen for this item before (choose others):";
  char *visual = section(heard->user, "Description of the picture, masked:", "\n\nText, masked:");
  char *text = section(heard->user, "Text, masked:", originals);
  char *pairs = section(heard->user, originals, others), *key, *old;
  char *list = section(heard->user, others, "\n\nNew values");
  char *before = section(heard->user, taken, "\n\nFor");
  char *chosen = mem_printf("%s %s", heard->is_forgetful ? "" : before, heard->avoided ? heard->avoided : "");
  cJSON *reply = cJSON_CreateObject(), *values = json_add_object(reply, "values");
  for (const char *cursor = pairs; next_pair(&cursor, &key, &old); free(key), free(old)) {
    char *new = new_value(key, old, list, chosen);
    json_add_str(values, key, new);
    free(new);
  }
  char *visual_negative = fill(visual, values), *text_negative = fill(text, values);
  json_add_str(reply, "visual_negative", *visual_negative ? visual_negative : NULL);
  json_add_str(reply, "text_negative", text_negative);
  char *const owned[] = {visual, text, pairs, list, before, chosen, visual_negative, text_negative};
  for (size_t k = 0; k < COUNT_OF(owned); k++)
    free(owned[k]);
  return reply;
}

static char *spoken(cJSON *reply)
{
  char *text = json_line(reply);
  cJSON_Delete(reply);
  return text;
}

char *model_reply(const struct heard *heard)
{
  bool is_describe = !strcmp(heard->template_name, "describe");
  if (!strcmp(heard->template_name, "look") && heard->has_picture)
    return mem_printf("The first is %s, the second %s.",
                      image_keys[IMAGE_COLOR].classes[measure_picture(&heard->picture).color],
                      image_keys[IMAGE_COLOR].classes[measure_picture(&heard->other_picture).color]);
  if (!strcmp(heard->template_name, "word"))
    return mem_strdup("Ready.");
  if (!strcmp(heard->template_name, "probe")) {
    const cJSON *schema = json_get(json_get(json_get(heard->body, "response_format"), "json_schema"),
                                   "schema");
    const cJSON *values = json_get(json_get(json_get(schema, "properties"), "answer"), "enum");
    const char *value = cJSON_GetStringValue(cJSON_GetArrayItem(values, 0));
    return value ? mem_printf("{\"answer\": \"%s\"}", value) : mem_strdup("Blue, I think.");
  }
  if (is_describe && !heard->has_picture)
    return mem_strdup("I see no picture.");
  return spoken(is_describe                               ? describe(heard)
                : !strcmp(heard->template_name, "mask") ? mask(heard) : complete(heard));
}

/* ---- nonsense: what a grammar lets through when the weights are random */

static char *babble(struct rng *rng, int words)
{
  static const char *const syllables[] = {"ka", "[[", "zu", "\"", "lo", "\xc3\xa9", "mi", "]]", "\n", "tra",
                                          "\xe2\x80\xae", "9", "%s", "\x1b[2J", "po", "color", "{{title}}"};
  struct buf out = {0};
  buf_str(&out, "x");
  for (int k = 0; k < words; k++)
    buf_printf(&out, "%s%s", rng_below(rng, 3) ? "" : " ",
               syllables[rng_below(rng, COUNT_OF(syllables))]);
  return buf_take(&out);
}

static void add_babble(cJSON *object, const char *key, struct rng *rng, int words)
{
  char *text = babble(rng, words);
  json_add_str(object, key, text);
  free(text);
}

char *model_nonsense(const struct heard *heard)
{
  struct rng rng = rng_stream(hash_str(heard->user) + (heard->is_repair ? 1 : 0), RNG_SAMPLER, 0);
  cJSON *reply = cJSON_CreateObject();
  if (!strcmp(heard->template_name, "complete")) {
    add_babble(json_add_object(reply, "values"), "color", &rng, 3);
    add_babble(reply, "visual_negative", &rng, 30);
    add_babble(reply, "text_negative", &rng, 60);
    return spoken(reply);
  }
  cJSON *attributes = json_add_array(reply, "attributes"), *entry = cJSON_CreateObject();
  cJSON_AddItemToArray(attributes, entry);
  json_add_str(entry, "key", "color");
  add_babble(entry, "value", &rng, 3);
  if (!strcmp(heard->template_name, "describe")) {
    add_babble(entry, "evidence", &rng, 8);
    add_babble(reply, "description", &rng, 40);
    return spoken(reply);
  }
  json_add_num(entry, "relevance", 840);
  add_babble(entry, "visual_span", &rng, 3);
  json_add_str(entry, "text_span", NULL);
  add_babble(reply, "visual_masked", &rng, 30);
  add_babble(reply, "text_masked", &rng, 60);
  return spoken(reply);
}
