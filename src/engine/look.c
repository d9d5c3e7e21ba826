/* look.c - what is known of the item that is asked about, and what edits of its picture gave
 *
 * The three templates ask about one item in a row: what is known of it is remembered until
 * another item or another picture comes.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "engine/engine_private.h"

enum { BYTES_ASKED = 1 << 14 };

static uint64_t picture_stamp(const struct easel *easel)
{
  if (!easel)
    return 0;
  const struct picture *picture = easel_picture(easel);
  size_t size = (size_t)picture->width * (size_t)picture->height * 3, step = 1 + size / BYTES_ASKED;
  uint64_t h = rng_mix64((uint64_t)picture->width << 32 | (uint64_t)picture->height);
  for (size_t k = 0; k < size; k += step)
    h = (h ^ picture->rgb[k]) * 0x100000001b3ull;
  return h;
}

int look_class(const struct engine *engine, enum image_key key)
{
  return measure_class(&engine->look.measure, &engine->borders, key);
}

static void own_add(struct look *look, int32_t value)
{
  bool is_new = value >= 0 && look->own_count < OWN_MAX;
  for (int k = 0; is_new && k < look->own_count; k++)
    is_new = look->own[k] != value;
  if (is_new)
    look->own[look->own_count++] = value;
}

static void look_at_text(struct engine *engine, const struct item *item)
{
  const struct statistics *s = engine->statistics;
  for (int a = 0; a < item->attribute_count; a++) {
    const struct attribute *attribute = &item->attributes[a];
    int key = attribute->modality == TEXT ? statistics_key(s, TEXT, attribute->key) : -1;
    if (key >= 0)
      own_add(&engine->look, statistics_value(s, key, attribute->value));
  }
  int term = statistics_key(s, TEXT, TERM_KEY);
  if (term < 0 || s->keys[term].form != FORM_TERM || item->id >= s->item_count)
    return;
  for (int64_t e = s->item_values[item->id]; e < s->item_values[item->id + 1]; e++)
    if (s->values[s->entries[e]].key == term)
      own_add(&engine->look, s->entries[e]);
}

static void look_at_measure(struct engine *engine, const struct measure *measure)
{
  engine->look.has_picture = measure && engine->has_borders;
  if (!engine->look.has_picture)
    return;
  engine->look.measure = *measure;
  for (int k = 0; k < IMAGE_KEYS; k++) {
    int key = statistics_key(engine->statistics, IMAGE, image_keys[k].name);
    const char *class = image_keys[k].classes[look_class(engine, (enum image_key)k)];
    if (key >= 0)
      own_add(&engine->look, statistics_value(engine->statistics, key, class));
  }
}

void look_at(struct asked *asked)
{
  struct engine *engine = asked->engine;
  uint64_t stamp = rng_mix64(hash_str(asked->item->key)) ^ picture_stamp(asked->easel);
  for (int a = 0; a < asked->item->attribute_count; a++)
    stamp = rng_mix64(stamp ^ hash_str(asked->item->attributes[a].value));
  if (engine->look.stamp == (stamp | 1))
    return;
  engine->look = (struct look){.stamp = stamp | 1};
  taste_look(&engine->taste, asked->item->id);
  look_at_text(engine, asked->item);
  look_at_measure(engine, asked->easel ? easel_measure(asked->easel) : NULL);
}

void look_at_imported(struct asked *asked)
{
  struct engine *engine = asked->engine;
  engine->look = (struct look){0};
  taste_look(&engine->taste, asked->item->id);
  look_at_text(engine, asked->item);
  look_at_measure(engine, asked->item->has_measure ? &asked->item->measure : NULL);
}

/* The calibrated displacement that the easel's newest sketch is. */
static double displacement_by_sketch(const struct asked *asked)
{
  const struct encoders *encoders = asked->engine->encoders;
  const float *negative[MODALITIES] = {NULL, NULL};
  struct displacement displacement;
  float *row = mem_zero((size_t)encoders_dim(encoders, IMAGE) + 1, sizeof *row);
  encoders_planes(encoders, easel_planes(asked->easel), row);
  negative[IMAGE] = row;
  encoders_displacement(encoders, asked->item->id, negative, &displacement);
  free(row);
  return displacement.calibrated[IMAGE];
}

const struct edit *look_sketch(struct asked *asked, enum image_key key, int to_class,
                               double strength)
{
  struct edit *edit = easel_sketch(asked->easel, key, to_class, strength);
  if (edit && isnan(edit->note) && edit_passes(&edit->sketch))
    edit->note = displacement_by_sketch(asked);
  return edit;
}

const struct edit_result *look_result(const struct edit *edit)
{
  return edit->is_finished ? &edit->result : &edit->sketch;
}
