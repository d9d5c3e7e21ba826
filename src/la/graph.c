/* graph.c - see graph.h
 * SPDX-License-Identifier: MIT */
#include "la/graph.h"

#include <assert.h>
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/vec.h"

#define LANE 64 /* bytes: a line of the cache */
enum { AHEAD = 24 }; /* edges, or nodes, that are fetched before they are needed */

typedef real lane __attribute__((vector_size(LANE), may_alias));
enum { LANE_REALS = LANE / sizeof(real) };

/* Places of count nodes by their degrees, fewest first: a stable counting sort. */
static void sort_by_degree(const int32_t *degree, int32_t count, int32_t most, int32_t first,
                           int32_t *node, int32_t *place_of)
{
  int32_t *next = mem_zero((size_t)most + 2, sizeof *next);
  for (int32_t k = 0; k < count; k++)
    next[degree[k] + 1]++;
  for (int32_t d = 1; d <= most; d++)
    next[d] += next[d - 1];
  for (int32_t k = 0; k < count; k++) {
    place_of[k] = first + next[degree[k]]++;
    node[place_of[k]] = first + k;
  }
  free(next);
}

static void fill_edges(const struct graph *graph, const int64_t *start, const int32_t *item,
                       const int32_t *place_of)
{
  int64_t *next = mem_zero((size_t)graph->items + 1, sizeof *next);
  for (int32_t i = 0; i < graph->items; i++)
    next[i] = graph->start[place_of[graph->users + i]];
  for (int32_t p = 0; p < graph->users; p++) {
    int32_t u = graph->node[p];
    for (int64_t e = 0; e < start[u + 1] - start[u]; e++) {
      int32_t i = item[start[u] + e];
      graph->place[graph->start[p] + e] = place_of[graph->users + i];
      graph->place[next[i]++] = p;
    }
  }
  free(next);
}

void graph_build(int32_t users, int32_t items, const int64_t *start, const int32_t *item,
                 struct graph *out)
{
  size_t nodes = (size_t)users + (size_t)items;
  int32_t *degree = mem_zero(nodes + 1, sizeof *degree);
  int32_t *place_of = mem_zero(nodes + 1, sizeof *place_of);
  *out = (struct graph){
    .users = users, .items = items, .edges = start[users], .place_of = place_of,
    .node = mem_zero(nodes + AHEAD, sizeof *out->node),
    .scale = mem_zero(nodes + 1, sizeof *out->scale),
    .root = mem_zero(nodes + 1, sizeof *out->root),
    .start = mem_zero(nodes + 1, sizeof *out->start),
    .place = mem_zero(2 * (size_t)start[users] + AHEAD, sizeof *out->place),
  };
  for (int32_t u = 0; u < users; u++)
    degree[u] = (int32_t)(start[u + 1] - start[u]);
  for (int64_t e = 0; e < start[users]; e++)
    degree[users + item[e]]++;
  sort_by_degree(degree, users, items, 0, out->node, place_of);
  sort_by_degree(degree + users, items, users, users, out->node, place_of + users);
  for (size_t p = 0; p < nodes; p++) {
    int32_t d = degree[out->node[p]];
    out->scale[p] = d ? (real)(1 / sqrt((double)d)) : 0;
    out->root[p] = (real)sqrt((double)d);
    out->start[p + 1] = out->start[p] + d;
  }
  fill_edges(out, start, item, place_of);
  free(degree);
}

void graph_free(struct graph *graph)
{
  free(graph->node);
  free(graph->place_of);
  free(graph->scale);
  free(graph->root);
  free(graph->start);
  free(graph->place);
  *graph = (struct graph){0};
}

int64_t graph_nodes(const struct graph *graph) { return (int64_t)graph->users + graph->items; }

/* ---- some of the nodes */

void graph_rows_init(struct graph_rows *rows, const struct graph *graph)
{
  size_t nodes = (size_t)graph_nodes(graph);
  *rows = (struct graph_rows){.place = mem_zero(nodes + AHEAD, sizeof *rows->place),
                              .is_in = mem_zero(nodes + 1, 1)};
}

void graph_rows_free(struct graph_rows *rows)
{
  free(rows->place);
  free(rows->is_in);
  *rows = (struct graph_rows){0};
}

void graph_rows_set(struct graph_rows *rows, const struct graph *graph, const int32_t *node,
                    int32_t count)
{
  memset(rows->is_in, 0, (size_t)graph_nodes(graph));
  for (int32_t k = 0; k < count; k++)
    rows->is_in[graph->place_of[node[k]]] = 1;
  rows->count = rows->users = 0;
  rows->edges[0] = rows->edges[1] = 0;
  for (int32_t p = 0; p < graph_nodes(graph); p++)
    if (rows->is_in[p]) {
      rows->place[rows->count++] = p;
      rows->users += p < graph->users;
      rows->edges[p >= graph->users] += graph->start[p + 1] - graph->start[p];
    }
}

/* ---- a strip of the vectors */

/* at[node * dim], width numbers of each, and where a thread works on it, by place: z holds
 * D^-1/2 E^(l), so that a hop is a plain sum; next, what it becomes. */
struct strip {
  int width, dim;
  const real *x;
  real *out;
  lane *z, *next; /* [nodes] */
};

/* A copy of a size that is known is one instruction. */
static inline __attribute__((always_inline)) void copy(void *to, const void *from, int width)
{
  if (width == LANE_REALS)
    memcpy(to, from, LANE);
  else
    memcpy(to, from, (size_t)width * sizeof(real));
}

static inline __attribute__((always_inline)) void get(const struct strip *strip, const real *table,
                                                      int64_t node, lane *row)
{
  *row = (lane){0};
  copy(row, table + node * strip->dim, strip->width);
}

static void swap(struct strip *strip)
{
  lane *kept = strip->z;
  strip->z = strip->next;
  strip->next = kept;
}

static inline __attribute__((always_inline)) void add_neighbours(const struct graph *graph,
                                                                 const lane *z, int64_t p, lane *out)
{
  const int32_t *place = graph->place;
  lane sum = {0};
  for (int64_t edge = graph->start[p]; edge < graph->start[p + 1]; edge++) {
    __builtin_prefetch(z + place[edge + AHEAD]);
    sum += z[place[edge]];
  }
  *out = graph->scale[p] * sum;
}

LA_CLONES static void begin(const struct graph *graph, const struct strip *strip)
{
  for (int64_t p = 0; p < graph_nodes(graph); p++) {
    __builtin_prefetch(strip->x + (int64_t)graph->node[p + AHEAD] * strip->dim);
    get(strip, strip->x, graph->node[p], &strip->z[p]);
    strip->z[p] *= graph->scale[p];
  }
}

/* Of places first .. end - 1. */
LA_CLONES static void hop(const struct graph *graph, const struct strip *strip, int64_t first,
                          int64_t end)
{
  const lane *restrict z = strip->z;
  lane *restrict next = strip->next;
  for (int64_t p = first; p < end; p++) {
    lane e;
    add_neighbours(graph, z, p, &e);
    next[p] = graph->scale[p] * e;
  }
}

/* The first hop from an x that is 0 but in `rows`: `places` of them, whose edges end at first .. end - 1.
 * What is there is brought to its neighbours. */
LA_CLONES static void push(const struct graph *graph, const struct strip *strip,
                           const int32_t *places, int32_t count, int64_t first, int64_t end)
{
  lane *restrict next = strip->next;
  memset(next + first, 0, (size_t)(end - first) * sizeof *next);
  for (int32_t k = 0; k < count; k++) {
    int64_t p = places[k];
    lane z;
    __builtin_prefetch(strip->x + (int64_t)graph->node[places[k + AHEAD]] * strip->dim);
    get(strip, strip->x, graph->node[p], &z);
    z *= graph->scale[p];
    for (int64_t edge = graph->start[p]; edge < graph->start[p + 1]; edge++)
      next[graph->place[edge]] += z;
  }
  for (int64_t p = first; p < end; p++)
    next[p] *= graph->scale[p] * graph->scale[p];
}

/* The same where most of the other side is in `rows`: each place asks all its neighbours. */
LA_CLONES static void pull(const struct graph *graph, const struct strip *strip,
                           const int32_t *places, int32_t count, int64_t first, int64_t end)
{
  int64_t other = first ? 0 : end, others = graph_nodes(graph) - (end - first);
  memset(strip->z + other, 0, (size_t)others * sizeof *strip->z);
  for (int32_t k = 0; k < count; k++) {
    lane *z = &strip->z[places[k]];
    get(strip, strip->x, graph->node[places[k]], z);
    *z *= graph->scale[places[k]];
  }
  hop(graph, strip, first, end);
}

static void hop_from(const struct graph *graph, const struct strip *strip,
                     const struct graph_rows *rows)
{
  int64_t users = graph->users, nodes = graph_nodes(graph);
  const int32_t *items = rows->place + rows->users;
  (rows->edges[0] < graph->edges / 2 ? push : pull)(graph, strip, rows->place, rows->users, users,
                                                    nodes);
  (rows->edges[1] < graph->edges / 2 ? push : pull)(graph, strip, items, rows->count - rows->users,
                                                    0, users);
}

/* out = (sum + E^(l)) * mean in these places (NULL: all), z being of layer l; sum NULL: 0. */
LA_CLONES static void add(const struct graph *graph, const struct strip *strip,
                          const struct graph_rows *rows, const real *sum, real mean)
{
  int64_t count = rows ? rows->count : graph_nodes(graph);
  for (int64_t k = 0; k < count; k++) {
    int64_t p = rows ? rows->place[k] : k, node = graph->node[p];
    lane e = {0};
    if (sum)
      get(strip, sum, node, &e);
    e = (e + graph->root[p] * strip->z[p]) * mean;
    copy(strip->out + node * strip->dim, &e, strip->width);
  }
}

/* The same with the last layer, too: that after l. has_layer: E^(l) itself is not in the sum yet. */
LA_CLONES static void add_last(const struct graph *graph, const struct strip *strip,
                               const struct graph_rows *rows, const real *sum, bool has_layer,
                               real mean)
{
  const lane *restrict z = strip->z;
  int64_t count = rows ? rows->count : graph_nodes(graph);
  const int32_t *places = rows ? rows->place : NULL;
  for (int64_t k = 0; k < count; k++) {
    int64_t p = places ? places[k] : k, node = graph->node[p];
    int64_t later = (int64_t)graph->node[places ? places[k + AHEAD] : k + AHEAD] * strip->dim;
    lane e, before = {0};
    add_neighbours(graph, z, p, &e);
    __builtin_prefetch(strip->out + later, 1);
    if (sum) {
      __builtin_prefetch(sum + later);
      get(strip, sum, node, &before);
    }
    if (has_layer)
      before += graph->root[p] * z[p];
    e = (before + e) * mean;
    copy(strip->out + node * strip->dim, &e, strip->width);
  }
}

/* out += mean x in the rows of x that are not 0. */
LA_CLONES static void add_source(const struct graph *graph, const struct strip *strip,
                                 const struct graph_rows *rows, real mean)
{
  for (int32_t k = 0; k < rows->count; k++) {
    int64_t node = graph->node[rows->place[k]];
    lane e, x;
    get(strip, strip->out, node, &e);
    get(strip, strip->x, node, &x);
    e += mean * x;
    copy(strip->out + node * strip->dim, &e, strip->width);
  }
}

/* from: the rows where x is not 0; to: those that are asked for; NULL: all. */
static void through(const struct graph *graph, struct strip *strip, int layers,
                    const struct graph_rows *from, const struct graph_rows *to)
{
  real mean = (real)(1.0 / (layers + 1));
  const real *sum = from ? NULL : strip->x;
  if (from) {
    hop_from(graph, strip, from);
    swap(strip);
  } else {
    begin(graph, strip);
    if (layers > 1) {
      hop(graph, strip, 0, graph_nodes(graph));
      swap(strip);
    }
  }
  for (int l = 1; l < layers - 1; l++, sum = strip->out) {
    add(graph, strip, to, sum, 1);
    hop(graph, strip, 0, graph_nodes(graph));
    swap(strip);
  }
  if (from && layers == 1)
    add(graph, strip, to, sum, mean);
  else
    add_last(graph, strip, to, sum, layers > 1, mean);
  if (from)
    add_source(graph, strip, from, mean);
}

static void propagate(const struct graph *graph, int layers, int dim, const struct graph_rows *from,
                      const struct graph_rows *to, const real *x, real *out)
{
  int64_t lanes = 2 * graph_nodes(graph);
  int strips = (dim + LANE_REALS - 1) / LANE_REALS;
  int threads = la_threads() < strips ? la_threads() : strips;
  lane *work = (lane *)la_scratch(threads * lanes * LANE_REALS);
#pragma omp parallel for schedule(static) num_threads(threads)
  for (int s = 0; s < strips; s++) {
    int at = s * LANE_REALS, left = dim - at;
    struct strip strip = {left < LANE_REALS ? left : LANE_REALS, dim, x + at, out + at,
                          work + omp_get_thread_num() * lanes, NULL};
    strip.next = strip.z + graph_nodes(graph);
    through(graph, &strip, layers, from, to);
  }
}

void graph_propagate(const struct graph *graph, int layers, int dim, const real *x, real *out)
{
  if (layers)
    propagate(graph, layers, dim, NULL, NULL, x, out);
  else
    memcpy(out, x, (size_t)(graph_nodes(graph) * dim) * sizeof *out);
}

void graph_propagate_to(const struct graph *graph, const struct graph_rows *rows, int layers, int dim,
                        const real *x, real *out)
{
  assert(layers > 0);
  propagate(graph, layers, dim, NULL, rows, x, out);
}

void graph_propagate_from(const struct graph *graph, const struct graph_rows *rows, int layers,
                          int dim, const real *x, real *out)
{
  assert(layers > 0);
  propagate(graph, layers, dim, rows, NULL, x, out);
}
