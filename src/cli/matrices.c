/* matrices.c - see matrices.h
 * SPDX-License-Identifier: MIT */
#include "cli/matrices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "cli/figures.h"
#include "data/format.h"

/* Each file to its modality, by its name. */
static bool sort_files(struct matrices *matrices, const struct source *source, struct err *err)
{
  for (int k = 0; k < source->matrix_count; k++) {
    const char *path = source->matrices[k], *name = path_base(path);
    int m = matrix_modality(name);
    if (m < 0)
      return err_set(err, EX_DATAERR, "%s: call it text*.npy or image*.npy, or use neggen embed "
                     "--encoder FILE.npy --modality text", path);
    const char **place = matrix_is_of_negatives(name) ? &matrices->of[m].negatives
                                                      : &matrices->of[m].path;
    if (*place)
      return err_set(err, EX_DATAERR, "%s and %s are both of the modality %s: name the one to "
                     "import", *place, path, modality_names[m]);
    *place = path;
  }
  for (int m = 0; m < MODALITIES; m++)
    if (matrices->of[m].negatives && !matrices->of[m].path)
      return err_set(err, EX_DATAERR, "%s: there is no matrix of the originals beside it",
                     matrices->of[m].negatives);
  return true;
}

/* The items of the workspace keep their places, new ones come behind them. */
static bool keys_after(const struct source *source, const char *workspace, bool is_replacing,
                       struct intern *keys, struct err *err)
{
  struct err unused;
  bool has_tables = source->has_items || source->has_interactions;
  if (!is_replacing || !has_tables) {
    struct store *store = store_open(workspace, STORE_READ, &unused);
    bool ok = store ? given_keys(store, keys, err) : has_tables && unused.code == EX_NOINPUT;
    if (!store && !ok)
      *err = unused;
    store_close(store);
    if (!ok)
      return false;
  }
  for (int32_t k = 0; k < source->known_items.count; k++) {
    const char *key = intern_text(&source->known_items, k);
    intern_add(keys, key, strlen(key));
  }
  return true;
}

bool matrices_read(struct matrices *matrices, const struct source *source, const char *workspace,
                   bool is_replacing, struct err *err)
{
  struct intern keys = {0};
  *matrices = (struct matrices){0};
  if (!source->matrix_count)
    return true;
  bool ok = sort_files(matrices, source, err) &&
            keys_after(source, workspace, is_replacing, &keys, err);
  for (int m = 0; m < MODALITIES && ok; m++) {
    if (!matrices->of[m].path)
      continue;
    char *ids = given_ids_beside(matrices->of[m].path);
    matrices->of[m].given = given_read((enum modality)m, matrices->of[m].path, ids,
                                       matrices->of[m].negatives, &keys, err);
    ok = matrices->of[m].given != NULL;
    free(ids);
  }
  intern_free(&keys);
  return ok;
}

bool matrices_write(const struct matrices *matrices, const char *workspace, struct err *err)
{
  struct store *store = NULL;
  bool ok = true;
  for (int m = 0; m < MODALITIES && ok; m++) {
    if (!matrices->of[m].given)
      continue;
    if (!store)
      store = store_open(workspace, STORE_WRITE, err);
    ok = store && given_write(store, matrices->of[m].given, err);
  }
  store_close(store);
  return ok;
}

void matrices_free(struct matrices *matrices)
{
  for (int m = 0; m < MODALITIES; m++)
    given_free(matrices->of[m].given);
  *matrices = (struct matrices){0};
}

void matrices_print(const struct matrices *matrices)
{
  char rows[FIGURE], all[FIGURE];
  for (int m = 0; m < MODALITIES; m++) {
    const struct given *given = matrices->of[m].given;
    if (!given)
      continue;
    printf("features      %s (npy): %s, %s of %s items, %d columns",
           path_base(matrices->of[m].path), modality_names[m], figure(given_rows(given), rows),
           figure(given_items(given), all), given_columns(given));
    if (matrices->of[m].negatives)
      printf("; negatives: %s", path_base(matrices->of[m].negatives));
    puts("");
  }
}

void matrices_json(const struct matrices *matrices, cJSON *json)
{
  cJSON *features = json_add_object(json, "features");
  for (int m = 0; m < MODALITIES; m++) {
    const struct given *given = matrices->of[m].given;
    if (!given)
      continue;
    cJSON *one = json_add_object(features, modality_names[m]);
    json_add_str(one, "file", matrices->of[m].path);
    json_add_str(one, "negatives", matrices->of[m].negatives);
    json_add_int(one, "rows", given_rows(given));
    json_add_int(one, "columns", given_columns(given));
  }
}
