/* problem.c - see problem.h
 * SPDX-License-Identifier: MIT */
#include "backend/problem.h"

#include <stddef.h>
#include <string.h>

#include "base/mem.h"

const struct problem_row problem_rows[PROBLEM_COUNT] = {
#define PROBLEM_ROW(name, text, tries, remedy, is_reply, advice) \
  [PROBLEM_##name] = {text, tries, remedy, is_reply, advice},
  PROBLEMS(PROBLEM_ROW)
#undef PROBLEM_ROW
};

/* The first row that fits. Status 0: any of 400 and above. Words as seen on llama-server (b10573), and as
 * OpenAI, vLLM and Ollama document them. */
static const struct {
  int status;
  const char *words; /* NULL: any */
  enum problem problem;
} rules[] = {
  {401, NULL, PROBLEM_KEY},
  {403, NULL, PROBLEM_KEY},
  {0, "insufficient_quota", PROBLEM_QUOTA},
  {0, "exceeded your current quota", PROBLEM_QUOTA},
  {402, NULL, PROBLEM_QUOTA},
  {429, NULL, PROBLEM_RATE},
  {0, "exceed_context_size", PROBLEM_CONTEXT},
  {0, "context_length_exceeded", PROBLEM_CONTEXT},
  {0, "maximum context length", PROBLEM_CONTEXT},
  {0, "longer than the maximum model length", PROBLEM_CONTEXT},
  {0, "Context size has been exceeded", PROBLEM_CROWDED},
  {0, "Chunk not found", PROBLEM_POISONED},
  {0, "image input is not supported", PROBLEM_BLIND},
  {0, "does not support image", PROBLEM_BLIND},
  {0, "is not a multimodal model", PROBLEM_BLIND},
  {0, "does not match the expected", PROBLEM_UNREADABLE},
  {400, "response_format", PROBLEM_FORMAT},
  {400, "json_schema", PROBLEM_FORMAT},
  {400, "JSON schema", PROBLEM_FORMAT},
  {400, "grammar", PROBLEM_FORMAT},
  {400, "Unable to generate parser", PROBLEM_FORMAT},
  {500, "json.exception", PROBLEM_MISTAKE},
  {500, "Failed to parse", PROBLEM_MISTAKE},
  {500, "Invalid uri", PROBLEM_MISTAKE},
  {500, "Invalid base64", PROBLEM_MISTAKE},
  {500, "base64 encoded", PROBLEM_MISTAKE},
  {500, "GET request", PROBLEM_MISTAKE},
  {500, "too large to process", PROBLEM_MISTAKE},
  {500, "invalid_request_error", PROBLEM_MISTAKE},
  {404, NULL, PROBLEM_NOT_FOUND},
  {405, NULL, PROBLEM_NOT_FOUND},
  {408, NULL, PROBLEM_BUSY},
  {409, NULL, PROBLEM_CONFLICT},
  {501, NULL, PROBLEM_UNSUPPORTED},
  {502, NULL, PROBLEM_BUSY},
  {503, NULL, PROBLEM_BUSY},
  {504, NULL, PROBLEM_BUSY},
  {529, NULL, PROBLEM_BUSY},
};

enum problem problem_of_status(int status, const char *body)
{
  if (status == 200)
    return PROBLEM_NONE;
  if (status >= 300 && status < 400)
    return PROBLEM_REDIRECT;
  for (size_t k = 0; k < COUNT_OF(rules); k++)
    if ((rules[k].status == status || (!rules[k].status && status >= 400)) &&
        (!rules[k].words || strstr(body, rules[k].words)))
      return rules[k].problem;
  return status >= 500 ? PROBLEM_BROKEN : PROBLEM_MISTAKE;
}
