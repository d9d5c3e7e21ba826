/* speak.c - see speak.h
 * SPDX-License-Identifier: MIT */
#include "speak.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { PIECE_BYTES = 12, BLOCK_BYTES = 61 /* events are cut anywhere */ };

enum MHD_Result send_text(struct MHD_Connection *connection, unsigned status, const char *text,
                          size_t size)
{
  struct MHD_Response *response =
    MHD_create_response_from_buffer(size, (void *)(size_t)text, MHD_RESPMEM_MUST_COPY);
  MHD_add_response_header(response, "Content-Type", "application/json; charset=utf-8");
  enum MHD_Result result = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return result;
}

enum MHD_Result send_json(struct MHD_Connection *connection, unsigned status, cJSON *json)
{
  char *text = json_line(json);
  enum MHD_Result result = send_text(connection, status, text, strlen(text));
  free(text);
  cJSON_Delete(json);
  return result;
}

enum MHD_Result send_error(struct MHD_Connection *connection, unsigned status, const char *type,
                           const char *message, const char *code, const char *name, const char *value)
{
  cJSON *json = cJSON_CreateObject(), *error = json_add_object(json, "error");
  if (code)
    json_add_str(error, "code", code);
  else
    json_add_int(error, "code", (int64_t)status);
  json_add_str(error, "message", message);
  json_add_str(error, "type", type);
  char *text = json_line(json);
  struct MHD_Response *response =
    MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_COPY);
  MHD_add_response_header(response, "Content-Type", "application/json; charset=utf-8");
  if (name)
    MHD_add_response_header(response, name, value);
  enum MHD_Result result = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  free(text);
  cJSON_Delete(json);
  return result;
}

enum MHD_Result send_bytes(struct MHD_Connection *connection, MHD_ContentReaderCallback reader,
                           uint64_t size)
{
  struct MHD_Response *response = MHD_create_response_from_callback(size, 65536, reader, NULL, NULL);
  enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
  MHD_destroy_response(response);
  return result;
}

/* ---- one object */

static void add_usage(cJSON *json, const struct heard *heard, const char *content)
{
  cJSON *usage = json_add_object(json, "usage");
  json_add_int(usage, "prompt_tokens", (int64_t)strlen(heard->user) / 4);
  json_add_int(usage, "completion_tokens", (int64_t)(content ? strlen(content) : 0) / 4);
}

static cJSON *add_choice(cJSON *json, const char *finish_reason, const char *name)
{
  cJSON *choice = cJSON_CreateObject();
  cJSON_AddItemToArray(json_add_array(json, "choices"), choice);
  json_add_str(choice, "finish_reason", finish_reason);
  json_add_int(choice, "index", 0);
  return json_add_object(choice, name);
}

static void add_extras(cJSON *message, const struct speech *speech)
{
  if (speech->thought)
    json_add_str(message, "reasoning_content", speech->thought);
  if (speech->refusal)
    json_add_str(message, "refusal", speech->refusal);
  if (!speech->has_tool_call)
    return;
  cJSON *call = cJSON_CreateObject();
  json_add_str(call, "type", "function");
  cJSON_AddItemToArray(json_add_array(message, "tool_calls"), call);
}

static enum MHD_Result speak_whole(struct MHD_Connection *connection, const struct heard *heard,
                                   const struct speech *speech)
{
  cJSON *json = cJSON_CreateObject();
  const char *finish = speech->ending == ENDS_WITHOUT_FINISH ? NULL : speech->finish_reason;
  cJSON *message = add_choice(json, finish, "message");
  json_add_str(message, "role", "assistant");
  json_add_str(message, "content", speech->content);
  add_extras(message, speech);
  json_add_str(json, "model", heard->model);
  json_add_str(json, "object", "chat.completion");
  add_usage(json, heard, speech->content);
  return send_json(connection, MHD_HTTP_OK, json);
}

/* ---- a stream */

struct stream {
  struct buf bytes;
  size_t at;
  enum ending ending;
  int pause_ms;
};

static void add_event(struct stream *stream, cJSON *json)
{
  char *line = json_line(json);
  buf_printf(&stream->bytes, "data: %s\n\n", line);
  free(line);
  cJSON_Delete(json);
}

static cJSON *chunk(const struct heard *heard)
{
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "model", heard->model);
  json_add_str(json, "object", "chat.completion.chunk");
  return json;
}

static void add_content(struct stream *stream, const struct heard *heard, const char *content,
                        size_t size)
{
  for (size_t at = 0, end; at < size; at = end) {
    for (end = at + PIECE_BYTES < size ? at + PIECE_BYTES : size; (content[end] & 0xc0) == 0x80;)
      end++;
    char *piece = mem_strndup(content + at, end - at);
    cJSON *json = chunk(heard);
    json_add_str(add_choice(json, NULL, "delta"), "content", piece);
    add_event(stream, json);
    free(piece);
  }
}

/* The role first, with a content of null; a ping; the text; why it ended; the usage, without a choice. */
static void write_stream(struct stream *stream, const struct heard *heard, const struct speech *speech)
{
  cJSON *json = chunk(heard), *delta = add_choice(json, NULL, "delta");
  bool is_broken = speech->ending >= ENDS_CUT;
  size_t size = speech->content ? strlen(speech->content) : 0;
  json_add_str(delta, "role", "assistant");
  json_add_str(delta, "content", NULL);
  add_extras(delta, speech);
  add_event(stream, json);
  buf_str(&stream->bytes, ":\n\n");
  add_content(stream, heard, speech->content, is_broken ? size / 2 : size);
  if (speech->ending == ENDS_IN_ERROR)
    buf_str(&stream->bytes, "data: {\"error\":{\"code\":500,\"message\":\"Context size has been exceeded.\","
                            "\"type\":\"server_error\"}}\n\n");
  if (is_broken)
    return;
  json = chunk(heard);
  add_choice(json, speech->ending == ENDS_WITHOUT_FINISH ? NULL : speech->finish_reason, "delta");
  add_event(stream, json);
  json = chunk(heard);
  json_add_array(json, "choices");
  add_usage(json, heard, speech->content);
  add_event(stream, json);
  if (speech->ending != ENDS_WITHOUT_DONE)
    buf_str(&stream->bytes, "data: [DONE]\n\n");
}

static ssize_t read_stream(void *user, uint64_t at, char *out, size_t size)
{
  struct stream *stream = user;
  size_t left = stream->bytes.size - (size_t)at;
  if (!left && stream->ending == ENDS_NEVER)
    poll(NULL, 0, -1);
  if (!left)
    return stream->ending == ENDS_CUT ? MHD_CONTENT_READER_END_WITH_ERROR
                                      : MHD_CONTENT_READER_END_OF_STREAM;
  if (stream->pause_ms)
    poll(NULL, 0, stream->pause_ms);
  size_t block = left < size ? left : size;
  block = block < BLOCK_BYTES ? block : BLOCK_BYTES;
  memcpy(out, stream->bytes.data + at, block);
  return (ssize_t)block;
}

static void free_stream(void *user)
{
  struct stream *stream = user;
  buf_free(&stream->bytes);
  free(stream);
}

static enum MHD_Result speak_stream(struct MHD_Connection *connection, const struct heard *heard,
                                    const struct speech *speech)
{
  struct stream *stream = mem_zero(1, sizeof *stream);
  stream->ending = speech->ending;
  stream->pause_ms = speech->pause_ms;
  write_stream(stream, heard, speech);
  struct MHD_Response *response =
    MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, read_stream, stream, free_stream);
  MHD_add_response_header(response, "Content-Type", "text/event-stream");
  enum MHD_Result result = MHD_queue_response(connection, MHD_HTTP_OK, response);
  MHD_destroy_response(response);
  return result;
}

enum MHD_Result speak(struct MHD_Connection *connection, const struct heard *heard,
                      struct speech speech)
{
  enum MHD_Result result = heard->is_stream ? speak_stream(connection, heard, &speech)
                                            : speak_whole(connection, heard, &speech);
  free(speech.content);
  return result;
}
