/* rank.h - what of an item may be changed, the most important first
 * SPDX-License-Identifier: MIT */
#ifndef ENGINE_RANK_H
#define ENGINE_RANK_H

#include "engine/engine_private.h"

/* A best candidate of this score is chosen too often already. */
#define WORN_OUT (-.3)

enum { OPTIONS_MAX = 48, FORBIDDEN_MAX = 16 };

/* Values that may not be taken again by a later attempt. */
struct forbidden {
  int32_t values[FORBIDDEN_MAX];
  int count;
};

/* Text keys: distinct, the most important first, none coupled with one before it. A key that the
 * picture has too is left out, unless it is `shared`, which then comes first. */
int rank_text(struct asked *asked, const struct forced *forced, const struct forbidden *forbidden,
              int shared, struct choice out[TEXT_KEYS_MAX]);

/* A class that a key of the picture could change to. */
struct option {
  enum image_key key;
  int to_class;
  int choice;            /* whose candidate it is */
  struct candidate candidate;
};

struct options {
  struct choice choices[IMAGE_KEYS];
  enum image_key keys[IMAGE_KEYS];
  int choice_count;
  struct option list[OPTIONS_MAX]; /* in the order to try them */
  int count;
};

/* Changes of the picture: less shared ones first, by importance of the key; only key `only`, where
 * that is not -1; never `shared` otherwise. */
void rank_image(struct asked *asked, const struct forbidden *forbidden, int only, int shared,
                struct options *out);
void options_free(struct options *options);
void choice_free(struct choice *choice);

/* The image key that also is a key of the item's text; -1 when there is none. *is_first: it leads
 * in one of the modalities. */
int rank_shared(struct asked *asked, bool *is_first);

#endif
