/* server.h - what a probe found out about a server and a model of it
 * SPDX-License-Identifier: MIT */
#ifndef STORE_SERVER_H
#define STORE_SERVER_H

#include "store/store.h"

struct server_facts {
  char kind[32], format[32]; /* names, as the backend knows them */
  int slots;                 /* requests that it works on at once; 0: unknown */
  int context;               /* tokens of prompt and reply together; 0: unknown */
  int sees;                  /* pictures: 1 yes, 0 no, -1 unknown */
  int64_t probed;            /* Unix seconds */
};

/* False when nothing is known, or nothing can be read. */
bool server_load(struct store *store, const char *base, const char *model, struct server_facts *facts);
bool server_save(struct store *store, const char *base, const char *model,
                 const struct server_facts *facts, struct err *err);

#endif
