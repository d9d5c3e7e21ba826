/* versions.c - see versions.h
 * SPDX-License-Identifier: MIT */
#include "eval/versions.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "eval/paired.h"
#include "store/trial.h"

enum figure { BALANCE, CHARACTERS, TOKENS_IN, TOKENS_OUT, QUESTIONS, SECONDS, FIGURES };
static const char *const figure_names[FIGURES] = {
  "balance", "reply characters", "tokens in", "tokens out", "questions", "seconds"};

/* What a side made of an item: its trials put together. */
struct outcome {
  const struct trial *compared, *last;
  double figures[FIGURES];
  cJSON *checks; /* NULL: it came to none */
};

struct both {
  const char *item;
  struct outcome side[2];
};

static size_t last_reply_size(const struct trial *trial)
{
  cJSON *rounds = cJSON_Parse(trial->rounds);
  int count = cJSON_GetArraySize(rounds);
  const char *reply = count ? json_str(cJSON_GetArrayItem(rounds, count - 1), "reply") : NULL;
  size_t size = 0;
  for (const char *p = reply; p && *p; p++)
    size += ((unsigned char)*p & 0xc0) != 0x80;
  cJSON_Delete(rounds);
  return size;
}

static double known(int tokens) { return tokens < 0 ? NAN : tokens; }

/* Trials come by item, template and side; the templates' names do not sort as they run. */
static void take_trial(struct outcome *outcome, const struct trial *trial, enum template_index index)
{
  static const struct outcome none = {.figures = {NAN, NAN, 0, 0, 0, 0}};
  if (!outcome->last)
    *outcome = none;
  int at = template_named(trial->template_name);
  if (!outcome->last || at > template_named(outcome->last->template_name))
    outcome->last = trial;
  if (at == (int)index) {
    outcome->compared = trial;
    outcome->figures[CHARACTERS] = (double)last_reply_size(trial);
  }
  if (trial->checks) {
    cJSON_Delete(outcome->checks);
    outcome->checks = cJSON_Parse(trial->checks);
    outcome->figures[BALANCE] = trial->balance;
  }
  outcome->figures[TOKENS_IN] += known(trial->tokens_in);
  outcome->figures[TOKENS_OUT] += known(trial->tokens_out);
  outcome->figures[QUESTIONS] += trial->questions;
  outcome->figures[SECONDS] += trial->is_cached ? NAN : trial->seconds;
}

static bool is_valid(const struct outcome *outcome)
{
  return outcome->last && outcome->checks && outcome->last->is_valid;
}

static const cJSON *check_named(const cJSON *checks, const char *name)
{
  const cJSON *check;
  cJSON_ArrayForEach(check, checks) {
    const char *other = json_str(check, "name");
    if (other && !strcmp(other, name))
      return check;
  }
  return NULL;
}

/* ---- rows */

static struct versions_row *add_row(struct versions *out, const char *kind, const char *name)
{
  VEC_PUSH(out->rows, out->row_count, out->row_room) =
    (struct versions_row){.name = mem_printf("%s%s", kind, name), .mean = {NAN, NAN}, .p = NAN};
  return &out->rows[out->row_count - 1];
}

/* A rate: check NULL is validity as a whole. */
static void add_rate(struct versions *out, const struct both *all, int count, const char *check)
{
  struct versions_row *row = add_row(out, check ? "check " : "", check ? check : "valid");
  int passed[2] = {0, 0};
  row->is_rate = true;
  for (int k = 0; k < count; k++) {
    bool is_passed[2], is_there = true;
    for (int s = 0; s < 2; s++) {
      const struct outcome *outcome = &all[k].side[s];
      const cJSON *found = check ? check_named(outcome->checks, check) : NULL;
      is_there = is_there && (!check || found);
      is_passed[s] = check ? json_bool(found, "passed", false) : is_valid(outcome);
    }
    if (!is_there)
      continue;
    row->pairs++;
    for (int s = 0; s < 2; s++) {
      passed[s] += is_passed[s];
      row->only[s] += is_passed[s] && !is_passed[1 - s];
    }
  }
  for (int s = 0; s < 2 && row->pairs; s++)
    row->mean[s] = (double)passed[s] / row->pairs;
  if (row->pairs)
    row->p = paired_mcnemar(row->only[0], row->only[1]);
}

static void add_mean(struct versions *out, const struct both *all, int count, enum figure figure)
{
  struct versions_row *row = add_row(out, "", figure_names[figure]);
  double *differences = mem_zero((size_t)count + 1, sizeof *differences), sum[2] = {0, 0};
  for (int k = 0; k < count; k++) {
    double a = all[k].side[0].figures[figure], b = all[k].side[1].figures[figure];
    if (isnan(a) || isnan(b))
      continue;
    differences[row->pairs++] = b - a;
    sum[0] += a;
    sum[1] += b;
  }
  for (int s = 0; s < 2 && row->pairs; s++)
    row->mean[s] = sum[s] / row->pairs;
  if (row->pairs)
    row->p = paired_sign_flip(differences, row->pairs);
  free(differences);
}

/* All checks that any side came to, in the order of the first that names them. */
static void add_checks(struct versions *out, const struct both *all, int count)
{
  int first = out->row_count;
  for (int k = 0; k < count; k++)
    for (int s = 0; s < 2; s++) {
      const cJSON *check;
      cJSON_ArrayForEach(check, all[k].side[s].checks) {
        const char *name = json_str(check, "name");
        bool is_known = !name;
        for (int r = first; r < out->row_count && !is_known; r++)
          is_known = !strcmp(out->rows[r].name + strlen("check "), name);
        if (!is_known)
          add_rate(out, all, count, name);
      }
    }
}

/* ---- pairs */

static char *why_not(const struct outcome *outcome)
{
  const cJSON *check;
  if (outcome->last->reason)
    return mem_printf("%s: %s", outcome->last->template_name, outcome->last->reason);
  cJSON_ArrayForEach(check, outcome->checks)
    if (!json_bool(check, "passed", true) && !json_bool(check, "flag", false)) {
      const char *name = json_str(check, "name"), *reason = json_str(check, "reason");
      return mem_printf("%s: %s", name ? name : "", reason ? reason : "failed");
    }
  return mem_strdup("it came to no candidate");
}

static void add_pair(struct versions *out, const struct both *both)
{
  struct versions_pair pair = {.item = mem_strdup(both->item)};
  char *checks[2];
  for (int s = 0; s < 2; s++) {
    const struct outcome *outcome = &both->side[s];
    pair.trial[s] = outcome->compared->id;
    pair.is_valid[s] = is_valid(outcome);
    pair.why[s] = pair.is_valid[s] ? NULL : why_not(outcome);
    checks[s] = outcome->checks ? json_line(outcome->checks) : mem_strdup("");
  }
  pair.differs = pair.is_valid[0] != pair.is_valid[1] || strcmp(checks[0], checks[1]);
  free(checks[0]);
  free(checks[1]);
  VEC_PUSH(out->pairs, out->pair_count, out->pair_room) = pair;
}

static void add_pairs(struct versions *out, const struct both *all, int count)
{
  for (int k = 0; k < count; k++)
    add_pair(out, &all[k]);
  struct versions_pair *sorted = mem_zero((size_t)count + 1, sizeof *sorted);
  int n = 0;
  for (int pass = 0; pass < 3; pass++) /* other validity, other checks, the rest */
    for (int k = 0; k < count; k++) {
      const struct versions_pair *pair = &out->pairs[k];
      int class = pair->is_valid[0] != pair->is_valid[1] ? 0 : pair->differs ? 1 : 2;
      if (class == pass)
        sorted[n++] = *pair;
    }
  free(out->pairs);
  out->pairs = sorted;
}

/* Trials to items with both sides; one that has only one is left out. */
static struct both *put_together(struct trial **trials, int trial_count, enum template_index index,
                                 int *count)
{
  struct both *all = NULL;
  int room = 0;
  *count = 0;
  for (int k = 0; k < trial_count; k++) {
    const struct trial *trial = trials[k];
    if (!*count || strcmp(all[*count - 1].item, trial->item))
      VEC_PUSH(all, *count, room) = (struct both){.item = trial->item};
    take_trial(&all[*count - 1].side[trial->side == 1], trial, index);
  }
  int kept = 0;
  for (int k = 0; k < *count; k++) {
    if (all[k].side[0].compared && all[k].side[1].compared) {
      all[kept++] = all[k];
      continue;
    }
    cJSON_Delete(all[k].side[0].checks);
    cJSON_Delete(all[k].side[1].checks);
  }
  *count = kept;
  return all;
}

bool versions_read(struct store *store, int64_t comparison, enum template_index index,
                   struct versions *out, struct err *err)
{
  struct trial **trials;
  int trial_count, count;
  *out = (struct versions){0};
  if (!trials_compared(store, comparison, &trials, &trial_count, err))
    return false;
  struct both *all = put_together(trials, trial_count, index, &count);
  for (int s = 0; s < 2 && count; s++) {
    out->version[s] = mem_strdup(all[0].side[s].compared->version);
    out->model[s] = mem_strdup(all[0].side[s].compared->model);
  }
  add_rate(out, all, count, NULL);
  for (int f = 0; f < FIGURES; f++)
    add_mean(out, all, count, (enum figure)f);
  add_checks(out, all, count);
  add_pairs(out, all, count);
  for (int k = 0; k < count; k++) {
    cJSON_Delete(all[k].side[0].checks);
    cJSON_Delete(all[k].side[1].checks);
  }
  free(all);
  trials_free(trials, trial_count);
  return true;
}

void versions_free(struct versions *versions)
{
  for (int k = 0; k < versions->row_count; k++)
    free(versions->rows[k].name);
  for (int k = 0; k < versions->pair_count; k++) {
    free(versions->pairs[k].item);
    free(versions->pairs[k].why[0]);
    free(versions->pairs[k].why[1]);
  }
  for (int s = 0; s < 2; s++) {
    free(versions->version[s]);
    free(versions->model[s]);
  }
  free(versions->rows);
  free(versions->pairs);
  *versions = (struct versions){0};
}
