/* workbench_versus.c - which version, or which model, is better: start a comparison
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "event_child.h"
#include "prompt/template.h"
#include "workbench.h"

enum { ITEMS_USUAL = 20, ITEMS_MOST = 1000000 };

static struct workbench *state_of(const struct ui *ui) { return ui_state(ui, &prompt_view); }

void workbench_forget_versus(struct workbench *bench)
{
  for (int s = 0; s < 2; s++) {
    free(bench->versus[s].model);
    bench->versus[s] = (struct side_wanted){.hash = ""};
  }
}

/* The offline engine has no model to choose. */
static void want_run(struct side_wanted *side, const struct trial *trial)
{
  snprintf(side->hash, sizeof side->hash, "%s", trial->version);
  side->model = strcmp(trial->backend, "offline") ? mem_strdup(trial->model) : NULL;
}

/* The newest run of another version than the one in use; NULL: there is none. */
static const struct trial *former(const struct workbench *bench)
{
  const char *now = json_str(bench->now, "hash");
  for (int k = 0; now && k < bench->run_count; k++)
    if (strcmp(bench->runs[k]->version, now))
      return bench->runs[k];
  return NULL;
}

static bool choose_sides(struct workbench *bench)
{
  int marked = workbench_marked(bench);
  const struct trial *other = former(bench);
  workbench_forget_versus(bench);
  if (marked >= 0 && bench->at >= 0 && marked != bench->at) {
    want_run(&bench->versus[0], bench->runs[marked]);
    want_run(&bench->versus[1], bench->runs[bench->at]);
    return true;
  }
  if (!other)
    return false;
  snprintf(bench->versus[0].hash, sizeof bench->versus[0].hash, "%s", other->version);
  return true;
}

static void add(const char *words[], int *count, const char *name, const char *value)
{
  if (!value || !*value)
    return;
  words[(*count)++] = name;
  words[(*count)++] = value;
}

static void start(struct ui *ui, struct workbench *bench, int items)
{
  struct err err;
  char number[16];
  const char *words[16] = {"prompts", "--detach"};
  int count = 2;
  snprintf(number, sizeof number, "%d", items);
  add(words, &count, "--items", number);
  add(words, &count, "--a", bench->versus[0].hash);
  add(words, &count, "--b", bench->versus[1].hash);
  add(words, &count, "--model-a", bench->versus[0].model);
  add(words, &count, "--model-b", bench->versus[1].model);
  const char *const operands[] = {"compare", ui->workspace, template_names[bench->template_index], NULL};
  char *id = session_detach(ui, words, operands, &err);
  if (id)
    versus_show(ui, id);
  else
    ui_complain(ui, "%s", err.text);
  free(id);
}

static void entered(struct ui *ui, const char *text)
{
  char *end;
  long items = *text ? strtol(text, &end, 10) : ITEMS_USUAL;
  if (*text && (*end || items < 1 || items > ITEMS_MOST))
    ui_complain(ui, "a number of items from 1 to %d, not \"%s\"", ITEMS_MOST, text);
  else
    start(ui, state_of(ui), (int)items);
}

void workbench_versus(struct ui *ui, struct workbench *bench)
{
  if (choose_sides(bench))
    ui->prompt = prompt_line_new("compare over how many items (20)? ", entered, NULL, false);
  else
    ui_complain(ui, "versus needs two versions or models: edit with E, or mark a run (m) and go to another");
}
