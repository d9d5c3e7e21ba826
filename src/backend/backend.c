/* backend.c - the table of backends
 * SPDX-License-Identifier: MIT */
#include "backend/backend.h"

#include <stdlib.h>
#include <string.h>

#include "backend/backends.h"
#include "backend/http.h"

const struct backend_row backend_rows[] = {
  {"offline", "offline engine",
   "deterministic, no model, no network; the wording of a prompt is not read", true, false,
   false, &offline_ops},
  {"openai", "OpenAI-compatible server",
   "POST /v1/chat/completions: llama-server, vLLM, Ollama, OpenAI", true, true, false,
   &openai_ops},
  {"replay", "recorded replies",
   "answers of before, from the workspace's record or a file (--replies): nobody is asked", true, true,
   false, &replay_ops},
  {0},
};

const struct backend_row batch_row = {
  "openai", "batch files", "questions for batch files, answers from them", true, true, true, &batch_ops,
};

const struct backend_row *backend_named(const char *name)
{
  for (const struct backend_row *row = backend_rows; row->name; row++)
    if (!strcmp(row->name, name))
      return row;
  return NULL;
}

void answer_free(struct answer *answer)
{
  free(answer->text);
  free(answer->raw);
  free(answer->body);
  free(answer->model);
  free(answer->finish_reason);
  *answer = (struct answer){0};
}

struct http *backend_http(const struct backend_options *options, size_t body_bytes)
{
  const struct http_limits limits = {
    .connect_ms = options->connect_seconds * 1000,
    .first_byte_ms = options->first_byte_seconds * 1000,
    .stall_ms = options->stall_seconds * 1000,
    .total_ms = options->timeout_seconds * 1000,
    .body_bytes = body_bytes,
  };
  return http_open(options->key, &limits);
}
