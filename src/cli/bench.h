/* bench.h - how fast is it here: one row and one file a bench
 *
 * What is measured runs several times, interleaved with a plain twin (the same work done
 * the obvious way) and with its limit (the part that no way could do without), so that a
 * noisy machine slows all three alike: the ratios are what counts.
 * SPDX-License-Identifier: MIT */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include <stdbool.h>

#include "base/err.h"
#include "store/item.h"

/* What is asked for. Without a workspace the catalogue is made up, of this size. */
struct bench_request {
  double scale;
  bool is_alone; /* neither limit nor twin will run */
  const char *workspace, *model;
  const char *const *sets; /* settings of the model */
  int set_count;
  int64_t users, items, pairs;
  int width[MODALITIES]; /* features of an item */
};

/* Of one run; 0: no matter. memory: what the process will need, told before it is taken. */
struct bench_figures {
  double bytes, flops, memory;
  bool has_no_twin, has_floor; /* in this case */
};

struct bench {
  const char *name, *help;
  const char *limit_help, *twin_help, *floor_help; /* what these are; NULL with the function */
  /* Make what is needed, not measured. NULL on failure. */
  void *(*open)(const struct bench_request *request, struct bench_figures *figures,
                struct err *err);
  bool (*run)(void *state, struct err *err);
  bool (*twin)(void *state, struct err *err);  /* or NULL */
  bool (*limit)(void *state, struct err *err); /* or NULL */
  bool (*floor)(void *state, struct err *err); /* or NULL; more than the limit: all that is needed */
  void (*close)(void *state);
};

/* Import a folder into a new workspace, quietly, as `neggen import` does without options. */
bool bench_import_folder(const char *workspace, const char *folder, struct err *err);

#define BENCHES(_) \
  _(import)       \
  _(generate)     \
  _(machine)      \
  _(spmm)         \
  _(narrow)       \
  _(sgemm)        \
  _(topk)         \
  _(adam)         \
  _(epoch)        \
  _(eval)

#define BENCH_DECLARE(name) extern const struct bench bench_##name;
BENCHES(BENCH_DECLARE)

#endif
