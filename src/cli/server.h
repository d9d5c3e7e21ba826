/* server.h - the options that say which backend answers, shared by the commands that ask
 * SPDX-License-Identifier: MIT */
#ifndef CLI_SERVER_H
#define CLI_SERVER_H

#include "backend/backend.h"
#include "cli/cli.h"

/* Rows for a command's table of options: of one that asks a server, and of one that asks a backend. */
#define SERVER_LIMITS                                                                           \
  {"model", 0, OPTION_TEXT, "NAME", NULL, 0, 0, "the model to ask"},                            \
  {"api-key-file", 0, OPTION_TEXT, "FILE", NULL, 0, 0,                                          \
   "read the key from here, also /dev/fd/N (else from $OPENAI_API_KEY)"},                       \
  {"timeout", 0, OPTION_INT, "SECONDS", "300", 1, 86400, "give up on a reply after this long"},    \
  {"first-byte", 0, OPTION_INT, "SECONDS", "300", 1, 86400,                                      \
   "... when nothing at all has come for this long (a full server is silent)"},                  \
  {"stall", 0, OPTION_INT, "SECONDS", "60", 1, 86400,                                            \
   "... when a reply has stood still for this long"},                                            \
  {"connect-timeout", 0, OPTION_INT, "SECONDS", "10", 1, 600, "give up on reaching the server"},   \
  {"retries", 0, OPTION_INT, "N", "4", 0, 20, "ask again after a failure that may pass"},          \
  {"no-cache", 0, OPTION_FLAG, NULL, NULL, 0, 0,                                                 \
   "ask a server again what it has answered before; answers to prompts are all kept"}

#define SERVER_OPTIONS                                                                          \
  {"backend", 0, OPTION_CHOICE, "offline|openai|replay", "offline", 0, 0,                       \
   "who answers: the offline engine, a model behind an OpenAI-compatible server, or the record"}, \
  {"replies", 0, OPTION_TEXT, "FILE", NULL, 0, 0,                                               \
   "replay: from a file of answers (neggen batch record), not from the workspace's record"},    \
  {"api-base", 0, OPTION_TEXT, "URL", NULL, 0, 0,                                               \
   "the server's address, with or without /v1 (else $OPENAI_BASE_URL)"},                        \
  {"picture-side", 0, OPTION_INT, "PIXELS", "768", 32, 4096,                                     \
   "pictures are sent scaled down to this longest side"},                                        \
  SERVER_LIMITS

struct server {
  const struct backend_row *row;
  struct backend_options options;
  char *key; /* wiped by server_forget */
};

/* Read them, and refuse what cannot do for asking. $OPENAI_API_KEY is taken out of the environment in
 * any case, so that no child process gets it; a process with a key leaves no core. */
bool server_read(struct cli *cli, bool will_ask, struct server *server, struct err *err);
/* The same with nothing refused: an address or a model may be missing. */
bool server_read_unchecked(struct cli *cli, struct server *server, struct err *err);
/* The same of a command with SERVER_LIMITS alone, for the server at this address. */
bool server_read_at(struct cli *cli, const char *base, struct server *server, struct err *err);
void server_forget(struct server *server);

/* --templates, such as "describe,mask", as bits. EX_USAGE. */
#define TEMPLATES_OPTION                                                                        \
  {"templates", 0, OPTION_TEXT, "T,T,T", "describe,mask,complete", 0, 0,                        \
   "run only these, on the replies that are there"}
bool templates_read(struct cli *cli, unsigned *bits, struct err *err);

#endif
