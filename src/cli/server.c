/* server.c - see server.h
 * SPDX-License-Identifier: MIT */
#include "cli/server.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/mem.h"
#include "base/path.h"
#include "prompt/template.h"

enum { KEY_FILE_MAX = 16384 };

/* A copy of the variable, wiped where it stood: it is gone from /proc/PID/environ as well. */
static char *take_from_environment(const char *name)
{
  char *value = getenv(name), *copy = mem_strdup(value);
  if (value)
    explicit_bzero(value, strlen(value));
  unsetenv(name);
  return copy;
}

static char *read_key_file(const char *path, struct err *err)
{
  size_t size;
  char *text = path_read(path, KEY_FILE_MAX, &size, err);
  if (!text)
    return NULL;
  while (size && strchr(" \t\r\n", text[size - 1]))
    text[--size] = '\0';
  if (size && strlen(text) == size && !strpbrk(text, "\r\n"))
    return text;
  explicit_bzero(text, size);
  free(text);
  return err_set(err, EX_DATAERR, "%s holds no key: one line of text was expected", path), NULL;
}

static void read_limits(struct cli *cli, struct server *server, const char *base)
{
  server->options = (struct backend_options){
    .api_base = base,
    .model = cli_text(cli, "model"),
    .jobs = 1,
    .retries = (int)cli_int(cli, "retries"),
    .is_cache_off = cli_flag(cli, "no-cache"),
    .connect_seconds = (int)cli_int(cli, "connect-timeout"),
    .first_byte_seconds = (int)cli_int(cli, "first-byte"),
    .stall_seconds = (int)cli_int(cli, "stall"),
    .timeout_seconds = (int)cli_int(cli, "timeout"),
  };
}

/* The key from its file, or else from the environment. */
static bool take_key(struct cli *cli, bool is_file_read, struct server *server, struct err *err)
{
  const char *file = cli_text(cli, "api-key-file");
  server->key = take_from_environment("OPENAI_API_KEY");
  if (file && is_file_read) {
    server_forget(server);
    server->key = read_key_file(file, err);
    if (!server->key)
      return false;
  }
  server->options.key = server->key;
  if (server->key)
    prctl(PR_SET_DUMPABLE, 0); /* the key would be in a core, and in what a debugger sees */
  return true;
}

static bool read_options(struct cli *cli, bool is_file_read, struct server *server, struct err *err)
{
  const char *base = cli_text(cli, "api-base");
  *server = (struct server){.row = backend_named(cli_text(cli, "backend"))};
  read_limits(cli, server, base ? base : getenv("OPENAI_BASE_URL"));
  server->options.replies = cli_text(cli, "replies");
  server->options.picture_side = (int)cli_int(cli, "picture-side");
  return take_key(cli, is_file_read, server, err);
}

bool server_read(struct cli *cli, bool will_ask, struct server *server, struct err *err)
{
  bool is_model = backend_named(cli_text(cli, "backend"))->needs_model;
  return read_options(cli, will_ask && is_model, server, err) &&
         (!will_ask || !server->row->ops->check || server->row->ops->check(&server->options, err));
}

bool server_read_unchecked(struct cli *cli, struct server *server, struct err *err)
{
  return read_options(cli, true, server, err);
}

bool server_read_at(struct cli *cli, const char *base, struct server *server, struct err *err)
{
  *server = (struct server){.row = backend_named("openai")};
  read_limits(cli, server, base);
  return take_key(cli, true, server, err) && server->row->ops->check(&server->options, err);
}

bool templates_read(struct cli *cli, unsigned *bits, struct err *err)
{
  const char *cursor = cli_text(cli, "templates"), *entry;
  size_t size;
  *bits = 0;
  while (list_next(&cursor, &entry, &size)) {
    char *name = mem_strndup(entry, size);
    int index = template_named(name);
    if (index >= 0)
      *bits |= 1u << index;
    else
      err_set(err, EX_USAGE, "--templates: no template \"%s\": describe, mask, complete", name);
    free(name);
    if (index < 0)
      return false;
  }
  return *bits || err_set(err, EX_USAGE, "--templates names none of describe, mask, complete");
}

void server_forget(struct server *server)
{
  if (server->key)
    explicit_bzero(server->key, strlen(server->key));
  free(server->key);
  server->key = NULL;
  server->options.key = NULL;
}
