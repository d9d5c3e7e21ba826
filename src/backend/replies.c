/* replies.c - see replies.h
 * SPDX-License-Identifier: MIT */
#include "backend/replies.h"

#include <stdlib.h>
#include <string.h>

#include "backend/chat.h"
#include "base/json.h"
#include "base/mem.h"

static const struct json_span *child(const struct json_spans *spans, const char *key)
{
  for (size_t k = 0; k < spans->count; k++)
    if (spans->at[k].key_size == strlen(key) && !strncmp(spans->at[k].key, key, strlen(key)))
      return &spans->at[k];
  return NULL;
}

static bool is_null(const struct json_span *span)
{
  return !span || (span->size == 4 && !strncmp(span->text, "null", 4));
}

/* What a string means; NULL of anything else. */
static char *string_of(const struct json_span *span)
{
  if (!span || span->size < 2 || *span->text != '"')
    return NULL;
  char *text = mem_strndup(span->text + 1, span->size - 2);
  text[json_unquoted(text, span->size - 2, text)] = '\0';
  return text;
}

static char *text_of(const struct json_span *span)
{
  char *text = string_of(span);
  return text ? text : mem_strndup(span->text, span->size);
}

/* {"status_code": 200, "body": {...}}: its text was checked with the line. */
static bool read_response(const struct lines *lines, const struct json_span *response,
                          struct reply_line *line, struct err *err)
{
  struct json_spans spans = {0};
  json_children(response->text, response->size, lines->path, lines->number, &spans, err);
  const struct json_span *status = child(&spans, "status_code"), *body = child(&spans, "body");
  char *number = status ? mem_strndup(status->text, status->size) : NULL;
  line->status = number ? (int)strtol(number, NULL, 10) : 200;
  if (!is_null(body))
    line->body = text_of(body);
  free(number);
  free(spans.at);
  size_t at = (size_t)(response->text - lines->text);
  if (line->status < 100 || line->status > 599)
    return lines_refuse(lines, at, err, "\"response\" needs a \"status_code\" such as 200");
  return line->body || line->status != 200 ||
         lines_refuse(lines, at, err, "\"response\" needs a \"body\"");
}

static bool read_line(const struct lines *lines, struct reply_line *line, struct err *err)
{
  struct json_spans spans = {0};
  size_t start = strspn(lines->text, " \t");
  bool ok = start < lines->size && lines->text[start] == '{'
              ? json_children(lines->text, lines->size, lines->path, lines->number, &spans, err)
              : lines_refuse(lines, start, err, "expected an object {\"custom_id\": ..., \"response\": ...}");
  const struct json_span *response = child(&spans, "response"), *error = child(&spans, "error");
  line->id = string_of(child(&spans, "custom_id"));
  line->item = string_of(child(&spans, "item"));
  line->template_name = string_of(child(&spans, "template"));
  if (ok && !line->id)
    ok = lines_refuse(lines, start, err, "no text \"custom_id\" says which question this answers");
  if (ok && !is_null(response))
    ok = read_response(lines, response, line, err);
  if (ok && !is_null(error)) {
    char *text = text_of(error);
    line->error = chat_error_text(text);
    free(text);
  }
  if (ok && is_null(response) && is_null(error))
    ok = lines_refuse(lines, start, err, "neither \"response\" nor \"error\" is there");
  free(spans.at);
  return ok;
}

int reply_line_next(struct lines *lines, struct reply_line *line, struct err *err)
{
  *line = (struct reply_line){0};
  int step = lines_next(lines, err);
  if (step != 1)
    return step;
  /* The window is not terminated. */
  char *copy = mem_strndup(lines->text, lines->size);
  struct lines view = *lines;
  view.text = copy;
  bool ok = read_line(&view, line, err);
  free(copy);
  if (ok)
    return 1;
  reply_line_free(line);
  return -1;
}

void reply_line_free(struct reply_line *line)
{
  free(line->id);
  free(line->item);
  free(line->template_name);
  free(line->body);
  free(line->error);
  *line = (struct reply_line){0};
}

char *reply_line_text(const struct request *request)
{
  if (!request->reply || !request->status || !request->item)
    return NULL;
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "custom_id", request->hash);
  json_add_str(json, "item", request->item);
  json_add_str(json, "template", request->template_name);
  json_add_str(json, "model", request->model);
  cJSON *response = json_add_object(json, "response");
  json_add_int(response, "status_code", request->status);
  json_add_str(response, "body", request->reply);
  json_add_str(json, "error", NULL);
  char *line = json_line(json), *text = mem_printf("%s\n", line);
  free(line);
  cJSON_Delete(json);
  return text;
}

/* ---- many of them */

void replies_add(struct replies *replies, const struct reply_line *line)
{
  int at = replies->count, ids = replies->ids.count, questions = replies->questions.count;
  VEC_PUSH(replies->lines, replies->count, replies->room) = *line;
  VEC_ROOM(replies->next, at, replies->next_room);
  replies->next[at] = -1;
  int id = intern_add(&replies->ids, line->id, strlen(line->id));
  VEC_ROOM(replies->newest, ids, replies->newest_room);
  replies->newest[id] = at;
  if (!line->item || !line->template_name)
    return;
  char *name = mem_printf("%s\n%s", line->item, line->template_name);
  int question = intern_add(&replies->questions, name, strlen(name));
  free(name);
  VEC_ROOM(replies->first, questions, replies->first_room);
  if (question == questions) {
    replies->first[question] = at;
    return;
  }
  int last = replies->first[question];
  while (replies->next[last] >= 0)
    last = replies->next[last];
  replies->next[last] = at;
}

bool replies_load(struct replies *replies, const char *path, struct err *err)
{
  struct lines lines;
  struct reply_line line;
  int step;
  if (!lines_open(&lines, path, err))
    return false;
  while ((step = reply_line_next(&lines, &line, err)) == 1)
    replies_add(replies, &line);
  lines_close(&lines);
  return step == 0;
}

const struct reply_line *replies_find(const struct replies *replies, const char *hash, const char *item,
                                      const char *template_name, int attempt)
{
  int id = intern_find(&replies->ids, hash, strlen(hash));
  if (id >= 0)
    return &replies->lines[replies->newest[id]];
  char *name = mem_printf("%s\n%s", item, template_name);
  int question = intern_find(&replies->questions, name, strlen(name));
  free(name);
  if (question < 0)
    return NULL;
  int at = replies->first[question];
  while (attempt-- > 0 && replies->next[at] >= 0)
    at = replies->next[at];
  return &replies->lines[at];
}

void replies_free(struct replies *replies)
{
  for (int k = 0; k < replies->count; k++)
    reply_line_free(&replies->lines[k]);
  free(replies->lines);
  free(replies->newest);
  free(replies->first);
  free(replies->next);
  intern_free(&replies->ids);
  intern_free(&replies->questions);
  *replies = (struct replies){0};
}
