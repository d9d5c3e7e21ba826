/* generate_events.c - what happens while `generate` runs, as it happens
 *
 * With --events each step is a JSON line on stdout; a run that is a job writes the lines into its
 * directory too, where the interface finds them.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli/generation.h"
#include "cli/spending.h"

cJSON *generation_event(const char *name)
{
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "event", name);
  return json;
}

/* A line on stdout, and one in the job's directory; the event is deleted. */
void generation_emit(struct generation *g, cJSON *event, bool is_for_job)
{
  struct err err;
  if (g->has_events) {
    char *line = json_line(event);
    g->is_stdout_gone = g->is_stdout_gone || printf("%s\n", line) < 0 || fflush(stdout) != 0;
    free(line);
  }
  if (g->job && is_for_job)
    job_event(g->job, event, &err); /* the job's work is in the workspace: it goes on */
  else
    cJSON_Delete(event);
}

static void emit_item(struct generation *g, const struct gen_event *event)
{
  const struct negative *negative = event->negative;
  cJSON *json = generation_event("item");
  json_add_str(json, "item", event->item);
  if (negative)
    json_add_int(json, "negative", negative->id);
  json_add_bool(json, "valid", negative && negative->is_valid);
  json_add_str(json, "reason", event->reason);
  json_add_num(json, "balance", negative ? negative->balance : NAN);
  json_add_int(json, "done", g->totals.done);
  json_add_int(json, "valid_so_far", g->totals.valid);
  json_add_int(json, "total", g->totals.total);
  generation_emit(g, json, true);
}

static void emit_template(struct generation *g, const struct gen_event *event)
{
  static const char *const states[] = {[GEN_STARTED] = "started", [GEN_DONE] = "done",
                                       [GEN_FAILED] = "failed", [GEN_RETRIED] = "again"};
  cJSON *json = generation_event("template");
  json_add_str(json, "item", event->item);
  json_add_str(json, "template", event->template_name);
  json_add_str(json, "state", states[event->state]);
  if (event->negative)
    json_add_int(json, "negative", event->negative->id);
  json_add_str(json, "reason", event->reason);
  generation_emit(g, json, g->server.row->needs_model);
}

/* What has come of an answer that is on its way: for who looks on, not for the record. */
static void emit_partial(struct generation *g, const struct gen_event *event)
{
  cJSON *json = generation_event("partial");
  json_add_str(json, "item", event->item);
  json_add_str(json, "template", event->template_name);
  json_add_str(json, "reply", event->reply);
  generation_emit(g, json, false);
}

static void count_reason(struct generation *g, const struct gen_event *event)
{
  char *name = bulk_failure_kind(event);
  struct reason *found = NULL;
  for (int k = 0; k < g->reason_count && !found; k++)
    if (!strcmp(g->reasons[k].name, name))
      found = &g->reasons[k];
  if (!found && g->reason_count < 1000) {
    VEC_PUSH(g->reasons, g->reason_count, g->reason_room) =
      (struct reason){mem_strdup(name), mem_printf("%s: %s", event->item, event->reason), 0};
    found = &g->reasons[g->reason_count - 1];
  }
  if (found)
    found->count++;
  free(name);
}

static void show_progress(struct generation *g)
{
  struct buf note = {0};
  char *spent = spending_text(&g->account);
  if (g->totals.failed)
    buf_printf(&note, "%lld failed%s", (long long)g->totals.failed, *spent ? ", " : "");
  buf_str(&note, spent);
  progress_show(&g->progress, g->totals.done, note.data);
  free(spent);
  buf_free(&note);
}

void generation_on_event(void *user, const struct gen_event *event, const struct bulk_totals *totals)
{
  struct generation *g = user;
  (void)totals; /* they are ours */
  if (event->state == GEN_PARTIAL) {
    emit_partial(g, event);
    return;
  }
  if (event->state != GEN_ITEM) {
    show_progress(g);
    if (g->has_events || g->job)
      emit_template(g, event);
    return;
  }
  if (g->has_events || g->job)
    emit_item(g, event);
  if (event->reason)
    count_reason(g, event);
  if (event->negative) {
    g->last_id = event->negative->id;
    g->is_last_draft = event->negative->is_draft;
  }
  show_progress(g);
}
