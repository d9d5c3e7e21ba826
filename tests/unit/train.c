/* train.c - runs: what they find, and that stops, kills and threads do not change it
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <math.h>
#include <stdio.h>

#include "la/vec.h"
#include "train/run.h"
#include "train/train.h"

enum { USERS = 48, ITEMS = 36, KINDS = 4 };

/* Items of four kinds, users who like one of them. */
static struct store *make_shop(bool with_negatives)
{
  static const char *const kinds[KINDS] = {"red mug", "blue lamp", "green chair", "white bag"};
  struct store *store = store_open(unit_workspace, STORE_CREATE, &unit_err);
  WORKS(store);
  struct catalogue *catalogue = catalogue_begin(store, true, &unit_err);
  WORKS(catalogue);
  WORKS(catalogue_meta(catalogue, "split", "random", &unit_err));
  char key[24], text[80];
  for (int i = 0; i < ITEMS; i++) {
    snprintf(key, sizeof key, "i%d", i);
    snprintf(text, sizeof text, "A %s of series %d.", kinds[i % KINDS], i / KINDS);
    unit_add_film(catalogue, key, key, kinds[i % KINDS], text);
  }
  for (int u = 0; u < USERS; u++) {
    char user[24];
    snprintf(user, sizeof user, "u%d", u);
    for (int i = 0; i < ITEMS; i++) {
      snprintf(key, sizeof key, "i%d", i);
      if (i % KINDS == u % KINDS ? (u + i) % 5 != 0 : (u * 7 + i * 3) % 17 == 0)
        unit_like(catalogue, user, key, 1, i);
    }
  }
  unit_commit(catalogue);
  for (int n = 0; with_negatives && n < ITEMS + ITEMS / 2; n++) { /* half of the items have two */
    int i = n % ITEMS;
    snprintf(key, sizeof key, "i%d", i);
    struct negative *negative = negative_new(key);
    negative->backend = mem_strdup("offline");
    negative->is_draft = false;
    negative->is_valid = i % 9 != 8;
    negative->sides[TEXT].negative = mem_printf("title: %s\nA %s of series %d.\n", key,
                                                kinds[(n + 1 + n / ITEMS) % KINDS], i / KINDS);
    struct change change = {TEXT, (char *)"genres", (char *)kinds[i % KINDS],
                            (char *)kinds[(n + 1 + n / ITEMS) % KINDS], ROLE_KEY};
    negative->changes = &change;
    negative->change_count = 1;
    WORKS(negative_save(store, negative, NULL, &unit_err));
    negative->changes = NULL;
    negative->change_count = 0;
    negative_free(negative);
  }
  return store;
}

static struct train_request request_of(const char *model, const char *const sets[])
{
  struct train_request request;
  WORKS(train_request_init(&request, model, "uniform", 3, &unit_err));
  for (int k = 0; sets && sets[k]; k++)
    WORKS(settings_assign(&request.settings, sets[k], &unit_err));
  train_request_follow(&request);
  return request;
}

static const char *const small[] = {"dim=16", "batch=64", "epochs=6", "patience=4", NULL};
static const char *const small_neggen[] = {"dim=16", "batch=64", "epochs=3", "patience=2",
                                           "base_epochs=4", "base_patience=4", NULL};
static const char *const on_vbpr[] = {"dim=16", "batch=64", "epochs=2", "base_epochs=2",
                                      "base=vbpr", "gen_loss=grounded", "controls=off", NULL};

/* A stop after so many steps; -1: none. */
static bool count_down(void *user)
{
  int *left = user;
  return *left > 0 && --*left == 0;
}

static enum train_end go_on(struct store *store, struct job *job,
                            const struct train_request *request, int steps)
{
  struct train_listener listener = {.should_stop = count_down, .user = &steps};
  return train(store, job, request, &listener, 0, &unit_err);
}

static struct job *new_run(const struct train_request *request)
{
  cJSON *config = train_request_json(request);
  struct job *job = job_create(unit_workspace, "runs", config, &unit_err);
  WORKS(job);
  cJSON_Delete(config);
  return job;
}

static char *file_of(const struct job *job, const char *name, size_t *size)
{
  char *path = job_path(job, name), *data = path_read(path, 0, size, &unit_err);
  WORKS(data);
  free(path);
  return data;
}

/* metrics.json without what depends on the clock and the number of the run. */
static char *result_of(const struct job *job)
{
  size_t size;
  char *text = file_of(job, "metrics.json", &size);
  cJSON *json = json_parse(text, size, "metrics.json", &unit_err);
  WORKS(json);
  free(text);
  cJSON_DeleteItemFromObject(json, "seconds");
  cJSON_DeleteItemFromObject(json, "run");
  text = json_line(json);
  cJSON_Delete(json);
  return text;
}

static void same_results(const struct job *a, const struct job *b)
{
  size_t size_a, size_b;
  char *model_a = file_of(a, "model", &size_a), *model_b = file_of(b, "model", &size_b);
  assert_int_equal(size_a, size_b);
  assert_memory_equal(model_a, model_b, size_a);
  char *result_a = result_of(a), *result_b = result_of(b);
  assert_string_equal(result_a, result_b);
  free(model_a);
  free(model_b);
  free(result_a);
  free(result_b);
}

static void a_resumed_run_ends_with_the_same_bits(void **state)
{
  static const struct {
    const char *model;
    const char *const *sets;
    int stops[8];
  } cases[] = {
    {"mf", small, {1, 5, 6, 7, 0}},
    {"lightgcn", small, {3, 20, 0}},
    {"vbpr", small, {3, 20, 0}},
    {"neggen", on_vbpr, {3, 15, 4, 0}},
    {"neggen", small_neggen, {2, 19, 11, 7, 9, 8, 0}}, /* in every stage */
  };
  (void)state;
  struct store *store = make_shop(true);
  for (size_t k = 0; k < COUNT_OF(cases); k++) {
    struct train_request request = request_of(cases[k].model, cases[k].sets);
    struct job *whole = new_run(&request), *parts = new_run(&request);
    assert_int_equal(go_on(store, whole, &request, -1), TRAIN_DONE);
    for (const int *stop = cases[k].stops; *stop; stop++)
      assert_int_equal(go_on(store, parts, &request, *stop), TRAIN_STOPPED);
    assert_int_equal(go_on(store, parts, &request, -1), TRAIN_DONE);
    same_results(whole, parts);
    job_close(whole);
    job_close(parts);
  }
  store_close(store);
}

static void the_number_of_threads_changes_no_bit(void **state)
{
  (void)state;
  struct store *store = make_shop(true);
  static const char *const infonce[] = {"dim=16", "batch=64", "epochs=2", "base_epochs=2",
                                        "align=infonce", "gen_loss=shared", "controls=off", NULL};
  const struct train_request requests[] = {request_of("mf", small), request_of("lightgcn", small),
                                           request_of("neggen", infonce),
                                           request_of("vbpr", small), request_of("neggen", on_vbpr)};
  for (size_t k = 0; k < COUNT_OF(requests); k++) {
    struct job *one = new_run(&requests[k]), *three = new_run(&requests[k]);
    la_set_threads(1);
    assert_int_equal(go_on(store, one, &requests[k], -1), TRAIN_DONE);
    la_set_threads(3);
    assert_int_equal(go_on(store, three, &requests[k], -1), TRAIN_DONE);
    same_results(one, three);
    job_close(one);
    job_close(three);
  }
  store_close(store);
}

/* Turn one byte in the middle of a file over. */
static void damage(const struct job *job, const char *name)
{
  size_t size;
  char *path = job_path(job, name), *data = file_of(job, name, &size);
  data[size / 2] ^= 0x40;
  WORKS(path_write(path, data, size, &unit_err));
  free(data);
  free(path);
}

static void a_damaged_checkpoint_costs_the_steps_since_the_one_before(void **state)
{
  (void)state;
  struct store *store = make_shop(false);
  struct train_request request = request_of("mf", small);
  struct job *whole = new_run(&request), *damaged = new_run(&request);
  assert_int_equal(go_on(store, whole, &request, -1), TRAIN_DONE);
  assert_int_equal(go_on(store, damaged, &request, 12), TRAIN_STOPPED);
  damage(damaged, "checkpoint");
  assert_int_equal(go_on(store, damaged, &request, -1), TRAIN_DONE);
  same_results(whole, damaged);
  struct run run;
  WORKS(run_open(&run, unit_workspace, damaged->id, &unit_err));
  assert_non_null(strstr(run.note, "is damaged: its checksum is another one: the one before is used"));
  run_close(&run);
  job_close(whole);
  job_close(damaged);
  store_close(store);
}

static void two_damaged_checkpoints_are_refused(void **state)
{
  (void)state;
  struct store *store = make_shop(false);
  struct train_request request = request_of("mf", small);
  struct job *job = new_run(&request);
  assert_int_equal(go_on(store, job, &request, 12), TRAIN_STOPPED);
  damage(job, "checkpoint");
  damage(job, "checkpoint.old");
  assert_int_equal(go_on(store, job, &request, -1), TRAIN_FAILED);
  assert_int_equal(unit_err.code, EX_DATAERR);
  assert_non_null(strstr(unit_err.text, "is damaged: its checksum is another one"));
  job_close(job);
  store_close(store);
}

static void another_catalogue_is_told_from_the_one_trained_on(void **state)
{
  struct run_model model;
  (void)state;
  struct store *store = make_shop(false);
  struct train_request request = request_of("mf", small);
  struct job *stopped = new_run(&request), *done = new_run(&request);
  assert_int_equal(go_on(store, stopped, &request, 2), TRAIN_STOPPED);
  assert_int_equal(go_on(store, done, &request, -1), TRAIN_DONE);
  WORKS(run_model_load(store, done->id, &model, &unit_err));
  assert_int_equal(model.embedding.dim, 16);
  run_model_free(&model);
  assert_false(run_model_load(store, stopped->id, &model, &unit_err));
  assert_non_null(strstr(unit_err.text, "has no model yet"));
  struct catalogue *catalogue = catalogue_begin(store, false, &unit_err);
  unit_like(catalogue, "u1", "i2", 1, 5000);
  unit_like(catalogue, "u1", "i3", 1, 5001);
  unit_commit(catalogue);
  store_close(store);
  store = store_open(unit_workspace, STORE_READ, &unit_err);
  assert_int_equal(go_on(store, stopped, &request, -1), TRAIN_FAILED);
  assert_int_equal(unit_err.code, EX_DATAERR);
  assert_non_null(strstr(unit_err.text, "changed since run 1 began: train anew"));
  assert_false(run_model_load(store, done->id, &model, &unit_err));
  assert_non_null(strstr(unit_err.text, "the catalogue changed since run 2 was trained"));
  job_close(stopped);
  job_close(done);
  store_close(store);
}

static double diverging_step(struct model *model, int stage, const struct batch *batch,
                             double *parts)
{
  static int steps;
  double loss = model_mf.step(model, stage, batch, parts);
  return ++steps == 20 ? NAN : loss;
}

static void a_loss_that_is_not_finite_ends_the_run_and_keeps_the_checkpoint(void **state)
{
  struct model_ops diverging = model_mf;
  struct run run;
  (void)state;
  diverging.step = diverging_step;
  struct store *store = make_shop(false);
  struct train_request request = request_of("mf", small);
  request.model = &diverging;
  struct job *job = new_run(&request);
  assert_int_equal(go_on(store, job, &request, -1), TRAIN_FAILED);
  assert_int_equal(unit_err.code, EX_SOFTWARE);
  assert_non_null(strstr(unit_err.text, "the loss is not finite at step 20 of stage train"));
  char *checkpoint = job_path(job, "checkpoint");
  assert_true(path_is_file(checkpoint));
  free(checkpoint);
  job_close(job);
  WORKS(run_open(&run, unit_workspace, "1", &unit_err));
  assert_int_equal(run.state, JOB_FAILED);
  assert_string_equal(run.error, unit_err.text);
  run_close(&run);
  store_close(store);
}

/* Every number of every event is one: cJSON prints what is not finite as null. */
static void has_no_null(const struct job *job)
{
  size_t size;
  char *events = file_of(job, "events.jsonl", &size);
  assert_null(strstr(events, "null"));
  assert_null(strstr(events, "nan"));
  free(events);
}

static void no_step_length_leaves_anything_that_is_not_finite(void **state)
{
  static const char *const released[] = {"dim=16", "batch=64", "epochs=4", "base_epochs=2",
                                         "form=released", "alpha=10", "controls=off", NULL};
  static const char *const shared[] = {"dim=16", "batch=64", "epochs=4", "base_epochs=2",
                                       "gen_loss=shared", "align=infonce", "controls=off", NULL};
  static const struct {
    const char *model;
    const char *const *sets;
  } cases[] = {{"mf", small}, {"lightgcn", small}, {"vbpr", small}, {"neggen", small_neggen},
               {"neggen", released}, {"neggen", shared}};
  static const char *const lengths[] = {"0.0001", "0.001", "0.01", "0.1", "1"};
  (void)state;
  struct store *store = make_shop(true);
  for (size_t k = 0; k < COUNT_OF(cases); k++)
    for (size_t l = 0; l < COUNT_OF(lengths); l++) {
      struct train_request request = request_of(cases[k].model, cases[k].sets);
      WORKS(settings_set(&request.settings, "lr", lengths[l], &unit_err));
      if (settings_has(&request.settings, "base_lr"))
        WORKS(settings_set(&request.settings, "base_lr", lengths[l], &unit_err));
      struct job *job = new_run(&request);
      if (go_on(store, job, &request, -1) == TRAIN_FAILED) {
        assert_int_equal(unit_err.code, EX_SOFTWARE);
        assert_non_null(strstr(unit_err.text, "finite"));
      }
      has_no_null(job);
      job_close(job);
    }
  store_close(store);
}

/* The table is spoilt without a loss that tells, and then the run is asked to stop. */
static bool is_spoiling;

static double spoiling_step(struct model *model, int stage, const struct batch *batch,
                            double *parts)
{
  double loss = model_mf.step(model, stage, batch, parts);
  if (is_spoiling) /* after the row has moved */
    model->tensors[0].value[batch->user[0] * model->tensors[0].cols] = NAN;
  return loss;
}

static void what_is_not_finite_is_not_written_as_a_checkpoint(void **state)
{
  struct model_ops spoiling = model_mf;
  size_t before, after;
  (void)state;
  spoiling.step = spoiling_step;
  struct store *store = make_shop(false);
  struct train_request request = request_of("mf", small);
  request.model = &spoiling;
  struct job *job = new_run(&request);
  assert_int_equal(go_on(store, job, &request, 19), TRAIN_STOPPED);
  char *good = file_of(job, "checkpoint", &before);
  is_spoiling = true;
  assert_int_equal(go_on(store, job, &request, 2), TRAIN_FAILED); /* one step, then a stop */
  is_spoiling = false;
  assert_int_equal(unit_err.code, EX_SOFTWARE);
  assert_non_null(strstr(unit_err.text, "nodes is not finite any more"));
  char *kept = file_of(job, "checkpoint", &after);
  assert_int_equal(before, after);
  assert_memory_equal(good, kept, before);
  has_no_null(job);
  free(good);
  free(kept);
  job_close(job);
  store_close(store);
}

static void models_learn_what_users_like(void **state)
{
  (void)state;
  struct store *store = make_shop(false);
  static const char *const longer[] = {"dim=16", "batch=64", "epochs=30", "lr=0.01", NULL};
  static const char *const in_haste[] = {"dim=16", "epochs=30", "fast=on", NULL};
  struct train_request popular = request_of("popular", NULL), mf = request_of("mf", longer),
                       lightgcn = request_of("lightgcn", longer),
                       vbpr = request_of("vbpr", longer), fast = request_of("mf", in_haste);
  const struct train_request *requests[] = {&popular, &mf, &lightgcn, &vbpr, &fast};
  double recall[COUNT_OF(requests)];
  for (size_t k = 0; k < COUNT_OF(requests); k++) {
    struct run run;
    struct job *job = new_run(requests[k]);
    assert_int_equal(go_on(store, job, requests[k], -1), TRAIN_DONE);
    WORKS(run_open(&run, unit_workspace, job->id, &unit_err));
    recall[k] = json_num(json_get(json_get(json_get(run.end, "test"), "masks"), "train+valid"),
                         "recall@5", NAN);
    assert_true(k == 0 || run.best_epoch >= 1);
    assert_true(json_num(json_get(run.end, "valid"), "recall@20", NAN) == run.best_valid);
    run_close(&run);
    job_close(job);
  }
  for (size_t k = 1; k < COUNT_OF(requests); k++)
    assert_true(recall[k] > 1.3 * recall[0]);
  store_close(store);
}

static void neggen_says_what_its_module_does(void **state)
{
  static const char *const controls[] = {"base", "lambda_0", "continued", "swapped", "noise"};
  static const char *const found[] = {"lambda_c_over_i", "users_changed", "pairs_harder"};
  struct run run;
  (void)state;
  struct store *store = make_shop(true);
  struct train_request request = request_of("neggen", small_neggen);
  WORKS(settings_assign(&request.settings, "lr=0.02", &unit_err));
  struct job *job = new_run(&request);
  assert_int_equal(go_on(store, job, &request, -1), TRAIN_DONE);
  job_close(job);
  WORKS(run_open(&run, unit_workspace, "1", &unit_err));
  assert_int_equal(run.stage_count, 5);
  assert_string_equal(run.stages[1].name, "module");
  assert_true(run.stages[3].is_control && !run.stages[1].is_control);
  assert_true(run.epochs <= 7 && run.best_epoch > 4); /* the base's best is not eligible */
  for (size_t k = 0; k < COUNT_OF(controls); k++)
    assert_true(isfinite(json_num(json_get(run.end, "ablations"), controls[k], NAN)));
  for (size_t k = 0; k < COUNT_OF(found); k++)
    assert_true(isfinite(json_num(json_get(run.end, "diagnostics"), found[k], NAN)));
  assert_true(json_num(json_get(run.end, "diagnostics"), "lambda_c_over_i", 0) > 0);
  assert_true(json_num(json_get(run.end, "diagnostics"), "users_changed", 0) > 0);
  assert_true(json_num(json_get(run.end, "parts"), "cos_c", 0) !=
              json_num(json_get(run.end, "parts"), "cos_n", 0));
  run_close(&run);
  store_close(store);
}

/* With steps so short that nothing gets better after the module's first epoch. */
static void the_last_epoch_is_kept_when_that_is_asked_for(void **state)
{
  static const char *const keep[] = {"keep=best", "keep=last"};
  static const int64_t epochs[] = {2 + 3, 2 + 6}, best[] = {2 + 1, 2 + 6};
  (void)state;
  struct store *store = make_shop(true);
  for (int k = 0; k < 2; k++) {
    const char *const sets[] = {"dim=16", "batch=64", "base_epochs=2", "epochs=6", "patience=2", "lr=1e-6",
                                "lambda=0", "controls=off", keep[k], NULL};
    struct train_request request = request_of("neggen", sets);
    struct job *job = new_run(&request);
    struct run run;
    assert_int_equal(go_on(store, job, &request, -1), TRAIN_DONE);
    WORKS(run_open(&run, unit_workspace, job->id, &unit_err));
    assert_int_equal(run.epochs, epochs[k]);
    assert_int_equal(run.best_epoch, best[k]);
    run_close(&run);
    job_close(job);
  }
  store_close(store);
}

/* What can be asked of the module, each alone: it runs, and it is not what is trained by default; but
 * where there are no pictures, moving the texts alone is. */
static void every_variant_of_neggen_trains_and_is_another_model(void **state)
{
  static const char *const variants[] = {
    "causal=on", "causal=off", "negatives=swapped", "negatives=noise", "negatives=text-only",
    "negatives=image-only", "gen_loss=shared", "gen_loss=signed",
    "gen_loss=grounded", "content_bpr=1", "content_l2=1", "attention=single",
    "align=infonce", "align=linear", "form=released", "gamma=0", "eta=0", "real=base"};
  (void)state;
  struct store *store = make_shop(true);
  char *first = NULL;
  size_t size, first_size = 0;
  for (size_t k = 0; k < COUNT_OF(variants); k++) {
    const char *const sets[] = {"dim=16", "batch=64", "epochs=2", "base_epochs=2", "controls=off",
                                "lr=0.01", variants[k], NULL};
    struct train_request request = request_of("neggen", sets);
    struct job *job = new_run(&request);
    assert_int_equal(go_on(store, job, &request, -1), TRAIN_DONE);
    has_no_null(job);
    char *path = job_path(job, "model"), *model = path_read(path, 0, &size, &unit_err);
    if (!first) {
      first = model;
      first_size = size;
    } else {
      size_t half = (size < first_size ? size : first_size) / 2; /* the headers differ anyhow */
      bool is_same = !memcmp(model + size - half, first + first_size - half, half - 8);
      if (is_same != !strcmp(variants[k], "negatives=text-only"))
        fail_msg("%s changes %s", variants[k], is_same ? "nothing" : "something");
      free(model);
    }
    free(path);
    job_close(job);
  }
  free(first);
  store_close(store);
}

static void neggen_stands_on_every_base(void **state)
{
  static const char *const bases[] = {"base=mf", "base=lightgcn", "base=vbpr"};
  (void)state;
  struct store *store = make_shop(true);
  for (size_t k = 0; k < COUNT_OF(bases); k++) {
    const char *const sets[] = {"dim=16", "batch=64", "epochs=3", "base_epochs=30", "controls=off",
                                "base_lr=0.01", "lr=0.01", bases[k], NULL};
    struct train_request request = request_of("neggen", sets);
    struct job *job = new_run(&request);
    struct run run;
    assert_int_equal(go_on(store, job, &request, -1), TRAIN_DONE);
    WORKS(run_open(&run, unit_workspace, job->id, &unit_err));
    double base = json_num(json_get(run.end, "ablations"), "base", NAN);
    assert_true(base > 0.5 && run.best_valid > 0.8 * base);
    assert_true(json_num(json_get(run.end, "diagnostics"), "lambda_c_over_i", 0) > 0);
    run_close(&run);
    job_close(job);
  }
  store_close(store);
}

static void what_was_not_given_follows_the_base(void **state)
{
  (void)state;
  const char *const sets[] = {"base=mf", "rho=0.5", NULL};
  struct train_request mf, request = request_of("neggen", sets);
  WORKS(train_request_init(&mf, "mf", "uniform", 1, &unit_err));
  assert_true(setting(&request.settings, "base_lr") == setting(&mf.settings, "lr"));
  assert_true(setting(&request.settings, "rho") == 0.5);
  assert_true(setting(&request.settings, "lr") == 0.001);
}

static void neggen_without_negatives_says_how_to_get_them(void **state)
{
  (void)state;
  struct store *store = make_shop(false);
  struct train_request request = request_of("neggen", small_neggen);
  struct job *job = new_run(&request);
  assert_int_equal(go_on(store, job, &request, -1), TRAIN_FAILED);
  assert_int_equal(unit_err.code, EX_DATAERR);
  assert_string_equal(unit_err.text, "there are no valid negatives to train with: run neggen "
                                     "generate WS --all first");
  job_close(job);
  store_close(store);
}

static void nothing_to_train_on_is_told(void **state)
{
  (void)state;
  struct store *store = store_open(unit_workspace, STORE_CREATE, &unit_err);
  WORKS(store);
  struct train_request request = request_of("mf", small);
  struct job *job = new_run(&request);
  assert_int_equal(go_on(store, job, &request, -1), TRAIN_FAILED);
  assert_int_equal(unit_err.code, EX_DATAERR);
  assert_non_null(strstr(unit_err.text, "has no items: import a catalogue"));
  struct catalogue *catalogue = catalogue_begin(store, false, &unit_err);
  unit_add_films(catalogue);
  unit_commit(catalogue);
  store_close(store);
  store = store_open(unit_workspace, STORE_READ, &unit_err);
  assert_int_equal(go_on(store, job, &request, -1), TRAIN_FAILED);
  assert_non_null(strstr(unit_err.text, "has no interactions to train on"));
  job_close(job);
  store_close(store);
}

static void without_validation_the_last_epoch_is_kept(void **state)
{
  struct run run;
  (void)state;
  struct store *store = store_open(unit_workspace, STORE_CREATE, &unit_err);
  struct catalogue *catalogue = catalogue_begin(store, false, &unit_err);
  unit_add_films(catalogue);
  unit_like(catalogue, "ada", "t1", 1, 1); /* one interaction each: all are trained on */
  unit_like(catalogue, "bob", "h2", 1, 1);
  unit_commit(catalogue);
  struct train_request request = request_of("lightgcn", NULL);
  struct job *job = new_run(&request);
  assert_int_equal(go_on(store, job, &request, -1), TRAIN_DONE);
  job_close(job);
  WORKS(run_open(&run, unit_workspace, "1", &unit_err));
  assert_int_equal(run.epochs, 50);
  assert_int_equal(run.best_epoch, 50);
  assert_non_null(strstr(run.note, "no validation interactions"));
  assert_true(isnan(run.points[0].recall));
  run_close(&run);
  store_close(store);
}

static void a_curve_drops_what_was_trained_again(void **state)
{
  struct run run;
  (void)state;
  struct store *store = make_shop(false);
  struct train_request request = request_of("mf", small);
  struct job *job = new_run(&request);
  assert_int_equal(go_on(store, job, &request, 25), TRAIN_STOPPED);
  WORKS(run_open(&run, unit_workspace, "1", &unit_err));
  int before = run.point_count;
  assert_true(before >= 3);
  damage(job, "checkpoint");
  path_remove_tree(run.tail.path, NULL); /* the events stay open in job: look at what it adds */
  run_close(&run);
  job_close(job);
  job = job_take(unit_workspace, "runs", "1", &unit_err);
  WORKS(job);
  for (int epoch = 1; epoch <= 5; epoch++) {
    cJSON *event = cJSON_CreateObject();
    json_add_str(event, "event", "epoch");
    json_add_str(event, "stage", "train");
    json_add_int(event, "epoch", epoch);
    json_add_int(event, "stage_epoch", epoch);
    assert_true(job_event(job, event, NULL));
  }
  WORKS(run_open(&run, unit_workspace, "1", &unit_err));
  assert_int_equal(run.point_count, 5);
  cJSON *event = cJSON_CreateObject();
  json_add_str(event, "event", "resumed");
  json_add_str(event, "stage", "train");
  json_add_int(event, "stage_epoch", 3);
  assert_true(job_event(job, event, NULL));
  assert_true(run_update(&run, unit_workspace));
  assert_int_equal(run.point_count, 3);
  assert_false(run_update(&run, unit_workspace));
  run_close(&run);
  job_close(job);
  store_close(store);
}

static void settings_refuse_what_they_do_not_take(void **state)
{
  struct train_request request = request_of("mf", NULL);
  struct err err = {0};
  (void)state;
  assert_false(settings_assign(&request.settings, "lr=fast", &err));
  assert_string_equal(err.text, "lr takes a number, not \"fast\"");
  assert_false(settings_assign(&request.settings, "dim=3", &err));
  assert_string_equal(err.text, "dim takes a whole number from 4 to 512, not 3");
  assert_false(settings_assign(&request.settings, "dim=8.5", &err));
  assert_false(settings_assign(&request.settings, "l2=frob", &err));
  assert_string_equal(err.text, "l2 takes one of fro|sq, not \"frob\"");
  assert_false(settings_assign(&request.settings, "lambda=1", &err));
  assert_string_equal(err.text, "no setting \"lambda\"; there are: lr, rho, l2, dim, batch, "
                                "epochs, patience, fast");
  assert_false(settings_assign(&request.settings, "lr", &err));
  assert_string_equal(err.text, "a setting is name=value, not \"lr\"");
  assert_true(settings_assign(&request.settings, "l2=fro", &err));
  cJSON *config = train_request_json(&request);
  struct train_request again;
  if (!train_request_from_json(&again, config, &err))
    fail_msg("%s", err.text);
  assert_true(setting_is(&again.settings, "l2", "fro"));
  cJSON_Delete(config);
  assert_false(train_request_init(&again, "svd", "uniform", 1, &err));
  assert_string_equal(err.text, "no model \"svd\"; there are popular|mf|lightgcn|vbpr|neggen");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, unit_setup, unit_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
    TEST(a_resumed_run_ends_with_the_same_bits),
    TEST(the_number_of_threads_changes_no_bit),
    TEST(a_damaged_checkpoint_costs_the_steps_since_the_one_before),
    TEST(two_damaged_checkpoints_are_refused),
    TEST(another_catalogue_is_told_from_the_one_trained_on),
    TEST(a_loss_that_is_not_finite_ends_the_run_and_keeps_the_checkpoint),
    TEST(models_learn_what_users_like),
    TEST(neggen_says_what_its_module_does),
    TEST(no_step_length_leaves_anything_that_is_not_finite),
    TEST(what_is_not_finite_is_not_written_as_a_checkpoint),
    TEST(the_last_epoch_is_kept_when_that_is_asked_for),
    TEST(every_variant_of_neggen_trains_and_is_another_model),
    TEST(neggen_stands_on_every_base),
    TEST(what_was_not_given_follows_the_base),
    TEST(neggen_without_negatives_says_how_to_get_them),
    TEST(nothing_to_train_on_is_told),
    TEST(without_validation_the_last_epoch_is_kept),
    TEST(a_curve_drops_what_was_trained_again),
    TEST(settings_refuse_what_they_do_not_take),
  };
  return cmocka_run_group_tests_name("train", tests, NULL, NULL);
}
