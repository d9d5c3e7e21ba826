/* settings.c - see settings.h
 * SPDX-License-Identifier: MIT */
#include "cli/settings.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"

struct reading {
  settings_row *setting;
  void *user;
  struct err *err;
  bool is_refused;
};

static int on_setting(void *user, const char *section, const char *key, const char *value)
{
  struct reading *reading = user;
  if (reading->is_refused || reading->setting(reading->user, section, key, value, reading->err))
    return 1;
  reading->is_refused = true;
  return 0;
}

static char *default_file(void)
{
  const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
  if (xdg && *xdg)
    return path_join(xdg, "neggen/config");
  return home && *home ? path_join(home, ".config/neggen/config") : NULL;
}

bool settings_read(const char *file, settings_row *setting, void *user, struct err *err)
{
  char *path = file ? mem_strdup(file) : default_file();
  bool ok = true;
  if (!path || (!file && !path_is_file(path)))
    goto out;
  FILE *stream = fopen(path, "re");
  if (!stream) {
    ok = err_errno(err, EX_CONFIG, "cannot read the configuration %s", path);
    goto out;
  }
  struct reading reading = {.setting = setting, .user = user, .err = err};
  int line = ini_parse_file(stream, on_setting, &reading);
  fclose(stream);
  if (reading.is_refused) {
    ok = err_prefix(err, "%s:%d", path, line);
    err->code = EX_CONFIG;
  } else if (line != 0) {
    ok = err_set(err, EX_CONFIG, "%s:%d: expected \"[command]\" or \"option = value\"", path, line);
  }
out:
  free(path);
  return ok;
}
