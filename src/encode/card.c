/* card.c - see card.h
 * SPDX-License-Identifier: MIT */
#include "encode/card.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"

char *card_path(struct store *store, const char *name, const char *extension)
{
  return mem_printf("%s/features/%s.%s", store_dir(store), name, extension);
}

cJSON *card_read(struct store *store, const char *name, const char *inputs)
{
  size_t size;
  char *path = card_path(store, name, "json"), *text = path_read(path, 1 << 20, &size, NULL);
  cJSON *card = text ? json_parse(text, size, path, NULL) : NULL;
  const char *theirs = json_str(card, "inputs");
  if (card && inputs && (!theirs || strcmp(theirs, inputs) != 0)) {
    cJSON_Delete(card);
    card = NULL;
  }
  free(text);
  free(path);
  return card;
}

static bool make_folder(struct store *store, struct err *err)
{
  char *path = path_join(store_dir(store), "features");
  bool ok = path_keep_dirs(path, err);
  free(path);
  return ok;
}

bool card_write(struct store *store, const char *name, cJSON *card, struct err *err)
{
  char *path = card_path(store, name, "json"), *text = json_pretty(card);
  bool ok = make_folder(store, err) && path_keep(path, text, strlen(text), err);
  free(text);
  free(path);
  cJSON_Delete(card);
  return ok;
}

bool card_matrix(struct store *store, const char *name, int64_t rows, int64_t columns,
                 struct npy *out)
{
  char *path = card_path(store, name, "npy");
  bool ok = npy_read(path, out, NULL);
  free(path);
  if (ok && ((rows >= 0 && out->rows != rows) || (columns >= 0 && out->columns != columns))) {
    npy_free(out);
    ok = false;
  }
  return ok;
}

bool card_matrix_write(struct store *store, const char *name, const float *data, int64_t rows,
                       int64_t columns, struct err *err)
{
  char *path = card_path(store, name, "npy");
  bool ok = make_folder(store, err) && npy_write(path, data, rows, columns, err);
  free(path);
  return ok;
}

void card_remove(struct store *store, const char *name)
{
  static const char *const extensions[] = {"json", "npy"};
  for (size_t k = 0; k < COUNT_OF(extensions); k++) {
    char *path = card_path(store, name, extensions[k]);
    unlink(path);
    free(path);
  }
}
