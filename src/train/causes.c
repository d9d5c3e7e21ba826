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
#include "gen/fill.h"
#include "la/vec.h"
#include "store/negative.h"
#include "train/checkpoint.h"

const char *const cause_names[CAUSE_SOURCES] = {"module", "base", "lift", "ideal"};
const char *const rival_names[RIVALS] = {"all", "decoys", "rest"};

#define OBSERVER_SEED 1
#define LIFT_PRIOR 2.0 /* items of an average user, added to each */

/* A negative with one attribute put back: the row that stands for its modality. */
struct variant {
  int32_t item, attribute;
  enum modality modality;
  float *row;   /* [width] */
  real *effect; /* [dim] lambda (c - c^(a)) */
};

struct study {
  struct store *store;
  struct run_model run;
  struct truth truth;
  struct features features;
  struct model model;
  struct train_request request;
  struct variant *variants;
  size_t count, room;
  int64_t changes, unknown;
  real *base; /* [items, dim] the base's vectors of items */
};

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

/* The stage whose result is the model: the last that is no control. */
static int own_stage(const struct model_ops *ops)
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
  if (!features_load_training(study->store, 1, &study->features, err) ||
      !model_open(&study->model, study->request.model, &study->run.data, &study->features,
                  &study->request.settings, study->request.seed, err) ||
      !load_tensors(study, run, err))
    return false;
  int stage = own_stage(study->request.model);
  struct embedding base;
  study->model.ops->prepare(&study->model, stage);
  study->model.ops->embed_base(&study->model, &base);
  size_t size = (size_t)study->run.data.items * (size_t)base.dim;
  study->base = mem_aligned(size, sizeof(real));
  memcpy(study->base, base.items, size * sizeof(real));
  return true;
}

/* ---- negatives with one attribute put back */

/* What the samples call an attribute that we measure under another name. */
static const char *planted_key(enum modality modality, const char *key)
{
  static const char *const names[][2] = {
    {"saturation", "tone"}, {"brightness", "background"}, {"texture", "pattern"}};
  for (size_t k = 0; modality == IMAGE && k < COUNT_OF(names); k++)
    if (!strcmp(key, names[k][0]))
      return names[k][1];
  return key;
}

/* The negative text with the key's value as it was; NULL when its reply cannot be read. */
static char *text_put_back(const struct negative *negative, const struct change *change)
{
  struct reply_complete complete = {0};
  cJSON *json = negative->replies[2] ? reply_json(negative->replies[2], NULL) : NULL;
  char *text = NULL;
  if (json && negative->sides[TEXT].masked && reply_read_complete(json, &complete, NULL)) {
    for (int v = 0; v < complete.value_count; v++)
      if (!strcmp(complete.values[v].key, change->key)) {
        free(complete.values[v].value);
        complete.values[v].value = mem_strdup(change->original);
      }
    text = fill_expected(negative, TEXT, &complete);
  }
  reply_complete_free(&complete);
  cJSON_Delete(json);
  return text;
}

static void add_variant(struct study *study, const struct encoders *encoders, int32_t item,
                        const struct negative *negative, const struct change *change)
{
  const struct features *f = &study->features;
  struct variant one = {.item = item, .modality = change->modality};
  size_t width = (size_t)f->dim[one.modality];
  study->changes++;
  one.attribute = truth_of_item(&study->truth, item, one.modality,
                                planted_key(one.modality, change->key), change->original);
  char *text = one.modality == TEXT ? text_put_back(negative, change) : NULL;
  if (one.attribute < 0 || (one.modality == TEXT && !text)) {
    study->unknown++;
    free(text);
    return;
  }
  one.row = mem_aligned(width + 1, sizeof *one.row);
  if (one.modality == TEXT)
    encoders_text(encoders, text, one.row);
  else /* a picture has one key changed, and what follows from it */
    memcpy(one.row, f->x[IMAGE] + (size_t)item * width, width * sizeof *one.row);
  free(text);
  VEC_PUSH(study->variants, study->count, study->room) = one;
}

static bool make_variants(struct study *study, struct err *err)
{
  int64_t count;
  struct encoders *encoders = encoders_open(study->store, err);
  struct training_negative *list =
    encoders ? negatives_for_training(study->store, 1, &count, err) : NULL;
  bool ok = list != NULL;
  for (int64_t k = 0; ok && k < count; k++) {
    struct negative *negative = negative_load(study->store, list[k].id, err);
    ok = negative != NULL;
    for (int c = 0; ok && c < negative->change_count; c++)
      if (negative->changes[c].role == ROLE_KEY)
        add_variant(study, encoders, (int32_t)list[k].item, negative, &negative->changes[c]);
    if (negative)
      negative_free(negative);
  }
  free(list);
  encoders_free(encoders);
  return ok;
}

/* ---- their effects */

static void swap_row(struct study *study, struct variant *variant)
{
  int width = study->features.dim[variant->modality];
  float *row = study->features.x_neg[variant->modality] + (int64_t)variant->item * width;
  for (int k = 0; k < width; k++) {
    float kept = row[k];
    row[k] = variant->row[k];
    variant->row[k] = kept;
  }
}

/* One variant of every item at a time: the module runs over all items as often as an item has any. */
static void measure_variants(struct study *study)
{
  struct effects effects;
  struct embedding embedding;
  int64_t dim = study->run.embedding.dim, items = study->run.data.items;
  real *whole = mem_aligned((size_t)(items * dim), sizeof *whole);
  study->model.ops->embed(&study->model, own_stage(study->request.model), &embedding);
  study->model.ops->effects(&study->model, &effects);
  memcpy(whole, effects.whole, (size_t)(items * dim) * sizeof *whole);
  int32_t *round = mem_zero(study->count + 1, sizeof *round), rounds = 0;
  for (size_t k = 1; k < study->count; k++)
    round[k] = study->variants[k].item == study->variants[k - 1].item ? round[k - 1] + 1 : 0;
  for (size_t k = 0; k < study->count; k++)
    rounds = round[k] >= rounds ? round[k] + 1 : rounds;
  for (int32_t r = 0; r < rounds; r++) {
    for (size_t k = 0; k < study->count; k++)
      if (round[k] == r)
        swap_row(study, &study->variants[k]);
    study->model.ops->effects(&study->model, &effects);
    for (size_t k = 0; k < study->count; k++) {
      struct variant *variant = &study->variants[k];
      if (round[k] != r)
        continue;
      swap_row(study, variant);
      variant->effect = mem_aligned((size_t)dim, sizeof(real));
      memcpy(variant->effect, whole + variant->item * dim, (size_t)dim * sizeof(real));
      vec_axpy(variant->effect, -1, effects.whole + variant->item * dim, dim);
    }
  }
  free(round);
  free(whole);
}

/* ---- pairs of users and attributes */

struct pairs {
  int64_t count;
  size_t room;
  double *score[CAUSE_SOURCES];
  int8_t *kind;   /* 1 liked, 0 the rest, 2 a decoy of something liked */
  bool *is_asked;
};

static double module_score(const struct study *study, int32_t user, int32_t attribute,
                           int64_t have, bool *is_asked)
{
  const struct embedding *e = &study->run.embedding;
  double sum = 0;
  for (size_t k = 0; k < study->count; k++) {
    const struct variant *variant = &study->variants[k];
    if (variant->attribute != attribute ||
        !dataset_has(&study->run.data, PHASE_TRAIN, user, variant->item))
      continue;
    *is_asked = true;
    sum += (double)vec_dot(e->users + (int64_t)user * e->dim, variant->effect, e->dim);
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
    double value[CAUSE_SOURCES] = {
      [CAUSE_MODULE] = module_score(study, user, a, have, &is_asked),
      [CAUSE_BASE] = base_score(study, scores, a),
      [CAUSE_LIFT] = ((double)have + LIFT_PRIOR * share[a]) /
                     (((double)size + LIFT_PRIOR) * share[a]),
      [CAUSE_IDEAL] = ideal[a],
    };
#pragma omp critical
    {
      int64_t at = pairs->count++;
      for (int s = 0; s < CAUSE_SOURCES; s++)
        pairs->score[s][at] = value[s];
      pairs->kind[at] = kind_of(truth, user, a);
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
  pairs->is_asked = mem_zero(room + 1, sizeof *pairs->is_asked);
}

static void close_pairs(struct pairs *pairs)
{
  for (int s = 0; s < CAUSE_SOURCES; s++)
    free(pairs->score[s]);
  free(pairs->kind);
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

static void summarise(const struct pairs *pairs, struct causes *out)
{
  int8_t *kind = mem_zero((size_t)pairs->count + 1, 1);
  for (int rival = 0; rival < RIVALS; rival++) {
    for (int64_t k = 0; k < pairs->count; k++) {
      int8_t own = pairs->kind[k];
      kind[k] = own == 1 ? 1 : rival == RIVAL_ALL || (own == 2) == (rival == RIVAL_DECOYS) ? 0 : 2;
    }
    for (int s = 0; s < CAUSE_SOURCES; s++)
      out->auc[s][rival] = auc(pairs->score[s], kind, pairs->count);
  }
  for (int64_t k = 0; k < pairs->count; k++) {
    kind[k] = !pairs->is_asked[k] ? 2 : pairs->kind[k] == 1;
    out->liked += pairs->kind[k] == 1;
    out->decoys += pairs->kind[k] == 2;
    out->rest += pairs->kind[k] == 0;
    out->asked += pairs->is_asked[k];
    out->liked_asked += pairs->is_asked[k] && pairs->kind[k] == 1;
  }
  for (int s = 0; s < CAUSE_SOURCES; s++)
    out->auc_asked[s] = auc(pairs->score[s], kind, pairs->count);
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
  for (size_t k = 0; k < study->count; k++) {
    free(study->variants[k].row);
    free(study->variants[k].effect);
  }
  free(study->variants);
  free(study->base);
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
            open_model(&study, run, err) && make_variants(&study, err);
  if (ok) {
    struct pairs pairs;
    measure_variants(&study);
    make_pairs(&study, &pairs);
    out->changes = study.changes;
    out->unknown = study.unknown;
    summarise(&pairs, out);
    close_pairs(&pairs);
  }
  close_study(&study);
  return ok;
}
