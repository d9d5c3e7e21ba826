/* recbole.c - find the files of a RecBole or MMRec data set
 *
 * A folder has one NAME.inter, one NAME.item, or both, and perhaps images/; or the files
 * are named one by one.
 * SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/path.h"
#include "data/format.h"

static bool ends_with(const char *name, const char *end)
{
  size_t size = strlen(name), tail = strlen(end);
  return size > tail && !strcmp(name + size - tail, end);
}

static bool take(char **into, char *path, const char *kind, struct err *err)
{
  if (!*into) {
    *into = path;
    return true;
  }
  err_set(err, EX_DATAERR, "%s and %s are both %s files: name the one to import", *into, path,
          kind);
  free(path);
  return false;
}

static bool take_file(struct source_files *files, const char *path, struct err *err)
{
  if (ends_with(path, ".inter"))
    return take(&files->interactions, mem_strdup(path), ".inter", err);
  if (ends_with(path, ".item"))
    return take(&files->items, mem_strdup(path), ".item", err);
  return err_set(err, EX_DATAERR, "%s: expected a folder, a .inter or a .item file", path);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
  return strcmp((*a)->d_name, (*b)->d_name);
}

static bool take_folder(struct source_files *files, const char *path, struct err *err)
{
  struct dirent **entries;
  int count = scandir(path, &entries, NULL, by_name);
  bool ok = count >= 0 || err_errno(err, EX_NOINPUT, "cannot read %s", path);
  for (int k = 0; k < count; k++) {
    const char *name = entries[k]->d_name;
    char *file = path_join(path, name);
    if (ok && (ends_with(name, ".inter") || ends_with(name, ".item")) && path_is_file(file))
      ok = take_file(files, file, err);
    else if (!strcmp(name, "images") && path_is_dir(file) && !files->images)
      files->images = mem_strdup(file);
    free(file);
    free(entries[k]);
  }
  if (count >= 0)
    free(entries);
  return ok;
}

bool source_recbole(struct source_files *files, const struct source_request *request,
                    struct err *err)
{
  for (int k = 0; k < request->operand_count; k++) {
    const char *path = request->operands[k];
    if (path_is_dir(path) ? !take_folder(files, path, err) : !take_file(files, path, err))
      return false;
  }
  if (files->items || files->interactions)
    return true;
  return err_set(err, EX_NOINPUT, "nothing to import in %s: looked for a .inter file (user_id, "
                 "item_id, ... with tabs between them), a .item file and images/",
                 request->operands[0]);
}
