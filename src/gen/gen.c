/* gen.c - open what generation needs, keep chains going
 * SPDX-License-Identifier: MIT */
#include "gen/gen.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gen/gen_private.h"
#include "gen/rounds.h"
#include "prompt/draft.h"

static struct prompt_template *load_prompt(const struct gen *gen, int index,
                                           const struct prompt_text *given, struct err *err)
{
  const char *workspace = store_dir(gen->store), *name = template_names[index];
  return given->text ? template_parse(workspace, name, given->path, given->text, strlen(given->text), err)
                     : template_load(workspace, name, err);
}

/* What will be run is kept in the workspace, so that it can be read when the file has changed. */
static bool load_prompts(struct gen *gen, const struct gen_options *options, struct err *err)
{
  struct buf text = {0};
  for (int t = 0; t < TEMPLATE_COUNT; t++) {
    gen->prompts[t] = load_prompt(gen, t, &options->given[t], err);
    if (!gen->prompts[t] ||
        (!options->is_silent && !template_remember(gen->store, gen->prompts[t], err))) {
      buf_free(&text);
      return false;
    }
    buf_printf(&text, "%s%s@%d:%.8s", t ? " " : "", template_names[t], gen->prompts[t]->version,
               gen->prompts[t]->hash);
  }
  gen->templates_text = buf_take(&text);
  return true;
}

static bool order_templates(struct gen *gen, unsigned templates, struct err *err)
{
  gen->templates = templates;
  gen->first = -1;
  for (int t = 0; t < TEMPLATE_COUNT; t++) {
    if (!(templates >> t & 1))
      continue;
    if (gen->first >= 0 && gen->last != t - 1)
      return err_set(err, EX_USAGE, "templates run in a row: describe,mask,complete; %s is missing",
                     template_names[t - 1]);
    if (gen->first < 0)
      gen->first = t;
    gen->last = t;
  }
  return gen->first >= 0 || err_set(err, EX_USAGE, "no template to run: describe, mask, complete");
}

static bool open_parts(struct gen *gen, const struct backend_options *server, struct err *err)
{
  struct backend_options options = *server;
  options.account = gen->account;
  gen->backend = gen->row->ops->open(gen->store, &options, err);
  return gen->backend &&
         (gen->last < COMPLETE || ((gen->encoders = encoders_open(gen->store, err)) &&
                                   (gen->twins = twins_open(gen->store, gen->encoders, err))));
}

/* Who makes the candidates: those of the engine's other choice of keys are another's. */
static const char *model_of(const struct gen_options *options)
{
  if (options->backend->needs_model && options->server.model)
    return options->server.model;
  return options->server.keys == ENGINE_TURNS ? "turns" : options->backend->name;
}

struct gen *gen_open(struct store *store, const struct gen_options *options, gen_listener *listener,
                     void *user, struct err *err)
{
  struct gen *gen = mem_zero(1, sizeof *gen);
  gen->store = store;
  gen->row = options->backend;
  gen->listener = listener;
  gen->user = user;
  gen->decoder = decoder_new();
  gen->account = options->server.account ? options->server.account : &gen->own;
  gen->repairs = options->repairs;
  gen->balance_rounds = options->balance_rounds;
  gen->tells_partial = options->tells_partial;
  gen->tells_answers = options->tells_answers;
  gen->is_trial = options->is_trial;
  gen->is_looking = options->is_looking;
  gen->picture_side = options->server.picture_side;
  gen->has_borders = store_borders(store, &gen->borders);
  gen->model = mem_strdup(model_of(options));
  gen->server = mem_strdup(gen->row->needs_model ? options->server.api_base : NULL);
  if (order_templates(gen, options->templates, err) && load_prompts(gen, options, err) &&
      (gen->last < MASK || !gen->row->needs_model || (gen->brief = brief_open(store, err))) &&
      (options->is_silent || open_parts(gen, &options->server, err)))
    return gen;
  gen_close(gen, NULL);
  return NULL;
}

bool gen_close(struct gen *gen, struct err *err)
{
  if (!gen)
    return true;
  for (int k = 0; k < gen->chain_count; k++) {
    gen->row->ops->cancel(gen->backend, gen->chains[k]->ticket);
    chain_abandon(gen, gen->chains[k]);
    chain_free(gen->chains[k]);
  }
  gen_flush(gen, true);
  bool ok = !gen_is_broken(gen, err);
  if (gen->backend)
    gen->row->ops->close(gen->backend);
  for (int t = 0; t < TEMPLATE_COUNT; t++)
    template_free(gen->prompts[t]);
  brief_free(gen->brief);
  twins_free(gen->twins);
  encoders_free(gen->encoders);
  decoder_free(gen->decoder);
  free(gen->chains);
  free(gen->ended);
  free(gen->model);
  free(gen->server);
  free(gen->templates_text);
  free(gen);
  return ok;
}

const char *gen_templates(const struct gen *gen) { return gen->templates_text; }
const char *gen_model(const struct gen *gen) { return gen->model; }
const char *gen_server(const struct gen *gen) { return gen->server; }
int gen_under_way(const struct gen *gen) { return gen->chain_count; }
struct gen_rounds gen_rounds(const struct gen *gen) { return gen->rounds; }
const struct account *gen_account(const struct gen *gen) { return gen->account; }
bool gen_is_whole(const struct gen *gen) { return gen->last == COMPLETE; }
int gen_template_count(const struct gen *gen) { return gen->last - gen->first + 1; }

bool gen_is_under_way_for(const struct gen *gen, const char *item)
{
  for (int k = 0; k < gen->chain_count; k++)
    if (!strcmp(gen->chains[k]->item->key, item))
      return true;
  return false;
}

int64_t gen_requests(const struct gen *gen)
{
  return gen->row->needs_model ? gen->account->used.requests : gen->requests;
}

bool gen_is_broken(const struct gen *gen, struct err *err)
{
  if (gen->is_broken && err)
    *err = gen->broken;
  return gen->is_broken;
}

static void tell(struct gen *gen, enum gen_state state, const struct chain *chain, const struct err *why,
                 const char *reply, const struct answer *answer)
{
  const struct prompt_template *prompt = gen->prompts[chain->at];
  const struct gen_question question = {
    .prompt = prompt, .system = chain->system, .user = chain->user, .marks = chain->marks,
    .picture = chain->has_picture && prompt->sends_picture ? &chain->picture : NULL,
    .seed = chain->seed};
  const struct gen_event event = {.state = state, .item = chain->item->key,
                                  .reason = why ? why->text : NULL, .code = why ? why->code : 0,
                                  .problem = why ? chain->problem : PROBLEM_NONE,
                                  .reply = reply, .template_name = template_names[chain->at],
                                  .negative = chain->negative->id ? chain->negative : NULL,
                                  .question = &question, .answer = answer};
  if (gen->listener)
    gen->listener(gen->user, &event);
}

void gen_tell(struct gen *gen, enum gen_state state, const struct chain *chain, const struct err *why,
              const char *reply)
{
  tell(gen, state, chain, why, reply, NULL);
}

void gen_tell_answer(struct gen *gen, const struct chain *chain, const struct answer *answer,
                     const struct err *why)
{
  if (gen->tells_answers)
    tell(gen, GEN_ANSWERED, chain, why, answer->text ? answer->text : answer->raw, answer);
}

bool gen_start(struct gen *gen, const char *item, uint64_t seed, struct err *err)
{
  struct chain *chain = chain_new(gen, item, seed, err);
  if (!chain)
    return false;
  if (!chain_ask(gen, chain, err)) {
    chain_free(chain);
    return false;
  }
  VEC_PUSH(gen->chains, gen->chain_count, gen->chain_room) = chain;
  return true;
}

bool gen_has_draft(struct gen *gen, const char *item, uint64_t seed)
{
  struct negative **all;
  int count;
  bool is_there = false;
  if (!negatives_of(gen->store, item, &all, &count, NULL))
    return false;
  for (int k = 0; k < count; k++)
    is_there = is_there || (!all[k]->is_stale && all[k]->seed == seed && all[k]->replies[gen->last] &&
                            !strcmp(all[k]->backend, gen->row->name) &&
                            !strcmp(all[k]->model, gen->model) &&
                            !strcmp(all[k]->templates, gen->templates_text));
  negatives_free(all, count);
  return is_there;
}

static void take_answer(struct gen *gen, int ticket, struct answer *answer)
{
  int k = 0;
  while (k < gen->chain_count && (!ticket || gen->chains[k]->ticket != ticket))
    k++;
  struct chain *chain = k < gen->chain_count ? gen->chains[k] : NULL;
  gen_save_exchange(gen, chain, answer);
  if (answer->is_attempt && answer->problem && gen->chain_count)
    gen_tell(gen, GEN_RETRIED, chain ? chain : gen->chains[0], &answer->err, NULL);
  if (!chain || answer->is_attempt || (!answer->is_waiting && chain_answer(gen, chain, answer)))
    return;
  if (answer->is_waiting)
    gen_tell(gen, GEN_WAITING, chain, NULL, NULL);
  gen->chains[k] = gen->chains[--gen->chain_count];
  chain_free(chain);
}

/* What has arrived meanwhile of the answers under way, ten times a second. */
static void tell_partial(struct gen *gen)
{
  int64_t now = clock_ns();
  if (!gen->tells_partial || !gen->row->ops->partial || now - gen->partial_ns < 100000000)
    return;
  gen->partial_ns = now;
  for (int k = 0; k < gen->chain_count; k++) {
    struct chain *chain = gen->chains[k];
    const char *text = gen->row->ops->partial(gen->backend, chain->ticket);
    size_t size = text ? strlen(text) : 0;
    if (size && size != chain->partial_size)
      gen_tell(gen, GEN_PARTIAL, chain, NULL, text);
    chain->partial_size = size;
  }
}

bool gen_step(struct gen *gen, int timeout_ms)
{
  int ticket;
  struct answer answer = {0};
  gen_flush(gen, !gen->chain_count);
  if (!gen->chain_count)
    return false;
  bool is_there = gen->row->ops->poll(gen->backend, timeout_ms, &ticket, &answer);
  tell_partial(gen);
  if (!is_there)
    return true;
  take_answer(gen, ticket, &answer);
  answer_free(&answer);
  gen_flush(gen, false);
  return true;
}
