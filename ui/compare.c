/* compare.c - one item, original beside intervened; templates, candidates, decisions
 * SPDX-License-Identifier: MIT */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "generation.h"

const struct negative *compare_candidate(const struct compare *compare)
{
  return compare->at >= 0 && compare->at < compare->candidate_count ? compare->candidates[compare->at]
                                                                    : NULL;
}

static struct compare *state_of(const struct ui *ui) { return ui_state(ui, &compare_view); }

static void *compare_open(struct ui *ui)
{
  struct compare *compare = mem_zero(1, sizeof *compare);
  (void)ui;
  compare->at = compare->pictured = -1;
  return compare;
}

static void compare_close(void *state)
{
  struct compare *compare = state;
  compare_free_rows(compare);
  compare_forget_pictures(compare);
  item_free(compare->item);
  negatives_free(compare->candidates, compare->candidate_count);
  run_influence_free(&compare->influence);
  free(compare->key);
  free(compare->failure);
  free(compare);
}

static void compare_changed(struct ui *ui, void *state)
{
  struct compare *compare = state;
  if (compare->key && !compare->is_loading)
    compare_load(ui, compare, 0);
}

void compare_generation_event(struct ui *ui, const cJSON *event)
{
  struct compare *compare = state_of(ui);
  double id = json_num(event, "negative", 0);
  const char *item = json_str(event, "item");
  if (!compare || id <= 0 || !item || !compare->key || strcmp(item, compare->key))
    return;
  compare->wanted = (int64_t)id;
  compare_load(ui, compare, 0);
}

static bool compare_has(struct ui *ui, void *state, enum need need)
{
  const struct compare *compare = state;
  const struct negative *negative = compare_candidate(compare);
  switch (need) {
  case NEEDS_ITEM: return compare->item != NULL;
  case NEEDS_NEGATIVE: return negative != NULL;
  case NEEDS_FINISHED: return negative && !negative->is_draft;
  case NEEDS_WORK: return ui->generation != NULL;
  default: return false;
  }
}

/* Does a candidate of the backend in use have this template's reply? */
static bool has_reply(const struct ui *ui, const struct compare *compare, int index)
{
  for (int k = 0; k < compare->candidate_count; k++) {
    const struct negative *negative = compare->candidates[k];
    if (negative->replies[index] && negative->backend &&
        !strcmp(negative->backend, ui->session.backend))
      return true;
  }
  return false;
}

static void run_templates(struct ui *ui, const struct compare *compare, const char *templates)
{
  struct err err;
  if (!strcmp(templates, "mask") && !has_reply(ui, compare, 0)) {
    ui_complain(ui, "describe first: press 1");
    return;
  }
  if (!strcmp(templates, "complete") && !has_reply(ui, compare, 1)) {
    ui_complain(ui, "mask first: press 2");
    return;
  }
  if (generation_start(ui, compare->key, templates, &err))
    ui->must_draw = true;
  else
    ui_complain(ui, "%s", err.text);
}

static void step_candidate(struct ui *ui, struct compare *compare, int step)
{
  int at = compare->at + step;
  if (at < 0 || at >= compare->candidate_count)
    return;
  compare->at = at;
  compare->scroll = 0;
  compare_show_candidate(ui, compare);
}

static void scroll_by(struct compare *compare, int lines)
{
  int most = compare->body_height - compare->body_rows, at = compare->scroll + lines;
  compare->scroll = at < 0 || most < 0 ? 0 : at > most ? most : at;
}

static bool compare_act(struct ui *ui, void *state, enum action action, int count)
{
  struct compare *compare = state;
  switch (action) {
  case ACTION_down: scroll_by(compare, count); return true;
  case ACTION_up: scroll_by(compare, -count); return true;
  case ACTION_page_down: scroll_by(compare, count * compare->body_rows); return true;
  case ACTION_page_up: scroll_by(compare, -count * compare->body_rows); return true;
  case ACTION_first: compare->scroll = 0; return true;
  case ACTION_last: scroll_by(compare, compare->body_height); return true;
  case ACTION_describe: run_templates(ui, compare, "describe"); return true;
  case ACTION_mask: run_templates(ui, compare, "mask"); return true;
  case ACTION_complete: run_templates(ui, compare, "complete"); return true;
  case ACTION_chain: run_templates(ui, compare, "describe,mask,complete"); return true;
  case ACTION_prompt: workbench_show(ui, compare->key, -1); return true;
  case ACTION_accept: compare_decide(ui, compare, DECISION_ACCEPT); return true;
  case ACTION_reject: compare_decide(ui, compare, DECISION_REJECT); return true;
  case ACTION_undo: compare_decide(ui, compare, DECISION_NONE); return true;
  case ACTION_next_waiting: compare_find_waiting(ui, compare, 1); return true;
  case ACTION_previous_waiting: compare_find_waiting(ui, compare, -1); return true;
  case ACTION_next_candidate: step_candidate(ui, compare, count); return true;
  case ACTION_previous_candidate: step_candidate(ui, compare, -count); return true;
  case ACTION_next_item: compare_load(ui, compare, 1); return true;
  case ACTION_previous_item: compare_load(ui, compare, -1); return true;
  case ACTION_fold: compare->is_folded = !compare->is_folded; return true;
  default: return false;
  }
}

const struct view_ops compare_view = {
  .name = "compare",
  .bit = V_COMPARE,
  .open = compare_open,
  .close = compare_close,
  .changed = compare_changed,
  .draw = compare_draw,
  .act = compare_act,
  .has = compare_has,
};
