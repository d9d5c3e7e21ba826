/* backend.h - how a prompt is answered: one small interface, several ways
 *
 * submit, poll, cancel: views and jobs never know which is behind. A backend is a row
 * of backend_rows and a file. Text goes in, text comes out; parsing and checking are
 * the pipeline's.
 * SPDX-License-Identifier: MIT */
#ifndef BACKEND_BACKEND_H
#define BACKEND_BACKEND_H

#include "backend/account.h"
#include "base/buf.h"
#include "engine/engine.h"
#include "media/easel.h"
#include "store/item.h"

struct backend;

/* One question. Everything is borrowed until the answer is there or the question cancelled. */
struct question {
  const char *template_name; /* "describe", "mask", "complete" */
  const struct item *item;
  const char *system, *user; /* rendered messages */
  const char *schema;        /* JSON schema of the reply */
  const struct picture *picture; /* or NULL */
  const struct picture *other_picture; /* a second one, or NULL */
  struct easel *easel;       /* the first, for who draws; or NULL */
  int max_tokens;
  double temperature;
  uint64_t seed, candidate_seed; /* of the question; of the candidate that it is for */
  int attempt;            /* repair rounds, seeds tried */
  const char *repair;     /* what was wrong with the reply before, or NULL */
  const char *bad_reply;  /* that reply, or NULL */
  bool is_reply_good;     /* it can be used, `repair` says what would be better */
  const char *replies[2]; /* accepted replies of describe, mask */
};

struct answer {
  bool is_ok;
  bool is_attempt;      /* no answer yet: this try failed, another one follows by itself */
  bool is_cached;       /* from the record of requests: nothing was sent */
  bool is_waiting;      /* nobody was asked: it is answered another time (see struct later) */
  enum problem problem; /* when not ok, of a backend that asks servers */
  int attempt;          /* 0: the first try */
  char hash[65];        /* of the question, "" when the backend keeps no record */
  char *text;          /* the reply's text when ok */
  char *raw, *body;    /* as received and sent, for the record (pictures by hash); may be NULL */
  char *model;         /* as the server names it */
  char *finish_reason; /* or NULL */
  int status;          /* HTTP, 0: none */
  int tokens_in, tokens_out; /* -1: unknown */
  double seconds, first_seconds; /* of this try; to the first byte of its answer, NAN: none came */
  struct err err; /* when not ok: EX_UNAVAILABLE for a server, EX_DATAERR for a useless reply */
};

/* Who takes a question down that is not sent now. take: false with an error when it cannot be kept. */
struct chat;
struct later {
  bool (*take)(void *user, const struct question *question, struct chat *chat, struct err *err);
  void *user;
};

struct backend_options {
  const char *api_base, *model;
  const char *key;   /* never stored, never logged; NULL: none */
  int jobs;          /* requests under way at once, at most */
  int retries;       /* of a request, at most */
  int picture_side;  /* pixels: pictures are scaled down to it */
  bool is_cache_off; /* ask again what was answered before */
  enum engine_keys keys; /* of the offline engine */
  int connect_seconds, first_byte_seconds, stall_seconds, timeout_seconds; /* 0: no limit */
  struct account *account; /* budget and counts; NULL: none */
  const char *replies; /* of the replay backend: a file; NULL: the workspace's record */
  const struct later *later; /* of batch_row: questions without an answer; NULL: they are dropped */
};

struct backend_ops {
  /* Can these options do, before anything is opened? NULL: nothing to check. */
  bool (*check)(const struct backend_options *options, struct err *err);
  struct backend *(*open)(struct store *store, const struct backend_options *options,
                          struct err *err);
  /* Start answering; returns a ticket > 0, or 0 with an error. */
  int (*submit)(struct backend *backend, const struct question *question, struct err *err);
  /* Work for at most timeout_ms; true when there is an answer, or an attempt, to *ticket (0: to a
   * question of the backend's own). */
  bool (*poll)(struct backend *backend, int timeout_ms, int *ticket, struct answer *answer);
  /* What has arrived of an answer so far, borrowed until the next call; NULL: nothing. May be NULL. */
  const char *(*partial)(struct backend *backend, int ticket);
  void (*cancel)(struct backend *backend, int ticket);
  void (*close)(struct backend *backend);
};

struct backend_row {
  const char *name;  /* "offline", "openai" */
  const char *title; /* "offline engine" */
  const char *help;
  bool can_see, needs_model;
  bool is_later; /* what has no answer yet waits: nobody is asked now */
  const struct backend_ops *ops;
};
extern const struct backend_row backend_rows[]; /* ends with a row whose name is NULL */
const struct backend_row *backend_named(const char *name);
/* Answers from the record alone, for batch files. No row of the table: nobody is asked, and what is made
 * of the answers counts as the openai backend's. */
extern const struct backend_row batch_row;
void answer_free(struct answer *answer);
/* Requests with the key and limits of these options, answers of at most body_bytes; http_close. */
struct http;
struct http *backend_http(const struct backend_options *options, size_t body_bytes);

#endif
