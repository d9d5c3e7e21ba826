/* session.c - what `:set` changes: one table
 * SPDX-License-Identifier: MIT */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "base/mem.h"
#include "ui.h"

static const struct session_row {
  const char *name, *fallback, *help;
  size_t offset;
} rows[] = {
  {"backend", "offline", "who answers the prompts: offline, openai", offsetof(struct session, backend)},
  {"model", "", "the model's name, for openai", offsetof(struct session, model)},
  {"api-base", "", "the server's address, for openai", offsetof(struct session, api_base)},
  {"api-key-file", "", "a file with the server's key", offsetof(struct session, api_key_file)},
  {"timeout", "120", "seconds for a whole reply", offsetof(struct session, timeout)},
  {"seed", "42", "of what is generated from here", offsetof(struct session, seed)},
};

static const struct session_row *row_named(const char *name)
{
  for (size_t k = 0; k < COUNT_OF(rows); k++)
    if (!strcmp(rows[k].name, name))
      return &rows[k];
  return NULL;
}

static char **slot(struct session *session, const struct session_row *row)
{
  return (char **)(void *)((char *)session + row->offset);
}

bool session_set(struct session *session, const char *name, const char *value, struct err *err)
{
  const struct session_row *row = row_named(name);
  if (!row)
    return err_set(err, EX_USAGE, "no setting \"%s\": Tab shows them", name);
  if (!strcmp(name, "backend") && !backend_named(value))
    return err_set(err, EX_USAGE, "no backend \"%s\": offline, openai", value);
  char **at = slot(session, row);
  free(*at);
  *at = mem_strdup(value);
  return true;
}

const char *session_get(const struct session *session, const char *name)
{
  const struct session_row *row = row_named(name);
  return row ? *slot((struct session *)(size_t)session, row) : NULL;
}

const char *session_option(int k, const char **help)
{
  if (k >= (int)COUNT_OF(rows))
    return NULL;
  *help = rows[k].help;
  return rows[k].name;
}

void session_start(struct session *session, const struct cli *cli)
{
  for (size_t k = 0; k < COUNT_OF(rows); k++) {
    const char *said = strcmp(rows[k].name, "seed") ? cli_text(cli, rows[k].name) : NULL;
    *slot(session, &rows[k]) = mem_strdup(said ? said : rows[k].fallback);
  }
}

void session_free(struct session *session)
{
  for (size_t k = 0; k < COUNT_OF(rows); k++)
    free(*slot(session, &rows[k]));
}
