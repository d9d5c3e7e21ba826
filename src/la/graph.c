/* graph.c - see graph.h
 * SPDX-License-Identifier: MIT */
#include "la/graph.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "la/vec.h"

#define LANE 64 /* bytes: a line of the cache */

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
  *out = (struct graph){users, items, start[users], mem_zero(nodes + 1, sizeof *out->node),
                        mem_zero(nodes + 1, sizeof *out->scale),
                        mem_zero(nodes + 1, sizeof *out->start),
                        mem_zero(2 * (size_t)start[users] + 1, sizeof *out->place)};
  for (int32_t u = 0; u < users; u++)
    degree[u] = (int32_t)(start[u + 1] - start[u]);
  for (int64_t e = 0; e < start[users]; e++)
    degree[users + item[e]]++;
  sort_by_degree(degree, users, items, 0, out->node, place_of);
  sort_by_degree(degree + users, items, users, users, out->node, place_of + users);
  for (size_t p = 0; p < nodes; p++) {
    int32_t d = degree[out->node[p]];
    out->scale[p] = d ? (real)(1 / sqrt((double)d)) : 0;
    out->start[p + 1] = out->start[p] + d;
  }
  fill_edges(out, start, item, place_of);
  free(degree);
  free(place_of);
}

void graph_free(struct graph *graph)
{
  free(graph->node);
  free(graph->scale);
  free(graph->start);
  free(graph->place);
  *graph = (struct graph){0};
}

int64_t graph_nodes(const struct graph *graph) { return (int64_t)graph->users + graph->items; }

/* A strip of the vectors of all nodes: at[node * dim], width numbers of each, and where a thread
 * works on it: z, by place, holds D^-1/2 E^(l), so that a hop is a plain sum. */
struct strip {
  int width, dim;
  const real *x;
  real *out;
  lane *z, *next; /* [nodes] */
};

/* A copy of a size that is known is one instruction. */
static inline void copy(void *to, const void *from, int width)
{
  if (width == LANE_REALS)
    memcpy(to, from, LANE);
  else
    memcpy(to, from, (size_t)width * sizeof(real));
}

LA_CLONES static void begin(const struct graph *graph, const struct strip *strip)
{
  for (int64_t p = 0; p < graph_nodes(graph); p++) {
    lane x = {0};
    copy(&x, strip->x + (int64_t)graph->node[p] * strip->dim, strip->width);
    strip->z[p] = graph->scale[p] * x;
  }
}

/* out = (sum_of + A E^(l)) * mean, and what the next hop starts from. */
LA_CLONES static void hop(const struct graph *graph, const struct strip *strip, const real *sum_of,
                          real mean)
{
  const lane *restrict z = strip->z;
  lane *restrict next = strip->next;
  const int32_t *restrict place = graph->place;
  for (int64_t p = 0; p < graph_nodes(graph); p++) {
    lane sum = {0}, e = {0};
    real scale = graph->scale[p];
    int64_t at = (int64_t)graph->node[p] * strip->dim;
    for (int64_t edge = graph->start[p]; edge < graph->start[p + 1]; edge++)
      sum += z[place[edge]];
    copy(&e, sum_of + at, strip->width);
    e = (e + scale * sum) * mean;
    copy(strip->out + at, &e, strip->width);
    next[p] = scale * scale * sum;
  }
}

void graph_propagate(const struct graph *graph, int layers, int dim, const real *x, real *out)
{
  int64_t nodes = graph_nodes(graph), lanes = 2 * nodes;
  int strips = (dim + LANE_REALS - 1) / LANE_REALS;
  if (!layers) {
    memcpy(out, x, (size_t)(nodes * dim) * sizeof *out);
    return;
  }
  int threads = la_threads() < strips ? la_threads() : strips;
  lane *work = (lane *)la_scratch(threads * lanes * LANE_REALS);
#pragma omp parallel for schedule(static) num_threads(threads)
  for (int s = 0; s < strips; s++) {
    int at = s * LANE_REALS, left = dim - at;
    struct strip strip = {left < LANE_REALS ? left : LANE_REALS, dim, x + at, out + at,
                          work + omp_get_thread_num() * lanes, NULL};
    strip.next = strip.z + nodes;
    begin(graph, &strip);
    for (int l = 1; l <= layers; l++) {
      hop(graph, &strip, l == 1 ? strip.x : strip.out,
          l == layers ? (real)(1.0 / (layers + 1)) : 1);
      lane *kept = strip.z;
      strip.z = strip.next;
      strip.next = kept;
    }
  }
}
