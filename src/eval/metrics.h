/* metrics.h - how good a ranked list is (METHOD 1.4)
 *
 * All in double and never rounded before a comparison. `Recall@K` is the share of the
 * held-out items among the first K.
 * SPDX-License-Identifier: MIT */
#ifndef EVAL_METRICS_H
#define EVAL_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/json.h"

enum metric { METRIC_RECALL, METRIC_PRECISION, METRIC_NDCG, METRIC_MAP, METRIC_MRR, METRICS };
extern const char *const metric_names[METRICS]; /* "recall", ... */

enum { CUTS = 4 };
extern const int metric_cuts[CUTS]; /* 5, 10, 20, 50 */
#define METRIC_DEPTH 50             /* the deepest cut */
enum { CUT_20 = 2 };                /* the one that selects */

struct metrics {
  double value[CUTS][METRICS];
};

/* One user's metrics at cut K. is_hit[k]: the item at rank k + 1 is held out; count: ranks there
 * are (may be fewer than K); held: size of the held-out set, above 0. */
void metrics_at(const bool *is_hit, int count, int held, int cut, double value[METRICS]);
void metrics_add(struct metrics *sum, const struct metrics *one);
void metrics_divide(struct metrics *sum, int64_t users); /* of no users: NaN, null in JSON */
/* {"recall@5":.., ..., "mrr@50":..} */
cJSON *metrics_json(const struct metrics *metrics);

#endif
