/* embed_server.c - see embed_server.h
 * SPDX-License-Identifier: MIT */
#include "cli/embed_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/embeddings.h"
#include "base/mem.h"
#include "base/path.h"
#include "cli/figures.h"
#include "cli/server.h"
#include "encode/features.h"
#include "encode/npy.h"
#include "store/negative.h"

/* Originals first, then negatives; NULL where there is nothing to embed. */
struct texts {
  char **all; /* [2 * items] */
  char **keys;
  int64_t items;
};

static char *document(const struct item *item)
{
  struct buf buf = {0};
  item_document(item, &buf);
  return buf_take(&buf);
}

static bool collect(struct store *store, enum modality modality, struct texts *texts, struct err *err)
{
  int64_t count = 0, at = 0;
  struct training_negative *list = NULL;
  struct item **items = items_all(store, &texts->items, err);
  bool ok = items && (texts->items > 0 || err_set(err, EX_NOINPUT, "%s holds no items: import some first",
                                                  store_dir(store)));
  ok = ok && (list = negatives_for_training(store, 1, &count, err)) != NULL;
  texts->all = mem_zero((size_t)texts->items * 2 + 1, sizeof *texts->all);
  texts->keys = mem_zero((size_t)texts->items + 1, sizeof *texts->keys);
  for (int64_t i = 0; ok && i < texts->items; i++) {
    bool has = at < count && list[at].item == i;
    struct negative *negative = has ? negative_load(store, list[at++].id, err) : NULL;
    ok = !has || negative;
    const struct side *side = negative ? &negative->sides[modality] : NULL;
    texts->keys[i] = mem_strdup(items[i]->key);
    texts->all[i] = modality == TEXT ? document(items[i]) : mem_strdup(side ? side->original : NULL);
    texts->all[texts->items + i] = mem_strdup(side && side->negative ? side->negative : texts->all[i]);
    negative_free(negative);
  }
  free(list);
  items_free(items, texts->items);
  return ok;
}

static void texts_free(struct texts *texts)
{
  for (int64_t i = 0; i < 2 * texts->items; i++)
    free(texts->all[i]);
  for (int64_t i = 0; i < texts->items; i++)
    free(texts->keys[i]);
  free(texts->all);
  free(texts->keys);
}

/* Rows of the items that have one, as the files that features_import reads. */
static bool write_rows(const char *dir, const char *name, const struct texts *texts, int64_t offset,
                       const struct embeddings *embeddings, struct err *err)
{
  size_t width = (size_t)embeddings->dim;
  float *rows = mem_alloc(((size_t)texts->items * width + 1) * sizeof *rows);
  int64_t count = 0;
  for (int64_t i = 0; i < texts->items; i++)
    if (texts->all[i])
      memcpy(rows + (size_t)count++ * width, embeddings->rows + (size_t)(offset + i) * width,
             width * sizeof *rows);
  char *path = path_join(dir, name);
  bool ok = npy_write(path, rows, count, embeddings->dim, err);
  free(path);
  free(rows);
  return ok;
}

static bool hand_over(struct store *store, enum modality modality, const char *model,
                      const struct texts *texts, const struct embeddings *embeddings, struct err *err)
{
  char *dir = path_temp_dir("neggen-embed", err), *name = mem_strdup(model);
  struct buf ids = {0};
  if (!dir)
    return free(name), false;
  for (char *at = name; *at; at++)
    *at = *at == '/' ? '-' : *at;
  for (int64_t i = 0; i < texts->items; i++)
    if (texts->all[i])
      buf_printf(&ids, "%s\n", texts->keys[i]);
  char *rows = path_join(dir, name), *negatives = path_join(dir, "negatives.npy");
  char *ids_path = path_join(dir, "items.ids");
  bool ok = write_rows(dir, name, texts, 0, embeddings, err) &&
            write_rows(dir, "negatives.npy", texts, texts->items, embeddings, err) &&
            path_write(ids_path, ids.data ? ids.data : "", ids.size, err) &&
            features_import(store, modality, rows, ids_path, negatives, err);
  path_remove_tree(dir, NULL);
  buf_free(&ids);
  free(rows);
  free(negatives);
  free(ids_path);
  free(name);
  free(dir);
  return ok;
}

bool embed_by_server(struct cli *cli, struct store *store, enum modality modality, struct err *err)
{
  struct server server;
  struct texts texts = {0};
  struct embeddings embeddings = {0};
  char asked[FIGURE], cached[FIGURE];
  bool ok = server_read_at(cli, cli_text(cli, "encoder"), &server, err);
  server.options.jobs = (int)cli_int(cli, "jobs");
  cli_catch_interrupt();
  ok = ok && collect(store, modality, &texts, err) &&
       embeddings_make(store, &server.options, (const char *const *)texts.all, 2 * texts.items,
                       cli_interrupted, &embeddings, err);
  if (ok && !embeddings.dim)
    ok = err_set(err, EX_DATAERR, "no item has a description of its picture: neggen generate makes them");
  ok = ok && hand_over(store, modality, server.options.model, &texts, &embeddings, err);
  if (ok && !cli->is_json && !cli->is_quiet)
    printf("%s texts asked of %s, %s there already\n", figure(embeddings.asked, asked),
           server.options.model, figure(embeddings.cached, cached));
  embeddings_free(&embeddings);
  texts_free(&texts);
  server_forget(&server);
  return ok;
}
