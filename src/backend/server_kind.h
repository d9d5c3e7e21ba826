/* server_kind.h - where servers of the protocol differ: a row each
 *
 * Known by what /v1/models says of its owner, or by what only one of them has.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_SERVER_KIND_H
#define BACKEND_SERVER_KIND_H

#include <stdbool.h>

struct server_kind {
  const char *name;             /* "llama-server" */
  const char *owners;           /* owned_by of its models, separated by "|" */
  const char *limit_key;        /* max_tokens under its name there */
  const char *thinking_off;     /* members of a request that turn a template's thinking off, or NULL */
  const char *prompt_cache_off; /* ... the cache of prompts off, or NULL */
  bool tells_usage;             /* takes stream_options.include_usage */
  bool has_props;               /* GET /props: slots, context, modalities */
  const char *embeddings;       /* how it is made to give embeddings, or NULL */
  const char *note;             /* what a person should know, or NULL */
};
extern const struct server_kind server_kinds[]; /* ends with a NULL name; before it "other" */

/* By an owner such as "vllm", or by name; "other" when it is none of them (or NULL). */
const struct server_kind *server_kind_of_owner(const char *owner);
const struct server_kind *server_kind_named(const char *name);

#endif
