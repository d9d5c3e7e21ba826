/* causes_private.h - what the parts of the study of causes share
 * SPDX-License-Identifier: MIT */
#ifndef TRAIN_CAUSES_PRIVATE_H
#define TRAIN_CAUSES_PRIVATE_H

#include "engine/pull.h"
#include "train/causes.h"

/* A negative with an attribute put back: the row that stands for its modality. */
struct put_back {
  int32_t place; /* of the negative among the item's; 0: the newest */
  enum modality modality;
  float *row; /* [width] */
  struct pull_change pull;
};

/* An item's negatives with one attribute put back in all that changed it. */
struct variant {
  int32_t item, attribute;
  struct put_back *rows;
  size_t count, room;
  real *effect; /* [dim] lambda (c - c^(a)) */
};

struct study {
  struct store *store;
  struct run_model run;
  struct truth truth;
  struct features features;
  struct model model;
  struct train_request request;
  struct pulls *pulls; /* what its histories say of the changes */
  int most; /* negatives of an item */
  struct variant *variants; /* by item, then by attribute */
  size_t count, room;
  int64_t changes, unknown;
  size_t *first; /* [attributes + 1] into variants, once they are measured */
  real *base;    /* [items, dim] the base's vectors of items */
};

/* The stage whose result is the model: the last that is no control. */
int causes_stage(const struct model_ops *ops);
/* An item's variants, one for every attribute that its negatives changed; false with an error. */
bool variants_make(struct study *study, struct err *err);
/* Their effects in the model as it was trained; afterwards they stand by attribute. */
void variants_measure(struct study *study);
void variants_free(struct study *study);

#endif
