/* chain.c - one item on its way through the templates
 *
 * ask -> answer -> read -> next. What cannot be used is asked again: a model is told
 * what was wrong (rounds.h); the offline engine goes back to the mask with another seed. When
 * nothing helps, the draft is kept with the reason.
 * SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/utf8.h"
#include "gen/checks.h"
#include "gen/fill.h"
#include "gen/gen_private.h"
#include "gen/kept.h"
#include "gen/rounds.h"
#include "gen/siblings.h"
#include "prompt/keys.h"
#include "prompt/safe.h"

/* The newest candidate of this item and backend that has the replies which `first` builds on. */
static bool inherit_replies(struct gen *gen, struct chain *chain, struct err *err)
{
  struct negative **all;
  int count;
  if (!negatives_of(gen->store, chain->item->key, &all, &count, err))
    return false;
  bool is_found = false;
  for (int k = count; k-- > 0 && !is_found;) {
    const struct negative *old = all[k];
    if (strcmp(old->backend, gen->row->name) || old->is_stale)
      continue;
    is_found = true;
    for (int t = 0; t < gen->first; t++)
      is_found = is_found && (old->replies[t] || (t == DESCRIBE && !chain->has_picture));
    for (int t = 0; is_found && t < gen->first; t++)
      chain->negative->replies[t] = mem_strdup(old->replies[t]);
    for (int m = 0; is_found && m < MODALITIES; m++)
      if (old->sides[m].original) {
        free(chain->negative->sides[m].original);
        chain->negative->sides[m].original = mem_strdup(old->sides[m].original);
        if (gen->first > MASK)
          chain->negative->sides[m].masked = mem_strdup(old->sides[m].masked);
      }
  }
  negatives_free(all, count);
  if (is_found)
    return true;
  const char *before = gen->first == COMPLETE ? "mask" : "describe";
  return err_set(err, EX_DATAERR, "%s first: %s of \"%s\" builds on its reply", before,
                 template_names[gen->first], chain->item->key);
}

/* D^t without its last line feed: outer blanks do not survive a reply. */
static char *document_of(const struct item *item)
{
  struct buf buf = {0};
  item_document(item, &buf);
  while (buf.size && strchr(" \n\t\r", buf.data[buf.size - 1]))
    buf.data[--buf.size] = '\0';
  return buf_take(&buf);
}

static bool read_mask_again(struct chain *chain, struct err *err)
{
  if (!chain->negative->replies[MASK])
    return true;
  cJSON *json = reply_json(chain->negative->replies[MASK], err);
  bool ok = json && reply_read_mask(json, &chain->mask, err);
  cJSON_Delete(json);
  return ok;
}

struct chain *chain_new(struct gen *gen, const char *key, uint64_t seed, struct err *err)
{
  struct item *item = item_find(gen->store, key, err);
  if (!item)
    return NULL;
  struct chain *chain = mem_zero(1, sizeof *chain);
  struct negative *negative = negative_new(key);
  struct err unread;
  chain->item = item;
  chain->negative = negative;
  chain->seed = seed;
  chain->has_picture =
    item->picture_path && decoder_read_file(gen->decoder, item->picture_path, &chain->picture, NULL,
                                            NULL, &unread);
  if (chain->has_picture)
    chain->easel = easel_new(&chain->picture, gen->has_borders ? &gen->borders : NULL);
  negative->backend = mem_strdup(gen->row->name);
  negative->model = mem_strdup(gen->model);
  negative->templates = mem_strdup(gen->templates_text);
  negative->seed = seed;
  negative->created = clock_wall();
  negative->is_draft = true;
  negative->sides[TEXT].original = document_of(item);
  chain->at = gen->first == DESCRIBE && !chain->has_picture && gen->last > DESCRIBE ? MASK : gen->first;
  bool ok = true;
  if (!chain->has_picture && item->has_measure) /* it would be half a negative: its picture has features */
    ok = err_set(err, unread.code, "its picture was there when it was imported: %s", unread.text);
  else if (!chain->has_picture && gen->last == DESCRIBE)
    ok = err_set(err, EX_DATAERR, "\"%s\" has no picture to describe%s%s", key,
                 item->picture_error ? ": " : "", item->picture_error ? item->picture_error : "");
  else if (chain->has_picture ? gen->first > DESCRIBE : gen->first > MASK)
    ok = inherit_replies(gen, chain, err) && read_mask_again(chain, err);
  if (ok)
    return chain;
  chain_free(chain);
  return NULL;
}

void chain_free(struct chain *chain)
{
  if (!chain)
    return;
  item_free(chain->item);
  easel_free(chain->easel);
  picture_free(&chain->picture);
  negative_free(chain->negative);
  reply_mask_free(&chain->mask);
  reply_complete_free(&chain->complete);
  free(chain->system);
  free(chain->user);
  free(chain->schema);
  free(chain->marks[0].at);
  free(chain->marks[1].at);
  free(chain->repair);
  free(chain->bad_reply);
  free(chain->best);
  siblings_free(chain);
  free(chain);
}

/* A model that is asked again is not to say the same again: each time another seed. */
static uint64_t seed_of(const struct chain *chain)
{
  uint64_t again = (uint64_t)(chain->negative->rounds.repairs + chain->negative->rounds.balances);
  return rng_mix64(chain->seed ^ hash_str(chain->item->key) ^ again << 48);
}

bool chain_ask(struct gen *gen, struct chain *chain, struct err *err)
{
  const struct prompt_template *prompt = gen->prompts[chain->at];
  struct prompt_values values = {{0}};
  if (chain->at == COMPLETE && !siblings_load(gen, chain, err))
    return false;
  chain_values(gen, chain, &values);
  free(chain->system);
  free(chain->user);
  chain->marks[0].count = chain->marks[1].count = 0;
  chain->system = template_render(prompt->system, &values, &chain->marks[0]);
  chain->user = template_render(prompt->user, &values, &chain->marks[1]);
  prompt_values_free(&values);
  free(chain->schema);
  chain->schema = chain->at == COMPLETE && gen->row->needs_model
                    ? schema_with_keys(prompt->schema, &chain->mask) : mem_strdup(prompt->schema);
  struct question question = {
    .template_name = prompt->name,
    .item = chain->item,
    .system = chain->system,
    .user = chain->user,
    .schema = chain->schema,
    .picture = chain->has_picture && (prompt->sends_picture || !gen->row->needs_model)
                 ? &chain->picture : NULL,
    .easel = chain->easel,
    .max_tokens = prompt->max_tokens,
    .temperature = prompt->temperature,
    .seed = gen->row->needs_model ? seed_of(chain) : chain->seed,
    .candidate_seed = chain->seed,
    .attempt = chain->attempt,
    .repair = chain->repair,
    .bad_reply = chain->bad_reply,
    .is_reply_good = chain->best != NULL,
    .replies = {chain->negative->replies[DESCRIBE], chain->negative->replies[MASK]},
  };
  if (!chain->repair && !chain->attempt)
    gen_tell(gen, GEN_STARTED, chain, NULL, NULL);
  gen->requests++;
  chain->ticket = gen->row->ops->submit(gen->backend, &question, err);
  return chain->ticket > 0;
}

/* The masked texts must be the originals with the words of the keys masked: a check of its own, later;
 * here it lets a model try again. */
static bool mask_is_sound(const struct chain *chain, struct err *err)
{
  static const char *const names[MODALITIES] = {"text_masked", "visual_masked"};
  const char *masked[MODALITIES] = {chain->mask.text_masked, chain->mask.visual_masked};
  bool ok = true;
  for (int m = 0; m < MODALITIES && ok; m++) {
    struct side side = {.original = chain->negative->sides[m].original,
                        .masked = (char *)(size_t)masked[m]};
    char *why = side.original ? masking_changed(&side, (enum modality)m, &chain->mask) : NULL;
    if (why)
      ok = err_set(err, EX_DATAERR, "%s: %.700s", names[m], why);
    else if (side.original && !has_any_slot(masked[m]))
      ok = err_set(err, EX_DATAERR, "%s masks nothing", names[m]);
    free(why);
  }
  for (int k = 0; k < chain->mask.key_count && ok; k++)
    if (!has_slot(masked[TEXT], chain->mask.keys[k].key) &&
        !has_slot(masked[IMAGE], chain->mask.keys[k].key))
      ok = err_set(err, EX_DATAERR, "[[%s]] stands in neither text", chain->mask.keys[k].key);
  return ok;
}

static bool read_describe(struct chain *chain, const cJSON *json, struct err *err)
{
  struct reply_describe describe;
  bool ok = reply_read_describe(json, &describe, err);
  if (ok) {
    free(chain->negative->sides[IMAGE].original);
    chain->negative->sides[IMAGE].original = mem_strdup(describe.description);
  }
  reply_describe_free(&describe);
  return ok;
}

static bool read_mask(struct chain *chain, const cJSON *json, struct err *err)
{
  reply_mask_free(&chain->mask);
  if (!reply_read_mask(json, &chain->mask, err) || !mask_is_sound(chain, err))
    return false;
  const char *masked[MODALITIES] = {chain->mask.text_masked, chain->mask.visual_masked};
  for (int m = 0; m < MODALITIES; m++) {
    free(chain->negative->sides[m].masked);
    chain->negative->sides[m].masked = mem_strdup(chain->negative->sides[m].original ? masked[m] : NULL);
  }
  return true;
}

/* What was wrong with a candidate, for whoever made it: the reasons of all failed checks. */
static bool tell_failures(const struct negative *negative, struct err *err)
{
  struct buf reasons = {0};
  for (int k = 0; k < negative->check_count; k++)
    if (!negative->checks[k].is_passed && !negative->checks[k].is_flag)
      buf_printf(&reasons, "%s%s", reasons.size ? "; " : "", negative->checks[k].reason);
  err_set(err, EX_DATAERR, "%.900s", reasons.data);
  buf_free(&reasons);
  return false;
}

static bool read_complete(struct gen *gen, struct chain *chain, const cJSON *json, struct err *err)
{
  reply_complete_free(&chain->complete);
  if (!reply_read_complete(json, &chain->complete, err))
    return false;
  candidate_make(gen, chain);
  return chain->negative->is_valid || tell_failures(chain->negative, err);
}

static void keep_reply(struct chain *chain, const cJSON *json)
{
  free(chain->negative->replies[chain->at]);
  chain->negative->replies[chain->at] = json_line(json);
}

bool chain_read(struct gen *gen, struct chain *chain, const char *text, struct err *err)
{
  cJSON *json = reply_json(text, err);
  for (int m = 0; json && gen->row->needs_model && m < MODALITIES; m++)
    prompt_restore(json, chain->negative->sides[m].original);
  bool ok = json && (chain->at == DESCRIBE ? read_describe(chain, json, err)
                     : chain->at == MASK   ? read_mask(chain, json, err)
                                           : read_complete(gen, chain, json, err));
  if (ok || (json && chain->at == COMPLETE && chain->complete.text_negative))
    keep_reply(chain, json); /* a candidate that is not valid is kept as well, with its checks */
  cJSON_Delete(json);
  return ok;
}

/* May it be asked again, and from where? */
static bool may_retry(struct gen *gen, struct chain *chain, const struct answer *answer,
                      const struct err *why)
{
  if (!answer->is_ok && answer->err.code != EX_DATAERR)
    return false;
  if (!gen->row->needs_model) {
    if (!answer->is_ok || ++chain->attempt >= SEEDS_MAX)
      return false;
    if (chain->at == COMPLETE && gen->first <= MASK) {
      candidate_reset(chain);
      chain->at = MASK;
    }
    return true;
  }
  return round_repair(gen, chain, answer->text, why->text);
}

static void end_with_failure(struct gen *gen, struct chain *chain, const struct answer *answer,
                             const struct err *why)
{
  gen_tell(gen, GEN_FAILED, chain, why, answer->text ? answer->text : answer->raw);
  bool is_worth_keeping = answer->is_ok || answer->err.code == EX_DATAERR;
  bool is_candidate = chain->negative->check_count > 0;
  if (!is_candidate)
    chain->negative->failure = mem_printf("%s: %s", template_names[chain->at], why->text);
  chain->negative->is_draft = !is_candidate;
  chain->negative->is_valid = false;
  gen_end(gen, chain, why, is_worth_keeping || chain->negative->id);
}

/* A reason may quote what a server or a model wrote: it becomes one clean line. */
static void clean_reason(struct err *why)
{
  char *clean = utf8_clean(why->text, false);
  snprintf(why->text, sizeof why->text, "%s", clean);
  free(clean);
}

static void go_on(struct gen *gen, struct chain *chain)
{
  chain->at++;
  if (gen->row->needs_model)
    chain->attempt = 0;
  free(chain->repair);
  free(chain->bad_reply);
  chain->repair = chain->bad_reply = NULL;
}

static void end_well(struct gen *gen, struct chain *chain)
{
  chain->negative->is_draft = chain->at != COMPLETE;
  gen_end(gen, chain, NULL, true);
}

/* The next question, and that it is one after another of the same template. */
static bool ask_again(struct gen *gen, struct chain *chain, struct answer *answer, struct err *why)
{
  gen_tell(gen, GEN_RETRIED, chain, why, answer->text);
  return chain_ask(gen, chain, why);
}

/* Read an answer; false when it is of no use. Of a round that was to better what passed, one of the two
 * stands, whatever came of it. */
static bool take_answer(struct gen *gen, struct chain *chain, const struct answer *answer,
                        struct err *why)
{
  bool is_useful = answer->is_ok && chain_read(gen, chain, answer->text, why);
  if (!is_useful)
    clean_reason(why);
  gen_tell_answer(gen, chain, answer, is_useful ? NULL : why);
  if (chain->best) {
    round_weigh(gen, chain, is_useful);
    return true;
  }
  gen->rounds.repaired += is_useful && gen->row->needs_model && chain->attempt > 0;
  return is_useful;
}

bool chain_answer(struct gen *gen, struct chain *chain, struct answer *answer)
{
  struct err why = answer->err;
  chain->ticket = 0;
  chain->problem = answer->problem;
  bool ok = take_answer(gen, chain, answer, &why);
  if (!ok && may_retry(gen, chain, answer, &why)) {
    if (ask_again(gen, chain, answer, &why))
      return true;
    answer->is_ok = false;
    answer->err = why;
  }
  if (!ok) {
    end_with_failure(gen, chain, answer, &why);
    return false;
  }
  if (chain->at == gen->last && round_improve(gen, chain, &why)) {
    if (ask_again(gen, chain, answer, &why))
      return true;
    round_weigh(gen, chain, false);
  }
  if (chain->at < gen->last)
    gen_save_draft(gen, chain);
  gen_tell(gen, GEN_DONE, chain, NULL, chain->is_settled ? chain->negative->replies[COMPLETE]
                                                         : answer->text);
  if (chain->at == gen->last) {
    end_well(gen, chain);
    return false;
  }
  go_on(gen, chain);
  if (chain_ask(gen, chain, &why))
    return true;
  answer->is_ok = false;
  answer->err = why;
  end_with_failure(gen, chain, answer, &why);
  return false;
}

void chain_abandon(struct gen *gen, struct chain *chain)
{
  if (!chain->best)
    return;
  round_weigh(gen, chain, false);
  end_well(gen, chain);
}
