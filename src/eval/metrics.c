/* metrics.c - see metrics.h
 * SPDX-License-Identifier: MIT */
#include "eval/metrics.h"

#include <math.h>
#include <stdio.h>

const char *const metric_names[METRICS] = {"recall", "precision", "ndcg", "map", "mrr"};
const int metric_cuts[CUTS] = {5, 10, 20, 50};

void metrics_at(const bool *is_hit, int count, int held, int cut, double value[METRICS])
{
  double gain = 0, ideal = 0, precision_sum = 0, first = 0;
  int hits = 0;
  for (int k = 1; k <= cut && k <= held; k++)
    ideal += 1 / log2(k + 1.0);
  for (int k = 1; k <= cut && k <= count; k++) {
    if (!is_hit[k - 1])
      continue;
    hits++;
    gain += 1 / log2(k + 1.0);
    precision_sum += (double)hits / k;
    if (hits == 1)
      first = 1.0 / k;
  }
  value[METRIC_RECALL] = (double)hits / held;
  value[METRIC_PRECISION] = (double)hits / cut;
  value[METRIC_NDCG] = gain / ideal;
  value[METRIC_MAP] = precision_sum / (held < cut ? held : cut);
  value[METRIC_MRR] = first;
}

void metrics_add(struct metrics *sum, const struct metrics *one)
{
  for (int c = 0; c < CUTS; c++)
    for (int m = 0; m < METRICS; m++)
      sum->value[c][m] += one->value[c][m];
}

void metrics_divide(struct metrics *sum, int64_t users)
{
  for (int c = 0; c < CUTS; c++)
    for (int m = 0; m < METRICS; m++)
      sum->value[c][m] = users ? sum->value[c][m] / (double)users : NAN;
}

cJSON *metrics_json(const struct metrics *metrics)
{
  cJSON *object = cJSON_CreateObject();
  for (int m = 0; m < METRICS; m++)
    for (int c = 0; c < CUTS; c++) {
      char name[32];
      snprintf(name, sizeof name, "%s@%d", metric_names[m], metric_cuts[c]);
      json_add_num(object, name, metrics->value[c][m]);
    }
  return object;
}
