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

/* ---------------------------------------------------------------- loading */

struct item_task {
  struct task task;
  char *key;
  int64_t at_id; /* step: the item after or before this id instead of key */
  int step;
  struct item *item;
  struct negative **candidates;
  int candidate_count;
  struct run_influence influence;
  struct err err;
  bool ok;
};

static void item_work(struct task *task, struct store *store, struct decoder *decoder)
{
  struct item_task *load = (struct item_task *)(void *)task;
  (void)decoder;
  load->item = load->step ? item_at(store, load->at_id + load->step, &load->err)
                          : item_find(store, load->key, &load->err);
  load->ok = load->item && negatives_of(store, load->item->key, &load->candidates,
                                        &load->candidate_count, &load->err);
  if (load->ok)
    run_influence_load(store_dir(store), load->item->key, &load->influence);
}

static void item_free_task(struct task *task)
{
  struct item_task *load = (struct item_task *)(void *)task;
  item_free(load->item);
  negatives_free(load->candidates, load->candidate_count);
  run_influence_free(&load->influence);
  free(load->key);
  free(load);
}

static void load_pictures(struct ui *ui, struct compare *compare);

static void forget_pictures(struct compare *compare)
{
  struct pictures *pictures = &compare->pictures;
  for (int k = 0; k < 2; k++) {
    picture_free(&pictures->picture[k]);
    cells_free(&pictures->cells[k]);
    free(pictures->note[k]);
    pictures->note[k] = NULL;
  }
  pictures->width = pictures->height = 0;
  compare->pictured = -1;
}

static void show_candidate(struct ui *ui, struct compare *compare)
{
  compare_make_rows(compare);
  load_pictures(ui, compare);
  ui->must_draw = true;
}

/* The wanted candidate, else the one that was shown, else the newest. */
static int pick_candidate(const struct compare *compare, int64_t before)
{
  int64_t wanted = compare->wanted ? compare->wanted : before;
  for (int k = 0; k < compare->candidate_count; k++)
    if (compare->candidates[k]->id == wanted)
      return k;
  return compare->candidate_count - 1;
}

static void item_done(struct task *task, struct ui *ui)
{
  struct item_task *load = (struct item_task *)(void *)task;
  struct compare *compare = state_of(ui);
  ui->must_draw = true;
  if (load->step && !load->ok) {
    ui_say(ui, load->step > 0 ? "this is the last item" : "this is the first item");
    return;
  }
  if (!load->step && (!compare->key || strcmp(load->key, compare->key)))
    return; /* another item was asked for meanwhile */
  compare->is_loading = compare->is_deciding = false;
  free(compare->failure);
  compare->failure = load->ok ? NULL : mem_strdup(load->err.text);
  if (!load->ok)
    return;
  bool is_other = !compare->item || strcmp(compare->item->key, load->item->key);
  const struct negative *shown = compare_candidate(compare);
  int64_t before = shown && !is_other ? shown->id : 0;
  item_free(compare->item);
  negatives_free(compare->candidates, compare->candidate_count);
  compare->item = load->item;
  compare->candidates = load->candidates;
  compare->candidate_count = load->candidate_count;
  run_influence_free(&compare->influence);
  compare->influence = load->influence;
  load->influence = (struct run_influence){0};
  load->item = NULL;
  load->candidates = NULL;
  load->candidate_count = 0;
  free(compare->key);
  compare->key = mem_strdup(compare->item->key);
  compare->at = pick_candidate(compare, before);
  compare->wanted = 0;
  if (is_other) {
    compare->scroll = 0;
    forget_pictures(compare);
  }
  show_candidate(ui, compare);
}

static void load_item(struct ui *ui, struct compare *compare, int step)
{
  struct item_task *load = mem_zero(1, sizeof *load);
  load->task = (struct task){.work = item_work, .done = item_done, .free_it = item_free_task};
  load->key = mem_strdup(compare->key);
  load->step = step;
  load->at_id = compare->item ? compare->item->id : -1;
  compare->is_loading = true;
  worker_read(ui->worker, &load->task);
}

struct picture_task {
  struct task task;
  int64_t candidate, item;
  char *key, *path;
  bool has_picture, wants_original;
  struct picture picture[2];
  char *note[2];
};

/* The item's picture; the small copy of the import where its file is gone or spoilt. */
static void original_work(struct picture_task *load, struct store *store, struct decoder *decoder)
{
  struct err err, unused;
  struct buf jpeg = {0};
  if (!load->path) {
    load->note[0] = mem_strdup("no picture");
    return;
  }
  if (decoder_read_file(decoder, load->path, &load->picture[0], NULL, NULL, &err))
    return;
  bool has_copy = item_thumbnail(store, load->item, &jpeg) &&
                  decoder_read(decoder, jpeg.data, jpeg.size, "the copy", &load->picture[0], &unused);
  load->note[0] = has_copy ? mem_strdup("the import's copy") : utf8_clean(err.text, false);
  buf_free(&jpeg);
}

static void picture_work(struct task *task, struct store *store, struct decoder *decoder)
{
  struct picture_task *load = (struct picture_task *)(void *)task;
  struct err err;
  struct buf png = {0};
  if (load->wants_original)
    original_work(load, store, decoder);
  if (load->has_picture && negative_picture(store, load->candidate, &png, &err) &&
      !decoder_read(decoder, png.data, png.size, "the intervened picture", &load->picture[1], &err))
    load->note[1] = utf8_clean(err.text, false);
  buf_free(&png);
}

static void picture_free_task(struct task *task)
{
  struct picture_task *load = (struct picture_task *)(void *)task;
  for (int k = 0; k < 2; k++) {
    picture_free(&load->picture[k]);
    free(load->note[k]);
  }
  free(load->key);
  free(load->path);
  free(load);
}

/* "in words only", "drawn from the words"; NULL when there is nothing to say. */
static char *picture_note(const struct negative *negative, const struct item *item)
{
  if (negative->is_draft || !item->picture_path)
    return NULL;
  cJSON *notes = negative->notes ? cJSON_Parse(negative->notes) : NULL;
  const char *made = json_str(notes, "picture");
  char *note = made && strcmp(made, "drawn") ? utf8_clean(made, false)
               : negative->has_picture       ? NULL
                                             : mem_strdup("in words only");
  cJSON_Delete(notes);
  return note;
}

static void picture_done(struct task *task, struct ui *ui)
{
  struct picture_task *load = (struct picture_task *)(void *)task;
  struct compare *compare = state_of(ui);
  const struct negative *negative = compare_candidate(compare);
  if (!compare->key || strcmp(load->key, compare->key) ||
      load->candidate != (negative ? negative->id : 0))
    return;
  for (int k = load->wants_original ? 0 : 1; k < 2; k++) {
    picture_free(&compare->pictures.picture[k]);
    free(compare->pictures.note[k]);
    compare->pictures.picture[k] = load->picture[k];
    compare->pictures.note[k] = load->note[k];
    load->picture[k] = (struct picture){0};
    load->note[k] = NULL;
  }
  if (negative && !compare->pictures.note[1])
    compare->pictures.note[1] = picture_note(negative, compare->item);
  compare->pictures.width = 0; /* cells anew */
  compare->pictured = load->candidate;
  ui->must_draw = true;
}

static void load_pictures(struct ui *ui, struct compare *compare)
{
  const struct negative *negative = compare_candidate(compare);
  int64_t id = negative ? negative->id : 0;
  if (compare->pictured == id && !(negative && negative->is_draft))
    return;
  struct picture_task *load = mem_zero(1, sizeof *load);
  load->task = (struct task){.work = picture_work, .done = picture_done, .free_it = picture_free_task};
  load->key = mem_strdup(compare->key);
  load->path = mem_strdup(compare->item->picture_path);
  load->candidate = id;
  load->item = compare->item->id;
  load->has_picture = negative && negative->has_picture;
  load->wants_original = !compare->pictures.picture[0].rgb;
  worker_read(ui->worker, &load->task);
}

void compare_show(struct ui *ui, const char *item, int64_t negative)
{
  if (!item)
    return;
  char *key = mem_strdup(item);
  if (ui_view(ui) != &compare_view)
    ui_show(ui, &compare_view);
  struct compare *compare = state_of(ui);
  free(compare->key);
  compare->key = key;
  compare->wanted = negative;
  load_item(ui, compare, 0);
}

/* ---------------------------------------------------------------- decisions */

struct decision_task {
  struct task task;
  int64_t negative; /* 0: undo */
  enum decision decision;
  char *curator;
  bool ok;
  int64_t undone, next;
  char *next_item;
  struct err err;
};

static void decision_work(struct task *task, struct store *store, struct decoder *decoder)
{
  struct decision_task *decide = (struct decision_task *)(void *)task;
  (void)decoder;
  if (!decide->negative) {
    decide->ok = verdict_undo(store, decide->curator, &decide->undone, &decide->err);
    struct negative *negative =
      decide->ok && decide->undone ? negative_load(store, decide->undone, &decide->err) : NULL;
    if (negative) {
      decide->next = decide->undone;
      decide->next_item = mem_strdup(negative->item);
    }
    negative_free(negative);
    return;
  }
  decide->ok = verdict_add(store, decide->negative, decide->curator, decide->decision, NULL, NULL,
                           &decide->err);
  if (decide->ok)
    decide->next = negative_waiting(store, decide->negative, 1, &decide->next_item, &decide->err);
}

static void decision_free_task(struct task *task)
{
  struct decision_task *decide = (struct decision_task *)(void *)task;
  free(decide->curator);
  free(decide->next_item);
  free(decide);
}

static void decision_done(struct task *task, struct ui *ui)
{
  struct decision_task *decide = (struct decision_task *)(void *)task;
  struct compare *compare = state_of(ui);
  compare->is_deciding = false;
  if (!decide->ok) {
    ui_complain(ui, "%s", decide->err.text);
    return;
  }
  ui_load_counts(ui);
  if (!decide->negative && !decide->undone) {
    ui_say(ui, "%s has nothing to take back", decide->curator);
    return;
  }
  ui->has_worked = true;
  if (decide->negative)
    ui_say(ui, "%s%s", decision_names[decide->decision],
           decide->next ? "" : "; no other negative waits after this one");
  else
    ui_say(ui, "taken back");
  if (decide->next)
    compare_show(ui, decide->next_item, decide->next);
  else
    load_item(ui, compare, 0);
}

static void decide(struct ui *ui, struct compare *compare, enum decision decision)
{
  const struct negative *negative = compare_candidate(compare);
  if (compare->is_deciding)
    return; /* the one before is not written yet */
  struct decision_task *task = mem_zero(1, sizeof *task);
  task->task = (struct task){.work = decision_work, .done = decision_done,
                             .free_it = decision_free_task};
  task->negative = decision == DECISION_NONE ? 0 : negative->id;
  task->decision = decision;
  task->curator = mem_strdup(ui->cli->curator);
  compare->is_deciding = true;
  worker_write(ui->worker, &task->task);
}

struct waiting_task {
  struct task task;
  int64_t from, found;
  int direction;
  char *item;
  struct err err;
};

static void waiting_work(struct task *task, struct store *store, struct decoder *decoder)
{
  struct waiting_task *waiting = (struct waiting_task *)(void *)task;
  (void)decoder;
  waiting->found = negative_waiting(store, waiting->from, waiting->direction, &waiting->item,
                                    &waiting->err);
}

static void waiting_free_task(struct task *task)
{
  struct waiting_task *waiting = (struct waiting_task *)(void *)task;
  free(waiting->item);
  free(waiting);
}

static void waiting_done(struct task *task, struct ui *ui)
{
  struct waiting_task *waiting = (struct waiting_task *)(void *)task;
  if (waiting->found)
    compare_show(ui, waiting->item, waiting->found);
  else
    ui_say(ui, waiting->direction > 0 ? "no negative waits after this one"
                                      : "no negative waits before this one");
}

static void find_waiting(struct ui *ui, const struct compare *compare, int direction)
{
  const struct negative *negative = compare_candidate(compare);
  struct waiting_task *waiting = mem_zero(1, sizeof *waiting);
  waiting->task = (struct task){.work = waiting_work, .done = waiting_done,
                                .free_it = waiting_free_task};
  waiting->from = negative ? negative->id : 0;
  waiting->direction = direction;
  worker_read(ui->worker, &waiting->task);
}

/* ---------------------------------------------------------------- the view */

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
  forget_pictures(compare);
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
    load_item(ui, compare, 0);
}

void compare_generation_event(struct ui *ui, const cJSON *event)
{
  struct compare *compare = state_of(ui);
  double id = json_num(event, "negative", 0);
  const char *item = json_str(event, "item");
  if (!compare || id <= 0 || !item || !compare->key || strcmp(item, compare->key))
    return;
  compare->wanted = (int64_t)id;
  load_item(ui, compare, 0);
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
  show_candidate(ui, compare);
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
  case ACTION_accept: decide(ui, compare, DECISION_ACCEPT); return true;
  case ACTION_reject: decide(ui, compare, DECISION_REJECT); return true;
  case ACTION_undo: decide(ui, compare, DECISION_NONE); return true;
  case ACTION_next_waiting: find_waiting(ui, compare, 1); return true;
  case ACTION_previous_waiting: find_waiting(ui, compare, -1); return true;
  case ACTION_next_candidate: step_candidate(ui, compare, count); return true;
  case ACTION_previous_candidate: step_candidate(ui, compare, -count); return true;
  case ACTION_next_item: load_item(ui, compare, 1); return true;
  case ACTION_previous_item: load_item(ui, compare, -1); return true;
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
