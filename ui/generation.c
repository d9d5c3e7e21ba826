/* generation.c - see generation.h
 * SPDX-License-Identifier: MIT */
#include "generation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "event_child.h"

struct generation {
  struct event_child *child;
  char *item, *state;
  char *outcome; /* what is to be said at the end, or NULL */
  bool is_cancelled;
};

/* "a valid candidate, balance .98"; of a draft there is nothing to be said. */
static char *outcome_of(const cJSON *event)
{
  const char *reason = json_str(event, "reason");
  double balance = json_num(event, "balance", NAN);
  if (reason)
    return mem_printf("not valid: %s", reason);
  if (!json_bool(event, "valid", false))
    return NULL;
  return isfinite(balance) ? mem_printf("a valid candidate, balance %.2f", balance)
                           : mem_strdup("a valid candidate");
}

/* The end of what has come of a reply, in TAIL columns. */
static char *tail_of(const char *reply)
{
  enum { TAIL = 30 };
  char *clean = utf8_clean(reply ? reply : "", false);
  const char *at = clean;
  int wide = utf8_width(clean), step;
  while (wide > TAIL) {
    at += utf8_next(at, &step);
    wide -= step;
  }
  char *tail = mem_strdup(at);
  free(clean);
  return tail;
}

static void on_event(struct ui *ui, void *user, const cJSON *event)
{
  struct generation *generation = user;
  const char *kind = json_str(event, "event"), *template_name = json_str(event, "template");
  const char *state = json_str(event, "state"), *reason = json_str(event, "reason");
  if (kind && !strcmp(kind, "template") && template_name && state) {
    free(generation->state);
    generation->state = mem_printf("%s %s", template_name, state);
    if (reason)
      ui_complain(ui, "%s: %s", template_name, reason);
  }
  if (kind && !strcmp(kind, "partial") && template_name) {
    char *tail = tail_of(json_str(event, "reply"));
    free(generation->state);
    generation->state = mem_printf("%s: %s", template_name, tail);
    free(tail);
  }
  if (kind && !strcmp(kind, "item")) {
    free(generation->outcome);
    generation->outcome = outcome_of(event);
  }
  compare_generation_event(ui, event);
  ui->must_draw = true;
}

static void release(struct generation *generation)
{
  free(generation->item);
  free(generation->state);
  free(generation->outcome);
  free(generation);
}

/* The child is at its end: what it complained of is the message. */
static void on_end(struct ui *ui, void *user, int status, const char *complaint)
{
  struct generation *generation = user;
  ui->generation = NULL;
  if (generation->is_cancelled)
    ui_say(ui, "cancelled");
  else if (status != 0 && *complaint)
    ui_complain(ui, "%s", complaint);
  else if (generation->outcome)
    ui_say(ui, "%s", generation->outcome);
  release(generation);
  ui_changed(ui, true);
}

bool generation_start(struct ui *ui, const char *item, const char *templates, struct err *err)
{
  static const struct event_listener listener = {on_event, on_end};
  const char *const words[] = {"generate", "--templates", templates, "--events", "--again", NULL};
  const char *const operands[] = {ui->workspace, item, NULL};
  if (ui->generation)
    return err_set(err, EX_TEMPFAIL, "one item at a time: Esc cancels what is under way");
  struct generation *generation = mem_zero(1, sizeof *generation);
  generation->child = event_child_start(ui, words, operands, &listener, generation, err);
  if (!generation->child) {
    free(generation);
    return false;
  }
  generation->item = mem_strdup(item);
  generation->state = mem_strdup("starting");
  ui->generation = generation;
  return true;
}

bool generation_start_all(struct ui *ui, struct err *err)
{
  static const char *const words[] = {"generate", "--all", "--detach", NULL};
  const char *const operands[] = {ui->workspace, NULL};
  char *id = session_detach(ui, words, operands, err);
  bool ok = id != NULL;
  free(id);
  return ok;
}

void generation_cancel(struct ui *ui)
{
  if (!ui->generation)
    return;
  ui->generation->is_cancelled = true;
  event_child_kill(ui->generation->child);
  ui_say(ui, "cancelling");
}

void generation_end(struct ui *ui)
{
  if (!ui->generation)
    return;
  event_child_drop(ui, ui->generation->child);
  release(ui->generation);
  ui->generation = NULL;
}

const char *generation_state(const struct ui *ui, const char **item)
{
  if (!ui->generation)
    return NULL;
  *item = ui->generation->item;
  return ui->generation->state;
}
