/* graph.c - see graph.h
 * SPDX-License-Identifier: MIT */
#include "model/graph.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/* Both halves: rows of users point to items, rows of items to users, ascending. */
void graph_build(int32_t users, int32_t items, const int64_t *start, const int32_t *item,
                 struct csr *out)
{
  int64_t edges = start[users], nodes = (int64_t)users + items;
  *out = (struct csr){.rows = nodes};
  out->start = mem_zero((size_t)nodes + 2, sizeof *out->start);
  out->col = mem_zero(2 * (size_t)edges + 1, sizeof *out->col);
  out->value = mem_zero(2 * (size_t)edges + 1, sizeof *out->value);
  for (int32_t u = 0; u < users; u++)
    out->start[u + 2] = start[u + 1] - start[u];
  for (int64_t e = 0; e < edges; e++)
    out->start[users + item[e] + 2]++;
  for (int64_t r = 2; r <= nodes; r++) /* start[r + 1] is now where row r begins */
    out->start[r] += out->start[r - 1];
  for (int32_t u = 0; u < users; u++)
    for (int64_t e = start[u]; e < start[u + 1]; e++) {
      int32_t node = users + item[e];
      out->col[out->start[u + 1]++] = node;
      out->col[out->start[node + 1]++] = u;
    }
  for (int64_t r = 0; r < nodes; r++)
    for (int64_t e = out->start[r]; e < out->start[r + 1]; e++) {
      int64_t c = out->col[e];
      double degrees = (double)(out->start[r + 1] - out->start[r]) *
                       (double)(out->start[c + 1] - out->start[c]);
      out->value[e] = (real)(1 / sqrt(degrees));
    }
}

void graph_propagate(const struct csr *adjacency, int layers, int dim, const real *x, real *out,
                     real *work)
{
  int64_t size = adjacency->rows * dim;
  real *from = work, *to = work + size;
  memcpy(out, x, (size_t)size * sizeof *out);
  for (int l = 1; l <= layers; l++) {
    csr_spmm(adjacency, dim, l == 1 ? x : from, to, out,
             l == layers ? (real)(1.0 / (layers + 1)) : 1);
    real *kept = from;
    from = to;
    to = kept;
  }
}
