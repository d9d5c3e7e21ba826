/* server_kind.c - see server_kind.h
 * SPDX-License-Identifier: MIT */
#include "backend/server_kind.h"

#include <stddef.h>
#include <string.h>

#define NO_THINKING "{\"chat_template_kwargs\":{\"enable_thinking\":false}}"

const struct server_kind server_kinds[] = {
  {"llama-server", "llamacpp", "max_tokens", NO_THINKING, "{\"cache_prompt\":false}", true, true,
   "only embed needs them: start it with --embeddings --pooling mean",
   "what its slots have no room for waits without a word (--jobs is held to its slots); if it was started "
   "without -np, they share that one context"},
  {"vLLM", "vllm", "max_tokens", NO_THINKING, NULL, true, false, NULL, NULL},
  {"Ollama", "library|ollama", "max_tokens", NULL, NULL, true, false, NULL,
   "its context is short unless it is told (OLLAMA_CONTEXT_LENGTH)"},
  {"OpenAI", "openai|system|openai-internal", "max_completion_tokens", NULL, NULL, true, false, NULL,
   NULL},
  {"other", "", "max_tokens", NULL, NULL, true, false, NULL, NULL},
  {0},
};

static bool is_listed(const char *list, const char *word)
{
  size_t size = strlen(word);
  for (const char *at = list; at && *at; at = strchr(at, '|'), at += at != NULL)
    if (size && !strncmp(at, word, size) && (at[size] == '|' || !at[size]))
      return true;
  return false;
}

const struct server_kind *server_kind_of_owner(const char *owner)
{
  const struct server_kind *kind = server_kinds;
  while (kind[1].name && !is_listed(kind->owners, owner ? owner : ""))
    kind++;
  return kind;
}

const struct server_kind *server_kind_named(const char *name)
{
  const struct server_kind *kind = server_kinds;
  while (kind[1].name && strcmp(kind->name, name ? name : ""))
    kind++;
  return kind;
}
