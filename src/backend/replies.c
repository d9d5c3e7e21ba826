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
