/* influence.c - what each modality does, kept with a run: by item and by user
 *
 * influence.jsonl has a line {"item":KEY,"text":..,"image":..} for every item that something
 * moves, then {"user":KEY,...} likewise. It is small, and found by key: an item's numbers may
 * have changed since.
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "encode/given.h"
#include "train/run.h"
#include "train/trainer.h"

#define SIZE_LIMIT ((size_t)1 << 30)

/* A line without its end: {"item":"mug-01" */
static char *line_head(const char *kind, const char *key)
{
  cJSON *object = cJSON_CreateObject();
  json_add_str(object, kind, key);
  char *text = json_line(object);
  text[strlen(text) - 1] = '\0';
  cJSON_Delete(object);
  return text;
}

static void add_line(struct buf *out, const char *kind, const char *key,
                     float *const value[MODALITIES], int32_t row)
{
  if (isnan(value[TEXT][row]))
    return;
  char *head = line_head(kind, key);
  buf_str(out, head);
  for (int m = 0; m < MODALITIES; m++)
    buf_printf(out, ",\"%s\":%.6g", modality_names[m], (double)value[m][row]);
  buf_str(out, "}\n");
  free(head);
}

static bool add_users(struct trainer *trainer, const struct influence *influence, struct buf *out,
                      struct err *err)
{
  int32_t count;
  char **keys = user_keys(trainer->store, &count, err);
  for (int32_t u = 0; keys && u < count; u++) {
    add_line(out, "user", keys[u], influence->user, u);
    free(keys[u]);
  }
  free(keys);
  return keys != NULL;
}

bool trainer_save_influence(struct trainer *trainer, const struct embedding *embedding,
                            const struct effects *effects, struct err *err)
{
  struct influence influence;
  struct intern items = {0};
  struct buf out = {0};
  influence_measure(&trainer->data, embedding, effects, &influence);
  bool ok = given_keys(trainer->store, &items, err);
  for (int32_t i = 0; ok && i < trainer->data.items; i++)
    add_line(&out, "item", intern_text(&items, i), influence.item, i);
  ok = ok && add_users(trainer, &influence, &out, err);
  char *path = job_path(trainer->job, "influence.jsonl");
  ok = ok && path_keep(path, out.size ? out.data : "", out.size, err);
  free(path);
  buf_free(&out);
  intern_free(&items);
  influence_free(&influence);
  return ok;
}

/* The values of an item in one run's file. */
static bool find(const char *path, const char *head, double value[MODALITIES])
{
  size_t size;
  char *text = path_is_file(path) ? path_read(path, SIZE_LIMIT, &size, NULL) : NULL;
  const char *line = text ? strstr(text, head) : NULL;
  cJSON *json = line ? json_parse(line, strcspn(line, "\n"), path, NULL) : NULL;
  for (int m = 0; m < MODALITIES; m++)
    value[m] = json_num(json, modality_names[m], NAN);
  cJSON_Delete(json);
  free(text);
  return json != NULL;
}

bool run_influence_load(const char *workspace, const char *item, struct run_influence *out)
{
  int count;
  char **ids = job_ids(workspace, "runs", &count), *name = line_head("item", item);
  char *head = mem_printf("%s,", name);
  bool is_there = false, is_found = false;
  *out = (struct run_influence){0};
  for (int k = count - 1; k >= 0; k--) {
    char *path = mem_printf("%s/runs/%s/influence.jsonl", workspace, ids[k]);
    if (!is_there && path_is_file(path)) { /* the newest that knows anything */
      is_there = true;
      is_found = find(path, head, out->value) &&
                 influence_share(out->value, out->share, &out->most, &out->evenness);
      out->run = is_found ? mem_strdup(ids[k]) : NULL;
    }
    free(path);
    free(ids[k]);
  }
  free(ids);
  free(name);
  free(head);
  return is_found;
}

void run_influence_free(struct run_influence *influence)
{
  free(influence->run);
  *influence = (struct run_influence){0};
}
