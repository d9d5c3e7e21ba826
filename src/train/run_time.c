/* run_time.c - when a run may end
 *
 * A stage ends after its epochs, or when so many (patience) brought nothing better. So the time left
 * lies between two bounds: as if no epoch were better from now on, and as if one always were.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "train/run.h"
#include "train/trainer.h"

enum { NEWEST = 5 }; /* epochs that say how long one takes */

/* What the epochs of a stage say so far. */
struct seen {
  int64_t epochs, best;
  double seconds; /* mean of the newest; NAN: none yet */
};

static struct seen see(const struct run *run, const char *stage)
{
  struct seen seen = {.seconds = NAN};
  double sum = 0;
  int count = 0;
  for (int k = run->point_count - 1; k >= 0; k--) {
    const struct run_point *point = &run->points[k];
    if (strcmp(run->stages[point->stage].name, stage))
      continue;
    if (!seen.epochs)
      seen.epochs = point->stage_epoch;
    if (point->is_best && !seen.best)
      seen.best = point->stage_epoch;
    if (count < NEWEST && isfinite(point->seconds)) {
      sum += point->seconds;
      count++;
    }
  }
  if (count)
    seen.seconds = sum / count;
  return seen;
}

/* Epochs that a stage still takes, at least and at most. */
struct epochs {
  int64_t least, most;
};

static struct epochs epochs_left(const struct stage_row *stage, const struct settings *settings,
                                 const struct seen *seen, bool has_valid, struct epochs own)
{
  if (stage->flags & STAGE_AS_LONG)
    return (struct epochs){own.least - seen->epochs, own.most - seen->epochs};
  int64_t limit = (int64_t)setting(settings, stage->epochs);
  if (!has_valid)
    limit = limit < EPOCHS_WITHOUT_VALIDATION ? limit : EPOCHS_WITHOUT_VALIDATION;
  struct epochs left = {limit - seen->epochs, limit - seen->epochs};
  int64_t best = seen->epochs ? seen->best : 1; /* the first one always is */
  int64_t until = best + (int64_t)setting(settings, stage->patience) - seen->epochs;
  if (has_valid && until < left.least)
    left.least = until;
  left.least = left.least < 0 ? 0 : left.least;
  return left;
}

static bool is_wanted(const struct stage_row *stage, const struct settings *settings)
{
  return !(stage->flags & STAGE_CONTROL) || setting_is(settings, "controls", "on");
}

static int stage_at(const struct stage_row *stages, const char *name)
{
  for (int k = 0; stages && stages[k].name; k++)
    if (!strcmp(stages[k].name, name))
      return k;
  return -1;
}

bool run_time_left(const struct run *run, struct run_left *left)
{
  struct train_request request;
  if (!run->point_count || !train_request_from_json(&request, run->config, NULL))
    return false;
  const struct run_point *last = &run->points[run->point_count - 1];
  const struct stage_row *stages = request.model->stages;
  int at = stage_at(stages, run->stages[last->stage].name);
  if (at < 0)
    return false;
  struct epochs own = {0, 0};
  double pace = see(run, stages[at].name).seconds;
  *left = (struct run_left){.stage = at + 1};
  for (int k = 0; stages[k].name; k++) {
    if (!is_wanted(&stages[k], &request.settings))
      continue;
    left->stages++;
    struct seen seen = see(run, stages[k].name);
    struct epochs rest = {0, 0};
    if (k >= at)
      rest = epochs_left(&stages[k], &request.settings, &seen, isfinite(last->recall), own);
    if (!(stages[k].flags & STAGE_CONTROL))
      own = (struct epochs){seen.epochs + rest.least, seen.epochs + rest.most};
    if (k == at)
      left->epochs = seen.epochs + rest.most;
    double seconds = isfinite(seen.seconds) ? seen.seconds : pace;
    left->least += (double)rest.least * seconds;
    left->most += (double)rest.most * seconds;
  }
  return isfinite(left->most);
}
