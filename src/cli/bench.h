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

struct bench {
  const char *name, *help;
  const char *limit_help, *twin_help; /* what these two are; NULL with the function */
  /* Make what is needed, not measured: scale 1 is the size that the help names. NULL on failure.
   * *bytes and *flops of one run, 0: no matter. */
  void *(*open)(double scale, double *bytes, double *flops, struct err *err);
  bool (*run)(void *state, struct err *err);
  bool (*twin)(void *state, struct err *err);  /* or NULL */
  bool (*limit)(void *state, struct err *err); /* or NULL */
  void (*close)(void *state);
};

/* Import a folder into a new workspace, quietly, as `neggen import` does without options. */
bool bench_import_folder(const char *workspace, const char *folder, struct err *err);

#define BENCHES(_) \
  _(import)       \
  _(generate)     \
  _(epoch)        \
  _(rank)

#define BENCH_DECLARE(name) extern const struct bench bench_##name;
BENCHES(BENCH_DECLARE)

#endif
