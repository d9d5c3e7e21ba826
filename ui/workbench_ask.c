/* workbench_ask.c - render, ask, edit: what the workbench starts
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "editor.h"
#include "event_child.h"
#include "prompt/draft.h"
#include "workbench.h"

static struct workbench *state_of(const struct ui *ui) { return ui_state(ui, &prompt_view); }

static void set(char **text, const char *value)
{
  free(*text);
  *text = mem_strdup(value);
}

static void forget_answer(struct workbench *bench)
{
  cJSON_Delete(bench->rounds);
  bench->rounds = NULL;
  set(&bench->partial, NULL);
  set(&bench->state, NULL);
}

static void on_event(struct ui *ui, void *user, const cJSON *event)
{
  struct workbench *bench = user;
  const char *kind = json_str(event, "event");
  ui->must_draw = true;
  if (!kind)
    return;
  if (!strcmp(kind, "messages")) {
    cJSON_Delete(bench->now);
    bench->now = cJSON_Duplicate(event, 1);
  } else if (!strcmp(kind, "partial")) {
    set(&bench->partial, json_str(event, "reply"));
    set(&bench->state, "coming in");
  } else if (!strcmp(kind, "again")) {
    set(&bench->partial, NULL);
    set(&bench->state, json_str(event, "reason"));
  } else if (!strcmp(kind, "round")) {
    bench->rounds = bench->rounds ? bench->rounds : cJSON_CreateArray();
    cJSON_AddItemToArray(bench->rounds, cJSON_Duplicate(event, 1));
    set(&bench->partial, NULL);
    set(&bench->state, json_str(event, "reason") ? "asked again, with what was wrong" : NULL);
  } else if (!strcmp(kind, "run")) {
    bench->wanted = (int64_t)json_num(event, "id", 0);
  }
}

static void on_rendered(struct ui *ui, void *user, int status, const char *complaint)
{
  struct workbench *bench = user;
  bench->child = NULL;
  ui->launches--;
  set(&bench->failure, status ? complaint : NULL);
  ui->must_draw = true;
}

static void on_asked(struct ui *ui, void *user, int status, const char *complaint)
{
  struct workbench *bench = user;
  bench->child = NULL;
  bench->is_asking = false;
  ui->launches--;
  if (bench->is_cancelled)
    ui_say(ui, "cancelled");
  else if (status && *complaint)
    ui_complain(ui, "%s", complaint);
  set(&bench->partial, NULL);
  workbench_load(ui, bench, 0);
  ui_load_counts(ui);
}

static bool start(struct ui *ui, struct workbench *bench, const char *verb, const char *option,
                  const struct event_listener *listener)
{
  struct err err;
  const char *const words[] = {"prompts", "--events", option, NULL};
  const char *const operands[] = {verb, ui->workspace, template_names[bench->template_index], bench->key,
                                  NULL};
  bench->child = event_child_start(ui, words, operands, listener, bench, &err);
  if (!bench->child) {
    ui_complain(ui, "%s", err.text);
    return false;
  }
  ui->launches++;
  return true;
}

void workbench_stop(struct ui *ui, struct workbench *bench)
{
  if (!bench->child)
    return;
  event_child_drop(ui, bench->child);
  bench->child = NULL;
  bench->is_asking = false;
  ui->launches--;
}

void workbench_render(struct ui *ui, struct workbench *bench)
{
  static const struct event_listener listener = {on_event, on_rendered};
  if (bench->is_asking)
    return; /* it tells its messages, too */
  workbench_stop(ui, bench);
  cJSON_Delete(bench->now);
  bench->now = NULL;
  forget_answer(bench);
  start(ui, bench, "render", NULL, &listener);
}

void workbench_ask(struct ui *ui, struct workbench *bench, bool is_anew)
{
  static const struct event_listener listener = {on_event, on_asked};
  if (bench->is_asking) {
    ui_complain(ui, "one question at a time: Esc cancels what is under way");
    return;
  }
  workbench_stop(ui, bench);
  forget_answer(bench);
  bench->is_cancelled = bench->is_differing = false;
  if (!start(ui, bench, "try", is_anew ? "--no-cache" : NULL, &listener))
    return;
  bench->is_asking = true;
  bench->at = -1;
  bench->scroll[PANE_REPLY] = 0;
  bench->pane = PANE_REPLY;
}

/* ---- edit */

struct adopt_task {
  struct task task;
  const char *name;
  bool ok, is_new;
  struct err err;
};

static void adopt_work(struct task *task, struct store *store, struct decoder *decoder)
{
  struct adopt_task *adopt = (struct adopt_task *)(void *)task;
  (void)decoder;
  adopt->ok = template_adopt(store, adopt->name, &adopt->is_new, &adopt->err);
}

static void adopt_done(struct task *task, struct ui *ui)
{
  struct adopt_task *adopt = (struct adopt_task *)(void *)task;
  struct workbench *bench = state_of(ui);
  if (adopt->ok) {
    ui_say(ui, adopt->is_new ? "%s was changed" : "%s is as it was", adopt->name);
    workbench_ask(ui, bench, false);
  } else {
    ui_complain(ui, "%s. It stays as you left it: E goes on; %s works as before", adopt->err.text,
                adopt->name);
  }
}

void workbench_edit(struct ui *ui, struct workbench *bench)
{
  struct err err;
  const char *name = template_names[bench->template_index];
  char *path = template_draft(ui->workspace, name, &err);
  bool ok = path && editor_run(ui, path, &err);
  free(path);
  if (!ok) {
    ui_complain(ui, "%s", err.text);
    return;
  }
  struct adopt_task *adopt = mem_zero(1, sizeof *adopt);
  adopt->task = (struct task){.work = adopt_work, .done = adopt_done};
  adopt->name = name;
  worker_write(ui->worker, &adopt->task);
}
