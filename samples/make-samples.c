/* make-samples.c - the sample catalogue: a shop of made-up things with planted causes
 *
 * Writes DIR/catalogue (a RecBole folder with pictures) and DIR/truth.json, which says
 * what the folder does not: what each picture shows, what each user likes, and which
 * attributes only go along with what is liked. The same seed gives the same bytes on
 * every machine.
 * SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "taste.h"

struct samples {
  uint64_t seed;
  struct item items[ITEMS];
  struct user users[USERS];
  struct visit *visits;
  int visit_count;
};

static const enum key columns[] = {KEY_MATERIAL, KEY_STYLE,  KEY_ERA,     KEY_THEME,
                                   KEY_MAKER,    KEY_ORIGIN, KEY_OCCASION};

static const char *value_of(const struct item *item, enum key key)
{
  return key_rows[key].values[item->value[key]];
}

/* The n-th item in the order of the shop window: the kinds take turns. */
static const struct item *item_at(const struct samples *samples, int n)
{
  return &samples->items[n % KINDS * PER_KIND + n / KINDS];
}

static bool write_in(const char *dir, const char *name, struct buf *data, struct err *err)
{
  char *path = path_join(dir, name);
  bool ok = path_write(path, data->data, data->size, err);
  free(path);
  buf_free(data);
  return ok;
}

static bool write_items(const struct samples *samples, const char *dir, struct err *err)
{
  struct buf out = {0};
  buf_str(&out, "item_id:token\ttitle:token_seq");
  for (size_t k = 0; k < COUNT_OF(columns); k++)
    buf_printf(&out, "\t%s:token%s", key_rows[columns[k]].name,
               columns[k] == KEY_THEME ? "_seq" : "");
  buf_str(&out, "\tdescription:token_seq\n");
  for (int i = 0; i < ITEMS; i++) {
    const struct item *item = item_at(samples, i);
    buf_printf(&out, "%s\t%s", item->id, item->title);
    for (size_t k = 0; k < COUNT_OF(columns); k++) {
      buf_printf(&out, "\t%s", value_of(item, columns[k]));
      if (columns[k] == KEY_THEME && item->second_theme >= 0)
        buf_printf(&out, ",%s", key_rows[KEY_THEME].values[item->second_theme]);
    }
    buf_printf(&out, "\t%s\n", item->description);
  }
  return write_in(dir, "catalogue.item", &out, err);
}

static bool write_visits(const struct samples *samples, const char *dir, struct err *err)
{
  struct buf out = {0};
  buf_str(&out, "user_id:token\titem_id:token\trating:float\ttimestamp:float\n");
  for (int k = 0; k < samples->visit_count; k++) {
    const struct visit *visit = &samples->visits[k];
    buf_printf(&out, "%s\t%s\t%d\t%" PRId64 "\n", samples->users[visit->user].id,
               samples->items[visit->item].id, visit->rating, visit->time);
  }
  return write_in(dir, "catalogue.inter", &out, err);
}

static bool write_pictures(const struct samples *samples, const char *dir, struct err *err)
{
  char *images = path_join(dir, "images");
  bool ok = path_make_dirs(images, err);
  for (int i = 0; ok && i < ITEMS; i++) {
    struct buf png = {0};
    char name[32];
    draw_item(&samples->items[i], samples->seed, &png);
    snprintf(name, sizeof name, "%s.png", samples->items[i].id);
    ok = write_in(images, name, &png, err);
  }
  free(images);
  return ok;
}

static cJSON *pair_json(struct pair pair)
{
  cJSON *object = cJSON_CreateObject();
  json_add_str(object, "modality", key_rows[pair.key].modality);
  json_add_str(object, "key", key_rows[pair.key].name);
  json_add_str(object, "value", key_rows[pair.key].values[pair.value]);
  return object;
}

/* Add a value as the next line of a list, and free it. */
static void add_line(struct buf *out, cJSON *value, bool is_last)
{
  char *line = json_line(value);
  buf_printf(out, "  %s%s\n", line, is_last ? "" : ",");
  free(line);
  cJSON_Delete(value);
}

static void add_decoys(struct buf *out, const struct samples *samples)
{
  buf_str(out, " \"decoys\": [\n");
  for (int d = 0; d < DECOYS; d++) {
    double phi = world_phi(samples->items, decoys[d].decoy, decoys[d].partner);
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToObject(object, "decoy", pair_json(decoys[d].decoy));
    cJSON_AddItemToObject(object, "partner", pair_json(decoys[d].partner));
    json_add_num(object, "phi", (double)(int)(phi * 1000) / 1000);
    add_line(out, object, d + 1 == DECOYS);
  }
  buf_str(out, " ],\n");
}

static void add_items(struct buf *out, const struct samples *samples)
{
  buf_str(out, " \"items\": [\n");
  for (int i = 0; i < ITEMS; i++) {
    const struct item *item = item_at(samples, i);
    cJSON *object = cJSON_CreateObject();
    json_add_str(object, "item", item->id);
    json_add_str(object, "kind", kind_names[item->kind]);
    cJSON *image = json_add_object(object, "image"), *text = json_add_object(object, "text");
    for (int key = 0; key < KEYS; key++)
      if (key != KEY_THEME)
        json_add_str(strcmp(key_rows[key].modality, "image") == 0 ? image : text,
                     key_rows[key].name, value_of(item, (enum key)key));
    cJSON *themes = json_add_array(text, key_rows[KEY_THEME].name);
    cJSON_AddItemToArray(themes, cJSON_CreateString(value_of(item, KEY_THEME)));
    if (item->second_theme >= 0)
      cJSON_AddItemToArray(themes,
                           cJSON_CreateString(key_rows[KEY_THEME].values[item->second_theme]));
    cJSON *mentions = json_add_array(object, "mentions");
    for (int key = 0; key < KEYS; key++)
      if (item->mentions & (1u << key))
        cJSON_AddItemToArray(mentions, cJSON_CreateString(key_rows[key].name));
    add_line(out, object, i + 1 == ITEMS);
  }
  buf_str(out, " ],\n");
}

static void add_users(struct buf *out, const struct samples *samples)
{
  buf_str(out, " \"users\": [\n");
  for (int u = 0; u < USERS; u++) {
    cJSON *object = cJSON_CreateObject();
    json_add_str(object, "user", samples->users[u].id);
    cJSON *likes = json_add_array(object, "likes");
    for (int k = 0; k < LIKES; k++) {
      cJSON *like = pair_json(samples->users[u].likes[k].pair);
      json_add_int(like, "weight", samples->users[u].likes[k].weight);
      cJSON_AddItemToArray(likes, like);
    }
    add_line(out, object, u + 1 == USERS);
  }
  buf_str(out, " ]\n");
}

static bool write_truth(const struct samples *samples, const char *dir, struct err *err)
{
  struct buf out = {0};
  int off = 0;
  for (int k = 0; k < samples->visit_count; k++)
    off += taste_score(&samples->users[samples->visits[k].user],
                       &samples->items[samples->visits[k].item]) == 0;
  buf_printf(&out, "{\n \"seed\": \"%" PRIu64 "\",\n", samples->seed);
  buf_printf(&out, " \"interactions\": {\"all\": %d, \"off_taste\": %d},\n", samples->visit_count,
             off);
  add_decoys(&out, samples);
  add_items(&out, samples);
  add_users(&out, samples);
  buf_str(&out, "}\n");
  return write_in(dir, "truth.json", &out, err);
}

static bool make(uint64_t seed, const char *dir, struct err *err)
{
  struct samples *samples = mem_zero(1, sizeof *samples);
  char *catalogue = path_join(dir, "catalogue");
  samples->seed = seed;
  world_deal(samples->items, seed);
  words_write(samples->items, seed);
  tastes_deal(samples->users, seed);
  samples->visits = visits_make(samples->users, samples->items, seed, &samples->visit_count);
  bool ok = path_make_dirs(catalogue, err) && write_items(samples, catalogue, err) &&
            write_visits(samples, catalogue, err) && write_pictures(samples, catalogue, err) &&
            write_truth(samples, dir, err);
  for (int i = 0; i < ITEMS; i++) {
    free(samples->items[i].title);
    free(samples->items[i].description);
  }
  free(samples->visits);
  free(catalogue);
  free(samples);
  return ok;
}

int main(int argc, char **argv)
{
  struct err err;
  uint64_t seed = 1;
  bool has_seed = argc == 4 && strcmp(argv[1], "--seed") == 0, is_number = true;
  if (has_seed) {
    char *end;
    errno = 0;
    seed = strtoull(argv[2], &end, 10);
    is_number = !errno && argv[2][0] >= '0' && argv[2][0] <= '9' && !*end;
  }
  if (!is_number || (!has_seed && (argc != 2 || argv[1][0] == '-'))) {
    fprintf(stderr, "usage: make-samples [--seed N] DIR\n");
    return EX_USAGE;
  }
  if (make(seed, argv[argc - 1], &err))
    return 0;
  fprintf(stderr, "make-samples: %s\n", err.text);
  return err.code;
}
