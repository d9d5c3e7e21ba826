/* engine_private.h - what the parts of the engine share
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_ENGINE_PRIVATE_H
#define ENGINE_ENGINE_PRIVATE_H

#include "encode/features.h"
#include "engine/candidates.h"
#include "engine/document.h"
#include "engine/engine.h"
#include "engine/terms.h"
#include "prompt/reply.h"

enum { TEXT_KEYS_MAX = 4, OWN_MAX = 128 };

/* What is known of the item that is asked about; kept until another one is. */
struct look {
  uint64_t stamp; /* of the item and its picture; 0: nothing */
  int32_t own[OWN_MAX]; /* its values, text then image */
  int own_count;
  bool has_picture;
  struct measure measure;
};

struct engine {
  struct store *store;
  enum engine_keys keys;
  struct statistics *statistics;
  float *prices;       /* [values] of a seed, see prices.h */
  uint64_t prices_seed;
  bool has_prices;
  struct encoders *encoders;
  struct beside_counts *counts;
  struct taste taste;
  struct borders borders;
  bool has_borders;
  struct look look;
};

/* One question about one item. */
struct asked {
  struct engine *engine;
  const struct item *item;
  struct easel *easel; /* its picture, or NULL */
  uint64_t seed;                 /* mixed with the item's key */
  int attempt;
  uint64_t turn;                 /* the seed itself: whose turn it is, see ENGINE_TURNS */
};

/* Look at the item: its values, its users' tastes, its picture's measure. */
void look_at(struct asked *asked);
/* The same without the picture: by its measure as imported. Edits cannot be tried. */
void look_at_imported(struct asked *asked);
/* The class of the item's picture. */
int look_class(const struct engine *engine, enum image_key key);
/* The sketch of an edit, with the calibrated displacement of the picture as its note. */
const struct edit *look_sketch(struct asked *asked, enum image_key key, int to_class,
                               double strength);
/* What an edit gave: as it is, once it is finished; else by its sketch. */
const struct edit_result *look_result(const struct edit *edit);

/* A key that may be masked, with the item's value of it. */
struct choice {
  int32_t value;          /* of the statistics */
  const char *text;       /* as the item has it */
  struct evidence evidence;
  struct candidate *candidates; /* best first, owned */
  int candidate_count;
};

/* One intervention: what is masked and what takes its place. */
struct plan {
  struct choice text[TEXT_KEYS_MAX];
  int text_count;
  const char *text_new[TEXT_KEYS_MAX];
  struct choice image;
  bool has_image;
  enum image_key image_key;
  int to_class;
  const struct edit *edit; /* NULL without a picture */
  double strength, score, balance;
};

enum { MASKED_MAX = TEXT_KEYS_MAX + 1 };

/* What is masked in the text, and what takes its place: the plan's text keys, and the picture's key
 * where texts of the catalogue name its class ("It comes in red"). Returns how many. */
int masked_in_text(const struct engine *engine, const struct choice *text, int text_count,
                   const char *const *text_new, const struct choice *image, const char *image_new,
                   struct masked *out, const char **values);
int plan_masked(const struct engine *engine, const struct plan *plan, struct masked *out,
                const char **values);

/* Which keys must be changed, when that is decided already; NULL: the plan decides. */
struct forced {
  const char *text_keys[TEXT_KEYS_MAX], *text_values[TEXT_KEYS_MAX];
  int text_count;
  int image_key; /* -1: none */
};

/* The best intervention for the question; false with an error when there is none. */
bool plan_make(struct asked *asked, const struct forced *forced, struct plan *out, struct err *err);
void plan_free(struct plan *plan);

/* The sentence that describes the picture looked at. The caller frees. */
char *picture_sentence(const struct engine *engine);

/* The description in a describe reply, or without one picture_sentence. NULL without a picture, or
 * with an error. The caller frees. */
char *description_of(const struct asked *asked, const char *describe_reply, struct err *err);

/* The three replies; NULL with an error. The caller frees. */
char *describe_answer(struct asked *asked, struct err *err);
char *mask_answer(struct asked *asked, const char *describe_reply, struct err *err);
char *complete_answer(struct asked *asked, const char *mask_reply, struct err *err);

#endif
