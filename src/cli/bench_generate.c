/* bench_generate.c - negatives of the sample catalogue by the offline engine
 *
 * The limit is what no way could do without: each picture decoded, edited once and
 * encoded as it is kept.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/mem.h"
#include "base/path.h"
#include "cli/bench.h"
#include "gen/gen.h"
#include "media/decoder.h"
#include "media/edit.h"

enum { ITEMS = 288 };

struct state {
  char *dir, *workspace;
  struct store *store;
  struct item **items;
  int64_t item_count, used;
  struct borders borders;
  struct decoder *decoder;
  uint64_t seed; /* another one each run: nothing is there already */
};

static void close_bench(void *opaque)
{
  struct state *state = opaque;
  items_free(state->items, state->item_count);
  store_close(state->store);
  decoder_free(state->decoder);
  if (state->dir)
    path_remove_tree(state->dir, NULL);
  free(state->workspace);
  free(state->dir);
  free(state);
}

static bool import_samples(const struct state *state, struct err *err)
{
  char *samples = path_data_file("samples/catalogue", err);
  bool ok = samples && bench_import_folder(state->workspace, samples, err);
  free(samples);
  return ok;
}

static void *open_bench(const struct bench_request *request, struct bench_figures *figures,
                        struct err *err)
{
  struct state *state = mem_zero(1, sizeof *state);
  (void)figures;
  state->decoder = decoder_new();
  state->seed = 1;
  bool ok = (state->dir = path_temp_dir("neggen-bench", err)) != NULL;
  state->workspace = ok ? path_join(state->dir, "ws") : NULL;
  ok = ok && import_samples(state, err) &&
       (state->store = store_open(state->workspace, STORE_WRITE, err)) &&
       (state->items = items_all(state->store, &state->item_count, err));
  if (!ok || !store_borders(state->store, &state->borders)) {
    close_bench(state);
    return NULL;
  }
  state->used = 1 + (int64_t)(request->scale * ITEMS);
  if (state->used > state->item_count)
    state->used = state->item_count;
  return state;
}

static bool generate_once(void *opaque, struct err *err)
{
  struct state *state = opaque;
  struct gen_options options = {.backend = backend_named("offline"), .templates = TEMPLATES_ALL};
  struct gen *gen = gen_open(state->store, &options, NULL, NULL, err);
  bool ok = gen != NULL;
  state->seed++;
  for (int64_t k = 0; ok && k < state->used; k++) {
    ok = gen_start(gen, state->items[k]->key, state->seed, err);
    while (ok && gen_step(gen, 0))
      ;
  }
  return (!gen || gen_close(gen, err)) && ok;
}

static bool edit_pictures(void *opaque, struct err *err)
{
  struct state *state = opaque;
  for (int64_t k = 0; k < state->used; k++) {
    const struct item *item = state->items[k];
    struct picture picture;
    struct edit_result result;
    struct buf png = {0};
    if (!item->picture_path ||
        !decoder_read_file(state->decoder, item->picture_path, &picture, NULL, NULL, err))
      continue;
    int class = measure_class(&item->measure, &state->borders, IMAGE_BRIGHTNESS);
    if (picture_edit(&picture, &item->measure, &state->borders, IMAGE_BRIGHTNESS,
                     class == 1 ? 2 : 1, 0.6, &result)) {
      picture_png(&result.picture, &png);
      edit_free(&result);
    }
    buf_free(&png);
    picture_free(&picture);
  }
  return true;
}

const struct bench bench_generate = {
  .name = "generate",
  .help = "288 items of the samples by the offline engine",
  .limit_help = "each picture decoded, edited once, encoded",
  .open = open_bench,
  .run = generate_once,
  .limit = edit_pictures,
  .close = close_bench,
};
