/* model-server.c - a model behind HTTP for tests, and what such servers do wrong
 *
 *   model-server [--key KEY] [--log FILE]
 *
 * It listens on a free port of 127.0.0.1, prints the address as a line on stdout, and serves until
 * its stdin ends. The name of the model asked for chooses how it behaves: the rows of
 * `manners`; "NAME@mask" misbehaves in that template only and is good in the others. The log gets a
 * line for each request before it is answered.
 * SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "model.h"

enum { HUGE_SIZE = 64 << 20, REQUEST_MAX = 64 << 20 };

static const char *server_key;
static int log_fd = -1;

typedef enum MHD_Result answer_fn(struct MHD_Connection *connection, const struct heard *heard);

static enum MHD_Result send_text(struct MHD_Connection *connection, unsigned status,
                                 const char *text, size_t size)
{
  struct MHD_Response *response =
    MHD_create_response_from_buffer(size, (void *)(size_t)text, MHD_RESPMEM_MUST_COPY);
  MHD_add_response_header(response, "Content-Type", "application/json; charset=utf-8");
  enum MHD_Result result = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return result;
}

static enum MHD_Result send_json(struct MHD_Connection *connection, unsigned status, cJSON *json)
{
  char *text = json_line(json);
  enum MHD_Result result = send_text(connection, status, text, strlen(text));
  free(text);
  cJSON_Delete(json);
  return result;
}

static enum MHD_Result send_error(struct MHD_Connection *connection, unsigned status,
                                  const char *type, const char *message)
{
  cJSON *json = cJSON_CreateObject(), *error = json_add_object(json, "error");
  json_add_int(error, "code", (int64_t)status);
  json_add_str(error, "message", message);
  json_add_str(error, "type", type);
  return send_json(connection, status, json);
}

/* A completion with this message. The text is the caller's. */
static cJSON *completion(const struct heard *heard, const char *finish_reason, const char *content)
{
  cJSON *json = cJSON_CreateObject(), *choice = cJSON_CreateObject();
  cJSON_AddItemToArray(json_add_array(json, "choices"), choice);
  json_add_str(choice, "finish_reason", finish_reason);
  json_add_int(choice, "index", 0);
  cJSON *message = json_add_object(choice, "message");
  json_add_str(message, "role", "assistant");
  json_add_str(message, "content", content);
  json_add_str(json, "model", heard->model);
  json_add_str(json, "object", "chat.completion");
  cJSON *usage = json_add_object(json, "usage");
  json_add_int(usage, "prompt_tokens", (int64_t)strlen(heard->user) / 4);
  json_add_int(usage, "completion_tokens", (int64_t)(content ? strlen(content) : 0) / 4);
  return json;
}

static enum MHD_Result say(struct MHD_Connection *connection, const struct heard *heard,
                           const char *finish_reason, char *content)
{
  cJSON *json = completion(heard, finish_reason, content);
  free(content);
  return send_json(connection, MHD_HTTP_OK, json);
}

/* ---- manners */

static enum MHD_Result good(struct MHD_Connection *connection, const struct heard *heard)
{
  return say(connection, heard, "stop", model_reply(heard));
}

static enum MHD_Result fenced(struct MHD_Connection *connection, const struct heard *heard)
{
  char *reply = model_reply(heard), *text = mem_printf("Here it is:\n```json\n%s\n```\n", reply);
  free(reply);
  return say(connection, heard, "stop", text);
}

static enum MHD_Result flaky(struct MHD_Connection *connection, const struct heard *heard)
{
  return heard->is_repair ? good(connection, heard)
                          : say(connection, heard, "stop", mem_strdup("Let me think about it."));
}

static enum MHD_Result error_500(struct MHD_Connection *connection, const struct heard *heard)
{
  (void)heard;
  return send_error(connection, 500, "server_error", "Context size has been exceeded.");
}

static enum MHD_Result hang(struct MHD_Connection *connection, const struct heard *heard)
{
  (void)heard;
  poll(NULL, 0, -1);
  return send_text(connection, MHD_HTTP_OK, "", 0);
}

static enum MHD_Result not_json(struct MHD_Connection *connection, const struct heard *heard)
{
  (void)heard;
  static const char text[] = "<html>It works!</html>";
  return send_text(connection, MHD_HTTP_OK, text, sizeof text - 1);
}

static enum MHD_Result prose(struct MHD_Connection *connection, const struct heard *heard)
{
  return say(connection, heard, "stop", mem_strdup("What a lovely poster, I like it."));
}

static enum MHD_Result wrong_shape(struct MHD_Connection *connection, const struct heard *heard)
{
  return say(connection, heard, "stop", mem_strdup("{\"attributes\": \"none\", \"values\": []}"));
}

static enum MHD_Result empty(struct MHD_Connection *connection, const struct heard *heard)
{
  (void)heard;
  return send_text(connection, MHD_HTTP_OK, "", 0);
}

static enum MHD_Result no_choice(struct MHD_Connection *connection, const struct heard *heard)
{
  cJSON *json = completion(heard, "stop", "");
  cJSON_ReplaceItemInObjectCaseSensitive(json, "choices", cJSON_CreateArray());
  return send_json(connection, MHD_HTTP_OK, json);
}

static enum MHD_Result thinking(struct MHD_Connection *connection, const struct heard *heard)
{
  cJSON *json = completion(heard, "stop", "");
  cJSON *choice = cJSON_GetArrayItem(json_get(json, "choices"), 0);
  json_add_str(json_get(choice, "message"), "reasoning_content", "Hm.");
  return send_json(connection, MHD_HTTP_OK, json);
}

static enum MHD_Result cut_short(struct MHD_Connection *connection, const struct heard *heard)
{
  char *reply = model_reply(heard);
  reply[strlen(reply) / 2] = '\0';
  return say(connection, heard, "length", reply);
}

static enum MHD_Result nonsense(struct MHD_Connection *connection, const struct heard *heard)
{
  return say(connection, heard, "stop", model_nonsense(heard));
}

/* The same answer whatever is asked: a negative that is its original. */
static enum MHD_Result parrot(struct MHD_Connection *connection, const struct heard *heard)
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

static enum MHD_Result send_stream(struct MHD_Connection *connection,
                                   MHD_ContentReaderCallback reader, uint64_t size)
{
  struct MHD_Response *response = MHD_create_response_from_callback(size, 65536, reader, NULL, NULL);
  enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
  MHD_destroy_response(response);
  return result;
}

static enum MHD_Result huge(struct MHD_Connection *connection, const struct heard *heard)
{
  (void)heard;
  return send_stream(connection, blanks, HUGE_SIZE);
}

static enum MHD_Result dropped(struct MHD_Connection *connection, const struct heard *heard)
{
  (void)heard;
  return send_stream(connection, first_half, 1000);
}

static enum MHD_Result redirect(struct MHD_Connection *connection, const struct heard *heard)
{
  (void)heard;
  struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
  MHD_add_response_header(response, "Location", "http://127.0.0.1:1/elsewhere");
  enum MHD_Result result = MHD_queue_response(connection, 307, response);
  MHD_destroy_response(response);
  return result;
}

static const struct manner {
  const char *model;
  answer_fn *answer;
} manners[] = {
  {"good", good},         {"fenced", fenced},           {"flaky", flaky},
  {"error-500", error_500}, {"hang", hang},             {"not-json", not_json},
  {"prose", prose},       {"wrong-shape", wrong_shape}, {"empty", empty},
  {"no-choice", no_choice}, {"thinking", thinking},     {"length", cut_short},
  {"nonsense", nonsense}, {"parrot", parrot},           {"huge", huge},
  {"dropped", dropped},   {"redirect", redirect},
};

static answer_fn *manner_of(const struct heard *heard)
{
  size_t size = strcspn(heard->model, "@");
  const char *only = heard->model[size] ? heard->model + size + 1 : NULL;
  if (only && strcmp(only, heard->template_name))
    return good;
  for (size_t k = 0; k < COUNT_OF(manners); k++)
    if (strlen(manners[k].model) == size && !strncmp(manners[k].model, heard->model, size))
      return manners[k].answer;
  return NULL;
}

/* ---- the protocol */

static void write_log(const struct heard *heard, const char *authorization)
{
  char *line = mem_printf("%s %s picture=%dx%d key=%s%s\n", heard->model, heard->template_name,
                          heard->picture.width, heard->picture.height, authorization ? "yes" : "no",
                          heard->is_repair ? " repair" : "");
  if (log_fd >= 0 && write(log_fd, line, strlen(line)) < 0)
    perror("model-server: log");
  free(line);
}

static enum MHD_Result respond(struct MHD_Connection *connection, const char *url,
                               const char *method, const struct buf *body)
{
  const char *authorization =
    MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization");
  if (server_key && (!authorization || strncmp(authorization, "Bearer ", 7) ||
                     strcmp(authorization + 7, server_key)))
    return send_error(connection, 401, "authentication_error", "Invalid API Key");
  if (strcmp(url, "/v1/chat/completions") || strcmp(method, "POST"))
    return send_error(connection, 404, "not_found_error", "File Not Found");
  struct heard heard;
  struct err err = {0};
  if (!heard_read(body->data ? body->data : "", body->size, &heard, &err)) {
    heard_free(&heard);
    return send_error(connection, 400, "invalid_request_error", err.text);
  }
  write_log(&heard, authorization);
  answer_fn *answer = manner_of(&heard);
  enum MHD_Result result = answer ? answer(connection, &heard)
                                  : send_error(connection, 404, "not_found_error", "no such model");
  heard_free(&heard);
  return result;
}

static enum MHD_Result handle(void *user, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **state)
{
  (void)user;
  (void)version;
  struct buf *body = *state;
  if (!body) {
    *state = mem_zero(1, sizeof *body);
    return MHD_YES;
  }
  if (*size) {
    if (body->size + *size > REQUEST_MAX)
      return MHD_NO;
    buf_add(body, data, *size);
    *size = 0;
    return MHD_YES;
  }
  return respond(connection, url, method, body);
}

static void done(void *user, struct MHD_Connection *connection, void **state,
                 enum MHD_RequestTerminationCode why)
{
  (void)user;
  (void)connection;
  (void)why;
  if (*state)
    buf_free(*state);
  free(*state);
}

int main(int argc, char **argv)
{
  for (int k = 1; k + 1 < argc; k += 2) {
    if (!strcmp(argv[k], "--key"))
      server_key = argv[k + 1];
    else if (!strcmp(argv[k], "--log"))
      log_fd = open(argv[k + 1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  signal(SIGPIPE, SIG_IGN);
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  struct MHD_Daemon *daemon = MHD_start_daemon(
    MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION, 0, NULL, NULL, handle, NULL,
    MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_NOTIFY_COMPLETED, done, NULL, MHD_OPTION_END);
  if (!daemon) {
    fputs("model-server: cannot listen on 127.0.0.1\n", stderr);
    return 1;
  }
  printf("http://127.0.0.1:%u\n",
         (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
  fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0)
    ;
  _exit(0); /* requests that hang are not waited for */
}
