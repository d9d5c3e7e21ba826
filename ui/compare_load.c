/* compare_load.c - the compare view's item, its candidates and their pictures, read by the worker
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "compare.h"

static struct compare *state_of(const struct ui *ui) { return ui_state(ui, &compare_view); }

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

void compare_forget_pictures(struct compare *compare)
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

void compare_show_candidate(struct ui *ui, struct compare *compare)
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
    compare_forget_pictures(compare);
  }
  compare_show_candidate(ui, compare);
}

void compare_load(struct ui *ui, struct compare *compare, int step)
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
  compare_load(ui, compare, 0);
}
