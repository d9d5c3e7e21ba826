/* save.c - keep what is made: candidates in batches, exchanges at once
 *
 * Candidates that came to their end wait a moment for others, so that one flush to disk
 * serves several; a transaction holds the database for BATCH_NS at most, and none is open
 * while something is computed. An end is told when it is on disk, not before.
 * SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "base/clock.h"
#include "base/mem.h"
#include "gen/gen_private.h"
#include "store/request.h"

enum { WAITING_MAX = 16, WAIT_NS = 200000000, BATCH_NS = 15000000 };

static void note_broken(struct gen *gen, const struct err *err)
{
  if (!gen->is_broken)
    gen->broken = *err;
  gen->is_broken = true;
}

void gen_end(struct gen *gen, struct chain *chain, const struct err *why, bool is_kept)
{
  struct ended ended = {.item = mem_strdup(chain->item->key)};
  if (is_kept && !(gen->is_looking && why)) {
    if (chain->drawn && chain->negative->has_picture)
      picture_png(chain->drawn, &ended.png);
    ended.negative = chain->negative;
    chain->negative = NULL;
  }
  if (why) {
    ended.reason = mem_strdup(why->text);
    ended.code = why->code;
    ended.problem = chain->problem;
  }
  if (!gen->ended_count)
    gen->ended_since_ns = clock_ns();
  VEC_PUSH(gen->ended, gen->ended_count, gen->ended_room) = ended;
}

/* What a run that was stopped, or that failed, left of this very candidate is taken up, not kept beside it. A
 * part of the templates makes a draft of its own. */
static bool save(struct gen *gen, struct negative *negative, const struct buf *png, struct err *err)
{
  bool is_whole = gen->first == DESCRIBE && gen->last == COMPLETE;
  if (!negative->id && is_whole && (gen->row->needs_model || negative->is_draft))
    negative->id = negative_draft(gen->store, negative);
  return negative_save(gen->store, negative, png, err);
}

/* Save as many as fit into one transaction, from `from` on; returns where it stopped. */
static int save_batch(struct gen *gen, int from)
{
  struct err err;
  int64_t started = clock_ns();
  int k = from;
  if (gen->is_broken || !store_begin(gen->store, &err)) {
    if (!gen->is_broken)
      note_broken(gen, &err);
    return gen->ended_count;
  }
  bool ok = true;
  for (; ok && k < gen->ended_count && (k == from || clock_ns() - started < BATCH_NS); k++) {
    struct ended *ended = &gen->ended[k];
    ok = !ended->negative || gen->is_trial ||
         save(gen, ended->negative, ended->png.size ? &ended->png : NULL, &err);
  }
  if (ok && store_commit(gen->store, &err))
    return k;
  store_rollback(gen->store);
  note_broken(gen, &err);
  return gen->ended_count;
}

static void tell_ended(struct gen *gen, struct ended *ended)
{
  struct gen_event event = {.state = GEN_ITEM, .item = ended->item, .reason = ended->reason,
                            .code = ended->code, .problem = ended->problem,
                            .negative = ended->negative};
  if (gen->is_broken) {
    event.negative = NULL;
    event.reason = gen->broken.text;
    event.code = gen->broken.code;
  }
  if (gen->listener)
    gen->listener(gen->user, &event);
  negative_free(ended->negative);
  buf_free(&ended->png);
  free(ended->reason);
  free(ended->item);
}

void gen_flush(struct gen *gen, bool is_now)
{
  if (!gen->ended_count ||
      (!is_now && !gen->row->needs_model && gen->ended_count < WAITING_MAX &&
       clock_ns() - gen->ended_since_ns < WAIT_NS))
    return;
  for (int k = 0; k < gen->ended_count;)
    k = save_batch(gen, k);
  for (int k = 0; k < gen->ended_count; k++)
    tell_ended(gen, &gen->ended[k]);
  gen->ended_count = 0;
}

void gen_save_draft(struct gen *gen, struct chain *chain)
{
  struct err err;
  if (gen->row->needs_model && !gen->row->is_later && !gen->is_trial && !gen->is_broken &&
      !save(gen, chain->negative, NULL, &err))
    note_broken(gen, &err);
}

void gen_save_exchange(struct gen *gen, const struct chain *chain, const struct answer *answer)
{
  struct err err;
  if (!answer->body || answer->is_cached || gen->is_broken)
    return;
  struct request request = {
    .item = chain ? chain->item->key : NULL,
    .template_name = chain ? gen->prompts[chain->at]->name : (char *)(size_t)"probe",
    .backend = (char *)(size_t)gen->row->name,
    .model = gen->model,
    .hash = (char *)(size_t)answer->hash,
    .server = (char *)(size_t)gen->server,
    .body = answer->body,
    .reply = answer->raw,
    .status = answer->status,
    .finish_reason = answer->finish_reason,
    .problem = (char *)(size_t)problem_rows[answer->problem].name,
    .attempt = answer->attempt,
    .error = answer->is_ok ? NULL : (char *)(size_t)answer->err.text,
    .started = clock_wall() - (int64_t)answer->seconds,
    .seconds = answer->seconds,
    .first_seconds = answer->first_seconds,
    .tokens_in = answer->tokens_in,
    .tokens_out = answer->tokens_out,
  };
  if (!request_save(gen->store, &request, &err))
    note_broken(gen, &err);
}
