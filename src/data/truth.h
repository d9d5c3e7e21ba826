/* truth.h - what a made-up catalogue planted in its users: who likes which attribute
 *
 * A file beside samples made by a program of ours. It lists the attributes of every item, the
 * likes of every user, and decoys: attributes that nobody likes for themselves, but which
 * items with a liked one mostly have. Items and users are those of a catalogue, by key.
 * SPDX-License-Identifier: MIT */
#ifndef DATA_TRUTH_H
#define DATA_TRUTH_H

#include "base/intern.h"
#include "data/dataset.h"
#include "store/item.h"

enum { TRUTH_LIKES = 8 };

struct truth_attribute {
  enum modality modality;
  char *key, *value;
  int32_t partner; /* of a decoy: the attribute that it goes with; else -1 */
};

struct truth_user {
  int count;                   /* 0: the file does not know the user */
  int32_t like[TRUTH_LIKES];   /* attributes, in the order in which the generator dealt them */
  double weight[TRUTH_LIKES];
};

struct truth {
  struct truth_attribute *attributes;
  int32_t attribute_count;
  struct item_sets held;    /* [items] attributes of an item, ascending */
  struct truth_user *users; /* [users] */
  double off_taste;         /* share of interactions that have nothing liked */
};

/* keys of items and users in the catalogue's order. EX_DATAERR: not such a file, or of other items. */
bool truth_load(const char *path, const struct intern *items, char *const *users,
                int32_t user_count, struct truth *out, struct err *err);
void truth_free(struct truth *truth);
/* The attribute of an item with this key and, where it has several, this value; -1: none. */
int32_t truth_of_item(const struct truth *truth, int32_t item, enum modality modality,
                      const char *key, const char *value);
bool truth_has(const struct truth *truth, int32_t item, int32_t attribute);
bool truth_likes(const struct truth *truth, int32_t user, int32_t attribute);

#endif
