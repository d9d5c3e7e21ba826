/* rounds.c - see rounds.h
 * SPDX-License-Identifier: MIT */
#include "gen/rounds.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* The entropy of two shares, of which the larger is 1.7 times the other: nobody sees a difference there. */
static const double BALANCE_ENOUGH = 0.95;

static void ask_about(struct chain *chain, const char *reply, const char *why)
{
  free(chain->repair);
  free(chain->bad_reply);
  chain->repair = mem_strdup(why);
  chain->bad_reply = mem_strdup(reply);
}

static bool spend_repair(struct gen *gen, struct chain *chain)
{
  if (chain->attempt >= gen->repairs)
    return false;
  chain->attempt++;
  chain->negative->rounds.repairs++;
  gen->rounds.repairs++;
  return true;
}

bool round_repair(struct gen *gen, struct chain *chain, const char *reply, const char *why)
{
  if (!spend_repair(gen, chain))
    return false;
  ask_about(chain, reply, why);
  return true;
}

static bool is_distinct(const struct negative *negative)
{
  for (int k = 0; k < negative->check_count; k++)
    if (!strcmp(negative->checks[k].name, "distinct"))
      return negative->checks[k].is_passed;
  return true;
}

static bool has_key(const struct negative *negative, enum modality modality, const char *key)
{
  for (int k = 0; k < negative->change_count; k++)
    if (negative->changes[k].role == ROLE_KEY && negative->changes[k].modality == modality &&
        !strcmp(negative->changes[k].key, key))
      return true;
  return false;
}

/* "genre, year": the keys that were changed in a modality, without those of the other when it is given. */
static char *keys_of(const struct negative *negative, enum modality modality, bool is_alone)
{
  struct buf keys = {0};
  for (int k = 0; k < negative->change_count; k++) {
    const struct change *change = &negative->changes[k];
    if (change->role == ROLE_KEY && change->modality == modality &&
        !(is_alone && has_key(negative, modality == TEXT ? IMAGE : TEXT, change->key)))
      buf_printf(&keys, "%s%s", keys.size ? ", " : "", change->key);
  }
  return buf_take(&keys);
}

static const char *const side_names[MODALITIES] = {"text", "picture"};

static void tell_displacement(const struct negative *negative, struct err *why)
{
  const struct side *sides = negative->sides;
  enum modality weak = sides[TEXT].calibrated < sides[IMAGE].calibrated ? TEXT : IMAGE;
  enum modality strong = weak == TEXT ? IMAGE : TEXT;
  char *more = keys_of(negative, weak, false), *less = keys_of(negative, strong, true);
  bool has_less = less && *less;
  err_set(why, EX_DATAERR, "the two modalities should move about as much, and on the way to another "
          "item the text went %.2f, the picture %.2f of it: choose a new value of %s that changes the %s "
          "more%s%s%s%s%s", sides[TEXT].calibrated, sides[IMAGE].calibrated, more, side_names[weak],
          has_less ? ", and one of " : "", has_less ? less : "", has_less ? " that changes the " : "",
          has_less ? side_names[strong] : "", has_less ? " less" : "");
  free(more);
  free(less);
}

static bool may_balance(const struct gen *gen, const struct chain *chain)
{
  const struct negative *negative = chain->negative;
  return negative->rounds.balances < gen->balance_rounds && negative->balance < BALANCE_ENOUGH;
}

bool round_improve(struct gen *gen, struct chain *chain, struct err *why)
{
  struct negative *negative = chain->negative;
  if (!gen->row->needs_model || chain->at != COMPLETE || chain->is_settled)
    return false;
  if (!is_distinct(negative) && spend_repair(gen, chain)) {
    err_set(why, EX_DATAERR, "another candidate of this item has the same new values already: choose "
            "different ones");
  } else if (may_balance(gen, chain)) {
    if (!negative->rounds.balances++)
      negative->rounds.balance_before = negative->balance;
    gen->rounds.balances++;
    chain->is_balancing = true;
    tell_displacement(negative, why);
  } else {
    return false;
  }
  chain->best = mem_strdup(negative->replies[COMPLETE]);
  chain->best_balance = negative->balance;
  chain->is_best_distinct = is_distinct(negative);
  ask_about(chain, chain->best, why->text);
  return true;
}

static bool is_better(const struct chain *chain)
{
  bool is_other = is_distinct(chain->negative);
  return is_other != chain->is_best_distinct ? is_other
                                             : chain->negative->balance > chain->best_balance;
}

void round_weigh(struct gen *gen, struct chain *chain, bool is_valid)
{
  struct err ignored;
  char *best = chain->best;
  bool is_gain = is_valid && is_better(chain);
  chain->best = NULL;
  if (is_gain && chain->is_balancing) {
    gen->rounds.balanced++;
    gen->rounds.gained += chain->negative->balance - chain->best_balance;
  } else if (is_gain) {
    gen->rounds.repaired++;
  } else {
    chain_read(gen, chain, best, &ignored); /* it was read before, so it can be again */
    chain->is_settled = true;
  }
  chain->is_balancing = false;
  free(best);
}
