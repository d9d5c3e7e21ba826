/* chat.c - see chat.h
 * SPDX-License-Identifier: MIT */
#include "backend/chat.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "prompt/template.h"

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

/* The user's message with the picture after the text; returns the object that holds its url. */
static cJSON *message_with_picture(cJSON *messages, const char *text)
{
  cJSON *parts = json_add_array(message(messages, "user", NULL), "content");
  cJSON_AddItemToArray(parts, text_part(text));
  cJSON *part = cJSON_CreateObject();
  json_add_str(part, "type", "image_url");
  cJSON *holder = json_add_object(part, "image_url");
  cJSON_AddItemToArray(parts, part);
  return holder;
}

/* What was wrong with the reply before, as the next turn. Without a reply there is no turn to answer
 * to, and roles must alternate: then it is a part of the question itself (asked_again). */
static void add_repair(cJSON *messages, const struct question *question)
{
  if (!question->repair || !question->bad_reply)
    return;
  char *piece = mem_strndup(question->bad_reply, strnlen(question->bad_reply, CHAT_BAD_REPLY_MAX));
  char *reply = prompt_safe(piece), *why = prompt_safe(question->repair);
  char *text = mem_printf("That reply cannot be used: %s. Answer again with the whole JSON object and "
                          "nothing else.", why);
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

static void add_format(cJSON *body, const struct question *question)
{
  cJSON *format = json_add_object(body, "response_format");
  json_add_str(format, "type", "json_schema");
  cJSON *schema = json_add_object(format, "json_schema");
  char *name = mem_printf("neggen_%s", question->template_name);
  json_add_str(schema, "name", name);
  json_add_bool(schema, "strict", false);
  cJSON_AddItemToObject(schema, "schema", cJSON_Parse(question->schema));
  free(name);
}

char *chat_request(const struct question *question, const char *model, char **record)
{
  cJSON *body = cJSON_CreateObject(), *holder = NULL;
  json_add_str(body, "model", model);
  cJSON *messages = json_add_array(body, "messages");
  if (*question->system)
    message(messages, "system", question->system);
  char *user = asked_again(question);
  if (question->picture)
    holder = message_with_picture(messages, user);
  else
    message(messages, "user", user);
  free(user);
  add_repair(messages, question);
  json_add_int(body, "max_tokens", question->max_tokens);
  json_add_num(body, "temperature", question->temperature);
  json_add_int(body, "seed", (int64_t)(question->seed & 0x7fffffff));
  json_add_bool(body, "stream", false);
  add_format(body, question);
  struct buf url = {0};
  if (holder) {
    struct picture small = picture_shrink(question->picture, CHAT_PICTURE_SIDE);
    struct buf png = {0};
    char hex[SHA256_HEX];
    picture_png(&small, &png);
    hash_sha256(png.data, png.size, hex);
    buf_printf(&url, "sha256:%s", hex);
    json_add_str(holder, "url", url.data);
    *record = json_line(body);
    buf_clear(&url);
    buf_str(&url, "data:image/png;base64,");
    add_base64(&url, (const unsigned char *)png.data, png.size);
    cJSON_ReplaceItemInObjectCaseSensitive(holder, "url", cJSON_CreateString(url.data));
    buf_free(&png);
    picture_free(&small);
  } else {
    *record = json_line(body);
  }
  char *text = json_line(body);
  buf_free(&url);
  cJSON_Delete(body);
  return text;
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

/* How a completion can be useless although the server says 200, in the order they are looked for. */
static bool read_choice(const cJSON *choice, int max_tokens, struct answer *answer)
{
  const cJSON *content = json_get(choice, "message");
  const char *finish = json_str(choice, "finish_reason"), *text = json_str(content, "content");
  const char *refusal = json_str(content, "refusal"), *thought = json_str(content, "reasoning_content");
  const cJSON *calls = json_get(content, "tool_calls");
  answer->finish_reason = mem_strdup(finish);
  if (finish && !strcmp(finish, "length"))
    return err_set(&answer->err, EX_DATAERR, "the reply was cut at max_tokens (%d)", max_tokens);
  if (finish && !strcmp(finish, "content_filter"))
    return err_set(&answer->err, EX_DATAERR, "the server's content filter stopped the reply");
  if (refusal && *refusal)
    return err_set(&answer->err, EX_DATAERR, "the model refused: %.200s", refusal);
  if (cJSON_IsArray(calls) && cJSON_GetArraySize(calls) > 0)
    return err_set(&answer->err, EX_DATAERR, "the model answered with a tool call, not with text");
  if (!text || !*text)
    return err_set(&answer->err, EX_DATAERR, thought && *thought
                   ? "the model only thought, and wrote no reply" : "the reply is empty");
  answer->text = mem_strdup(text);
  return true;
}

bool chat_response(const char *body, size_t size, int max_tokens, struct answer *answer)
{
  if (!size)
    return err_set(&answer->err, EX_UNAVAILABLE, "answered 200 with nothing in it");
  cJSON *json = cJSON_ParseWithLength(body, size);
  const cJSON *choices = json_get(json, "choices"), *usage = json_get(json, "usage");
  bool ok = false;
  if (!cJSON_IsObject(json)) {
    err_set(&answer->err, EX_UNAVAILABLE, "answered 200, but no JSON: \"%.60s\"", body);
  } else if (!cJSON_IsArray(choices) || !cJSON_GetArraySize(choices)) {
    char *text = json_get(json, "error") ? chat_error_text(body) : NULL;
    err_set(&answer->err, EX_UNAVAILABLE, "answered 200 without a choice%s%s", text ? ": " : "",
            text ? text : "");
    free(text);
  } else {
    answer->model = mem_strdup(json_str(json, "model"));
    answer->tokens_in = (int)json_num(usage, "prompt_tokens", -1);
    answer->tokens_out = (int)json_num(usage, "completion_tokens", -1);
    ok = read_choice(cJSON_GetArrayItem(choices, 0), max_tokens, answer);
  }
  cJSON_Delete(json);
  return ok;
}
