/* recommend.c - the best items for one user by a trained run, and what they owe to each modality
 * SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/score.h"
#include "eval/influence.h"
#include "la/gemm.h"
#include "la/vec.h"
#include "train/run.h"
#include "train/train.h"

/* One recommended item: its score, and the parts of it. */
struct place {
  struct item *item;
  double score, module;     /* u.v; what the module adds to it */
  double moved[MODALITIES]; /* what each modality's intervention does of that */
};

struct answer {
  const char *run, *user;
  bool has_effects;
  double influence[MODALITIES]; /* on this user; NAN where not defined */
  struct place *places;
  int count;
};

static int32_t user_number(struct store *store, const char *key, struct err *err)
{
  int32_t count, found = -1;
  char **keys = user_keys(store, &count, err);
  if (!keys)
    return -1;
  for (int32_t u = 0; u < count; u++) {
    if (!strcmp(keys[u], key))
      found = u;
    free(keys[u]);
  }
  free(keys);
  if (found < 0)
    err_set(err, EX_NOINPUT, "no user \"%s\" in %s", key, store_dir(store));
  return found;
}

static bool fill(struct store *store, const struct run_model *model, int32_t user, int depth,
                 struct answer *answer, struct err *err)
{
  const struct embedding *e = &model->embedding;
  const real *u = e->users + (int64_t)user * e->dim;
  int32_t *ranking = mem_zero((size_t)depth + 1, sizeof *ranking);
  bool ok = rank_top(&model->data, e, MASK_TRAIN_VALID, &user, 1, depth, ranking, err);
  answer->places = mem_zero((size_t)depth + 1, sizeof *answer->places);
  for (int k = 0; k < depth && ok && ranking[k] >= 0; k++) {
    struct place *place = &answer->places[answer->count++];
    int64_t at = (int64_t)ranking[k] * e->dim;
    place->item = item_at(store, ranking[k], err);
    ok = place->item != NULL;
    place->score = (double)vec_dot(u, e->items + at, e->dim);
    for (int m = 0; m < MODALITIES && answer->has_effects; m++)
      place->moved[m] = (double)vec_dot(u, model->effects.moved[m] + at, e->dim);
    if (answer->has_effects)
      place->module = (double)vec_dot(u, model->effects.whole + at, e->dim);
  }
  free(ranking);
  return ok;
}

static void free_answer(struct answer *answer)
{
  for (int k = 0; k < answer->count; k++)
    item_free(answer->places[k].item);
  free(answer->places);
}

/* ---- printing */

static cJSON *place_json(const struct answer *answer, const struct place *place, bool why)
{
  cJSON *object = cJSON_CreateObject();
  json_add_str(object, "item", place->item->key);
  json_add_str(object, "title", place->item->title);
  json_add_num(object, "score", place->score);
  if (!why || !answer->has_effects)
    return object;
  cJSON *parts = json_add_object(object, "why");
  json_add_num(parts, "base", place->score - place->module);
  json_add_num(parts, "module", place->module);
  for (int m = 0; m < MODALITIES; m++)
    json_add_num(parts, modality_names[m], place->moved[m]);
  return object;
}

static cJSON *answer_json(const struct answer *answer, bool why)
{
  cJSON *object = cJSON_CreateObject(), *list;
  json_add_str(object, "run", answer->run);
  json_add_str(object, "user", answer->user);
  if (why && answer->has_effects) {
    cJSON *influence = json_add_object(object, "influence");
    for (int m = 0; m < MODALITIES; m++)
      json_add_num(influence, modality_names[m], answer->influence[m]);
  }
  list = json_add_array(object, "items");
  for (int k = 0; k < answer->count; k++)
    cJSON_AddItemToArray(list, place_json(answer, &answer->places[k], why));
  return object;
}

static void print_influence(const struct answer *answer)
{
  enum modality most;
  double share[MODALITIES], evenness;
  if (!influence_share(answer->influence, share, &most, &evenness)) {
    puts("no intervention moves a score of this user's items");
    return;
  }
  printf("on this user's items  text %.4f  picture %.4f: the %s decides %.0f %% of what moves\n",
         answer->influence[TEXT], answer->influence[IMAGE], most == TEXT ? "text" : "picture",
         100 * share[most]);
}

static void print_answer(const struct answer *answer, bool why)
{
  printf("user %s by run %s\n", answer->user, answer->run);
  if (why && answer->has_effects)
    print_influence(answer);
  else if (why)
    puts("this run's model has no module: nothing tells its modalities apart");
  bool has_parts = why && answer->has_effects;
  printf("%4s %9s%s  item\n", "", "score", has_parts ? "      base    module      text   picture" : "");
  for (int k = 0; k < answer->count; k++) {
    const struct place *place = &answer->places[k];
    char *title = utf8_clean(place->item->title ? place->item->title : place->item->key, false);
    printf("%4d %9.4f", k + 1, place->score);
    if (has_parts)
      printf(" %9.4f %+9.4f %+9.4f %+9.4f", place->score - place->module, place->module,
             place->moved[TEXT], place->moved[IMAGE]);
    printf("  %s\n", title);
    free(title);
  }
}

/* The newest run that has ended. */
static char *newest_run(struct store *store, struct err *err)
{
  int count;
  struct run *runs = runs_load(store_dir(store), &count);
  char *id = NULL;
  for (int k = count - 1; k >= 0 && !id; k--)
    id = runs[k].state == JOB_DONE ? mem_strdup(runs[k].id) : NULL;
  runs_free(runs, count);
  if (!id)
    err_set(err, EX_NOINPUT, "%s has no run that ended: neggen train WS first", store_dir(store));
  return id;
}

static bool answer(struct cli *cli, struct store *store, const char *run, struct err *err)
{
  struct run_model model;
  struct answer answer = {.run = run, .user = cli->operands[1]};
  bool why = cli_flag(cli, "why");
  int32_t user = user_number(store, answer.user, err);
  if (user < 0 || !la_start(err) || !run_model_load(store, run, &model, err))
    return false;
  answer.has_effects = model.effects.whole != NULL;
  if (answer.has_effects) {
    struct influence influence;
    influence_measure(&model.data, &model.embedding, &model.effects, &influence);
    for (int m = 0; m < MODALITIES; m++)
      answer.influence[m] = (double)influence.user[m][user];
    influence_free(&influence);
  }
  bool ok = fill(store, &model, user, (int)cli_int(cli, "k"), &answer, err);
  if (ok && cli->is_json)
    ok = cli_print_json(answer_json(&answer, why)) == 0;
  else if (ok)
    print_answer(&answer, why);
  free_answer(&answer);
  run_model_free(&model);
  return ok;
}

static int run(struct cli *cli)
{
  struct err err = {0};
  struct store *store = store_open(cli->operands[0], STORE_READ, &err);
  if (!store)
    return cli_fail(&err);
  char *id = cli_text(cli, "run") ? mem_strdup(cli_text(cli, "run")) : newest_run(store, &err);
  bool ok = id && answer(cli, store, id, &err);
  free(id);
  store_close(store);
  return ok ? cli_finish(0) : cli_fail(&err);
}

static const struct option_row options[] = {
  {"run", 'r', OPTION_TEXT, "RUN", NULL, 0, 0, "the run that ranks (default: the newest that ended)"},
  {"k", 'k', OPTION_INT, "N", "20", 1, 1000, "how many items"},
  {"why", 'w', OPTION_FLAG, NULL, NULL, 0, 0,
   "what the module adds to each score, and what of it the text and the picture move"},
  {0},
};

const struct command_row command_recommend = {
  .name = "recommend",
  .usage = "WS USER",
  .help = "the best items for a user by a trained run, without those the user has",
  .min_operands = 2,
  .max_operands = 2,
  .options = options,
  .run = run,
  .computes = true,
};
