/* completion.c - see completion.h
 * SPDX-License-Identifier: MIT */
#include "backend/completion.h"

#include <stdlib.h>
#include <string.h>

#include "backend/chat.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"

/* Where servers put what a model thinks before it answers. */
static const char *const thought_keys[] = {"reasoning_content", "reasoning", "thinking"};

/* Why a reply ended, when it was not its end. */
static const struct {
  const char *finish_reason;
  enum problem problem;
  const char *sentence;
} endings[] = {
  {"length", PROBLEM_LENGTH, NULL},
  {"content_filter", PROBLEM_FILTER, "the server's content filter stopped the reply"},
  {"tool_calls", PROBLEM_TOOL_CALL, "the model answered with a tool call, not with text"},
  {"function_call", PROBLEM_TOOL_CALL, "the model answered with a tool call, not with text"},
  {"abort", PROBLEM_UNFINISHED, "the server gave the reply up"},
  {"error", PROBLEM_UNFINISHED, "the server gave the reply up"},
};

static bool has_text(const cJSON *object, const char *key)
{
  const char *text = json_str(object, key);
  return text && *text;
}

/* Content is a string, or the list of parts that some servers send. */
static void add_content(struct completion *completion, const cJSON *content)
{
  const cJSON *part;
  buf_str(&completion->text, cJSON_GetStringValue(content));
  if (cJSON_IsArray(content))
    cJSON_ArrayForEach(part, content)
      buf_str(&completion->text, json_str(part, "text"));
}

static void add_choice(struct completion *completion, const cJSON *choice)
{
  const cJSON *message = json_get(choice, completion->is_stream ? "delta" : "message");
  const cJSON *calls = json_get(message, "tool_calls");
  const char *finish = json_str(choice, "finish_reason");
  completion->has_choice = true;
  add_content(completion, json_get(message, "content"));
  buf_str(&completion->refusal, json_str(message, "refusal"));
  for (size_t k = 0; k < COUNT_OF(thought_keys); k++)
    completion->has_thought = completion->has_thought || has_text(message, thought_keys[k]);
  completion->has_tool_call = completion->has_tool_call || cJSON_GetArraySize(calls) > 0 ||
                              cJSON_IsObject(json_get(message, "function_call"));
  if (finish) {
    free(completion->finish_reason);
    completion->finish_reason = mem_strdup(finish);
  }
}

/* A count of tokens; what is no such thing changes nothing. */
static void take_count(const cJSON *usage, const char *key, int *count)
{
  double number = json_num(usage, key, -1);
  if (number >= 0 && number < 1e9)
    *count = (int)number;
}

static void add_object(struct completion *completion, const char *text, size_t size)
{
  cJSON *json = cJSON_ParseWithLength(text, size);
  const cJSON *usage = json_get(json, "usage"), *error = json_get(json, "error"), *choice;
  if (!cJSON_IsObject(json)) {
    completion->is_no_json = true;
    cJSON_Delete(json);
    return;
  }
  if (error && !cJSON_IsNull(error) && !completion->error) {
    double code = json_num(error, "code", 500);
    completion->error = mem_strndup(text, size);
    completion->error_status = code >= 400 && code < 600 ? (int)code : 500;
  }
  if (has_text(json, "model") && !completion->model)
    completion->model = mem_strdup(json_str(json, "model"));
  take_count(usage, "prompt_tokens", &completion->tokens_in);
  take_count(usage, "completion_tokens", &completion->tokens_out);
  cJSON_ArrayForEach(choice, json_get(json, "choices"))
    if (json_num(choice, "index", 0) == 0)
      add_choice(completion, choice);
  cJSON_Delete(json);
}

static void on_event(void *user, const char *data, size_t size)
{
  struct completion *completion = user;
  if (completion->is_done)
    return;
  if (size == 6 && !memcmp(data, "[DONE]", 6))
    completion->is_done = true;
  else
    add_object(completion, data, size);
}

void completion_start(struct completion *completion)
{
  *completion = (struct completion){.tokens_in = -1, .tokens_out = -1};
  completion->sse = (struct sse){.listener = on_event, .user = completion};
}

void completion_feed(struct completion *completion, const char *bytes, size_t size)
{
  while (size && !completion->is_begun && strchr(" \t\r\n", *bytes)) {
    bytes++;
    size--;
  }
  if (!size)
    return;
  if (!completion->is_begun) /* a stream begins with a field's name, a comment or a byte order mark */
    completion->is_stream = strchr("deir:\xef", *bytes) != NULL;
  completion->is_begun = true;
  if (completion->is_stream)
    sse_feed(&completion->sse, bytes, size);
  else
    buf_add(&completion->whole, bytes, size);
}

/* A server that does not know a model's way of thinking leaves it in the text. */
static void drop_thought(struct completion *completion)
{
  static const char begin[] = "<think>", end[] = "</think>";
  const char *text = completion->text.data ? completion->text.data : "";
  text += strspn(text, " \t\r\n");
  const char *last = strncmp(text, begin, sizeof begin - 1) ? NULL : strstr(text, end);
  if (!last)
    return;
  char *rest = mem_strdup(last + sizeof end - 1);
  completion->has_thought = true;
  buf_clear(&completion->text);
  buf_str(&completion->text, rest);
  free(rest);
}

static enum problem unreadable(const struct completion *completion, struct err *err)
{
  if (!completion->is_begun) {
    err_set(err, EX_UNAVAILABLE, "answered 200 with nothing in it");
    return PROBLEM_EMPTY;
  }
  if (completion->error) {
    char *text = chat_error_text(completion->error);
    enum problem problem = problem_of_status(completion->error_status, completion->error);
    bool is_reply = problem_rows[problem].is_reply;
    err_set(err, is_reply ? EX_DATAERR : EX_UNAVAILABLE, "answered 200, then an error: %s", text);
    free(text);
    return problem;
  }
  if (completion->is_no_json) {
    const char *text = completion->is_stream ? "a stream of something else"
                                             : completion->whole.data;
    char *clean = utf8_clean(text, false);
    err_set(err, EX_UNAVAILABLE, "answered 200, but no JSON: \"%.60s\"", clean);
    free(clean);
    return PROBLEM_NO_JSON;
  }
  if (!completion->has_choice) {
    err_set(err, EX_UNAVAILABLE, "answered 200 without a choice");
    return PROBLEM_NO_CHOICE;
  }
  return PROBLEM_NONE;
}

/* In the order in which one explains the other. */
static enum problem useless(const struct completion *completion, int max_tokens, struct err *err)
{
  const char *finish = completion->finish_reason;
  for (size_t k = 0; finish && k < COUNT_OF(endings); k++)
    if (!strcmp(endings[k].finish_reason, finish)) {
      if (endings[k].problem == PROBLEM_LENGTH)
        err_set(err, EX_DATAERR, "the reply was cut at max_tokens (%d)%s", max_tokens,
                completion->text.size ? "" : ", and all of it was thought");
      else
        err_set(err, problem_rows[endings[k].problem].is_reply ? EX_DATAERR : EX_UNAVAILABLE, "%s",
                endings[k].sentence);
      return endings[k].problem;
    }
  if (!finish || (completion->is_stream && !completion->is_done)) {
    err_set(err, EX_UNAVAILABLE, finish ? "the reply's stream ended without [DONE]"
                                        : "the reply ended without a finish_reason");
    return PROBLEM_UNFINISHED;
  }
  if (completion->refusal.size) {
    char *clean = utf8_clean(completion->refusal.data, false);
    err_set(err, EX_DATAERR, "the model refused: %.200s", clean);
    free(clean);
    return PROBLEM_REFUSAL;
  }
  if (completion->has_tool_call) {
    err_set(err, EX_DATAERR, "the model answered with a tool call, not with text");
    return PROBLEM_TOOL_CALL;
  }
  const char *text = completion->text.data ? completion->text.data : "";
  if (text[strspn(text, " \t\r\n")])
    return PROBLEM_NONE;
  err_set(err, EX_DATAERR, completion->has_thought ? "the model only thought, and wrote no reply"
                                                   : "the reply is empty");
  return completion->has_thought ? PROBLEM_ONLY_THOUGHT : PROBLEM_NO_TEXT;
}

enum problem completion_end(struct completion *completion, int max_tokens, struct err *err)
{
  if (completion->is_begun && !completion->is_stream)
    add_object(completion, completion->whole.data, completion->whole.size);
  enum problem problem = unreadable(completion, err);
  if (problem)
    return problem;
  drop_thought(completion);
  return useless(completion, max_tokens, err);
}

void completion_free(struct completion *completion)
{
  buf_free(&completion->text);
  buf_free(&completion->refusal);
  buf_free(&completion->whole);
  sse_free(&completion->sse);
  free(completion->finish_reason);
  free(completion->model);
  free(completion->error);
}
