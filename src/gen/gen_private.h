/* gen_private.h - what the files of gen/ share
 * SPDX-License-Identifier: MIT */
#ifndef GEN_GEN_PRIVATE_H
#define GEN_GEN_PRIVATE_H

#include "encode/features.h"
#include "engine/brief.h"
#include "gen/gen.h"
#include "gen/twin.h"
#include "media/decoder.h"
#include "prompt/reply.h"

enum { SEEDS_MAX = 3 };

/* What another candidate of the item changed (siblings.h). */
struct sibling_value {
  char *key, *value;
};
struct sibling {
  struct sibling_value *values;
  int count;
};

/* One item on its way. */
struct chain {
  struct item *item;
  struct picture picture; /* as decoded now */
  bool has_picture;
  struct easel *easel; /* with it, or NULL */
  uint64_t seed;
  int at;      /* the template that is being answered */
  int attempt; /* seeds of the offline engine, or repair rounds of this template */
  int ticket;
  char *system, *user, *schema; /* of the question under way */
  struct prompt_marks marks[2]; /* of their fields */
  char *repair, *bad_reply; /* of the answer before, when it could not be used or could be better */
  char *best; /* the reply to complete that passed, while a better one is asked for; or NULL */
  double best_balance;
  bool is_best_distinct, is_balancing, is_settled; /* is_settled: asking again gained nothing */
  struct sibling *siblings;
  int sibling_count, sibling_room;
  enum problem problem;     /* of the answer before */
  size_t partial_size;      /* of what was told of the answer under way */
  struct negative *negative;
  struct reply_mask mask;         /* read from replies[MASK] */
  struct reply_complete complete; /* read from replies[COMPLETE] */
  const struct picture *drawn; /* the easel's: the negative's picture, or NULL */
};

/* A chain at its end, that waits to be saved and told. */
struct ended {
  char *item;
  struct negative *negative; /* NULL: there is nothing to keep */
  struct buf png;
  char *reason; /* why it failed, or NULL */
  int code;
  enum problem problem;
};

struct gen {
  struct store *store;
  const struct backend_row *row;
  struct backend *backend;
  char *model, *server, *templates_text; /* server: its address, or NULL */
  unsigned templates;
  int first, last; /* of the templates asked for */
  struct prompt_template *prompts[TEMPLATE_COUNT];
  struct brief *brief; /* for prompts that somebody reads; else NULL */
  struct encoders *encoders;
  struct twins *twins;
  struct borders borders;
  bool has_borders;
  struct decoder *decoder;
  gen_listener *listener;
  void *user;
  struct chain **chains;
  int chain_count, chain_room;
  int64_t requests;
  int repairs, balance_rounds; /* at most */
  struct gen_rounds rounds;
  struct account own, *account; /* own: when the caller brought none */
  bool tells_partial, tells_answers, is_trial, is_looking;
  int picture_side;
  int64_t partial_ns; /* when it was last told */
  struct ended *ended;
  int ended_count, ended_room;
  int64_t ended_since_ns; /* of the first of them */
  bool is_broken;
  struct err broken;
};

void gen_tell(struct gen *gen, enum gen_state state, const struct chain *chain, const struct err *why,
              const char *reply);
/* GEN_ANSWERED, for who wants it. */
void gen_tell_answer(struct gen *gen, const struct chain *chain, const struct answer *answer,
                     const struct err *why);

/* save.c: a failure to save ends the job (gen->is_broken). */
/* The chain is at its end, by failure when `why` is there. Takes the candidate, when it is kept. */
void gen_end(struct gen *gen, struct chain *chain, const struct err *why, bool is_kept);
/* Save and tell what is at its end, now or when enough of it waits. */
void gen_flush(struct gen *gen, bool is_now);
/* A model's candidate between two templates: what was paid for is kept. */
void gen_save_draft(struct gen *gen, struct chain *chain);
/* chain: whose question it was; NULL: the backend's own. */
void gen_save_exchange(struct gen *gen, const struct chain *chain, const struct answer *answer);

/* chain.c */
struct chain *chain_new(struct gen *gen, const char *item, uint64_t seed, struct err *err);
void chain_free(struct chain *chain);
bool chain_ask(struct gen *gen, struct chain *chain, struct err *err);
/* It is cancelled: what it has to keep is kept. */
void chain_abandon(struct gen *gen, struct chain *chain);
/* Take an answer; false when the chain is at its end (saved, told). */
bool chain_answer(struct gen *gen, struct chain *chain, struct answer *answer);
/* Read a reply's text into the candidate. False with the reason when it cannot be used. */
bool chain_read(struct gen *gen, struct chain *chain, const char *text, struct err *err);
/* The texts of a template's fields for this chain. */
void chain_values(const struct gen *gen, const struct chain *chain, struct prompt_values *values);

/* candidate.c: from the three replies to a checked candidate with picture and balance. */
void candidate_make(struct gen *gen, struct chain *chain);
/* Forget what candidate_make left. */
void candidate_reset(struct chain *chain);

#endif
