/* doctor_server.c - what a server can really do, asked and not believed
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/completion.h"
#include "backend/http.h"
#include "backend/probe.h"
#include "base/clock.h"
#include "base/mem.h"
#include "cli/doctor.h"

enum { STEP_MS = 25, SIDE = 64, WORD_TOKENS = 200, SKEW_SECONDS = 60 };

struct visit {
  struct doctor *doctor;
  const struct server *server;
  struct http *http;
  struct probe probe;
  char *model;
};

/* One request, to its end; false when it was interrupted. The caller frees the body. */
static bool exchange(struct visit *visit, const char *url, const char *body, struct http_result *result)
{
  void *user;
  http_start(visit->http, url, body, NULL, NULL);
  while (!cli_interrupted()) {
    http_wait(visit->http, STEP_MS);
    if (http_finished(visit->http, &user, result))
      return true;
  }
  return false;
}

/* Why a request came to nothing, with what to do: by the problem when advice is NULL. */
static void say_failure_with(struct visit *visit, const char *name, enum health health,
                             const struct http_result *result, const char *advice)
{
  const char *body = result->body.data ? result->body.data : "";
  enum problem problem = result->problem ? result->problem : problem_of_status(result->status, body);
  if (!advice)
    advice = problem_rows[problem].advice;
  if (result->problem) {
    doctor_say(visit->doctor, health, name, advice, "%s", result->reason);
    return;
  }
  char *text = chat_error_text(body);
  doctor_say(visit->doctor, health, name, advice, "answered %d: %s", result->status, text);
  free(text);
}

static void say_failure(struct visit *visit, const char *name, enum health health,
                        const struct http_result *result)
{
  say_failure_with(visit, name, health, result, NULL);
}

static bool is_loopback(const char *base)
{
  return strstr(base, "://127.") || strstr(base, "://localhost") || strstr(base, "://[::1]");
}

static void say_connection(struct visit *visit, const struct http_result *result)
{
  const struct backend_options *options = &visit->server->options;
  bool is_tls = !strncmp(options->api_base, "https:", 6);
  bool is_open = !is_tls && options->key && !is_loopback(options->api_base);
  doctor_say(visit->doctor, HEALTH_GOOD, "server", NULL, "%s answers in %.0f ms", options->api_base,
             result->first_seconds * 1000);
  doctor_say(visit->doctor, is_open ? HEALTH_BAD : HEALTH_GOOD, "tls",
             is_open ? "the key goes over the network as it is: https, or a tunnel" : NULL, "%s",
             is_tls ? "verified" : is_loopback(options->api_base) ? "none; the server is on this machine"
                                                                  : "none");
  if (result->date) {
    long long skew = (long long)(result->date - clock_wall());
    bool is_far = llabs(skew) > SKEW_SECONDS;
    doctor_say(visit->doctor, is_far ? HEALTH_NOTE : HEALTH_GOOD, "clock",
               is_far ? "dates in retry-after would be wrong: set the clocks" : NULL,
               "%lld seconds apart from the server's", llabs(skew));
  }
}

/* "a, b, c" -> "a" */
static char *first_of(const char *list)
{
  return mem_strndup(list, strcspn(list, ","));
}

/* Connection, models, slots, context. False: there is no going on. */
static bool meet(struct visit *visit)
{
  struct http_result result;
  const char *wanted = visit->server->options.model;
  while (visit->probe.stage < PROBE_FORMAT) {
    if (!exchange(visit, visit->probe.url, NULL, &result))
      return false;
    bool is_models = visit->probe.stage == PROBE_MODELS;
    bool is_lost = result.problem || result.status == 401 || result.status == 403 || result.status >= 502;
    if (is_models && is_lost)
      say_failure(visit, "server", HEALTH_BAD, &result);
    if (is_models && !is_lost)
      say_connection(visit, &result);
    if (!is_lost)
      probe_take(&visit->probe, &result);
    buf_free(&result.body);
    if (is_lost)
      return false;
  }
  const char *models = visit->probe.models;
  if (!wanted && !models) {
    doctor_say(visit->doctor, HEALTH_BAD, "models", "--model NAME", "the server lists none");
    return false;
  }
  visit->model = wanted ? mem_strdup(wanted) : first_of(models);
  bool is_listed = !wanted || visit->probe.is_listed;
  doctor_say(visit->doctor, is_listed ? HEALTH_GOOD : HEALTH_NOTE, "models",
             is_listed ? NULL : "a name that is not listed may be answered by another model: use one that is",
             "%s%s%s", models ? models : "none is listed", is_listed ? "; asked: " : "; not among them: ",
             visit->model);
  return true;
}

static void say_kind(struct visit *visit)
{
  const struct server_facts *facts = &visit->probe.facts;
  char slots[64] = "slots unknown", context[64] = "context unknown";
  bool is_short = facts->context && facts->context < 4096;
  if (facts->slots)
    snprintf(slots, sizeof slots, "%d slots", facts->slots);
  if (facts->context)
    snprintf(context, sizeof context, "context of %d tokens", facts->context);
  doctor_say(visit->doctor, is_short ? HEALTH_NOTE : HEALTH_GOOD, "kind",
             is_short ? "prompts of long items need 4096 and more: give the server more context"
                      : visit->probe.kind->note, "%s, %s, %s", visit->probe.kind->name, slots, context);
}

/* Ask; true with the completion's text when it is one. */
static bool chat(struct visit *visit, const struct question *question, struct http_result *result,
                 struct completion *completion)
{
  const struct chat_style style = {.kind = visit->probe.kind, .format = FORMAT_PLAIN, .is_stream = true};
  struct chat chat;
  char *record, *url = http_endpoint(visit->server->options.api_base, "chat/completions");
  chat_open(&chat, question, visit->model, SIDE);
  char *body = chat_body(&chat, &style, &record);
  bool is_answered = exchange(visit, url, body, result);
  completion_start(completion);
  if (is_answered && result->status == 200)
    completion_feed(completion, result->body.data ? result->body.data : "", result->body.size);
  chat_free(&chat);
  free(record);
  free(body);
  free(url);
  return is_answered;
}

/* A model that cannot do as little as this will not follow a prompt either. */
static void say_text(struct visit *visit, const struct http_result *result,
                     const struct completion *completion)
{
  const char *text = completion->text.data ? completion->text.data : "";
  bool is_told = strcasestr(text, "ready") && completion->text.size <= 40;
  double seconds = result->seconds - result->first_seconds;
  char *shown = mem_printf("\"%.40s%s\"", text, completion->text.size > 40 ? "..." : "");
  doctor_say(visit->doctor, is_told ? HEALTH_GOOD : HEALTH_NOTE, "text",
             is_told ? NULL : "expect many failed checks: a larger model, or one that is trained to follow",
             "%s%s, first byte after %.0f ms, %d tokens in %.0f ms (%.0f a second)",
             is_told ? "" : "the one word \"ready\" was asked for, and came: ", shown,
             result->first_seconds * 1000, completion->tokens_out, seconds * 1000,
             seconds > 0 ? completion->tokens_out / seconds : 0);
  free(shown);
}

static void ask_text(struct visit *visit)
{
  const struct question question = {.template_name = "word", .system = "", .max_tokens = WORD_TOKENS,
                                    .user = "Answer with the one word: ready"};
  struct http_result result = {0};
  struct completion completion;
  struct err err = {0};
  if (!chat(visit, &question, &result, &completion)) {
    completion_free(&completion);
    return;
  }
  enum problem problem = result.status == 200 && !result.problem
                           ? completion_end(&completion, WORD_TOKENS, &err) : PROBLEM_NONE;
  if (result.status != 200 || result.problem)
    say_failure(visit, "text", HEALTH_BAD, &result);
  else if (problem && problem != PROBLEM_LENGTH)
    doctor_say(visit->doctor, HEALTH_BAD, "text", problem_rows[problem].advice, "%s", err.text);
  else
    say_text(visit, &result, &completion);
  completion_free(&completion);
  buf_free(&result.body);
}

static struct picture plain_picture(int red, int green, int blue)
{
  struct picture picture = picture_new(SIDE, SIDE);
  const uint8_t pixel[3] = {(uint8_t)red, (uint8_t)green, (uint8_t)blue};
  for (int k = 0; k < SIDE * SIDE; k++)
    memcpy(picture.rgb + 3 * k, pixel, 3);
  return picture;
}

static bool names(const char *text, const char *colour)
{
  return text && strcasestr(text, colour);
}

/* Two pictures of one colour each. Taking them is one thing, seeing them another. */
static void ask_picture(struct visit *visit)
{
  struct picture red = plain_picture(210, 20, 20), blue = plain_picture(20, 40, 210);
  const struct question question = {
    .template_name = "look", .system = "", .max_tokens = WORD_TOKENS, .picture = &red,
    .other_picture = &blue, .user = "Two pictures, each of one colour. Which colours are they?",
  };
  struct http_result result = {0};
  struct completion completion;
  if (chat(visit, &question, &result, &completion)) {
    struct err ignored;
    if (result.status == 200)
      completion_end(&completion, WORD_TOKENS, &ignored);
    const char *text = completion.text.data;
    bool is_seen = names(text, "red") && names(text, "blue");
    if (result.status != 200 || result.problem)
      say_failure(visit, "pictures", HEALTH_NOTE, &result);
    else if (is_seen)
      doctor_say(visit->doctor, HEALTH_GOOD, "pictures", NULL, "seen: a red and a blue one were named");
    else
      doctor_say(visit->doctor, HEALTH_NOTE, "pictures", "try another model: descriptions would be guesses",
                 "taken, but a red and a blue one were not named: \"%.60s\"", text ? text : "");
  }
  completion_free(&completion);
  buf_free(&result.body);
  picture_free(&red);
  picture_free(&blue);
}

static void ask_format(struct visit *visit)
{
  struct http_result result;
  while (visit->probe.stage == PROBE_FORMAT) {
    if (!exchange(visit, visit->probe.url, visit->probe.body, &result))
      return;
    bool is_lost = result.problem != PROBLEM_NONE;
    if (is_lost)
      say_failure(visit, "format", HEALTH_BAD, &result);
    else
      probe_take(&visit->probe, &result);
    buf_free(&result.body);
    if (is_lost)
      return;
  }
  bool is_schema = visit->probe.format <= FORMAT_OBJECT_SCHEMA;
  doctor_say(visit->doctor, is_schema ? HEALTH_GOOD : HEALTH_NOTE, "format",
             is_schema ? NULL : "replies are checked and asked for again; a server that holds schemas "
             "needs fewer rounds", "%s", visit->probe.format == FORMAT_PLAIN
             ? "no response_format was held; replies are asked for in words"
             : chat_format_names[visit->probe.format]);
}

static void ask_embeddings(struct visit *visit)
{
  struct http_result result;
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "model", visit->model);
  cJSON_AddItemToArray(json_add_array(json, "input"), cJSON_CreateString("a red mug"));
  char *body = json_line(json), *url = http_endpoint(visit->server->options.api_base, "embeddings");
  if (exchange(visit, url, body, &result)) {
    if (result.status == 200)
      doctor_say(visit->doctor, HEALTH_GOOD, "embeddings", NULL, "for neggen embed --encoder %s",
                 visit->server->options.api_base);
    else
      say_failure_with(visit, "embeddings", HEALTH_NOTE, &result, visit->probe.kind->embeddings);
    buf_free(&result.body);
  }
  cJSON_Delete(json);
  free(body);
  free(url);
}

void doctor_server(struct doctor *doctor, const struct server *server)
{
  const struct backend_options *options = &server->options;
  struct visit visit = {.doctor = doctor, .server = server};
  visit.http = backend_http(options, CHAT_REPLY_MAX);
  probe_open(&visit.probe, options->api_base, options->model ? options->model : "");
  if (meet(&visit)) {
    probe_ask_for(&visit.probe, visit.model);
    say_kind(&visit);
    ask_text(&visit);
    ask_picture(&visit);
    ask_format(&visit);
    ask_embeddings(&visit);
  }
  probe_free(&visit.probe);
  http_close(visit.http);
  free(visit.model);
}
