/* trials.c - see trials.h
 * SPDX-License-Identifier: MIT */
#include "gen/trials.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "backend/completion.h"
#include "base/clock.h"
#include "base/mem.h"
#include "prompt/faults.h"

/* A template that was asked, of an item that is not at its end. */
struct pending {
  struct trial *trial;
  cJSON *rounds;
};

struct trials {
  struct store *store;
  struct trials_options options;
  struct pending *pending;
  int count, room;
};

/* ---- as JSON */

static void add_marks(cJSON *array, int part, const struct prompt_marks *marks)
{
  for (int k = 0; k < marks->count; k++) {
    const struct prompt_mark *mark = &marks->at[k];
    cJSON *entry = cJSON_CreateArray();
    cJSON_AddItemToArray(entry, cJSON_CreateNumber(part));
    cJSON_AddItemToArray(entry, cJSON_CreateNumber((double)mark->start));
    cJSON_AddItemToArray(entry, cJSON_CreateNumber((double)mark->size));
    cJSON_AddItemToArray(entry, cJSON_CreateString(prompt_fields[mark->field].name));
    cJSON_AddItemToArray(array, entry);
  }
}

cJSON *trial_messages(const struct gen_question *question, int picture_side)
{
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "system", question->system);
  json_add_str(json, "user", question->user);
  cJSON *marks = json_add_array(json, "marks");
  for (int part = 0; part < 2; part++)
    add_marks(marks, part, &question->marks[part]);
  if (!question->picture) {
    json_add_str(json, "picture", NULL);
    return json;
  }
  struct picture small = picture_shrink(question->picture, picture_side);
  cJSON *picture = json_add_object(json, "picture");
  json_add_int(picture, "width", small.width);
  json_add_int(picture, "height", small.height);
  picture_free(&small);
  return json;
}

/* The text of an answer, also of one that was of no use. The caller frees; NULL when there is none. */
static char *text_of(const struct answer *answer)
{
  struct completion completion;
  struct err ignored;
  if (answer->text || !answer->raw)
    return mem_strdup(answer->text);
  completion_start(&completion);
  completion_feed(&completion, answer->raw, strlen(answer->raw));
  completion_end(&completion, 0, &ignored);
  char *text = completion.text.size ? mem_strdup(completion.text.data) : NULL;
  completion_free(&completion);
  return text;
}

static void add_faults(cJSON *json, const struct gen_event *event, const char *text)
{
  struct reply_fault *faults = NULL;
  const struct answer *answer = event->answer;
  int count = text && answer->is_ok
                ? reply_faults(event->question->prompt->schema, text, event->reason, &faults) : 0;
  cJSON *array = json_add_array(json, "faults");
  for (int k = 0; k < count; k++) {
    cJSON *entry = cJSON_CreateObject();
    json_add_int(entry, "at", (int64_t)faults[k].at);
    json_add_int(entry, "line", faults[k].line);
    json_add_int(entry, "column", faults[k].column);
    json_add_str(entry, "what", faults[k].what);
    cJSON_AddItemToArray(array, entry);
  }
  reply_faults_free(faults, count);
}

static double or_unknown(int tokens) { return tokens >= 0 ? tokens : NAN; }

cJSON *trial_round(const struct gen_event *event)
{
  const struct answer *answer = event->answer;
  char *text = text_of(answer);
  cJSON *json = cJSON_CreateObject();
  json_add_str(json, "reply", text);
  json_add_str(json, "reason", event->reason);
  add_faults(json, event, text);
  json_add_str(json, "finish_reason", answer->finish_reason);
  json_add_int(json, "status", answer->status);
  json_add_bool(json, "cached", answer->is_cached);
  json_add_num(json, "tokens_in", or_unknown(answer->tokens_in));
  json_add_num(json, "tokens_out", or_unknown(answer->tokens_out));
  json_add_num(json, "first_seconds", answer->status ? answer->first_seconds : NAN);
  json_add_num(json, "seconds", answer->seconds);
  free(text);
  return json;
}

static char *checks_text(const struct negative *negative)
{
  cJSON *array = cJSON_CreateArray();
  for (int k = 0; k < negative->check_count; k++) {
    const struct check *check = &negative->checks[k];
    cJSON *entry = cJSON_CreateObject();
    json_add_str(entry, "name", check->name);
    json_add_bool(entry, "passed", check->is_passed);
    json_add_bool(entry, "flag", check->is_flag);
    json_add_str(entry, "reason", check->reason);
    cJSON_AddItemToArray(array, entry);
  }
  char *text = json_line(array);
  cJSON_Delete(array);
  return text;
}

/* ---- putting together */

struct trials *trials_open(struct store *store, const struct trials_options *options)
{
  struct trials *trials = mem_zero(1, sizeof *trials);
  trials->store = store;
  trials->options = *options;
  return trials;
}

static void drop(struct trials *trials, int at)
{
  trial_free(trials->pending[at].trial);
  cJSON_Delete(trials->pending[at].rounds);
  trials->count--;
  for (int k = at; k < trials->count; k++)
    trials->pending[k] = trials->pending[k + 1];
}

void trials_close(struct trials *trials)
{
  if (!trials)
    return;
  while (trials->count)
    drop(trials, trials->count - 1);
  free(trials->pending);
  free(trials);
}

/* The last that was begun of an item, with this template (NULL: with any); NULL: none. */
static struct pending *last_of(struct trials *trials, const char *item, const char *template_name)
{
  for (int k = trials->count; k-- > 0;) {
    const struct trial *trial = trials->pending[k].trial;
    if (!strcmp(trial->item, item) &&
        (!template_name || !strcmp(trial->template_name, template_name)))
      return &trials->pending[k];
  }
  return NULL;
}

static void begin(struct trials *trials, const struct gen_event *event)
{
  const struct trials_options *options = &trials->options;
  const struct gen_question *question = event->question;
  struct trial *trial = mem_zero(1, sizeof *trial);
  cJSON *messages = trial_messages(question, options->picture_side);
  trial->item = mem_strdup(event->item);
  trial->template_name = mem_strdup(event->template_name);
  trial->version = mem_strdup(question->prompt->hash);
  trial->backend = mem_strdup(options->backend->name);
  trial->model = mem_strdup(options->model);
  trial->server = mem_strdup(options->server);
  trial->seed = question->seed;
  trial->started = clock_wall();
  trial->messages = json_line(messages);
  trial->balance = trial->first_seconds = trial->seconds = NAN;
  trial->tokens_in = trial->tokens_out = -1;
  trial->comparison = options->comparison;
  trial->side = options->side;
  cJSON_Delete(messages);
  VEC_PUSH(trials->pending, trials->count, trials->room) = (struct pending){trial, cJSON_CreateArray()};
}

static int sum(int so_far, int more) { return more < 0 ? so_far : so_far < 0 ? more : so_far + more; }

static void add_round(struct pending *pending, const struct gen_event *event)
{
  struct trial *trial = pending->trial;
  const struct answer *answer = event->answer;
  cJSON_AddItemToArray(pending->rounds, trial_round(event));
  trial->is_cached = answer->is_cached && (!trial->questions || trial->is_cached);
  trial->questions++;
  trial->tokens_in = sum(trial->tokens_in, answer->tokens_in);
  trial->tokens_out = sum(trial->tokens_out, answer->tokens_out);
  if (answer->is_cached)
    return;
  trial->seconds = isnan(trial->seconds) ? answer->seconds : trial->seconds + answer->seconds;
  trial->first_seconds = answer->status ? answer->first_seconds : NAN;
}

/* Its item is at its end; `is_last`: what was made of the item was made by this template. */
static bool save(struct trials *trials, struct pending *pending, const struct gen_event *end, bool is_last,
                 struct err *err)
{
  struct trial *trial = pending->trial;
  const struct negative *negative = end->negative;
  trial->rounds = json_line(pending->rounds);
  trial->negative = negative ? negative->id : 0;
  if (is_last && negative && negative->check_count) {
    trial->checks = checks_text(negative);
    trial->is_valid = negative->is_valid;
    trial->balance = negative->balance;
  }
  if (!trial_save(trials->store, trial, err))
    return false;
  if (trials->options.saved)
    trials->options.saved(trials->options.user, trial);
  return true;
}

static bool end_item(struct trials *trials, const struct gen_event *end, struct err *err)
{
  bool ok = true;
  const struct pending *last = last_of(trials, end->item, NULL);
  const struct trial *last_trial = last ? last->trial : NULL;
  for (int k = 0; k < trials->count;) {
    struct pending *pending = &trials->pending[k];
    if (strcmp(pending->trial->item, end->item)) {
      k++;
      continue;
    }
    ok = ok && save(trials, pending, end, pending->trial == last_trial, err);
    drop(trials, k);
  }
  return ok;
}

bool trials_hear(struct trials *trials, const struct gen_event *event, struct err *err)
{
  struct pending *pending = last_of(trials, event->item, event->template_name);
  if (event->state == GEN_ITEM)
    return end_item(trials, event, err);
  if (template_named(event->template_name) < (int)trials->options.first)
    return true;
  if (event->state == GEN_STARTED)
    begin(trials, event);
  else if (event->state == GEN_ANSWERED && pending)
    add_round(pending, event);
  else if (event->state == GEN_DONE && pending)
    pending->trial->is_valid = true;
  else if (event->state == GEN_FAILED && pending)
    pending->trial->reason = mem_strdup(event->reason);
  return true;
}
