/* causes.c - see causes.h
 * SPDX-License-Identifier: MIT */
#include "train/causes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "encode/given.h"
#include "eval/auc.h"
#include "eval/observer.h"
#include "la/vec.h"
#include "train/causes_private.h"
#include "train/checkpoint.h"

const char *const cause_names[CAUSE_SOURCES] = {"module", "base", "lift", "told", "ideal", "reach"};
const char *const rival_names[RIVALS] = {"all", "decoys", "rest", "asked", "asked_text", "asked_image"};

#define OBSERVER_SEED 1
#define LIFT_PRIOR 2.0 /* items of an average user, added to each */

/* ---- the trained model as it was */

static bool load_tensors(struct study *study, const char *run, struct err *err)
{
  struct block blocks[TENSORS_MAX] = {0};
  struct model *model = &study->model;
  for (int t = 0; t < model->tensor_count; t++) {
    const struct tensor *tensor = &model->tensors[t];
    blocks[t] = (struct block){.rows = tensor->rows, .cols = tensor->cols, .data = tensor->value};
    snprintf(blocks[t].name, sizeof blocks[t].name, "%s", tensor->name);
  }
  char *path = mem_printf("%s/runs/%s/model", store_dir(study->store), run);
  cJSON *header = checkpoint_read(path, blocks, model->tensor_count, err);
  free(path);
  cJSON_Delete(header);
  return header != NULL;
}

int causes_stage(const struct model_ops *ops)
{
  int stage = 0;
  while (ops->stages[stage + 1].name && !(ops->stages[stage + 1].flags & STAGE_CONTROL))
    stage++;
  return stage;
}

static bool open_model(struct study *study, const char *run, struct err *err)
{
  if (!train_request_from_json(&study->request, study->run.header, err))
    return false;
  if (!study->run.effects.whole)
    return err_set(err, EX_DATAERR, "run %s (%s) has no module that tells what an attribute does",
                   run, study->request.model->name);
  study->most = (int)setting(&study->request.settings, "candidates");
  enum pull_kind kind = (enum pull_kind)setting(&study->request.settings, "pull");
  if (!(study->pulls = pulls_open(study->store, study->most, kind, err)) ||
      !features_load_training(study->store, study->most, &study->features, err) ||
      !model_open(&study->model, study->request.model, &study->run.data, &study->features,
                  NULL, &study->request.settings, study->request.seed, err) ||
      !load_tensors(study, run, err))
    return false;
  int stage = causes_stage(study->request.model);
  struct embedding base;
  study->model.ops->prepare(&study->model, stage);
  study->model.ops->embed_base(&study->model, &base);
  size_t size = (size_t)study->run.data.items * (size_t)base.dim;
  study->base = mem_aligned(size, sizeof(real));
  memcpy(study->base, base.items, size * sizeof(real));
  return true;
}

/* ---- pairs of users and attributes */

struct pairs {
  int64_t count;
  size_t room;
  double *score[CAUSE_SOURCES];
  int8_t *kind;   /* 1 liked, 0 the rest, 2 a decoy of something liked */
  int8_t *modality;
  bool *is_asked;
};

/* What its negatives' histories say of an attribute put back, over those that changed it. */
static double pull_of(const struct study *study, int32_t user, const struct variant *variant)
{
  double sum = 0;
  for (size_t r = 0; r < variant->count; r++)
    sum += pulls_of_change(study->pulls, user, variant->item, variant->rows[r].pull);
  return sum / (double)variant->count;
}

/* Also *told, the same by what each change pulls. */
static double module_score(const struct study *study, int32_t user, int32_t attribute,
                           int64_t have, bool *is_asked, double *told)
{
  const struct embedding *e = &study->run.embedding;
  double sum = 0;
  *told = 0;
  for (size_t k = study->first[attribute]; k < study->first[attribute + 1]; k++) {
    const struct variant *variant = &study->variants[k];
    if (!dataset_has(&study->run.data, PHASE_TRAIN, user, variant->item))
      continue;
    *is_asked = true;
    sum += (double)vec_dot(e->users + (int64_t)user * e->dim, variant->effect, e->dim);
    *told += pull_of(study, user, variant) / (double)have;
  }
  return sum / (double)have;
}

static double base_score(const struct study *study, const double *score, int32_t attribute)
{
  double with = 0, without = 0;
  int64_t have = 0, items = study->run.data.items;
  for (int32_t i = 0; i < items; i++) {
    bool has = truth_has(&study->truth, i, attribute);
    *(has ? &with : &without) += score[i];
    have += has;
  }
  return (have ? with / (double)have : 0) -
         (have < items ? without / (double)(items - have) : 0);
}

static int8_t kind_of(const struct truth *truth, int32_t user, int32_t attribute)
{
  int32_t partner = truth->attributes[attribute].partner;
  if (truth_likes(truth, user, attribute))
    return 1;
  return partner >= 0 && truth_likes(truth, user, partner) ? 2 : 0;
}

/* share [attributes]: of all training interactions. */
static void add_user(const struct study *study, int32_t user, const double *share,
                     struct pairs *pairs)
{
  const struct truth *truth = &study->truth;
  const struct dataset *data = &study->run.data;
  const struct item_sets *taken = &data->sets[PHASE_TRAIN];
  const struct embedding *e = &study->run.embedding;
  int64_t size = dataset_size(data, PHASE_TRAIN, user);
  double *ideal = mem_zero((size_t)truth->attribute_count + 1, sizeof *ideal);
  double *scores = mem_zero((size_t)data->items + 1, sizeof *scores);
  observer_ask(data, truth, user, OBSERVER_SEED, ideal);
  for (int64_t i = 0; i < data->items; i++)
    scores[i] = (double)vec_dot(e->users + (int64_t)user * e->dim, study->base + i * e->dim, e->dim);
  for (int32_t a = 0; a < truth->attribute_count; a++) {
    int64_t have = 0;
    bool is_asked = false;
    for (int64_t k = taken->start[user]; k < taken->start[user + 1]; k++)
      have += truth_has(truth, taken->item[k], a);
    if (!have)
      continue;
    double told, module = module_score(study, user, a, have, &is_asked, &told);
    double value[CAUSE_SOURCES] = {
      [CAUSE_MODULE] = module,
      [CAUSE_TOLD] = told,
      [CAUSE_BASE] = base_score(study, scores, a),
      [CAUSE_LIFT] = ((double)have + LIFT_PRIOR * share[a]) /
                     (((double)size + LIFT_PRIOR) * share[a]),
      [CAUSE_IDEAL] = ideal[a],
      [CAUSE_REACH] = !is_asked ? 0 : truth_likes(truth, user, a) ? 1 : -1,
    };
#pragma omp critical
    {
      int64_t at = pairs->count++;
      for (int s = 0; s < CAUSE_SOURCES; s++)
        pairs->score[s][at] = value[s];
      pairs->kind[at] = kind_of(truth, user, a);
      pairs->modality[at] = (int8_t)truth->attributes[a].modality;
      pairs->is_asked[at] = is_asked;
    }
  }
  free(ideal);
  free(scores);
}

static void open_pairs(struct pairs *pairs, size_t room)
{
  *pairs = (struct pairs){.room = room};
  for (int s = 0; s < CAUSE_SOURCES; s++)
    pairs->score[s] = mem_zero(room + 1, sizeof *pairs->score[s]);
  pairs->kind = mem_zero(room + 1, sizeof *pairs->kind);
  pairs->modality = mem_zero(room + 1, 1);
  pairs->is_asked = mem_zero(room + 1, sizeof *pairs->is_asked);
}

static void close_pairs(struct pairs *pairs)
{
  for (int s = 0; s < CAUSE_SOURCES; s++)
    free(pairs->score[s]);
  free(pairs->kind);
  free(pairs->modality);
  free(pairs->is_asked);
}

static void make_pairs(const struct study *study, struct pairs *pairs)
{
  const struct dataset *data = &study->run.data;
  double *share = mem_zero((size_t)study->truth.attribute_count + 1, sizeof *share);
  for (int64_t k = 0; k < data->pairs; k++) {
    int32_t item = data->pair_item[k];
    for (int64_t e = study->truth.held.start[item]; e < study->truth.held.start[item + 1]; e++)
      share[study->truth.held.item[e]] += 1.0 / (double)data->pairs;
  }
  open_pairs(pairs, (size_t)data->users * (size_t)study->truth.attribute_count);
#pragma omp parallel for schedule(dynamic, 4)
  for (int32_t u = 0; u < data->users; u++)
    if (study->truth.users[u].count)
      add_user(study, u, share, pairs);
  free(share);
}

/* ---- the answer */

static void count_pairs(const struct pairs *pairs, struct causes *out)
{
  for (int64_t k = 0; k < pairs->count; k++) {
    out->liked += pairs->kind[k] == 1;
    out->decoys += pairs->kind[k] == 2;
    out->rest += pairs->kind[k] == 0;
    out->asked += pairs->is_asked[k];
    out->liked_asked += pairs->is_asked[k] && pairs->kind[k] == 1;
  }
}

/* Is the pair among those that liked ones are held against? */
static bool is_rival(const struct pairs *pairs, int64_t k, enum cause_rival rival)
{
  switch (rival) {
  case RIVAL_DECOYS:
  case RIVAL_REST:
    return (pairs->kind[k] == 2) == (rival == RIVAL_DECOYS);
  case RIVAL_ASKED:
    return pairs->is_asked[k];
  case RIVAL_ASKED_TEXT:
    return pairs->is_asked[k] && pairs->modality[k] == TEXT;
  case RIVAL_ASKED_IMAGE:
    return pairs->is_asked[k] && pairs->modality[k] == IMAGE;
  default:
    return true;
  }
}

static void summarise(const struct pairs *pairs, struct causes *out)
{
  int8_t *kind = mem_zero((size_t)pairs->count + 1, 1);
  count_pairs(pairs, out);
  for (int rival = 0; rival < RIVALS; rival++) {
    for (int64_t k = 0; k < pairs->count; k++) {
      bool is_in = is_rival(pairs, k, (enum cause_rival)rival);
      bool is_liked = pairs->kind[k] == 1;
      kind[k] = is_liked && (is_in || rival < RIVAL_ASKED) ? 1 : is_in && !is_liked ? 0 : 2;
    }
    for (int s = 0; s < CAUSE_SOURCES; s++)
      out->auc[s][rival] = auc(pairs->score[s], kind, pairs->count);
  }
  free(kind);
}

static bool load_truth(struct study *study, const char *path, struct err *err)
{
  struct intern items = {0};
  int32_t count = 0;
  char **users = user_keys(study->store, &count, err);
  bool ok = users && given_keys(study->store, &items, err) &&
            truth_load(path, &items, users, count, &study->truth, err);
  for (int32_t u = 0; users && u < count; u++)
    free(users[u]);
  free(users);
  intern_free(&items);
  return ok;
}

static void close_study(struct study *study)
{
  variants_free(study);
  free(study->base);
  pulls_free(study->pulls);
  model_close(&study->model);
  features_free(&study->features);
  truth_free(&study->truth);
  run_model_free(&study->run);
}

bool causes_measure(struct store *store, const char *run, const char *truth_path, struct causes *out,
                    struct err *err)
{
  struct study study = {.store = store};
  *out = (struct causes){0};
  bool ok = run_model_load(store, run, &study.run, err) && load_truth(&study, truth_path, err) &&
            open_model(&study, run, err) && variants_make(&study, err);
  if (ok) {
    struct pairs pairs;
    variants_measure(&study);
    make_pairs(&study, &pairs);
    out->changes = study.changes;
    out->unknown = study.unknown;
    summarise(&pairs, out);
    close_pairs(&pairs);
  }
  close_study(&study);
  return ok;
}
