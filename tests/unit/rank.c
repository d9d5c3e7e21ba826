/* rank.c - samplers draw what they say; full ranking against a plain twin
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/rng.h"
#include "eval/influence.h"
#include "eval/rank.h"
#include "fixture.h"
#include "la/gemm.h"
#include "la/vec.h"
#include "sampler/sampler.h"

/* ---- datasets by hand */

struct rows {
  struct interactions all;
  int64_t room;
};

static void add(struct rows *rows, int32_t user, int32_t item, int phase)
{
  struct interactions *all = &rows->all;
  if (all->count == rows->room) {
    rows->room = rows->room ? 2 * rows->room : 64;
    all->user = mem_grow(all->user, (size_t)rows->room, sizeof *all->user);
    all->item = mem_grow(all->item, (size_t)rows->room, sizeof *all->item);
    all->phase = mem_grow(all->phase, (size_t)rows->room, sizeof *all->phase);
  }
  all->user[all->count] = user;
  all->item[all->count] = item;
  all->phase[all->count++] = (int8_t)phase;
  if (user >= all->user_count)
    all->user_count = user + 1;
  if (item >= all->item_count)
    all->item_count = item + 1;
}

static struct dataset build(struct rows *rows)
{
  struct dataset data;
  dataset_build(&rows->all, &data);
  free(rows->all.user);
  free(rows->all.item);
  free(rows->all.phase);
  *rows = (struct rows){0};
  return data;
}

static void duplicates_are_examples_but_one_edge(void **state)
{
  struct rows rows = {0};
  (void)state;
  add(&rows, 0, 3, PHASE_TRAIN);
  add(&rows, 0, 1, PHASE_TRAIN);
  add(&rows, 0, 3, PHASE_TRAIN);
  add(&rows, 1, 2, -1);
  add(&rows, 2, 0, PHASE_TEST);
  struct dataset data = build(&rows);
  assert_int_equal(data.pairs, 3);
  assert_int_equal(data.pair_item[0], 3);
  assert_int_equal(data.pair_item[1], 1);
  assert_int_equal(dataset_size(&data, PHASE_TRAIN, 0), 2);
  assert_int_equal(data.item_count[3], 2);
  assert_int_equal(data.trained_count, 2);
  assert_int_equal(dataset_size(&data, PHASE_TRAIN, 1), 0);
  assert_true(dataset_has(&data, PHASE_TEST, 2, 0));
  assert_false(dataset_has(&data, PHASE_TRAIN, 0, 2));
  dataset_free(&data);
}

/* ---- samplers */

/* The chi-square of draws for user 0 against the exact probabilities; limit: its 1e-4 quantile. */
static void check_frequencies(const char *name, const struct dataset *data, const double *want,
                              double limit)
{
  enum { DRAWS = 1000000 };
  int64_t seen[6] = {0};
  struct sampler sampler;
  struct rng rng = rng_stream(5, RNG_SAMPLER, 0);
  double chi = 0;
  sampler_open(&sampler, sampler_named(name), data);
  for (int k = 0; k < DRAWS; k++)
    seen[sampler_draw(&sampler, &rng, 0)]++;
  sampler_close(&sampler);
  for (int i = 0; i < 6; i++) {
    double expected = want[i] * DRAWS;
    if (expected == 0)
      assert_int_equal(seen[i], 0);
    else
      chi += ((double)seen[i] - expected) * ((double)seen[i] - expected) / expected;
  }
  if (!(chi < limit))
    fail_msg("%s: chi-square %g", name, chi);
}

static void uniform_draws_every_unseen_item_alike(void **state)
{
  struct rows rows = {0};
  double want[6] = {0};
  (void)state;
  for (int32_t i = 0; i < 6; i++) {
    char path[40];
    add(&rows, i ? 1 : 0, i, PHASE_TRAIN);
    snprintf(path, sizeof path, "samplers.rns.%d", i);
    want[i] = i ? fixture_number(path) : 0;
  }
  add(&rows, 0, 5, PHASE_TEST); /* may be drawn: nobody knows it yet */
  struct dataset data = build(&rows);
  check_frequencies("uniform", &data, want, 23.51); /* 4 degrees of freedom */
  dataset_free(&data);
}

static void popular_draws_by_the_count_to_three_quarters(void **state)
{
  struct rows rows = {0};
  (void)state;
  int32_t *pop = fixture_ints("samplers.pop", NULL);
  double *want = fixture_numbers("samplers.pns_075", NULL);
  add(&rows, 0, 0, PHASE_TRAIN);
  for (int32_t i = 0; i < 6; i++)
    for (int32_t k = i == 0; k < pop[i]; k++)
      add(&rows, 1 + k, i, PHASE_TRAIN);
  add(&rows, 1, 5, PHASE_VALID); /* exists, but is not trained on */
  struct dataset data = build(&rows);
  check_frequencies("popular", &data, want, 21.11); /* 3 */
  dataset_free(&data);
  free(pop);
  free(want);
}

static struct dataset random_data(uint64_t seed, int32_t users, int32_t items, int per_user)
{
  struct rows rows = {0};
  struct rng rng = {seed};
  for (int32_t u = 0; u < users; u++)
    for (int k = 0; k < per_user; k++) {
      int32_t item = (int32_t)(rng_unif(&rng) * rng_unif(&rng) * items);
      uint64_t luck = rng_below(&rng, 10);
      bool is_new = true;
      for (int64_t e = rows.all.count - k; e < rows.all.count; e++)
        is_new &= e < 0 || rows.all.user[e] != u || rows.all.item[e] != item;
      if (is_new)
        add(&rows, u, item, u % 7 == 6 || luck < 8 ? PHASE_TRAIN : luck == 8 ? PHASE_VALID
                                                                            : PHASE_TEST);
    }
  add(&rows, users - 1, items - 1, PHASE_TRAIN);
  return build(&rows);
}

static void no_sampler_draws_what_the_user_has_and_none_depends_on_threads(void **state)
{
  enum { COUNT = 5000 };
  static int32_t user[COUNT], one[COUNT], three[COUNT];
  (void)state;
  struct dataset data = random_data(3, 80, 60, 20);
  for (int32_t b = 0; b < COUNT; b++)
    user[b] = b % data.users;
  for (const struct sampler_ops *const *ops = samplers; *ops; ops++) {
    struct sampler sampler;
    sampler_open(&sampler, *ops, &data);
    la_set_threads(1);
    sampler_batch(&sampler, 99, user, COUNT, one);
    la_set_threads(3);
    sampler_batch(&sampler, 99, user, COUNT, three);
    assert_memory_equal(one, three, sizeof one);
    for (int b = 0; b < COUNT; b++)
      assert_false(dataset_has(&data, PHASE_TRAIN, user[b], one[b]));
    sampler_batch(&sampler, 100, user, COUNT, three);
    assert_memory_not_equal(one, three, sizeof one);
    sampler_close(&sampler);
  }
  dataset_free(&data);
}

static void a_user_who_has_everything_gets_some_item(void **state)
{
  struct rows rows = {0};
  struct sampler sampler;
  struct rng rng = {1};
  (void)state;
  add(&rows, 0, 0, PHASE_TRAIN);
  add(&rows, 0, 1, PHASE_TRAIN);
  struct dataset data = build(&rows);
  sampler_open(&sampler, sampler_named("uniform"), &data);
  assert_in_range(sampler_draw(&sampler, &rng, 0), 0, 1);
  sampler_close(&sampler);
  dataset_free(&data);
}

/* ---- ranking */

static struct embedding random_embedding(const struct dataset *data, int dim, uint64_t seed)
{
  struct rng rng = {seed};
  int64_t users = (int64_t)data->users * dim, items = (int64_t)data->items * dim;
  real *u = mem_aligned((size_t)users, sizeof *u), *i = mem_aligned((size_t)items, sizeof *i);
  for (int64_t k = 0; k < users; k++) /* few values: many ties */
    u[k] = (real)((double)rng_below(&rng, 3) - 1);
  for (int64_t k = 0; k < items; k++)
    i[k] = (real)((double)rng_below(&rng, 3) - 1);
  return (struct embedding){dim, u, i};
}

static void free_embedding(struct embedding *embedding)
{
  free((void *)(size_t)embedding->users);
  free((void *)(size_t)embedding->items);
}

/* The obvious way: all scores, the masked ones out, the best picked one after the other. */
static int plain_ranking(const struct dataset *data, const struct embedding *e, enum mask mask,
                         int32_t user, int depth, int32_t *out)
{
  bool *is_taken = mem_zero((size_t)data->items, sizeof *is_taken);
  int count = 0;
  for (int32_t i = 0; i < data->items; i++)
    is_taken[i] = dataset_has(data, PHASE_TRAIN, user, i) ||
                  (mask == MASK_TRAIN_VALID && dataset_has(data, PHASE_VALID, user, i));
  for (; count < depth; count++) {
    int32_t best = -1;
    double best_score = 0;
    for (int32_t i = 0; i < data->items; i++) {
      double score = 0;
      for (int k = 0; k < e->dim; k++)
        score += (double)e->users[user * e->dim + k] * (double)e->items[i * e->dim + k];
      if (!is_taken[i] && (best < 0 || score > best_score)) {
        best = i;
        best_score = score;
      }
    }
    if (best < 0)
      break;
    is_taken[best] = true;
    out[count] = best;
  }
  free(is_taken);
  return count;
}

static void plain_metrics(const struct dataset *data, const struct embedding *e, enum mask mask,
                          enum phase phase, struct evaluation *out)
{
  struct metrics *sum = &out->by_mask[mask];
  int64_t users = 0;
  *sum = (struct metrics){0};
  for (int32_t u = 0; u < data->users; u++) {
    int32_t ranking[METRIC_DEPTH];
    bool is_hit[METRIC_DEPTH];
    int held = (int)dataset_size(data, phase, u);
    if (!held)
      continue;
    int count = plain_ranking(data, e, mask, u, METRIC_DEPTH, ranking);
    for (int k = 0; k < count; k++)
      is_hit[k] = dataset_has(data, phase, u, ranking[k]);
    struct metrics one;
    for (int c = 0; c < CUTS; c++)
      metrics_at(is_hit, count, held, metric_cuts[c], one.value[c]);
    metrics_add(sum, &one);
    users++;
  }
  metrics_divide(sum, users);
  out->users = users;
}

static void full_ranking_matches_a_plain_twin_in_both_masks(void **state)
{
  static const int32_t items[] = {30, 511, 1300};
  (void)state;
  for (size_t k = 0; k < COUNT_OF(items); k++) {
    struct dataset data = random_data(k + 1, 150, items[k], 25);
    struct embedding embedding = random_embedding(&data, 7, k);
    struct evaluation got, want;
    for (int threads = 1; threads <= 3; threads += 2) {
      la_set_threads(threads);
      assert_true(evaluate(&data, &embedding, PHASE_TEST, &got, NULL));
      for (int mask = 0; mask < MASKS; mask++) {
        plain_metrics(&data, &embedding, (enum mask)mask, PHASE_TEST, &want);
        assert_int_equal(got.users, want.users);
        assert_memory_equal(&got.by_mask[mask], &want.by_mask[mask], sizeof(struct metrics));
      }
      assert_true(evaluate(&data, &embedding, PHASE_VALID, &got, NULL));
      plain_metrics(&data, &embedding, MASK_TRAIN, PHASE_VALID, &want);
      assert_memory_equal(&got.by_mask[MASK_TRAIN], &want.by_mask[MASK_TRAIN],
                          sizeof(struct metrics));
    }
    free_embedding(&embedding);
    dataset_free(&data);
  }
}

static void lists_are_filled_up_when_a_user_has_few_items_left(void **state)
{
  struct rows rows = {0};
  int32_t users[] = {0, 1}, out[8];
  (void)state;
  for (int32_t i = 0; i < 4; i++)
    add(&rows, 0, i, i < 3 ? PHASE_TRAIN : PHASE_VALID);
  add(&rows, 1, 2, PHASE_TRAIN);
  struct dataset data = build(&rows);
  struct embedding embedding = random_embedding(&data, 3, 1);
  assert_true(rank_top(&data, &embedding, MASK_TRAIN_VALID, users, 2, 4, out, NULL));
  assert_int_equal(out[0], -1);
  assert_int_equal(out[7], -1);
  assert_true(out[4] >= 0 && out[5] >= 0 && out[6] >= 0);
  assert_true(rank_top(&data, &embedding, MASK_TRAIN, users, 1, 4, out, NULL));
  assert_int_equal(out[0], 3);
  free_embedding(&embedding);
  dataset_free(&data);
}

/* ---- influence */

/* Two users, four items: item 2 was taken by nobody, and nothing moves item 3. */
static void influence_is_the_mean_move_of_the_users_scores(void **state)
{
  static const real users[] = {1, 0, 0, 2}, items[8] = {0};
  static const real text[] = {1, 1, -3, 0, 5, 5, 0, 0}, image[] = {0, 0, 0, -1, 5, 5, 0, 0};
  struct rows rows = {0};
  (void)state;
  add(&rows, 0, 0, PHASE_TRAIN);
  add(&rows, 0, 1, PHASE_TRAIN);
  add(&rows, 1, 0, PHASE_TRAIN);
  add(&rows, 1, 3, PHASE_TRAIN);
  add(&rows, 1, 2, PHASE_TEST);
  struct dataset data = build(&rows);
  struct embedding embedding = {2, users, items};
  struct effects effects = {.whole = text, .moved = {[TEXT] = text, [IMAGE] = image}};
  struct influence got;
  influence_measure(&data, &embedding, &effects, &got);
  assert_true(got.item[TEXT][0] == 1.5f && got.item[IMAGE][0] == 0); /* (|1| + |2|) / 2 */
  assert_true(got.item[TEXT][1] == 3 && got.item[IMAGE][1] == 0);
  assert_true(isnan(got.item[TEXT][2]) && isnan(got.item[IMAGE][3]));
  assert_true(got.user[TEXT][0] == 2 && got.user[TEXT][1] == 1 && got.user[IMAGE][1] == 0);
  influence_free(&got);
  dataset_free(&data);
}

static void the_share_of_influence_says_which_modality_decides(void **state)
{
  double share[MODALITIES], evenness;
  enum modality most;
  (void)state;
  assert_true(influence_share((double[]){0.1, 0.3}, share, &most, &evenness));
  assert_true(most == IMAGE && fabs(share[TEXT] - 0.25) < 1e-12);
  assert_true(fabs(evenness - 0.8112781244591328) < 1e-12);
  assert_true(influence_share((double[]){2, 0}, share, &most, &evenness));
  assert_true(most == TEXT && evenness == 0);
  assert_false(influence_share((double[]){0, 0}, share, &most, &evenness));
  assert_false(influence_share((double[]){NAN, NAN}, share, &most, &evenness));
}

static void what_is_not_finite_is_not_ranked(void **state)
{
  struct err err = {0};
  struct evaluation evaluation;
  (void)state;
  struct dataset data = random_data(1, 20, 30, 10);
  struct embedding embedding = random_embedding(&data, 4, 1);
  ((real *)(size_t)embedding.items)[17] = (real)NAN;
  assert_false(evaluate(&data, &embedding, PHASE_TEST, &evaluation, &err));
  assert_int_equal(err.code, EX_SOFTWARE);
  ((real *)(size_t)embedding.items)[17] = (real)3e38;
  assert_false(evaluate(&data, &embedding, PHASE_TEST, &evaluation, &err));
  free_embedding(&embedding);
  dataset_free(&data);
}

static int setup(void **state)
{
  struct err err;
  (void)state;
  return la_start(&err) ? 0 : -1;
}

static int end(void **state)
{
  (void)state;
  fixture_close();
  return 0;
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(duplicates_are_examples_but_one_edge),
    cmocka_unit_test(uniform_draws_every_unseen_item_alike),
    cmocka_unit_test(popular_draws_by_the_count_to_three_quarters),
    cmocka_unit_test(no_sampler_draws_what_the_user_has_and_none_depends_on_threads),
    cmocka_unit_test(a_user_who_has_everything_gets_some_item),
    cmocka_unit_test(full_ranking_matches_a_plain_twin_in_both_masks),
    cmocka_unit_test(lists_are_filled_up_when_a_user_has_few_items_left),
    cmocka_unit_test(what_is_not_finite_is_not_ranked),
    cmocka_unit_test(influence_is_the_mean_move_of_the_users_scores),
    cmocka_unit_test(the_share_of_influence_says_which_modality_decides),
  };
  return cmocka_run_group_tests_name("rank", tests, setup, end);
}
