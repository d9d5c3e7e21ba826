/* taste.h - people who like certain things, and what they took
 *
 * A user likes four pairs of key and value, two of the picture and two of the text, with
 * weights; groups of users share most of theirs. Four in five of the items that a user took
 * have something that the user likes, in proportion to the item's fame times the cube of
 * the liked weight; one in five is off taste: it has nothing of it, and was taken for its
 * fame alone. Fame falls with the rank of an item as 1 / (rank + 30).
 * SPDX-License-Identifier: MIT */
#ifndef SAMPLES_TASTE_H
#define SAMPLES_TASTE_H

#include "world.h"

enum { USERS = 640, LIKES = 4, VISITS_MIN = 12, VISITS_MAX = 30, OFF_TASTE_PERCENT = 20 };

struct like {
  struct pair pair;
  int weight;
};

struct user {
  char id[8]; /* "u001" */
  struct like likes[LIKES];
};

struct visit {
  int user, item;
  int rating; /* 1..5 */
  int64_t time;
};

void tastes_deal(struct user users[USERS], uint64_t seed);
/* The sum of the weights of what the user likes in an item; 0: off taste. */
int taste_score(const struct user *user, const struct item *item);
/* All visits in order of time; the caller frees. */
struct visit *visits_make(const struct user users[USERS], const struct item items[ITEMS],
                          uint64_t seed, int *count);

#endif
