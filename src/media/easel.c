/* easel.c - see easel.h
 * SPDX-License-Identifier: MIT */
#include "media/easel.h"

#include <stdlib.h>

#include "base/mem.h"

enum { EDITS_MAX = 128 };

struct easel {
  const struct picture *picture;
  struct borders borders;
  bool can_edit;
  struct measure measure;
  struct canvas small, whole; /* made when they are asked for: no planes before */
  struct edit *edits[EDITS_MAX];
  int edit_count;
};

struct easel *easel_new(const struct picture *picture, const struct borders *borders)
{
  struct easel *easel = mem_zero(1, sizeof *easel);
  easel->picture = picture;
  easel->can_edit = borders != NULL;
  if (borders)
    easel->borders = *borders;
  return easel;
}

static void forget(struct easel *easel, int at)
{
  edit_free(&easel->edits[at]->result);
  free(easel->edits[at]);
}

void easel_free(struct easel *easel)
{
  if (!easel)
    return;
  for (int k = 0; k < easel->edit_count; k++)
    forget(easel, k);
  if (easel->small.original.n)
    canvas_free(&easel->small);
  if (easel->whole.original.n)
    canvas_free(&easel->whole);
  free(easel);
}

const struct picture *easel_picture(const struct easel *easel) { return easel->picture; }

static struct canvas *small_of(struct easel *easel)
{
  if (!easel->small.original.n) {
    easel->small = canvas_small(easel->picture);
    easel->measure = measure_lab(&easel->small.original);
  }
  return &easel->small;
}

const struct measure *easel_measure(struct easel *easel)
{
  small_of(easel);
  return &easel->measure;
}

const struct lab *easel_planes(const struct easel *easel) { return &easel->small.edited; }

static struct edit *find(const struct easel *easel, enum image_key key, int to_class,
                         double strength)
{
  for (int k = 0; k < easel->edit_count; k++)
    if (easel->edits[k]->key == key && easel->edits[k]->to_class == to_class &&
        easel->edits[k]->strength == strength)
      return easel->edits[k];
  return NULL;
}

/* Room for one more: of very many the oldest is forgotten. */
static struct edit *add(struct easel *easel)
{
  if (easel->edit_count == EDITS_MAX) {
    forget(easel, 0);
    easel->edit_count--;
    for (int k = 0; k < easel->edit_count; k++)
      easel->edits[k] = easel->edits[k + 1];
  }
  return easel->edits[easel->edit_count++] = mem_zero(1, sizeof(struct edit));
}

struct edit *easel_sketch(struct easel *easel, enum image_key key, int to_class, double strength)
{
  struct canvas *small = small_of(easel);
  struct edit *edit = find(easel, key, to_class, strength);
  if (edit)
    return edit;
  if (!easel->can_edit || !edit_is_possible(&easel->measure, &easel->borders, key, to_class))
    return NULL;
  edit = add(easel);
  edit_sketch(small, &easel->measure, &easel->borders, key, to_class, strength, edit);
  return edit;
}

const struct edit *easel_edit(struct easel *easel, enum image_key key, int to_class,
                              double strength)
{
  struct edit *edit = easel_sketch(easel, key, to_class, strength);
  if (!edit || edit->is_finished)
    return edit;
  if (!easel->whole.original.n)
    easel->whole = canvas_new(easel->picture);
  edit_finish(&easel->whole, edit);
  return edit;
}
