/* negative.h - generated negatives: changes, checks, balance, picture, verdicts
 *
 * A candidate is a draft until its third template answered. Numbers that are not
 * defined (METHOD 2.3) are NAN here and null in JSON.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_NEGATIVE_H
#define STORE_NEGATIVE_H

#include "store/item.h"

enum role { ROLE_KEY, ROLE_ENTAILED, ROLE_IRRELEVANT, ROLES };
extern const char *const role_names[ROLES]; /* "key", "entailed", "irrelevant" */

struct change {
  enum modality modality;
  char *key, *original, *intervened;
  enum role role;
};

/* A check of METHOD 2.2. A flag doubts but does not make the negative invalid. */
struct check {
  char *name; /* keys round_trip contrast rest_kept fluent cohesion twin moved picture */
  bool is_passed, is_flag;
  char *reason; /* one sentence that a curator understands, when it failed; may be NULL */
};

enum decision { DECISION_NONE, DECISION_ACCEPT, DECISION_REJECT };
extern const char *const decision_names[]; /* NULL, "accepted", "rejected" */

/* What is known of one modality of a candidate. Texts: text = the item's document, image = the
 * description of the picture. NULL where the template did not run yet. */
struct side {
  char *original, *masked, *negative;
  double delta;      /* METHOD 2.3 raw */
  double calibrated; /* in units of a swap to a random item */
};

/* What asking a model again came to. */
struct rounds {
  int repairs;           /* because a reply could not be used, or said what another candidate says */
  int balances;          /* because one modality moved much farther than the other */
  double balance_before; /* without balance rounds; NAN: there was none */
};

struct negative {
  int64_t id; /* 0: not stored yet */
  char *item; /* key */
  char *backend, *model, *templates; /* "offline" / name / "describe@1:ab12 mask@1:..." */
  uint64_t seed;
  int64_t created; /* Unix seconds */
  bool is_draft, is_valid;
  bool is_stale;  /* the item changed since */
  char *failure;  /* why the chain ended early; NULL otherwise */
  struct side sides[MODALITIES];
  double balance; /* of the calibrated displacements */
  struct rounds rounds;
  struct change *changes;
  int change_count;
  struct check *checks;
  int check_count;
  char *notes;      /* JSON object or NULL: evidence (h, p, lift), kept mentions, picture
                       "drawn" | "drawn from the words" | "in words only", ... */
  char *replies[3]; /* accepted replies of describe, mask, complete as JSON text; NULL: not run */
  bool has_picture;
  struct measure measure; /* of the intervened picture, when has_picture */
  enum decision decision; /* newest that was not undone */
  char *decided_by;       /* or NULL */
};

struct negative *negative_new(const char *item);
void negative_free(struct negative *negative);
/* Forget changes, checks and notes: what another attempt will say anew. */
void negative_clear(struct negative *negative);
/* Insert (id 0) or replace; png may be NULL: keeps the picture that is there. Sets id. */
bool negative_save(struct store *store, struct negative *negative, const struct buf *png,
                   struct err *err);
struct negative *negative_load(struct store *store, int64_t id, struct err *err);
/* All candidates of an item, oldest first. */
bool negatives_of(struct store *store, const char *item, struct negative ***out, int *count,
                  struct err *err);
void negatives_free(struct negative **negatives, int count);
/* The intervened picture as PNG bytes. */
bool negative_picture(struct store *store, int64_t id, struct buf *png, struct err *err);
/* One element of negatives[] in `show --json`. */
cJSON *negative_json(const struct negative *negative);
/* Has this item, as it is now, a finished candidate of this backend, model, templates and seed? For
 * resuming. */
bool negative_exists(struct store *store, const char *item, const char *backend, const char *model,
                     const char *templates, uint64_t seed);
/* The draft of such a candidate of the item as it is now, newest first; 0: there is none. */
int64_t negative_draft(struct store *store, const struct negative *like);
/* The next (direction 1) or previous (-1) valid negative that waits for a decision, in import
 * order of its item, then id, starting after negative `from` (0: from the start). 0 when there is
 * none. *item gets its key (the caller frees). */
int64_t negative_waiting(struct store *store, int64_t from, int direction, char **item,
                         struct err *err);

/* A negative that may be trained on; item: its number in import order. */
struct training_negative {
  int64_t item, id;
};

/* For trainer and features: of every item the newest `most` candidates that are valid, not rejected
 * and not stale; a stale one counts when it was accepted on the item as it is now. By item,
 * then newest first; the caller frees. */
struct training_negative *negatives_for_training(struct store *store, int most, int64_t *count,
                                                 struct err *err);

/* Verdicts: an append-only log. reason and note may be NULL. */
bool verdict_add(struct store *store, int64_t negative, const char *curator, enum decision decision,
                 const char *reason, const char *note, struct err *err);
/* Undo this curator's newest decision that stands; *negative gets the negative it was on, 0 when
 * there is none. The log keeps both. */
bool verdict_undo(struct store *store, const char *curator, int64_t *negative, struct err *err);

#endif
