/* gen.h - items through the templates: describe -> mask -> complete -> check -> balance
 *
 * A chain is one item on its way; several may be under way at once, the answers come
 * from one backend. A model gets repair and balance rounds, the offline engine up to three
 * seeds. What is made is saved as a candidate, with every check and its reason;
 * the failure of an item never stops the others.
 * SPDX-License-Identifier: MIT */
#ifndef GEN_GEN_H
#define GEN_GEN_H

#include "backend/backend.h"
#include "prompt/template.h"
#include "store/negative.h"

enum { TEMPLATES_ALL = (1 << TEMPLATE_COUNT) - 1 };

/* A template's text, and what errors call it. */
struct prompt_text {
  const char *path, *text;
};

struct gen_options {
  const struct backend_row *backend;
  struct backend_options server;
  unsigned templates; /* bits: 1 << MASK, ...; neighbours only */
  int repairs;        /* how often a model is asked again about an answer of no use, a template */
  int balance_rounds; /* ... about a candidate whose modalities moved unlike */
  bool is_silent;     /* nothing will be asked: for gen_render and counting */
  bool tells_partial; /* GEN_PARTIAL, too */
  bool tells_answers; /* GEN_ANSWERED, too */
  bool is_trial;      /* keep no candidates: what is made is told, with id 0 */
  bool is_looking;    /* failures are told and not kept: they were when they came about */
  struct prompt_text given[TEMPLATE_COUNT]; /* instead of the workspace's; text NULL: none */
};

/* How often a model was asked again, and what it helped. */
struct gen_rounds {
  int64_t repairs, repaired;  /* of them: the next reply could be used */
  int64_t balances, balanced; /* of them: the candidate was better balanced then */
  double gained;              /* balance, summed over those */
};

/* GEN_PARTIAL: more of an answer has arrived, `reply` is all of it so far. GEN_RETRIED: a try failed for
 * this reason, or can be bettered; another one follows. GEN_ANSWERED: a question was answered, of use or
 * not; before DONE, FAILED, or the question of another round. GEN_WAITING: the item's next answer comes
 * another time; it is no longer under way, and nothing was kept. */
enum gen_state {
  GEN_STARTED, GEN_DONE, GEN_FAILED, GEN_ITEM, GEN_PARTIAL, GEN_RETRIED, GEN_ANSWERED, GEN_WAITING
};

/* What is asked about an item. */
struct gen_question {
  const struct prompt_template *prompt;
  const char *system, *user;
  const struct prompt_marks *marks; /* of the system message, of the user's */
  const struct picture *picture;    /* as decoded; NULL: none goes along */
  uint64_t seed;
};

/* Something happened. Borrowed for the call. */
struct gen_event {
  enum gen_state state;
  const char *item;
  const char *template_name; /* NULL for GEN_ITEM */
  const char *reason;        /* why it failed, or NULL */
  int code;                  /* the exit status that goes with the reason */
  enum problem problem;      /* of the server or its answer, when that is the reason */
  const char *reply;         /* text of the answer, with GEN_DONE and GEN_FAILED, or NULL */
  const struct negative *negative; /* what was saved of it so far, or NULL */
  const struct gen_question *question; /* with all but GEN_ITEM */
  const struct answer *answer;         /* with GEN_ANSWERED */
};
typedef void gen_listener(void *user, const struct gen_event *event);

struct gen;

/* Load templates, encoders and the backend. listener may be NULL. */
struct gen *gen_open(struct store *store, const struct gen_options *options, gen_listener *listener,
                     void *user, struct err *err);
/* Cancels what is under way, saves what is at its end. False when that could not be kept, now or
 * before (a full disk). */
bool gen_close(struct gen *gen, struct err *err);

/* Start an item. False with the reason when it cannot start: not in the catalogue, or a template
 * before is missing ("mask first"). */
bool gen_start(struct gen *gen, const char *item, uint64_t seed, struct err *err);
/* Work for at most timeout_ms; events arrive meanwhile. False when nothing is under way. */
bool gen_step(struct gen *gen, int timeout_ms);
int gen_under_way(const struct gen *gen);
/* The first error of saving, which ends a job (a full disk); false when there is none. */
bool gen_is_broken(const struct gen *gen, struct err *err);
int64_t gen_requests(const struct gen *gen); /* asked so far: what came from the record is none */
struct gen_rounds gen_rounds(const struct gen *gen);
bool gen_is_under_way_for(const struct gen *gen, const char *item);
/* What was asked of servers, its tokens and errors; the budget may be used up (is_spent). */
const struct account *gen_account(const struct gen *gen);
bool gen_is_whole(const struct gen *gen);      /* is the last template one of those asked for? */
int gen_template_count(const struct gen *gen); /* templates asked for */
/* Has this item, as it is now, a draft of this seed with the last reply asked for? */
bool gen_has_draft(struct gen *gen, const char *item, uint64_t seed);

/* What a template would send for an item, for `prompts render`. */
struct gen_view {
  const struct prompt_template *prompt; /* the gen's */
  char *system, *user;
  struct prompt_marks marks[2]; /* of their fields */
  bool has_picture;
  struct picture picture;
};
bool gen_render(struct gen *gen, enum template_index index, const char *item, struct gen_view *view,
                struct err *err);
void gen_view_free(struct gen_view *view);

/* The tokens that an item's templates may take: by the mean of what this model took of each before, or, where
 * it never did (is_measured becomes false), four bytes a token, a token for 28 x 28 pixels, and
 * replies as long as they may be. Added to *sum; false: the item cannot be asked about. */
struct gen_estimate {
  int64_t tokens_in, tokens_out;
  bool is_measured;
};
bool gen_estimate(struct gen *gen, const char *item, struct gen_estimate *sum);
/* Those of one template's prompt, by its length. */
bool gen_prompt_tokens(struct gen *gen, enum template_index index, const char *item, int64_t *tokens,
                       struct err *err);

const char *gen_server(const struct gen *gen); /* its address; NULL: none is asked */
/* "describe@1:ab12cd34 mask@1:... complete@1:...", and the model's name: what tells candidates apart. */
const char *gen_templates(const struct gen *gen);
const char *gen_model(const struct gen *gen);

#endif
