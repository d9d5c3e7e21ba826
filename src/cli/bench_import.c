/* bench_import.c - 100,000 interactions and 1,663 items with pictures into a new workspace
 *
 * The source is made up, of the size of MovieLens-100K with posters.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "base/mem.h"
#include "base/path.h"
#include "base/rng.h"
#include "cli/bench.h"
#include "data/import.h"
#include "media/decoder.h"

enum { ITEMS = 1663, USERS = 943, ROWS = 100000, WIDTH = 106, HEIGHT = 160 };

struct state {
  char *dir, *source, *workspace;
  int items, rows;
  int workspaces; /* made so far */
};

static bool write_text(const struct state *state, const char *name, struct buf *text,
                       double *bytes, struct err *err)
{
  char *path = path_join(state->source, name);
  bool ok = path_write(path, text->data, text->size, err);
  *bytes += (double)text->size;
  buf_clear(text);
  free(path);
  return ok;
}

/* Some blocks of colour with grain: about as large a JPEG as a poster of that size. */
static bool write_picture(const struct state *state, int item, double *bytes, struct err *err)
{
  struct picture picture = picture_new(WIDTH, HEIGHT);
  struct rng rng = rng_stream(1, RNG_GENERATE, (uint64_t)item);
  struct buf jpeg = {0};
  uint64_t colors[12];
  char name[40];
  for (size_t k = 0; k < COUNT_OF(colors); k++)
    colors[k] = rng_u64(&rng);
  for (int k = 0; k < WIDTH * HEIGHT; k++) {
    int block = k % WIDTH / 36 + 3 * (k / WIDTH / 40);
    uint64_t grain = rng_u64(&rng);
    for (int c = 0; c < 3; c++)
      picture.rgb[3 * k + c] =
        (uint8_t)(((colors[block] >> 8 * c) & 0xbf) + ((grain >> 8 * c) & 0x1f));
  }
  picture_jpeg(&picture, 80, &jpeg);
  snprintf(name, sizeof name, "images/%d.jpg", item);
  bool ok = write_text(state, name, &jpeg, bytes, err);
  buf_free(&jpeg);
  picture_free(&picture);
  return ok;
}

static bool write_source(const struct state *state, double *bytes, struct err *err)
{
  struct buf text = {0};
  struct rng rng = rng_stream(2, RNG_GENERATE, 0);
  buf_str(&text, "item_id:token\ttitle:token_seq\tyear:token\tkinds:token_seq\tplot:token_seq\n");
  for (int k = 0; k < state->items; k++) {
    buf_printf(&text, "%d\tThe %dth of its kind\t%d\tkind%d,kind%d\t", k, k, 1930 + k % 69, k % 18,
               (k / 18) % 11);
    for (int word = 0; word < 30; word++)
      buf_printf(&text, "%sword%d", word ? " " : "", (int)rng_below(&rng, 5000));
    buf_str(&text, ".\n");
  }
  bool ok = write_text(state, "x.item", &text, bytes, err);
  buf_str(&text, "user_id:token\titem_id:token\trating:float\ttimestamp:float\n");
  for (int k = 0; k < state->rows; k++) {
    double unit = rng_unif(&rng); /* few items are popular */
    buf_printf(&text, "%d\t%d\t%d\t%d\n", (int)rng_below(&rng, USERS),
               (int)(unit * unit * state->items), 1 + (int)rng_below(&rng, 5), 874724710 + k);
  }
  ok = ok && write_text(state, "x.inter", &text, bytes, err);
  for (int k = 0; k < state->items && ok; k++)
    ok = write_picture(state, k, bytes, err);
  buf_free(&text);
  return ok;
}

static void close_bench(void *opaque)
{
  struct state *state = opaque;
  path_remove_tree(state->dir, NULL);
  free(state->workspace);
  free(state->source);
  free(state->dir);
  free(state);
}

static void *open_bench(const struct bench_request *request, struct bench_figures *figures,
                        struct err *err)
{
  struct state *state = mem_zero(1, sizeof *state);
  state->items = 1 + (int)(request->scale * ITEMS);
  state->rows = 1 + (int)(request->scale * ROWS);
  state->dir = path_temp_dir("neggen-bench", err);
  if (!state->dir) {
    free(state);
    return NULL;
  }
  state->source = path_join(state->dir, "source");
  char *images = path_join(state->source, "images");
  bool ok = path_make_dirs(images, err) && write_source(state, &figures->bytes, err);
  free(images);
  if (ok)
    return state;
  close_bench(state);
  return NULL;
}

bool bench_import_folder(const char *workspace, const char *folder, struct err *err)
{
  struct source source;
  struct import_report report;
  struct import_options options = {.min_rating = NAN, .k_core = -1, .seed = -1,
                                   .progress = PROGRESS_NEVER};
  options.source = (struct source_request){.operands = &folder, .operand_count = 1};
  if (!source_open(&source, &options.source, err))
    return false;
  bool ok = import_run(workspace, &source, &options, &report, err);
  import_report_free(&report);
  source_close(&source);
  return ok;
}

static bool import_once(void *opaque, struct err *err)
{
  struct state *state = opaque;
  free(state->workspace);
  state->workspace = mem_printf("%s/ws%d", state->dir, state->workspaces++);
  return bench_import_folder(state->workspace, state->source, err);
}

static bool import_plainly(void *opaque, struct err *err)
{
#ifdef _OPENMP
  int threads = omp_get_max_threads();
  omp_set_num_threads(1);
#endif
  bool ok = import_once(opaque, err);
#ifdef _OPENMP
  omp_set_num_threads(threads);
#endif
  return ok;
}

/* Every picture decoded, by as many processes as there are threads, and nothing else. */
static bool decode_all(void *opaque, struct err *err)
{
  struct state *state = opaque;
  bool ok = true;
#pragma omp parallel
  {
    struct decoder *decoder = decoder_new();
#pragma omp for schedule(dynamic, 4)
    for (int k = 0; k < state->items; k++) {
      struct picture picture;
      struct err reason;
      char *path = mem_printf("%s/images/%d.jpg", state->source, k);
      if (decoder_read_file(decoder, path, &picture, NULL, NULL, &reason)) {
        picture_free(&picture);
      } else {
#pragma omp critical
        {
          ok = false;
          *err = reason;
        }
      }
      free(path);
    }
    decoder_free(decoder);
  }
  return ok;
}

const struct bench bench_import = {
  .name = "import",
  .help = "100,000 interactions, 1,663 items with pictures",
  .limit_help = "reading and decoding the pictures alone",
  .twin_help = "one picture after the other",
  .open = open_bench,
  .run = import_once,
  .twin = import_plainly,
  .limit = decode_all,
  .close = close_bench,
};
