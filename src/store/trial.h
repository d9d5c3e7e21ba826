/* trial.h - a template tried on an item: what was asked, answered and made of it
 *
 * The record of the prompt workbench. A run of one template on one item is a row, whoever answered
 * and whatever came of it; each of its questions (a repair round asks again) is a round. Runs that
 * compare two versions or models carry the comparison's number and their side.
 *
 *   messages {"system":S,"user":S,"marks":[[part,start,size,"field"]...],
 *             "picture":{"width":N,"height":N}|null}
 *            part 0: system, 1: user; start and size in bytes
 *   rounds   [{"reply":S|null,"reason":S|null,"faults":[{"at":N,"line":N,"column":N,"what":S}...],
 *              "finish_reason":S|null,"status":N,"cached":B,"tokens_in":N|null,"tokens_out":N|null,
 *              "first_seconds":N|null,"seconds":N}...]
 *   checks   [{"name":S,"passed":B,"flag":B,"reason":S|null}...], of a template that ends a candidate
 * SPDX-License-Identifier: MIT */
#ifndef STORE_TRIAL_H
#define STORE_TRIAL_H

#include "store/store.h"

struct trial {
  int64_t id;
  char *item, *template_name, *version; /* version: hash of the template */
  char *backend, *model, *server;       /* server may be NULL */
  uint64_t seed;
  int64_t started;                      /* Unix seconds */
  char *messages, *rounds, *checks;     /* JSON; checks may be NULL */
  char *reason;                         /* why nothing came of it, or NULL */
  bool is_valid;                        /* of a candidate: all checks passed; else: it was read */
  double balance;                       /* NAN: undefined */
  int64_t negative;                     /* the candidate made of it, 0: none */
  bool is_cached;                       /* nothing was sent */
  int questions;
  int tokens_in, tokens_out;            /* of all questions; -1: unknown */
  double first_seconds, seconds;        /* of the last question, of all; NAN: nothing was sent */
  int64_t comparison;                   /* 0: none */
  int side;                             /* of a comparison: 0 or 1 */
};

bool trial_save(struct store *store, struct trial *trial, struct err *err); /* sets id */
struct trial *trial_load(struct store *store, int64_t id, struct err *err);
/* The newest runs of a template on an item, newest first. */
bool trials_of(struct store *store, const char *item, const char *template_name, int limit,
               struct trial ***out, int *count, struct err *err);
/* All runs of a comparison, by item and template, side 0 first; without their messages. */
bool trials_compared(struct store *store, int64_t comparison, struct trial ***out, int *count,
                     struct err *err);
void trial_free(struct trial *trial);
void trials_free(struct trial **trials, int count);

#endif
