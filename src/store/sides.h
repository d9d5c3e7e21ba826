/* sides.h - an item and a negative of it side by side: rows aligned by key
 *
 * What show and the compare view print: the fields of the document, then the attributes
 * and the description of the picture; each row with what stands on both sides, and which
 * words of it differ. Texts are cleaned: fit for a terminal.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_SIDES_H
#define STORE_SIDES_H

#include "store/negative.h"
#include "text/mention.h"

enum mark { MARK_SAME, MARK_CHANGED, MARK_ENTAILED };

struct side_text {
  char *text;         /* "" where this side has nothing */
  struct span *spans; /* what differs from the other side */
  size_t span_count;
};

struct side_row {
  enum modality modality;
  char *key;
  struct side_text original, intervened;
  enum mark mark;
};

struct sides {
  struct side_row *rows; /* text rows, then image rows */
  int count;
  bool is_masked; /* the negative's texts are not completed yet: slots stand in them */
};

/* negative may be NULL: both sides are the item's. */
struct sides sides_of(struct store *store, const struct item *item,
                      const struct negative *negative);
void sides_free(struct sides *sides);

#endif
