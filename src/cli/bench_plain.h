/* bench_plain.h - an epoch of MF or LightGCN the obvious way: the twin of `bench epoch`
 * SPDX-License-Identifier: MIT */
#ifndef CLI_BENCH_PLAIN_H
#define CLI_BENCH_PLAIN_H

#include "la/graph.h"
#include "train/trainer.h"

struct bench_plain {
  const struct trainer *trainer;
  const struct graph *graph; /* NULL: MF */
  int dim, layers;
  int64_t size, step; /* numbers of a table */
  real *value, *first, *second, *vectors, *grad, *work; /* [size]; work [2 size] */
  int32_t *other;
};

/* From the trainer's values and pairs, which must last. */
void bench_plain_open(struct bench_plain *plain, const struct trainer *trainer,
                      const struct graph *graph);
void bench_plain_close(struct bench_plain *plain);
void bench_plain_epoch(struct bench_plain *plain);

#endif
