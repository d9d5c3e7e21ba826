/* draft.c - see draft.h
 * SPDX-License-Identifier: MIT */
#include "prompt/draft.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "store/template_version.h"

static char *draft_path(const char *workspace, const char *name)
{
  return mem_printf("%s/prompts/%s.draft.prompt", workspace, name);
}

/* The text of the template in use, although it may not parse. The caller frees. */
static char *text_in_use(const char *workspace, const char *name, size_t *size, struct err *err)
{
  char *path = template_path(workspace, name, err);
  char *text = path ? path_read(path, 1 << 20, size, err) : NULL;
  free(path);
  return text;
}

char *template_draft(const char *workspace, const char *name, struct err *err)
{
  if (template_named(name) < 0)
    return err_set(err, EX_USAGE, "no template \"%s\": describe, mask, complete", name), NULL;
  char *path = draft_path(workspace, name), *dir = path_join(workspace, "prompts");
  size_t size = 0;
  char *text = path_is_file(path) ? NULL : text_in_use(workspace, name, &size, err);
  bool ok = path_is_file(path) ||
            (text && path_keep_dirs(dir, err) && path_keep(path, text, size, err));
  free(text);
  free(dir);
  if (ok)
    return path;
  free(path);
  return NULL;
}

bool template_remember(struct store *store, const struct prompt_template *prompt, struct err *err)
{
  return template_version_keep(store, prompt->hash, prompt->name, prompt->version, prompt->text, err);
}

/* The version that is about to be replaced; one that does not parse was never used. */
static bool remember_former(struct store *store, const char *name, struct err *err)
{
  struct err ignored;
  struct prompt_template *former = template_load(store_dir(store), name, &ignored);
  bool ok = !former || template_remember(store, former, err);
  template_free(former);
  return ok;
}

bool template_adopt(struct store *store, const char *name, bool *is_new, struct err *err)
{
  const char *workspace = store_dir(store);
  struct err ignored;
  char *path = draft_path(workspace, name), *former, *target;
  size_t size, former_size;
  char *text = path_read(path, 1 << 20, &size, err);
  struct prompt_template *prompt =
    text ? template_parse(workspace, name, path, text, size, err) : NULL;
  bool ok = prompt != NULL;
  former = text_in_use(workspace, name, &former_size, &ignored);
  target = mem_printf("%s/prompts/%s.prompt", workspace, name);
  *is_new = ok && (!former || former_size != size || memcmp(former, text, size));
  if (*is_new)
    ok = remember_former(store, name, err) && template_remember(store, prompt, err) &&
         path_keep(target, text, size, err);
  if (ok)
    unlink(path);
  template_free(prompt);
  free(former);
  free(target);
  free(text);
  free(path);
  return ok;
}
