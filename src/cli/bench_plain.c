/* bench_plain.c - see bench_plain.h
 * SPDX-License-Identifier: MIT */
#include "cli/bench_plain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/adam.h"
#include "la/scalar.h"

void bench_plain_open(struct bench_plain *plain, const struct trainer *trainer,
                      const struct graph *graph)
{
  const struct tensor *nodes = &trainer->model.tensors[0];
  const struct settings *settings = &trainer->request->settings;
  size_t size = (size_t)(nodes->rows * nodes->cols);
  *plain = (struct bench_plain){.trainer = trainer, .graph = graph, .dim = (int)nodes->cols,
                                .layers = graph ? (int)setting(settings, "layers") : 0,
                                .size = (int64_t)size};
  real **tables[] = {&plain->value, &plain->first, &plain->second, &plain->vectors, &plain->grad};
  for (size_t k = 0; k < COUNT_OF(tables); k++)
    *tables[k] = mem_aligned(size, sizeof(real));
  plain->work = mem_aligned(2 * size, sizeof(real));
  plain->other = mem_zero((size_t)setting(settings, "batch") + 1, sizeof *plain->other);
  memcpy(plain->value, nodes->value, size * sizeof(real));
}

void bench_plain_close(struct bench_plain *plain)
{
  void *all[] = {plain->value, plain->first, plain->second, plain->vectors,
                 plain->grad,  plain->work,  plain->other};
  for (size_t k = 0; k < COUNT_OF(all); k++)
    free(all[k]);
}

static void propagate(const struct bench_plain *plain, const real *x, real *out)
{
  const struct graph *graph = plain->graph;
  int64_t size = plain->size, dim = plain->dim;
  real *from = plain->work, *to = plain->work + size;
  memcpy(out, x, (size_t)size * sizeof(real));
  memcpy(from, x, (size_t)size * sizeof(real));
  for (int l = 0; l < plain->layers; l++) {
    memset(to, 0, (size_t)size * sizeof(real));
    for (int64_t p = 0; p < graph_nodes(graph); p++)
      for (int64_t e = graph->start[p]; e < graph->start[p + 1]; e++) {
        int64_t a = graph->node[p], b = graph->node[graph->place[e]];
        real value = graph->scale[p] * graph->scale[graph->place[e]];
        for (int64_t k = 0; k < dim; k++)
          to[a * dim + k] += value * from[b * dim + k];
      }
    for (int64_t k = 0; k < size; k++)
      out[k] += to[k];
    memcpy(from, to, (size_t)size * sizeof(real));
  }
  for (int64_t k = 0; k < size; k++)
    out[k] /= (real)(plain->layers + 1);
}

static void add_pairs(const struct bench_plain *plain, const struct batch *batch, const real *e,
                      real *grad)
{
  int64_t dim = plain->dim, users = plain->trainer->data.users;
  for (int32_t b = 0; b < batch->size; b++) {
    int64_t u = batch->user[b], i = users + batch->item[b], j = users + batch->other[b];
    double margin = 0;
    for (int64_t k = 0; k < dim; k++)
      margin += (double)(e[u * dim + k] * (e[i * dim + k] - e[j * dim + k]));
    real g = (real)(-scalar_sigmoid(-margin) / batch->size);
    for (int64_t k = 0; k < dim; k++) {
      grad[u * dim + k] += g * (e[i * dim + k] - e[j * dim + k]);
      grad[i * dim + k] += g * e[u * dim + k];
      grad[j * dim + k] -= g * e[u * dim + k];
    }
  }
}

static void move(struct bench_plain *plain, const real *grad)
{
  double t = (double)++plain->step, scale = 1 - pow(ADAM_B1, t), second = 1 - pow(ADAM_B2, t);
  for (int64_t k = 0; k < plain->size; k++) {
    double g = (double)grad[k];
    plain->first[k] = (real)(ADAM_B1 * (double)plain->first[k] + (1 - ADAM_B1) * g);
    plain->second[k] = (real)(ADAM_B2 * (double)plain->second[k] + (1 - ADAM_B2) * g * g);
    plain->value[k] -= (real)(1e-3 * ((double)plain->first[k] / scale) /
                              (sqrt((double)plain->second[k] / second) + ADAM_EPS));
  }
}

void bench_plain_epoch(struct bench_plain *plain)
{
  const struct dataset *data = &plain->trainer->data;
  int64_t room = (int64_t)setting(&plain->trainer->request->settings, "batch");
  for (int64_t first = 0; first < data->pairs; first += room) {
    int64_t left = data->pairs - first;
    struct batch batch = {.size = (int32_t)(left < room ? left : room), .nominal = (double)room,
                          .user = data->pair_user + first, .item = data->pair_item + first,
                          .other = plain->other};
    sampler_batch(&plain->trainer->sampler, (uint64_t)first, batch.user, batch.size, plain->other);
    propagate(plain, plain->value, plain->vectors);
    memset(plain->grad, 0, (size_t)plain->size * sizeof(real));
    add_pairs(plain, &batch, plain->vectors, plain->grad);
    if (plain->layers)
      propagate(plain, plain->grad, plain->vectors);
    move(plain, plain->layers ? plain->vectors : plain->grad);
  }
}
