/* dataset.h - interactions as trainer and evaluation want them
 *
 * Training pairs in the order of the catalogue (a pair that occurs twice is two examples but
 * one edge of the graph), and for each phase the set of items of every user, ascending.
 * Users and items are dense numbers; an item's is its row in every feature matrix.
 * SPDX-License-Identifier: MIT */
#ifndef DATA_DATASET_H
#define DATA_DATASET_H

#include "store/interaction.h"

struct item_sets {
  int64_t *start; /* [users + 1] */
  int32_t *item;  /* distinct and ascending within a user */
};

struct dataset {
  int32_t users, items;
  int64_t pairs; /* training examples */
  int32_t *pair_user, *pair_item;
  struct item_sets sets[PHASES];
  uint64_t *hint;      /* bits of the items that each user has in training, which some may share, */
  uint32_t *hint_start; /* [users + 1] and where each user's words begin: a power of two of them */
  int32_t *item_count; /* [items] training examples of an item */
  int32_t *trained;    /* [trained_count] items with a training example, ascending */
  int32_t trained_count;
  uint64_t fingerprint; /* of users, items and every phase: two with the same are the same */
};

/* EX_DATAERR when there are no items, or nothing to train on. */
bool dataset_load(struct store *store, struct dataset *data, struct err *err);
/* The same from memory; an empty one is fine. */
void dataset_build(const struct interactions *interactions, struct dataset *data);
void dataset_free(struct dataset *data);

int64_t dataset_size(const struct dataset *data, enum phase phase, int32_t user);
bool dataset_has(const struct dataset *data, enum phase phase, int32_t user, int32_t item);

#endif
