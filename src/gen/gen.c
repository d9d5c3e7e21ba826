/* gen.c - open what generation needs, keep chains going, save in batches
 * SPDX-License-Identifier: MIT */
#include "gen/gen.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/mem.h"
#include "gen/gen_private.h"
#include "store/request.h"

enum { BATCH_NS = 20000000 };

static bool load_prompts(struct gen *gen, struct err *err)
{
  struct buf text = {0};
  for (int t = 0; t < TEMPLATE_COUNT; t++) {
    if (!(gen->prompts[t] = template_load(store_dir(gen->store), template_names[t], err)))
      return false;
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

struct gen *gen_open(struct store *store, const struct gen_options *options, gen_listener *listener,
                     void *user, struct err *err)
{
  struct gen *gen = mem_zero(1, sizeof *gen);
  gen->store = store;
  gen->row = options->backend;
  gen->listener = listener;
  gen->user = user;
  gen->decoder = decoder_new();
  gen->has_borders = store_borders(store, &gen->borders);
  gen->model = mem_strdup(gen->row->needs_model && options->server.model ? options->server.model
                                                                         : gen->row->name);
  if (order_templates(gen, options->templates, err) && load_prompts(gen, err) &&
      (gen->backend = gen->row->ops->open(store, &options->server, err)) &&
      (gen->last < COMPLETE || ((gen->encoders = encoders_open(store, err)) &&
                                (gen->twins = twins_open(store, gen->encoders, err)))))
    return gen;
  gen_close(gen);
  return NULL;
}

void gen_close(struct gen *gen)
{
  if (!gen)
    return;
  for (int k = 0; k < gen->chain_count; k++) {
    gen->row->ops->cancel(gen->backend, gen->chains[k]->ticket);
    chain_free(gen->chains[k]);
  }
  if (gen->batch_started_ns)
    store_commit(gen->store, NULL);
  if (gen->backend)
    gen->row->ops->close(gen->backend);
  for (int t = 0; t < TEMPLATE_COUNT; t++)
    template_free(gen->prompts[t]);
  twins_free(gen->twins);
  encoders_free(gen->encoders);
  decoder_free(gen->decoder);
  free(gen->chains);
  free(gen->model);
  free(gen->templates_text);
  free(gen);
}

const char *gen_templates(const struct gen *gen) { return gen->templates_text; }
const char *gen_model(const struct gen *gen) { return gen->model; }
int gen_under_way(const struct gen *gen) { return gen->chain_count; }
int64_t gen_requests(const struct gen *gen) { return gen->requests; }

bool gen_is_broken(const struct gen *gen, struct err *err)
{
  if (gen->is_broken)
    *err = gen->broken;
  return gen->is_broken;
}

void gen_tell(struct gen *gen, enum gen_state state, const struct chain *chain, const char *reason,
              const char *reply)
{
  struct gen_event event = {.state = state, .item = chain->item->key, .reason = reason,
                            .reply = reply};
  if (state != GEN_ITEM)
    event.template_name = template_names[chain->at];
  else if (chain->negative->id)
    event.negative = chain->negative;
  if (gen->listener)
    gen->listener(gen->user, &event);
}

static void note_broken(struct gen *gen, const struct err *err)
{
  if (!gen->is_broken)
    gen->broken = *err;
  gen->is_broken = true;
}

/* A transaction holds what is saved within 20 ms, so that other writers get in between. */
static bool begin_batch(struct gen *gen)
{
  struct err err;
  if (gen->batch_started_ns || gen->is_broken)
    return !gen->is_broken;
  if (!store_begin(gen->store, &err)) {
    note_broken(gen, &err);
    return false;
  }
  gen->batch_started_ns = clock_ns();
  return true;
}

static void end_batch(struct gen *gen, bool is_now)
{
  struct err err;
  if (!gen->batch_started_ns || (!is_now && clock_ns() - gen->batch_started_ns < BATCH_NS))
    return;
  gen->batch_started_ns = 0;
  if (!store_commit(gen->store, &err)) {
    store_rollback(gen->store);
    note_broken(gen, &err);
  }
}

void gen_save(struct gen *gen, struct chain *chain)
{
  struct err err;
  if (!begin_batch(gen))
    return;
  if (!negative_save(gen->store, chain->negative, chain->png.size ? &chain->png : NULL, &err)) {
    chain->negative->id = 0;
    note_broken(gen, &err);
  }
}

void gen_save_exchange(struct gen *gen, const struct chain *chain, const struct answer *answer)
{
  struct err err;
  char hash[SHA256_HEX] = "";
  if (!gen->row->needs_model || !begin_batch(gen))
    return;
  if (answer->body)
    hash_sha256(answer->body, strlen(answer->body), hash);
  struct request request = {
    .item = chain->item->key,
    .template_name = gen->prompts[chain->at]->name,
    .backend = (char *)(size_t)gen->row->name,
    .model = gen->model,
    .hash = hash,
    .body = answer->body,
    .reply = answer->raw,
    .status = answer->status,
    .finish_reason = answer->finish_reason,
    .error = answer->is_ok ? NULL : (char *)(size_t)answer->err.text,
    .started = clock_wall() - (int64_t)answer->seconds,
    .seconds = answer->seconds,
    .tokens_in = answer->tokens_in,
    .tokens_out = answer->tokens_out,
  };
  if (!request_save(gen->store, &request, &err))
    note_broken(gen, &err);
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

bool gen_step(struct gen *gen, int timeout_ms)
{
  int ticket;
  struct answer answer = {0};
  if (!gen->chain_count)
    return false;
  end_batch(gen, gen->row->needs_model); /* a model is slow: nothing waits for it */
  if (!gen->row->ops->poll(gen->backend, timeout_ms, &ticket, &answer))
    return true;
  for (int k = 0; k < gen->chain_count; k++) {
    struct chain *chain = gen->chains[k];
    if (chain->ticket != ticket)
      continue;
    if (!chain_answer(gen, chain, &answer)) {
      gen->chains[k] = gen->chains[--gen->chain_count];
      chain_free(chain);
    }
    break;
  }
  answer_free(&answer);
  end_batch(gen, !gen->chain_count && gen->row->needs_model);
  return true;
}
