/* activity.c - what is under way in the workspace, in a few words for the header
 *
 * Whoever started it: the newest generation job and the newest training run are looked at
 * by the worker whenever something changes, and their directories watched while they run.
 * SPDX-License-Identifier: MIT */
#include "activity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "loop.h"
#include "store/job.h"
#include "text.h"

/* More than one may run at once; older ones than these are looked for in their view. */
enum { NEWEST = 3 };

static void add_job(struct buf *text, const struct job_info *info)
{
  char done[32], total[32];
  double of = json_num(info->last, "total", NAN);
  buf_printf(text, "%sgenerating", text->size ? ", " : "");
  if (isfinite(of))
    buf_printf(text, " %s of %s", thousands((long long)json_num(info->last, "done", 0), done),
               thousands((long long)of, total));
}

static void add_run(struct buf *text, const struct job_info *info)
{
  double recall = json_num(json_get(info->last, "valid"), "recall@20", NAN);
  buf_printf(text, "%srun %s", text->size ? ", " : "", info->id);
  if (isfinite(recall))
    buf_printf(text, " epoch %.0f R@20 %.4f", json_num(info->last, "epoch", 0), recall);
}

static void look(struct activity *activity, const char *workspace, const char *kind, struct buf *text)
{
  struct job_info info;
  int count;
  char **ids = job_ids(workspace, kind, &count);
  for (int k = 0; k < count; k++) {
    if (k >= count - NEWEST && activity->dir_count < ACTIVITY_MOST &&
        job_look(workspace, kind, ids[k], &info, NULL)) {
      if (info.state == JOB_RUNNING) {
        activity->dirs[activity->dir_count++] = mem_printf("%s/%s/%s", workspace, kind, ids[k]);
        if (!strcmp(kind, "jobs"))
          add_job(text, &info);
        else
          add_run(text, &info);
      }
      job_info_free(&info);
    }
    free(ids[k]);
  }
  free(ids);
}

void activity_look(struct activity *activity, const char *workspace)
{
  struct buf text = {0};
  *activity = (struct activity){0};
  look(activity, workspace, "jobs", &text);
  look(activity, workspace, "runs", &text);
  activity->text = text.size ? buf_take(&text) : NULL;
}

void activity_watch(const struct activity *activity, struct loop *loop, const char *workspace)
{
  static const char *const kinds[] = {"jobs", "runs"};
  for (size_t k = 0; k < COUNT_OF(kinds); k++) {
    char *all = path_join(workspace, kinds[k]);
    loop_watch_directory(loop, all);
    free(all);
  }
  for (int k = 0; k < activity->dir_count; k++)
    loop_watch_directory(loop, activity->dirs[k]);
}

void activity_free(struct activity *activity)
{
  for (int k = 0; k < activity->dir_count; k++)
    free(activity->dirs[k]);
  free(activity->text);
  *activity = (struct activity){0};
}
