/* template_version.c - see template_version.h
 * SPDX-License-Identifier: MIT */
#include "store/template_version.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/store_private.h"

bool template_version_keep(struct store *store, const char *hash, const char *name, int version,
                           const char *text, struct err *err)
{
  int64_t count;
  if (!sql_int(&store->sql, &count, 0, err, "SELECT count(*) FROM main.template WHERE hash = ?", "s",
               hash))
    return false;
  return count || sql_run(&store->sql, err,
                          "INSERT OR IGNORE INTO main.template(hash, name, version, text, kept)"
                          " VALUES(?,?,?,?,?)", "ssnsi", hash, name, version, text, clock_wall());
}

static struct template_version *from_row(sqlite3_stmt *stmt)
{
  struct template_version *version = mem_zero(1, sizeof *version);
  version->hash = sql_text(stmt, 0);
  version->name = sql_text(stmt, 1);
  version->version = sqlite3_column_int(stmt, 2);
  version->text = sql_text(stmt, 3);
  version->kept = sqlite3_column_int64(stmt, 4);
  return version;
}

bool template_versions_of(struct store *store, const char *name, struct template_version ***out,
                          int *count, struct err *err)
{
  int room = 0, step = -1;
  sqlite3_stmt *stmt = sql_query(&store->sql, err,
    "SELECT hash, name, version, text, kept FROM main.template WHERE name = ?"
    " ORDER BY kept DESC, rowid DESC", "s", name);
  *out = NULL;
  *count = 0;
  VEC_ROOM(*out, 0, room);
  while (stmt && (step = sql_step(&store->sql, stmt, err)) == 1)
    VEC_PUSH(*out, *count, room) = from_row(stmt);
  if (step == 0)
    return true;
  template_versions_free(*out, *count);
  *out = NULL;
  *count = 0;
  return false;
}

struct template_version *template_version_find(struct store *store, const char *name,
                                               const char *beginning, struct err *err)
{
  struct template_version **all, *found = NULL;
  int count, matching = 0;
  if (!template_versions_of(store, name, &all, &count, err))
    return NULL;
  for (int k = 0; k < count; k++)
    if (!strncmp(all[k]->hash, beginning, strlen(beginning))) {
      struct template_version *other = found;
      found = all[k];
      all[k] = other; /* freed with the rest */
      matching++;
    }
  for (int k = 0; k < count; k++)
    template_version_free(all[k]);
  free(all);
  if (matching == 1)
    return found;
  template_version_free(found);
  if (matching)
    err_set(err, EX_USAGE, "%d versions of %s begin with \"%s\": give more of the hash", matching, name,
            beginning);
  else
    err_set(err, EX_NOINPUT, "no version of %s here begins with \"%s\": neggen prompts versions WS %s "
                             "lists them", name, beginning, name);
  return NULL;
}

void template_version_free(struct template_version *version)
{
  if (!version)
    return;
  free(version->hash);
  free(version->name);
  free(version->text);
  free(version);
}

void template_versions_free(struct template_version **versions, int count)
{
  for (int k = 0; versions && k < count; k++)
    template_version_free(versions[k]);
  free(versions);
}
