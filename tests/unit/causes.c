/* causes.c - what was planted in users: read, reckoned by one who knows, and told apart
 * SPDX-License-Identifier: MIT */
#include "workspace.h"

#include <math.h>
#include <string.h>

#include "data/dataset.h"
#include "data/truth.h"
#include "engine/pull.h"
#include "eval/auc.h"
#include "eval/observer.h"

static void auc_counts_the_pairs_in_order_and_ties_by_half(void **state)
{
  static const double score[] = {3, 1, 2, 2, 0, 9};
  static const int8_t kind[] = {1, 0, 1, 0, 0, 2}; /* the last is left out */
  (void)state;
  assert_true(fabs(auc(score, kind, 6) - 5.5 / 6) < 1e-12);
  assert_true(isnan(auc(score, (int8_t[]){1, 1, 2, 2, 2, 2}, 6)));
  assert_true(auc((double[]){1, 1}, (int8_t[]){1, 0}, 2) == 0.5);
}

/* Six items: red or blue, of oak or tin, in turn. */
static const char *const items_text =
  "{\"interactions\":{\"all\":10,\"off_taste\":2},\"items\":["
  "{\"item\":\"a\",\"image\":{\"color\":\"red\"},\"text\":{\"material\":\"oak\",\"theme\":[\"x\",\"y\"]}},"
  "{\"item\":\"b\",\"image\":{\"color\":\"red\"},\"text\":{\"material\":\"tin\"}},"
  "{\"item\":\"c\",\"image\":{\"color\":\"blue\"},\"text\":{\"material\":\"oak\"}},"
  "{\"item\":\"d\",\"image\":{\"color\":\"blue\"},\"text\":{\"material\":\"tin\"}}],"
  "\"users\":[{\"user\":\"u\",\"likes\":[{\"modality\":\"image\",\"key\":\"color\",\"value\":\"red\",\"weight\":4}]},"
  "{\"user\":\"v\",\"likes\":[{\"modality\":\"image\",\"key\":\"color\",\"value\":\"blue\",\"weight\":4}]}],"
  "\"decoys\":[{\"decoy\":{\"modality\":\"text\",\"key\":\"material\",\"value\":\"tin\"},"
  "\"partner\":{\"modality\":\"image\",\"key\":\"color\",\"value\":\"red\"}}]}";

static bool load(const char *text, const char *names, struct truth *truth, struct err *err)
{
  static char *const users[] = {"u", "v"};
  struct intern items = {0};
  char *path = path_join(unit_dir, "truth.json");
  WORKS(path_write(path, text, strlen(text), &unit_err));
  for (const char *name = names; *name; name++)
    intern_add(&items, name, 1);
  bool ok = truth_load(path, &items, users, 2, truth, err);
  intern_free(&items);
  free(path);
  return ok;
}

static void a_truth_is_read_by_the_keys_of_the_catalogue(void **state)
{
  struct truth truth;
  (void)state;
  WORKS(load(items_text, "dcba", &truth, &unit_err));
  int32_t red = truth_of_item(&truth, 3, IMAGE, "color", "anything"); /* its only one */
  int32_t tin = truth_of_item(&truth, 2, TEXT, "material", "tin");
  assert_true(red >= 0 && tin >= 0);
  assert_string_equal(truth.attributes[red].value, "red");
  assert_true(truth_has(&truth, 2, red) && !truth_has(&truth, 0, red));
  assert_int_equal(truth_of_item(&truth, 3, TEXT, "theme", "z"), -1); /* one of two, and not this */
  assert_true(truth_of_item(&truth, 3, TEXT, "theme", "y") >= 0);
  assert_true(truth_likes(&truth, 0, red) && !truth_likes(&truth, 1, red));
  assert_int_equal(truth.attributes[tin].partner, red);
  assert_true(fabs(truth.off_taste - 0.2) < 1e-12);
  truth_free(&truth);
}

static void a_truth_of_other_items_is_refused(void **state)
{
  struct truth truth;
  struct err err;
  (void)state;
  assert_false(load(items_text, "abcde", &truth, &err));
  assert_non_null(strstr(err.text, "knows 4 of the catalogue's 5 items"));
  assert_int_equal(err.code, EX_DATAERR);
  assert_false(load("{\"items\":[]}", "", &truth, &err));
  assert_non_null(strstr(err.text, "tells of no items and users"));
  assert_false(load("{", "", &truth, &err));
}

static void who_knows_the_generator_sees_what_a_user_likes(void **state)
{
  static int32_t user[] = {0, 0, 1, 1}, item[] = {0, 1, 2, 3};
  static int8_t phase[4] = {PHASE_TRAIN, PHASE_TRAIN, PHASE_TRAIN, PHASE_TRAIN};
  struct interactions all = {.count = 4, .user_count = 2, .item_count = 4, .user = user,
                             .item = item, .phase = phase};
  struct dataset data;
  struct truth truth;
  double p[16];
  (void)state;
  WORKS(load(items_text, "abcd", &truth, &unit_err));
  dataset_build(&all, &data);
  int32_t red = truth_of_item(&truth, 0, IMAGE, "color", "red");
  int32_t blue = truth_of_item(&truth, 2, IMAGE, "color", "blue");
  observer_ask(&data, &truth, 0, 1, p);
  /* Odds .8^2 against .2^2 of two items: both are red, and fame is the same. */
  assert_true(fabs(p[red] - 0.64 / 0.68) < 1e-9 && fabs(p[red] + p[blue] - 1) < 1e-9);
  observer_ask(&data, &truth, 1, 1, p);
  assert_true(p[blue] > 0.9);
  dataset_free(&data);
  truth_free(&truth);
}

/* Crime, which Heat and Fargo have, becomes Comedy, which Toy Story has. */
static void add_change(struct store *store, int64_t id)
{
  struct change change = {TEXT, (char *)"genres", (char *)"Crime", (char *)"Comedy", ROLE_KEY};
  struct negative *negative = negative_load(store, id, &unit_err);
  WORKS(negative);
  negative->changes = &change;
  negative->change_count = 1;
  WORKS(negative_save(store, negative, NULL, &unit_err));
  negative->changes = NULL;
  negative->change_count = 0;
  negative_free(negative);
}

static double log_lift(double have, double count, double share)
{
  return log((have + 5 * share) / ((count + 5) * share));
}

static void a_negative_pulls_away_from_what_a_user_took_besides(void **state)
{
  enum { TOY_STORY, HEAT, FARGO, BERLIN };
  (void)state;
  struct store *store = unit_films();
  struct dataset data;
  add_change(store, unit_negative(store, "f3"));
  struct pulls *pulls = pulls_open(store, 4, PULL_LIFT, &unit_err);
  WORKS(pulls && dataset_load(store, &data, &unit_err));
  double share[2] = {0}; /* of Crime, of Comedy in what is trained on */
  int32_t bob = -1, eve = -1;
  for (int64_t k = 0; k < data.pairs; k++) {
    int32_t item = data.pair_item[k];
    share[0] += (item == HEAT || item == FARGO) / (double)data.pairs;
    share[1] += (item == TOY_STORY) / (double)data.pairs;
    bob = item == FARGO ? data.pair_user[k] : bob;
    eve = item == BERLIN ? data.pair_user[k] : eve;
  }
  assert_true(dataset_has(&data, PHASE_TRAIN, bob, HEAT));
  double comedy = share[1] > 0 ? log_lift(0, 1, share[1]) : 0;
  double pull = tanh(log_lift(1, 1, share[0]) - comedy); /* of Heat alone: Fargo is left out */
  assert_true(pull > 0);
  assert_true(fabs(pulls_of(pulls, bob, FARGO, FARGO, 0, 1u << TEXT) - pull) < 1e-12);
  const struct change change = {TEXT, (char *)"genres", (char *)"Crime", (char *)"Comedy", ROLE_KEY};
  assert_true(fabs(pulls_of_change(pulls, bob, FARGO, pulls_change(pulls, &change)) - pull) < 1e-12);
  double other = tanh(log_lift(0, 1, share[0]) - comedy);
  assert_true(fabs(pulls_of(pulls, eve, FARGO, FARGO, 0, 1u << TEXT) - other) < 1e-12);
  assert_true(pulls_of(pulls, bob, FARGO, FARGO, 0, 1u << IMAGE) == 0); /* the text is as it was */
  assert_true(pulls_of(pulls, bob, FARGO, FARGO, 1, 1u << TEXT) == 0);  /* there is no second one */
  assert_true(pulls_of(pulls, bob, HEAT, HEAT, 0, 1u << TEXT) == 0);
  pulls_free(pulls);
  pulls = pulls_open(store, 4, PULL_EXCESS, &unit_err);
  WORKS(pulls);
  pull = tanh((1 - share[0]) / sqrt(share[0] + 1) - (0 - share[1]) / sqrt(share[1] + 1));
  assert_true(fabs(pulls_of(pulls, bob, FARGO, FARGO, 0, 1u << TEXT) - pull) < 1e-12);
  dataset_free(&data);
  pulls_free(pulls);
  store_close(store);
}

#define IN_A_FOLDER(name) cmocka_unit_test_setup_teardown(name, unit_setup, unit_teardown)

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(auc_counts_the_pairs_in_order_and_ties_by_half),
    IN_A_FOLDER(a_truth_is_read_by_the_keys_of_the_catalogue),
    IN_A_FOLDER(a_truth_of_other_items_is_refused),
    IN_A_FOLDER(who_knows_the_generator_sees_what_a_user_likes),
    IN_A_FOLDER(a_negative_pulls_away_from_what_a_user_took_besides),
  };
  return cmocka_run_group_tests_name("causes", tests, NULL, NULL);
}
