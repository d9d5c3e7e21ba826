/* manners.c - see manners.h
 * SPDX-License-Identifier: MIT */
#include "manners.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"

enum { HUGE_SIZE = 64 << 20, NAMES_MAX = 64 };

/* How often this model was asked before, probes apart. */
static int turn(const struct heard *heard)
{
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static struct {
    char name[64];
    int count;
  } rows[NAMES_MAX];
  int k = 0, count;
  pthread_mutex_lock(&lock);
  while (k < NAMES_MAX - 1 && *rows[k].name && strcmp(rows[k].name, heard->model))
    k++;
  snprintf(rows[k].name, sizeof rows[k].name, "%s", heard->model);
  count = rows[k].count++;
  pthread_mutex_unlock(&lock);
  return count;
}

static enum MHD_Result say(struct MHD_Connection *connection, const struct heard *heard,
                           const char *finish_reason, char *content)
{
  return speak(connection, heard, (struct speech){.finish_reason = finish_reason, .content = content});
}

static enum MHD_Result end_so(struct MHD_Connection *connection, const struct heard *heard,
                              enum ending ending)
{
  return speak(connection, heard, (struct speech){.finish_reason = "stop", .ending = ending,
                                                  .content = model_reply(heard)});
}

#define MANNER(name)                                                                \
  static enum MHD_Result name(struct MHD_Connection *connection, const struct heard *heard)

/* ---- replies */

MANNER(good) { return say(connection, heard, "stop", model_reply(heard)); }

MANNER(fenced)
{
  char *reply = model_reply(heard), *text = mem_printf("Here it is:\n```json\n%s\n```\n", reply);
  free(reply);
  return say(connection, heard, "stop", text);
}

MANNER(thinks_aloud)
{
  char *reply = model_reply(heard), *text = mem_printf("<think>{\"a\": 1}, hm.</think>\n%s", reply);
  free(reply);
  return say(connection, heard, "stop", text);
}

MANNER(flaky)
{
  return heard->is_repair ? good(connection, heard)
                          : say(connection, heard, "stop", mem_strdup("Let me think about it."));
}

MANNER(prose)
{
  return say(connection, heard, "stop", mem_strdup("What a lovely poster, I like it."));
}

MANNER(wrong_shape)
{
  return say(connection, heard, "stop", mem_strdup("{\"attributes\": \"none\", \"values\": []}"));
}

MANNER(thinking)
{
  return speak(connection, heard, (struct speech){.finish_reason = "stop", .thought = "Hm.",
                                                  .content = mem_strdup("")});
}

MANNER(refuses)
{
  return speak(connection, heard, (struct speech){.finish_reason = "stop",
                                                  .refusal = "I'd rather not."});
}

MANNER(calls)
{
  return speak(connection, heard, (struct speech){.finish_reason = "tool_calls",
                                                  .has_tool_call = true});
}

MANNER(filtered) { return say(connection, heard, "content_filter", mem_strdup("{")); }

MANNER(cut_short)
{
  char *reply = model_reply(heard);
  reply[strlen(reply) / 2] = '\0';
  return say(connection, heard, "length", reply);
}

MANNER(nonsense) { return say(connection, heard, "stop", model_nonsense(heard)); }

/* The same answer whatever is asked: a negative that is its original. */
MANNER(parrot)
{
  if (strcmp(heard->template_name, "complete"))
    return good(connection, heard);
  char *text = model_reply(heard);
  cJSON *reply = json_parse(text, strlen(text), "reply", NULL), *value;
  cJSON_ArrayForEach(value, json_get(reply, "values"))
    cJSON_SetValuestring(value, "same");
  free(text);
  text = json_line(reply);
  cJSON_Delete(reply);
  return say(connection, heard, "stop", text);
}

/* Its first idea moves the picture of a pink thing much more than the text; told so, it has a milder one. */
MANNER(lopsided)
{
  struct heard told = *heard;
  told.avoided = heard->is_repair ? "red" : "orange yellow green teal azure blue purple pink monochrome";
  return say(connection, heard, "stop", model_reply(&told));
}

/* It says what it said before, and again when it is told so. */
MANNER(forgetful)
{
  struct heard told = *heard;
  told.is_forgetful = true;
  return say(connection, heard, "stop", model_reply(&told));
}

/* ---- ends */

MANNER(without_done) { return end_so(connection, heard, ENDS_WITHOUT_DONE); }
MANNER(without_finish) { return end_so(connection, heard, ENDS_WITHOUT_FINISH); }
MANNER(cut_stream) { return end_so(connection, heard, ENDS_CUT); }
MANNER(stalls) { return end_so(connection, heard, ENDS_NEVER); }
MANNER(error_in_stream) { return end_so(connection, heard, ENDS_IN_ERROR); }

MANNER(drips)
{
  return speak(connection, heard, (struct speech){.finish_reason = "stop", .pause_ms = 5,
                                                  .content = model_reply(heard)});
}

MANNER(hang)
{
  (void)heard;
  poll(NULL, 0, -1);
  return send_text(connection, MHD_HTTP_OK, "", 0);
}

/* ---- what is no answer at all */

MANNER(not_json)
{
  (void)heard;
  static const char text[] = "<html>It works!</html>";
  return send_text(connection, MHD_HTTP_OK, text, sizeof text - 1);
}

MANNER(empty)
{
  (void)heard;
  return send_text(connection, MHD_HTTP_OK, "", 0);
}

MANNER(no_choice)
{
  (void)heard;
  static const char text[] = "{\"choices\":[],\"object\":\"chat.completion\"}";
  return send_text(connection, MHD_HTTP_OK, text, sizeof text - 1);
}

static ssize_t blanks(void *user, uint64_t at, char *out, size_t size)
{
  (void)user;
  if (at >= HUGE_SIZE)
    return MHD_CONTENT_READER_END_OF_STREAM;
  memset(out, ' ', size);
  return (ssize_t)size;
}

static ssize_t first_half(void *user, uint64_t at, char *out, size_t size)
{
  (void)user;
  if (at >= 100 || !size)
    return MHD_CONTENT_READER_END_WITH_ERROR;
  memset(out, ' ', 1);
  return 1;
}

MANNER(huge)
{
  (void)heard;
  return send_bytes(connection, blanks, HUGE_SIZE);
}

MANNER(dropped) /* the length that was promised is wrong */
{
  (void)heard;
  return send_bytes(connection, first_half, 1000);
}

static enum MHD_Result send_elsewhere(struct MHD_Connection *connection, const char *place)
{
  struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
  MHD_add_response_header(response, "Location", place);
  enum MHD_Result result = MHD_queue_response(connection, 307, response);
  MHD_destroy_response(response);
  return result;
}

MANNER(redirect) /* to another host */
{
  (void)heard;
  return send_elsewhere(connection, "http://localhost:1/elsewhere");
}

MANNER(redirect_file)
{
  (void)heard;
  return send_elsewhere(connection, "file:///etc/passwd");
}

MANNER(redirect_plain) /* to the same host, without TLS */
{
  (void)heard;
  return send_elsewhere(connection, "http://127.0.0.1:1/v1/chat/completions");
}

/* ---- statuses */

MANNER(error_500)
{
  (void)heard;
  return send_error(connection, 500, "server_error", "Something broke.", NULL, NULL, NULL);
}

MANNER(mistake_500)
{
  (void)heard;
  return send_error(connection, 500, "server_error", "Invalid uri format: data:x", NULL, NULL, NULL);
}

/* It breaks down over a second thought. */
MANNER(breaks_on_repair)
{
  return heard->is_repair ? send_error(connection, 500, "server_error", "Out of memory.", NULL, NULL, NULL)
                          : good(connection, heard);
}

MANNER(quota)
{
  (void)heard;
  return send_error(connection, 429, "insufficient_quota", "You exceeded your current quota.",
                    "insufficient_quota", "retry-after-ms", "10");
}

/* Twice so, then good; the name of the header and what it asks for. */
static enum MHD_Result twice(struct MHD_Connection *connection, const struct heard *heard,
                             unsigned status, const char *name, const char *value)
{
  return turn(heard) < 2 ? send_error(connection, status, "overloaded", "Later, please.", NULL, name, value)
                         : good(connection, heard);
}

MANNER(busy_503) { return twice(connection, heard, 503, NULL, NULL); }
MANNER(rate_ms) { return twice(connection, heard, 429, "Retry-After-Ms", "20"); }
MANNER(rate_seconds) { return twice(connection, heard, 429, "Retry-After", "0"); }
MANNER(conflict) { return twice(connection, heard, 409, "retry-after-ms", "5"); }
MANNER(late_408) { return twice(connection, heard, 408, "retry-after-ms", "5"); }
MANNER(says_no) { return twice(connection, heard, 503, "x-should-retry", "false"); }

MANNER(rate_date)
{
  char date[64];
  time_t now = time(NULL);
  struct tm tm;
  strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&now, &tm));
  return twice(connection, heard, 429, "Retry-After", date);
}

/* Its cache of prompts is spoilt until it is asked without. */
MANNER(poisoned)
{
  return heard->is_uncached ? good(connection, heard)
         : send_error(connection, 500, "server_error", "got exception: Chunk not found", NULL, NULL, NULL);
}

/* Room for one: the context is shared by all requests under way. */
MANNER(crowded)
{
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static int inside;
  pthread_mutex_lock(&lock);
  bool is_full = inside > 0;
  inside++;
  pthread_mutex_unlock(&lock);
  poll(NULL, 0, 20);
  enum MHD_Result result = is_full ? send_error(connection, 500, "server_error",
                                                "Context size has been exceeded.", NULL,
                                                "retry-after-ms", "30")
                                   : good(connection, heard);
  pthread_mutex_lock(&lock);
  inside--;
  pthread_mutex_unlock(&lock);
  return result;
}

/* ---- response formats */

MANNER(only_object)
{
  static const char words[] = "response_format type must be one of \"text\" or \"json_object\"";
  if (heard->format && strcmp(heard->format, "json_object"))
    return send_error(connection, 400, "invalid_request_error", words, NULL, NULL, NULL);
  if (!strcmp(heard->template_name, "probe"))
    return say(connection, heard, "stop", mem_strdup("{\"color\": \"blue\"}"));
  return good(connection, heard);
}

MANNER(ignores_format) /* takes any and holds none */
{
  if (!strcmp(heard->template_name, "probe"))
    return say(connection, heard, "stop", mem_strdup("Blue, I think."));
  return heard->format ? say(connection, heard, "stop", mem_strdup("No.")) : good(connection, heard);
}

MANNER(drops_format) /* held when it was probed, refused later */
{
  if (heard->format && !strcmp(heard->format, "json_schema") && strcmp(heard->template_name, "probe"))
    return send_error(connection, 400, "invalid_request_error",
                      "Failed to initialize samplers: failed to parse grammar", NULL, NULL, NULL);
  return good(connection, heard);
}

const struct manner manners[] = {
  {"good", good, false, NULL},
  {"llama", good, false, "llamacpp"},
  {"fenced", fenced, false, NULL},
  {"thinks-aloud", thinks_aloud, false, NULL},
  {"flaky", flaky, false, NULL},
  {"prose", prose, false, NULL},
  {"wrong-shape", wrong_shape, false, NULL},
  {"thinking", thinking, false, NULL},
  {"refuses", refuses, false, NULL},
  {"calls", calls, false, NULL},
  {"filtered", filtered, false, NULL},
  {"length", cut_short, false, NULL},
  {"nonsense", nonsense, false, NULL},
  {"parrot", parrot, false, NULL},
  {"breaks-on-repair", breaks_on_repair, false, NULL},
  {"lopsided", lopsided, false, NULL},
  {"forgetful", forgetful, false, NULL},
  {"without-done", without_done, false, NULL},
  {"without-finish", without_finish, false, NULL},
  {"cut-stream", cut_stream, false, NULL},
  {"stalls", stalls, false, NULL},
  {"error-in-stream", error_in_stream, false, NULL},
  {"drips", drips, false, NULL},
  {"hang", hang, true, NULL},
  {"not-json", not_json, false, NULL},
  {"empty", empty, false, NULL},
  {"no-choice", no_choice, false, NULL},
  {"huge", huge, false, NULL},
  {"dropped", dropped, false, NULL},
  {"redirect", redirect, false, NULL},
  {"redirect-file", redirect_file, false, NULL},
  {"redirect-plain", redirect_plain, false, NULL},
  {"error-500", error_500, true, NULL},
  {"mistake-500", mistake_500, false, NULL},
  {"quota", quota, false, NULL},
  {"busy-503", busy_503, false, NULL},
  {"rate-ms", rate_ms, false, NULL},
  {"rate-seconds", rate_seconds, false, NULL},
  {"rate-date", rate_date, false, NULL},
  {"conflict", conflict, false, NULL},
  {"late-408", late_408, false, NULL},
  {"says-no", says_no, false, NULL},
  {"poisoned", poisoned, false, "llamacpp"},
  {"crowded", crowded, false, NULL},
  {"only-object", only_object, true, NULL},
  {"ignores-format", ignores_format, true, NULL},
  {"drops-format", drops_format, false, NULL},
  {0},
};

const struct manner *manner_named(const char *model)
{
  size_t size = strcspn(model, "@");
  for (const struct manner *manner = manners; manner->model; manner++)
    if (strlen(manner->model) == size && !strncmp(manner->model, model, size))
      return manner;
  return NULL;
}

answer_fn *manner_of(const struct heard *heard)
{
  const char *only = strchr(heard->model, '@');
  const struct manner *manner = manner_named(heard->model);
  if (!manner)
    return NULL;
  if (only ? strcmp(only + 1, heard->template_name) != 0
           : !manner->is_in_probe && !strcmp(heard->template_name, "probe"))
    return good;
  return manner->answer;
}
