/* server.h - the options that say which backend answers, shared by the commands that ask
 * SPDX-License-Identifier: MIT */
#ifndef CLI_SERVER_H
#define CLI_SERVER_H

#include "backend/backend.h"
#include "cli/cli.h"

/* Rows for a command's table of options. */
#define SERVER_OPTIONS                                                                          \
  {"backend", 0, OPTION_CHOICE, "offline|openai", "offline", 0, 0,                              \
   "who answers: the offline engine, or a model behind an OpenAI-compatible server"},           \
  {"model", 0, OPTION_TEXT, "NAME", NULL, 0, 0, "the model to ask"},                            \
  {"api-base", 0, OPTION_TEXT, "URL", NULL, 0, 0,                                               \
   "the server's address, with or without /v1 (else $OPENAI_BASE_URL)"},                        \
  {"api-key-file", 0, OPTION_TEXT, "FILE", NULL, 0, 0,                                          \
   "read the key from here, also /dev/fd/N (else from $OPENAI_API_KEY)"},                       \
  {"timeout", 0, OPTION_INT, "SECONDS", "120", 1, 86400, "give up on a reply after this long"}

struct server {
  const struct backend_row *row;
  struct backend_options options;
  char *key; /* wiped by server_forget */
};

/* Read them, and refuse what cannot do for asking. $OPENAI_API_KEY is taken out of the environment in any case, so that no child process
 * gets it. */
bool server_read(struct cli *cli, bool will_ask, struct server *server, struct err *err);
void server_forget(struct server *server);

#endif
