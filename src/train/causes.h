/* causes.h - does the trained module find again what was planted in the users?
 *
 * For a user u and an attribute a of items that he has in training,
 *   module(u, a) = mean over those items of lambda u.(c_i - c_i^(a)),
 * c_i^(a) made anew from the item's negatives with a alone put back as it was; 0 for items whose
 * negatives left a alone. Beside it, the same pairs by the base model, by co-occurrence and by one who
 * knows the generator. What is asked is whether liked attributes stand above others: AUC.
 * SPDX-License-Identifier: MIT */
#ifndef TRAIN_CAUSES_H
#define TRAIN_CAUSES_H

#include "data/truth.h"
#include "train/train.h"

enum cause_source {
  CAUSE_MODULE,
  CAUSE_BASE, /* mean base score of the items that have a, less that of those that have it not */
  CAUSE_LIFT, /* share of a among the user's items over its share in all training */
  CAUSE_TOLD,  /* as the module, by the pull of each change (engine/pull.h): what gen_loss=signed tells */
  CAUSE_IDEAL, /* eval/observer.h */
  CAUSE_REACH, /* the most that a score can tell that is 0 where no negative changed a: +1, -1 */
  CAUSE_SOURCES,
};
extern const char *const cause_names[CAUSE_SOURCES]; /* "module", ..., "reach" */

/* What liked pairs are held against. From RIVAL_ASKED on, among pairs with a negative that changed the
 * attribute, of any modality or of one. */
enum cause_rival {
  RIVAL_ALL,
  RIVAL_DECOYS,
  RIVAL_REST,
  RIVAL_ASKED,
  RIVAL_ASKED_TEXT,
  RIVAL_ASKED_IMAGE,
  RIVALS,
};
extern const char *const rival_names[RIVALS]; /* "all", ..., "asked_image" */

struct causes {
  int64_t liked, decoys, rest; /* pairs of each kind */
  int64_t asked, liked_asked;  /* pairs, liked pairs, with a negative that changed the attribute */
  int64_t changes, unknown;    /* changes of negatives; those of no attribute that the file knows */
  double auc[CAUSE_SOURCES][RIVALS]; /* of liked pairs against these */
};

/* EX_DATAERR: the run has no module, or the catalogue, the negatives or the file are others. */
bool causes_measure(struct store *store, const char *run, const char *truth_path, struct causes *out,
                    struct err *err);

#endif
