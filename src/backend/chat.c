/* chat.c - see chat.h
 * SPDX-License-Identifier: MIT */
#include "backend/chat.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "prompt/safe.h"

static void add_base64(struct buf *out, const unsigned char *data, size_t size)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t k = 0; k < size; k += 3) {
    unsigned word = (unsigned)data[k] << 16;
    word |= k + 1 < size ? (unsigned)data[k + 1] << 8 : 0;
    word |= k + 2 < size ? data[k + 2] : 0;
    buf_char(out, digits[word >> 18]);
    buf_char(out, digits[word >> 12 & 63]);
    buf_char(out, k + 1 < size ? digits[word >> 6 & 63] : '=');
    buf_char(out, k + 2 < size ? digits[word & 63] : '=');
  }
}

static cJSON *message(cJSON *messages, const char *role, const char *text)
{
  cJSON *entry = cJSON_CreateObject();
  json_add_str(entry, "role", role);
  if (text)
    json_add_str(entry, "content", text);
  cJSON_AddItemToArray(messages, entry);
  return entry;
}

static cJSON *text_part(const char *text)
{
  cJSON *part = cJSON_CreateObject();
  json_add_str(part, "type", "text");
  json_add_str(part, "text", text);
  return part;
}

static cJSON *picture_part(struct chat *chat, int at)
{
  cJSON *part = cJSON_CreateObject();
  char hex[SHA256_HEX], *url;
  json_add_str(part, "type", "image_url");
  chat->holders[at] = json_add_object(part, "image_url");
  hash_sha256(chat->pictures[at].data, chat->pictures[at].size, hex);
  url = mem_printf("sha256:%s", hex);
  json_add_str(chat->holders[at], "url", url);
  free(url);
  return part;
}

/* The user's message, with the pictures after the text. Two pictures side by side, without a text between
 * them, spoil llama-server's cache of prompts: each gets a heading then. */
static void add_user(struct chat *chat, cJSON *messages, const char *text)
{
  int count = (chat->pictures[0].size > 0) + (chat->pictures[1].size > 0);
  if (!count) {
    message(messages, "user", text);
    return;
  }
  cJSON *parts = json_add_array(message(messages, "user", NULL), "content");
  cJSON_AddItemToArray(parts, text_part(text));
  for (int k = 0; k < count; k++) {
    char heading[32];
    snprintf(heading, sizeof heading, "Picture %d:", k + 1);
    if (count > 1)
      cJSON_AddItemToArray(parts, text_part(heading));
    cJSON_AddItemToArray(parts, picture_part(chat, k));
  }
}

/* What was wrong with the reply before, as the next turn. Without a reply there is no turn to answer
 * to, and roles must alternate: then it is a part of the question itself (asked_again). */
static void add_repair(cJSON *messages, const struct question *question)
{
  if (!question->repair || !question->bad_reply)
    return;
  char *piece = mem_strndup(question->bad_reply, strnlen(question->bad_reply, CHAT_BAD_REPLY_MAX));
  char *reply = prompt_safe(piece), *why = prompt_safe(question->repair);
  char *text = mem_printf("That reply %s: %s. Answer again with the whole JSON object and nothing else.",
                          question->is_reply_good ? "can be used, but there is a better one"
                                                  : "cannot be used", why);
  message(messages, "assistant", *reply ? reply : "{}");
  message(messages, "user", text);
  free(piece);
  free(reply);
  free(why);
  free(text);
}

static char *asked_again(const struct question *question)
{
  if (!question->repair || question->bad_reply)
    return mem_strdup(question->user);
  char *why = prompt_safe(question->repair);
  char *text = mem_printf("%s\n\n(Asked before without success: %s.)", question->user, why);
  free(why);
  return text;
}

enum { PATCH = 14 }; /* pixels of a side: the smallest that vision models cut pictures into */

static void add_pictures(struct chat *chat, const struct question *question, int side)
{
  const struct picture *const pictures[] = {question->picture, question->other_picture};
  int count = 0;
  for (size_t k = 0; k < COUNT_OF(pictures); k++) {
    if (!pictures[k])
      continue;
    struct picture small = picture_shrink(pictures[k], side);
    chat->patches += (int64_t)((small.width + PATCH - 1) / PATCH) * ((small.height + PATCH - 1) / PATCH);
    picture_png(&small, &chat->pictures[count++]);
    picture_free(&small);
  }
}

void chat_open(struct chat *chat, const struct question *question, const char *model,
               int picture_side)
{
  *chat = (struct chat){.core = cJSON_CreateObject(), .max_tokens = question->max_tokens};
  json_add_str(chat->core, "model", model);
  cJSON *messages = json_add_array(chat->core, "messages");
  if (*question->system)
    message(messages, "system", question->system);
  add_pictures(chat, question, picture_side);
  char *user = asked_again(question);
  add_user(chat, messages, user);
  free(user);
  add_repair(messages, question);
  json_add_num(chat->core, "temperature", question->temperature);
  json_add_int(chat->core, "seed", (int64_t)(question->seed & 0x7fffffff));
  if (question->schema) {
    chat->schema = mem_strdup(question->schema);
    chat->schema_name = mem_printf("neggen_%s", question->template_name);
  }
  char *line = json_line(chat->core);
  char *all = mem_printf("%s\n%d\n%s", line, chat->max_tokens, chat->schema ? chat->schema : "");
  hash_sha256(all, strlen(all), chat->hash);
  free(line);
  free(all);
}

void chat_free(struct chat *chat)
{
  cJSON_Delete(chat->core);
  buf_free(&chat->pictures[0]);
  buf_free(&chat->pictures[1]);
  free(chat->schema_name);
  free(chat->schema);
  *chat = (struct chat){0};
}

const char *const chat_format_names[CHAT_FORMATS] = {
  [FORMAT_SCHEMA] = "json_schema",
  [FORMAT_OBJECT_SCHEMA] = "json_object with a schema",
  [FORMAT_OBJECT] = "json_object",
  [FORMAT_PLAIN] = "plain",
};

int chat_format_named(const char *name)
{
  for (int k = 0; k < CHAT_FORMATS; k++)
    if (!strcmp(chat_format_names[k], name))
      return k;
  return -1;
}

static void add_format(cJSON *body, const struct chat *chat, enum chat_format format)
{
  if (format == FORMAT_PLAIN || !chat->schema)
    return;
  cJSON *shape = json_add_object(body, "response_format");
  json_add_str(shape, "type", format == FORMAT_SCHEMA ? "json_schema" : "json_object");
  if (format == FORMAT_OBJECT)
    return;
  cJSON *holder = shape;
  if (format == FORMAT_SCHEMA) {
    holder = json_add_object(shape, "json_schema");
    json_add_str(holder, "name", chat->schema_name);
    json_add_bool(holder, "strict", false);
  }
  cJSON_AddItemToObject(holder, "schema", cJSON_Parse(chat->schema));
}

/* Members of an object as text, such as {"cache_prompt":false}. */
static void add_members(cJSON *body, const char *members)
{
  cJSON *extra = members ? cJSON_Parse(members) : NULL;
  while (extra && extra->child) {
    cJSON *entry = cJSON_DetachItemViaPointer(extra, extra->child);
    char *name = entry->string;
    entry->string = NULL;
    cJSON_AddItemToObject(body, name, entry);
    cJSON_free(name);
  }
  cJSON_Delete(extra);
}

static void set_url(struct chat *chat, int at, const char *url)
{
  cJSON_ReplaceItemInObjectCaseSensitive(chat->holders[at], "url", cJSON_CreateString(url));
}

/* The body with the pictures themselves in the place of their names. */
static char *with_pictures(struct chat *chat, const cJSON *body)
{
  char *names[2] = {NULL, NULL};
  for (int k = 0; k < 2 && chat->holders[k]; k++) {
    struct buf url = {0};
    names[k] = mem_strdup(json_str(chat->holders[k], "url"));
    buf_str(&url, "data:image/png;base64,");
    add_base64(&url, (const unsigned char *)chat->pictures[k].data, chat->pictures[k].size);
    set_url(chat, k, url.data);
    buf_free(&url);
  }
  char *text = json_line(body);
  for (int k = 0; k < 2 && chat->holders[k]; k++) {
    set_url(chat, k, names[k]);
    free(names[k]);
  }
  return text;
}

char *chat_body(struct chat *chat, const struct chat_style *style, char **record)
{
  const struct server_kind *kind = style->kind;
  cJSON *body = cJSON_CreateObject(), *entry;
  cJSON_ArrayForEach(entry, chat->core)
    cJSON_AddItemReferenceToObject(body, entry->string, entry);
  json_add_int(body, kind->limit_key, chat->max_tokens);
  if (style->is_stream)
    json_add_bool(body, "stream", true);
  if (style->is_stream && kind->tells_usage)
    json_add_bool(json_add_object(body, "stream_options"), "include_usage", true);
  add_members(body, kind->thinking_off);
  if (style->no_prompt_cache)
    add_members(body, kind->prompt_cache_off);
  add_format(body, chat, style->format);
  *record = json_line(body);
  char *text = chat->holders[0] ? with_pictures(chat, body) : mem_strdup(*record);
  cJSON_Delete(body);
  return text;
}

void chat_tokens_most(const struct chat *chat, int64_t *in, int64_t *out)
{
  enum { AROUND_PICTURE = 64, AROUND_MESSAGE = 32 };
  const cJSON *messages = json_get(chat->core, "messages");
  char *line = json_line(messages);
  *in = (int64_t)strlen(line) + (chat->schema ? (int64_t)strlen(chat->schema) : 0) +
        AROUND_MESSAGE * cJSON_GetArraySize(messages) + chat->patches + 2 * AROUND_PICTURE;
  *out = chat->max_tokens;
  free(line);
}

char *chat_error_text(const char *body)
{
  cJSON *json = cJSON_Parse(body);
  const cJSON *error = json_get(json, "error");
  const char *text = cJSON_IsString(error) ? error->valuestring : json_str(error, "message");
  if (!text)
    text = json_str(json, "message");
  if (!text)
    text = json_str(json, "detail");
  char *piece = mem_strndup(text ? text : body, strnlen(text ? text : body, 300));
  char *clean = utf8_clean(piece, false);
  free(piece);
  cJSON_Delete(json);
  return clean;
}
