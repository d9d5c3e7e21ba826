/* chat.c - the words of the protocol: what is sent, and which replies are of no use
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "backend/chat.h"
#include "base/hash.h"
#include "base/json.h"

static const struct question plain = {
  .template_name = "mask",
  .system = "Be brief.",
  .user = "Mask this.",
  .schema = "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}",
  .max_tokens = 99,
  .temperature = 0.25,
  .seed = 0x123456789abcdefull,
};

static cJSON *ask_as(const struct question *question, const char *kind, enum chat_format format,
                     cJSON **record)
{
  struct chat chat;
  const struct chat_style style = {.kind = server_kind_named(kind), .format = format, .is_stream = true};
  chat_open(&chat, question, "m1", CHAT_PICTURE_SIDE);
  char *text, *body = chat_body(&chat, &style, &text);
  chat_free(&chat);
  cJSON *json = json_parse(body, strlen(body), "body", NULL);
  *record = json_parse(text, strlen(text), "record", NULL);
  assert_non_null(json);
  assert_non_null(*record);
  free(body);
  free(text);
  return json;
}

static cJSON *ask(const struct question *question, cJSON **record)
{
  return ask_as(question, "other", FORMAT_SCHEMA, record);
}

static void a_question_says_all_that_servers_need(void **state)
{
  cJSON *record, *body = ask(&plain, &record);
  (void)state;
  assert_string_equal(json_str(body, "model"), "m1");
  assert_int_equal((int)json_num(body, "max_tokens", 0), 99);
  assert_true(json_num(body, "temperature", 0) == 0.25);
  assert_true(cJSON_IsTrue(json_get(body, "stream")));
  assert_true(json_bool(json_get(body, "stream_options"), "include_usage", false));
  const cJSON *format = json_get(body, "response_format");
  assert_string_equal(json_str(format, "type"), "json_schema");
  const cJSON *schema = json_get(format, "json_schema"); /* nested: the flat form constrains nothing */
  assert_string_equal(json_str(schema, "name"), "neggen_mask");
  assert_non_null(json_get(json_get(schema, "schema"), "properties"));
  const cJSON *messages = json_get(body, "messages");
  assert_int_equal(cJSON_GetArraySize(messages), 2);
  assert_string_equal(json_str(cJSON_GetArrayItem(messages, 0), "role"), "system");
  assert_string_equal(json_str(cJSON_GetArrayItem(messages, 1), "content"), "Mask this.");
  assert_true(cJSON_Compare(body, record, true)); /* without a picture they are one */
  cJSON_Delete(body);
  cJSON_Delete(record);
}

static void a_picture_goes_along_scaled_and_is_recorded_by_its_hash(void **state)
{
  struct picture picture = picture_new(1600, 40);
  struct question question = plain;
  (void)state;
  memset(picture.rgb, 77, 1600 * 40 * 3);
  question.picture = &picture;
  cJSON *record, *body = ask(&question, &record);
  const cJSON *parts = json_get(cJSON_GetArrayItem(json_get(body, "messages"), 1), "content");
  assert_int_equal(cJSON_GetArraySize(parts), 2);
  assert_string_equal(json_str(cJSON_GetArrayItem(parts, 0), "type"), "text");
  const char *url = json_str(json_get(cJSON_GetArrayItem(parts, 1), "image_url"), "url");
  assert_int_equal(strncmp(url, "data:image/png;base64,iVBORw0KGgo", 33), 0);
  assert_null(strpbrk(url, "\r\n -_"));
  struct picture small = picture_shrink(&picture, CHAT_PICTURE_SIDE);
  struct buf png = {0};
  char hex[SHA256_HEX];
  picture_png(&small, &png);
  assert_int_equal(strlen(strchr(url, ',') + 1), 4 * ((png.size + 2) / 3));
  hash_sha256(png.data, png.size, hex);
  parts = json_get(cJSON_GetArrayItem(json_get(record, "messages"), 1), "content");
  const char *name = json_str(json_get(cJSON_GetArrayItem(parts, 1), "image_url"), "url");
  assert_int_equal(strncmp(name, "sha256:", 7), 0);
  assert_string_equal(name + 7, hex);
  buf_free(&png);
  picture_free(&small);
  picture_free(&picture);
  cJSON_Delete(body);
  cJSON_Delete(record);
}

static void the_repair_round_tells_what_was_wrong(void **state)
{
  struct question question = plain;
  (void)state;
  question.repair = "it is <|im_end|> empty";
  question.bad_reply = "{\"a\": \"<|im_start|>\"}";
  cJSON *record, *body = ask(&question, &record);
  const cJSON *messages = json_get(body, "messages");
  assert_int_equal(cJSON_GetArraySize(messages), 4);
  assert_string_equal(json_str(cJSON_GetArrayItem(messages, 2), "role"), "assistant");
  const char *text = json_str(cJSON_GetArrayItem(messages, 3), "content");
  assert_non_null(strstr(text, "That reply cannot be used: it is < |im_end|> empty."));
  assert_null(strstr(json_str(cJSON_GetArrayItem(messages, 2), "content"), "<|"));
  cJSON_Delete(body);
  cJSON_Delete(record);
  question.is_reply_good = true;
  body = ask(&question, &record);
  text = json_str(cJSON_GetArrayItem(json_get(body, "messages"), 3), "content");
  assert_non_null(strstr(text, "That reply can be used, but there is a better one: it is"));
  cJSON_Delete(body);
  cJSON_Delete(record);
  question.bad_reply = NULL; /* no turn to answer to: roles must alternate */
  body = ask(&question, &record);
  messages = json_get(body, "messages");
  assert_int_equal(cJSON_GetArraySize(messages), 2);
  assert_non_null(strstr(json_str(cJSON_GetArrayItem(messages, 1), "content"), "im_end|> empty"));
  cJSON_Delete(body);
  cJSON_Delete(record);
}

static void a_text_stands_between_two_pictures(void **state)
{
  struct picture picture = picture_new(40, 30);
  struct question question = plain;
  cJSON *record, *body;
  (void)state;
  memset(picture.rgb, 10, 40 * 30 * 3);
  question.picture = question.other_picture = &picture;
  body = ask(&question, &record);
  static const char *const types[] = {"text", "text", "image_url", "text", "image_url"};
  const cJSON *parts = json_get(cJSON_GetArrayItem(json_get(body, "messages"), 1), "content");
  assert_int_equal(cJSON_GetArraySize(parts), (int)COUNT_OF(types));
  for (int k = 0; k < (int)COUNT_OF(types); k++)
    assert_string_equal(json_str(cJSON_GetArrayItem(parts, k), "type"), types[k]);
  assert_string_equal(json_str(cJSON_GetArrayItem(parts, 3), "text"), "Picture 2:");
  picture_free(&picture);
  cJSON_Delete(body);
  cJSON_Delete(record);
}

static void servers_get_the_words_that_they_know(void **state)
{
  cJSON *record, *body = ask_as(&plain, "OpenAI", FORMAT_OBJECT, &record);
  (void)state;
  assert_null(json_get(body, "max_tokens"));
  assert_int_equal((int)json_num(body, "max_completion_tokens", 0), 99);
  assert_null(json_get(body, "chat_template_kwargs"));
  assert_string_equal(json_str(json_get(body, "response_format"), "type"), "json_object");
  assert_null(json_get(json_get(body, "response_format"), "schema"));
  cJSON_Delete(body);
  cJSON_Delete(record);
  body = ask_as(&plain, "llama-server", FORMAT_OBJECT_SCHEMA, &record);
  assert_false(json_bool(json_get(body, "chat_template_kwargs"), "enable_thinking", true));
  assert_non_null(json_get(json_get(body, "response_format"), "schema"));
  cJSON_Delete(body);
  cJSON_Delete(record);
  body = ask_as(&plain, "vLLM", FORMAT_PLAIN, &record);
  assert_null(json_get(body, "response_format"));
  cJSON_Delete(body);
  cJSON_Delete(record);
  assert_string_equal(server_kind_of_owner("llamacpp")->name, "llama-server");
  assert_string_equal(server_kind_of_owner("library")->name, "Ollama");
  assert_string_equal(server_kind_of_owner("llama")->name, "other");
  assert_string_equal(server_kind_of_owner(NULL)->name, "other");
}

static void hash_of(const struct question *question, char hash[SHA256_HEX])
{
  struct chat chat;
  chat_open(&chat, question, "m1", CHAT_PICTURE_SIDE);
  memcpy(hash, chat.hash, SHA256_HEX);
  chat_free(&chat);
}

static void a_question_is_another_one_when_anything_of_it_is(void **state)
{
  struct picture red = picture_new(8, 8), blue = picture_new(8, 8);
  struct question variants[9];
  char hashes[9][SHA256_HEX];
  (void)state;
  memset(red.rgb, 200, 8 * 8 * 3);
  memset(blue.rgb, 20, 8 * 8 * 3);
  for (size_t k = 0; k < COUNT_OF(variants); k++)
    variants[k] = plain;
  variants[1].user = "Mask that.";
  variants[2].system = "Be brief!";
  variants[3].max_tokens = 100;
  variants[4].temperature = 0.26;
  variants[5].seed = 7;
  variants[6].schema = "{\"type\":\"object\"}";
  variants[7].picture = &red;
  variants[8].picture = &blue;
  for (size_t k = 0; k < COUNT_OF(variants); k++) {
    hash_of(&variants[k], hashes[k]);
    for (size_t j = 0; j < k; j++)
      assert_string_not_equal(hashes[k], hashes[j]);
  }
  char again[SHA256_HEX];
  hash_of(&variants[7], again);
  assert_string_equal(again, hashes[7]);
  picture_free(&red);
  picture_free(&blue);
}

static void an_error_body_is_told_in_its_own_words(void **state)
{
  static const struct {
    const char *body, *wanted;
  } rows[] = {
    {"{\"error\":{\"code\":401,\"message\":\"Invalid API Key\"}}", "Invalid API Key"},
    {"{\"error\":\"model not found\"}", "model not found"},
    {"{\"detail\":\"Not Found\"}", "Not Found"},
    {"Bad\x1b[2J Gateway", "Bad[2J Gateway"},
    {"", ""},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(rows); k++) {
    char *text = chat_error_text(rows[k].body);
    assert_string_equal(text, rows[k].wanted);
    free(text);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_question_says_all_that_servers_need),
    cmocka_unit_test(a_picture_goes_along_scaled_and_is_recorded_by_its_hash),
    cmocka_unit_test(the_repair_round_tells_what_was_wrong),
    cmocka_unit_test(a_text_stands_between_two_pictures),
    cmocka_unit_test(servers_get_the_words_that_they_know),
    cmocka_unit_test(a_question_is_another_one_when_anything_of_it_is),
    cmocka_unit_test(an_error_body_is_told_in_its_own_words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
