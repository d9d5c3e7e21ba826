/* completion.c - answers read whole and in pieces: streams cut anywhere, and 200s that are of no use
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <string.h>

#include "backend/completion.h"
#include "base/mem.h"

/* ---- events */

static void join(void *user, const char *data, size_t size)
{
  struct buf *out = user;
  buf_char(out, '[');
  buf_add(out, data, size);
  buf_char(out, ']');
}

/* The events of a text that arrives in two pieces, cut at `at`. */
static char *events_cut(const char *text, size_t size, size_t at)
{
  struct buf out = {0};
  struct sse sse = {.listener = join, .user = &out};
  sse_feed(&sse, text, at);
  sse_feed(&sse, text + at, size - at);
  sse_free(&sse);
  return buf_take(&out);
}

static void an_event_is_the_same_wherever_it_is_cut(void **state)
{
  static const struct {
    const char *text, *wanted;
  } rows[] = {
    {"data: a\n\ndata: b\n\n", "[a][b]"},
    {"data: a\r\n\r\ndata: b\r\n\r\n", "[a][b]"},
    {"data: a\r\rdata: b\r\r", "[a][b]"},
    {"data:a\ndata\ndata:  c\n\n", "[a\n\n c]"},
    {": ping\n\n:\n\ndata: x\nevent: y\nid: 1\n\n", "[x]"},
    {"\xef\xbb\xbf" "data: a\n\n", "[a]"},
    {"data: \xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\n\n", "[\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80]"},
    {"data: whole\n\ndata: half\n", "[whole]"},
    {"data: whole\n\ndata: ha", "[whole]"},
    {"datax: no\ndata : no\n\ndata:\n\n", "[]"},
    {"", ""},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(rows); k++) {
    size_t size = strlen(rows[k].text);
    for (size_t at = 0; at <= size; at++) {
      char *got = events_cut(rows[k].text, size, at);
      assert_string_equal(got, rows[k].wanted);
      free(got);
    }
    struct buf out = {0}; /* and byte by byte */
    struct sse sse = {.listener = join, .user = &out};
    for (size_t at = 0; at < size; at++)
      sse_feed(&sse, rows[k].text + at, 1);
    char *got = buf_take(&out);
    assert_string_equal(got, rows[k].wanted);
    free(got);
    sse_free(&sse);
  }
}

/* ---- completions */

struct outcome {
  enum problem problem;
  char *text;
  struct err err;
  int tokens_in, tokens_out;
};

static struct outcome read_cut(const char *body, size_t at)
{
  struct completion completion;
  struct outcome outcome = {0};
  completion_start(&completion);
  completion_feed(&completion, body, at);
  completion_feed(&completion, body + at, strlen(body) - at);
  outcome.problem = completion_end(&completion, 99, &outcome.err);
  outcome.text = mem_strdup(completion.text.data ? completion.text.data : "");
  outcome.tokens_in = completion.tokens_in;
  outcome.tokens_out = completion.tokens_out;
  completion_free(&completion);
  return outcome;
}

#define CHUNK(finish, delta) \
  "data: {\"choices\":[{\"finish_reason\":" finish ",\"index\":0,\"delta\":" delta "}],\"model\":\"m\"}\n\n"
#define BEGIN CHUNK("null", "{\"role\":\"assistant\",\"content\":null}") ":\n\n"
#define TEXT(text) CHUNK("null", "{\"content\":\"" text "\"}")
#define END CHUNK("\"stop\"", "{}")
#define USAGE "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":31,\"completion_tokens\":20}}\n\n"
#define DONE "data: [DONE]\n\n"

static void a_stream_is_read_wherever_it_is_cut(void **state)
{
  static const char body[] = BEGIN TEXT("{\\\"a\\\":") TEXT(" \xc3\xa9\\u00e9") TEXT("}") END USAGE DONE;
  (void)state;
  for (size_t at = 0; at < sizeof body; at++) {
    struct outcome outcome = read_cut(body, at);
    assert_int_equal(outcome.problem, PROBLEM_NONE);
    assert_string_equal(outcome.text, "{\"a\": \xc3\xa9\xc3\xa9}");
    assert_int_equal(outcome.tokens_in, 31);
    assert_int_equal(outcome.tokens_out, 20);
    free(outcome.text);
  }
}

#define CHOICE(finish, message) \
  "{\"choices\":[{\"finish_reason\":" finish ",\"index\":0,\"message\":" message "}]}"

static void only_a_reply_that_came_to_its_end_is_one(void **state)
{
  static const struct {
    const char *body, *wanted;
    enum problem problem;
  } rows[] = {
    {CHOICE("\"stop\"", "{\"content\":\"{}\"}"), NULL, PROBLEM_NONE},
    {CHOICE("\"stop\"", "{\"content\":[{\"type\":\"text\",\"text\":\"{}\"}]}"), NULL, PROBLEM_NONE},
    {CHOICE("\"stop\"", "{\"content\":\"<think>{no}</think>{}\"}"), NULL, PROBLEM_NONE},
    {"", "answered 200 with nothing in it", PROBLEM_EMPTY},
    {"\r\n ", "answered 200 with nothing in it", PROBLEM_EMPTY},
    {"<html>", "answered 200, but no JSON: \"<html>\"", PROBLEM_NO_JSON},
    {"[]", "answered 200, but no JSON: \"[]\"", PROBLEM_NO_JSON},
    {"data: {\"choices\n\n", "answered 200, but no JSON: \"a stream of something else\"", PROBLEM_NO_JSON},
    {"{\"choices\":[]}", "answered 200 without a choice", PROBLEM_NO_CHOICE},
    {USAGE DONE, "answered 200 without a choice", PROBLEM_NO_CHOICE},
    {"{\"error\":{\"message\":\"busy\"}}", "answered 200, then an error: busy", PROBLEM_BROKEN},
    {BEGIN TEXT("{") "data: {\"error\":{\"code\":500,\"message\":\"Context size has been exceeded.\"}}\n\n",
     "answered 200, then an error: Context size has been exceeded.", PROBLEM_CROWDED},
    {BEGIN TEXT("{}") END USAGE, "the reply's stream ended without [DONE]", PROBLEM_UNFINISHED},
    {BEGIN TEXT("{}") DONE, "the reply ended without a finish_reason", PROBLEM_UNFINISHED},
    {BEGIN TEXT("{") CHUNK("\"length\"", "{}") DONE, "the reply was cut at max_tokens (99)", PROBLEM_LENGTH},
    {CHOICE("\"length\"", "{\"content\":\"{\\\"a\"}"), "the reply was cut at max_tokens (99)", PROBLEM_LENGTH},
    {CHOICE("\"length\"", "{\"content\":\"\",\"reasoning_content\":\"hm\"}"),
     "the reply was cut at max_tokens (99), and all of it was thought", PROBLEM_LENGTH},
    {CHOICE("\"content_filter\"", "{\"content\":\"x\"}"), "the server's content filter stopped the reply",
     PROBLEM_FILTER},
    {CHOICE("\"stop\"", "{\"refusal\":\"no\",\"content\":null}"), "the model refused: no", PROBLEM_REFUSAL},
    {CHOICE("\"tool_calls\"", "{\"content\":null,\"tool_calls\":[{\"id\":\"1\"}]}"),
     "the model answered with a tool call, not with text", PROBLEM_TOOL_CALL},
    {CHOICE("\"stop\"", "{\"content\":\"x\",\"function_call\":{\"name\":\"f\"}}"),
     "the model answered with a tool call, not with text", PROBLEM_TOOL_CALL},
    {CHOICE("\"stop\"", "{\"content\":\"\",\"reasoning_content\":\"hm\"}"),
     "the model only thought, and wrote no reply", PROBLEM_ONLY_THOUGHT},
    {CHOICE("\"stop\"", "{\"content\":\"\",\"reasoning\":\"hm\"}"),
     "the model only thought, and wrote no reply", PROBLEM_ONLY_THOUGHT},
    {CHOICE("\"stop\"", "{\"content\":\"<think>hm</think> \\n\"}"),
     "the model only thought, and wrote no reply", PROBLEM_ONLY_THOUGHT},
    {CHOICE("\"stop\"", "{\"content\":\"\"}"), "the reply is empty", PROBLEM_NO_TEXT},
    {CHOICE("\"stop\"", "{\"content\":[1]}"), "the reply is empty", PROBLEM_NO_TEXT},
    {CHOICE("null", "null"), "the reply ended without a finish_reason", PROBLEM_UNFINISHED},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(rows); k++)
    for (size_t at = 0; at <= strlen(rows[k].body); at++) {
      struct outcome outcome = read_cut(rows[k].body, at);
      assert_int_equal(outcome.problem, rows[k].problem);
      assert_string_equal(rows[k].wanted ? outcome.err.text : outcome.text,
                          rows[k].wanted ? rows[k].wanted : "{}");
      if (rows[k].wanted)
        assert_int_equal(outcome.err.code, problem_rows[outcome.problem].is_reply ? EX_DATAERR
                                                                                  : EX_UNAVAILABLE);
      free(outcome.text);
    }
}

static void counts_that_are_none_are_unknown(void **state)
{
  (void)state;
  struct outcome outcome =
    read_cut("{\"choices\":[{\"finish_reason\":\"stop\",\"message\":{\"content\":\"x\"}}],"
             "\"usage\":{\"prompt_tokens\":1e300,\"completion_tokens\":-4}}", 3);
  assert_int_equal(outcome.problem, PROBLEM_NONE);
  assert_int_equal(outcome.tokens_in, -1);
  assert_int_equal(outcome.tokens_out, -1);
  free(outcome.text);
}

static void a_status_alone_does_not_tell_who_is_to_blame(void **state)
{
  static const struct {
    int status;
    const char *body;
    enum problem problem;
    bool is_tried_again;
  } rows[] = {
    {200, "", PROBLEM_NONE, false},
    {307, "", PROBLEM_REDIRECT, false},
    {400, "'messages' is required", PROBLEM_MISTAKE, false},
    {400, "exceed_context_size_error", PROBLEM_CONTEXT, false},
    {400, "Failed to initialize samplers: failed to parse grammar", PROBLEM_FORMAT, true},
    {401, "Invalid API Key", PROBLEM_KEY, false},
    {404, "File Not Found", PROBLEM_NOT_FOUND, false},
    {408, "", PROBLEM_BUSY, true},
    {409, "", PROBLEM_CONFLICT, true},
    {422, "", PROBLEM_MISTAKE, false},
    {429, "slow down", PROBLEM_RATE, true},
    {429, "{\"error\":{\"code\":\"insufficient_quota\"}}", PROBLEM_QUOTA, false},
    {500, "", PROBLEM_BROKEN, true},
    {500, "[json.exception.parse_error.101] parse error at line 1", PROBLEM_MISTAKE, false},
    {500, "Failed to parse messages: Missing 'role'", PROBLEM_MISTAKE, false},
    {500, "Invalid uri format", PROBLEM_MISTAKE, false},
    {500, "uri must be base64 encoded", PROBLEM_MISTAKE, false},
    {500, "image input is not supported - hint", PROBLEM_BLIND, false},
    {500, "Context size has been exceeded.", PROBLEM_CROWDED, true},
    {500, "got exception: Chunk not found", PROBLEM_POISONED, true},
    {500, "The model produced output that does not match the expected peg-native format",
     PROBLEM_UNREADABLE, false},
    {501, "", PROBLEM_UNSUPPORTED, false},
    {502, "", PROBLEM_BUSY, true},
    {503, "Loading model", PROBLEM_BUSY, true},
    {529, "", PROBLEM_BUSY, true},
  };
  (void)state;
  for (size_t k = 0; k < COUNT_OF(rows); k++) {
    enum problem problem = problem_of_status(rows[k].status, rows[k].body);
    assert_int_equal(problem, rows[k].problem);
    assert_int_equal(problem_rows[problem].tries > 0, rows[k].is_tried_again);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(an_event_is_the_same_wherever_it_is_cut),
    cmocka_unit_test(a_stream_is_read_wherever_it_is_cut),
    cmocka_unit_test(only_a_reply_that_came_to_its_end_is_one),
    cmocka_unit_test(counts_that_are_none_are_unknown),
    cmocka_unit_test(a_status_alone_does_not_tell_who_is_to_blame),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
