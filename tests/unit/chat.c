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

static cJSON *ask(const struct question *question, cJSON **record)
{
  char *text, *body = chat_request(question, "m1", &text);
  cJSON *json = json_parse(body, strlen(body), "body", NULL);
  *record = json_parse(text, strlen(text), "record", NULL);
  assert_non_null(json);
  assert_non_null(*record);
  free(body);
  free(text);
  return json;
}

static void a_question_says_all_that_servers_need(void **state)
{
  cJSON *record, *body = ask(&plain, &record);
  (void)state;
  assert_string_equal(json_str(body, "model"), "m1");
  assert_int_equal((int)json_num(body, "max_tokens", 0), 99);
  assert_true(json_num(body, "temperature", 0) == 0.25);
  assert_true(cJSON_IsFalse(json_get(body, "stream")));
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
  question.bad_reply = NULL; /* no turn to answer to: roles must alternate */
  body = ask(&question, &record);
  messages = json_get(body, "messages");
  assert_int_equal(cJSON_GetArraySize(messages), 2);
  assert_non_null(strstr(json_str(cJSON_GetArrayItem(messages, 1), "content"), "im_end|> empty"));
  cJSON_Delete(body);
  cJSON_Delete(record);
}

static void a_good_completion_is_read(void **state)
{
  const char *body = "{\"choices\":[{\"finish_reason\":\"stop\",\"index\":0,\"message\":{\"role\":"
    "\"assistant\",\"content\":\"{}\"}}],\"model\":\"served\",\"usage\":{\"prompt_tokens\":31,"
    "\"completion_tokens\":20}}";
  struct answer answer = {0};
  (void)state;
  assert_true(chat_response(body, strlen(body), 99, &answer));
  assert_string_equal(answer.text, "{}");
  assert_string_equal(answer.model, "served");
  assert_string_equal(answer.finish_reason, "stop");
  assert_int_equal(answer.tokens_in, 31);
  assert_int_equal(answer.tokens_out, 20);
  answer_free(&answer);
}

#define CHOICE(finish, message) \
  "{\"choices\":[{\"finish_reason\":" finish ",\"index\":0,\"message\":" message "}]}"

static void a_200_that_is_of_no_use_is_a_failure(void **state)
{
  static const struct {
    const char *body, *wanted;
    int code;
  } rows[] = {
    {"", "answered 200 with nothing in it", EX_UNAVAILABLE},
    {"<html>", "answered 200, but no JSON: \"<html>\"", EX_UNAVAILABLE},
    {"[]", "answered 200, but no JSON: \"[]\"", EX_UNAVAILABLE},
    {"{\"choices\":[]}", "answered 200 without a choice", EX_UNAVAILABLE},
    {"{\"error\":{\"message\":\"busy\"}}", "answered 200 without a choice: busy", EX_UNAVAILABLE},
    {CHOICE("\"length\"", "{\"content\":\"{\\\"a\"}"), "the reply was cut at max_tokens (99)", EX_DATAERR},
    {CHOICE("\"content_filter\"", "{\"content\":\"x\"}"), "the server's content filter stopped the reply",
     EX_DATAERR},
    {CHOICE("\"stop\"", "{\"refusal\":\"no\",\"content\":null}"), "the model refused: no", EX_DATAERR},
    {CHOICE("\"tool_calls\"", "{\"content\":null,\"tool_calls\":[{\"id\":\"1\"}]}"),
     "the model answered with a tool call, not with text", EX_DATAERR},
    {CHOICE("\"stop\"", "{\"content\":\"\",\"reasoning_content\":\"hm\"}"),
     "the model only thought, and wrote no reply", EX_DATAERR},
    {CHOICE("\"stop\"", "{\"content\":\"\"}"), "the reply is empty", EX_DATAERR},
    {CHOICE("null", "null"), "the reply is empty", EX_DATAERR},
    {CHOICE("\"stop\"", "{\"content\":[1]}"), "the reply is empty", EX_DATAERR},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(rows); k++) {
    struct answer answer = {0};
    assert_false(chat_response(rows[k].body, strlen(rows[k].body), 99, &answer));
    assert_string_equal(answer.err.text, rows[k].wanted);
    assert_int_equal(answer.err.code, rows[k].code);
    answer_free(&answer);
  }
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
    cmocka_unit_test(a_good_completion_is_read),
    cmocka_unit_test(a_200_that_is_of_no_use_is_a_failure),
    cmocka_unit_test(an_error_body_is_told_in_its_own_words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
