/* problem.h - what can go wrong between a question and its answer, by name
 *
 * A status does not tell who is to blame: llama-server answers malformed JSON, a picture that it
 * cannot see and a full context all with 500. So the words of an error are looked at, too. Each
 * problem is a row: how often it is worth another try, what the next try does differently, and
 * what a person can do.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_PROBLEM_H
#define BACKEND_PROBLEM_H

#include <stdbool.h>

/* What the next try does, beside waiting. */
enum remedy {
  REMEDY_NONE,
  REMEDY_WAIT,     /* the same again */
  REMEDY_FEWER,    /* with fewer requests under way */
  REMEDY_NO_CACHE, /* without the server's cache of prompts */
  REMEDY_FORMAT,   /* with the next weaker response_format, at once */
};

/*  name, tries after the first, remedy, is_reply (the model's fault, else the server's), advice or NULL */
#define PROBLEMS(_)                                                                               \
  _(REFUSED, "no connection", 2, REMEDY_WAIT, false, "does the server run? (--api-base)")          \
  _(NO_HOST, "no such host", 0, REMEDY_NONE, false, "is the name right? (--api-base)")             \
  _(TLS, "TLS", 0, REMEDY_NONE, false, "a CA of your own: SSL_CERT_FILE")                          \
  _(CUT, "connection cut", 4, REMEDY_WAIT, false, NULL)                                            \
  _(CONNECT_TIME, "connect time-out", 1, REMEDY_WAIT, false, "is the address right? (--api-base)") \
  _(FIRST_TIME, "silent server", 1, REMEDY_FEWER, false, NULL)                                     \
  _(STALL, "stalled reply", 1, REMEDY_WAIT, false, NULL)                                           \
  _(TOTAL_TIME, "time-out", 0, REMEDY_NONE, false, NULL)                                           \
  _(TOO_LONG, "huge reply", 0, REMEDY_NONE, false, NULL)                                           \
  _(REDIRECT, "redirect", 0, REMEDY_NONE, false, "give the final address (--api-base)")            \
  _(TRANSFER, "transfer", 0, REMEDY_NONE, false, NULL)                                             \
  _(MISTAKE, "refused request", 0, REMEDY_NONE, false, NULL)                                       \
  _(KEY, "key refused", 0, REMEDY_NONE, false, "OPENAI_API_KEY or --api-key-file")                 \
  _(NOT_FOUND, "not found", 0, REMEDY_NONE, false, "are the address and the model's name right?")  \
  _(CONFLICT, "conflict", 4, REMEDY_WAIT, false, NULL)                                             \
  _(RATE, "rate limit", 4, REMEDY_FEWER, false, NULL)                                              \
  _(QUOTA, "quota used up", 0, REMEDY_NONE, false, NULL)                                           \
  _(BUSY, "busy server", 4, REMEDY_FEWER, false, NULL)                                             \
  _(BROKEN, "server error", 4, REMEDY_WAIT, false, NULL)                                           \
  _(UNSUPPORTED, "not supported", 0, REMEDY_NONE, false, NULL)                                     \
  _(CONTEXT, "prompt too long", 0, REMEDY_NONE, false, "a shorter item, or a larger context")      \
  _(CROWDED, "context shared", 4, REMEDY_FEWER, false, NULL)                                       \
  _(POISONED, "cache of prompts", 2, REMEDY_NO_CACHE, false, NULL)                                 \
  _(FORMAT, "response format", 4, REMEDY_FORMAT, false, NULL)                                      \
  _(BLIND, "cannot see", 0, REMEDY_NONE, false, "a model with vision is needed here")              \
  _(EMPTY, "empty answer", 4, REMEDY_WAIT, false, NULL)                                            \
  _(NO_JSON, "no JSON", 0, REMEDY_NONE, false, NULL)                                               \
  _(NO_CHOICE, "no choice", 0, REMEDY_NONE, false, NULL)                                           \
  _(UNFINISHED, "unfinished reply", 2, REMEDY_WAIT, false, NULL)                                   \
  _(UNREADABLE, "unreadable output", 0, REMEDY_NONE, true, NULL)                                   \
  _(LENGTH, "cut at max_tokens", 0, REMEDY_NONE, true, NULL)                                       \
  _(FILTER, "content filter", 0, REMEDY_NONE, true, NULL)                                          \
  _(REFUSAL, "refusal", 0, REMEDY_NONE, true, NULL)                                                \
  _(TOOL_CALL, "tool call", 0, REMEDY_NONE, true, NULL)                                            \
  _(ONLY_THOUGHT, "only thought", 0, REMEDY_NONE, true, NULL)                                      \
  _(NO_TEXT, "empty reply", 0, REMEDY_NONE, true, NULL)

enum problem {
  PROBLEM_NONE,
#define PROBLEM_ENUM(name, text, tries, remedy, is_reply, advice) PROBLEM_##name,
  PROBLEMS(PROBLEM_ENUM)
#undef PROBLEM_ENUM
  PROBLEM_COUNT
};

struct problem_row {
  const char *name; /* "rate limit" */
  int tries;
  enum remedy remedy;
  bool is_reply;
  const char *advice;
};
extern const struct problem_row problem_rows[PROBLEM_COUNT];

/* Which problem an answer with this status is, by the words of its body; PROBLEM_NONE for 200. */
enum problem problem_of_status(int status, const char *body);

#endif
