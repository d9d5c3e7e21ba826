/* compare.h - what the files of the compare view share
 * SPDX-License-Identifier: MIT */
#ifndef UI_COMPARE_H
#define UI_COMPARE_H

#include "picture.h"
#include "text.h"
#include "train/run.h"
#include "ui.h"

/* A line of the two panes: an attribute, a field, a description; or a group's heading. */
struct compare_row {
  bool is_group;
  bool is_plain;         /* the two sides are no two versions of one text */
  bool is_image;         /* a value seen in the picture */
  bool is_beside;        /* stands beside the pictures, not in the body */
  char mark;             /* '*' key, '+' entailed, ' ' kept */
  char *label, *left, *right;
  struct layout layouts[2]; /* for the width they were made for */
  int height;
};

struct pictures {
  struct picture picture[2]; /* original, intervened */
  struct cells cells[2];     /* for the box they were made for */
  int width, height;
  char *note[2];             /* why there is none, or "in words only" */
};

struct compare {
  char *key;                /* of the item */
  struct item *item;
  struct negative **candidates;
  int candidate_count, at;  /* at: which is shown */
  int64_t wanted;           /* candidate to show when it is loaded, 0: the newest */
  struct compare_row *rows;
  int row_count, layout_width;
  int scroll, body_height, body_rows;
  struct pictures pictures;
  int64_t pictured;         /* the candidate whose pictures are there, -1: none */
  bool is_folded, is_loading, is_deciding;
  struct run_influence influence; /* of the item; run NULL: no run tells */
  char *failure;
};

const struct negative *compare_candidate(const struct compare *compare); /* NULL when there is none */
/* Make rows of the item and the shown candidate. */
void compare_make_rows(struct compare *compare);
void compare_free_rows(struct compare *compare);
/* compare_load.c: load the item again (step 0), or the one after or before it. */
void compare_load(struct ui *ui, struct compare *compare, int step);
/* The shown candidate changed: its rows and pictures. */
void compare_show_candidate(struct ui *ui, struct compare *compare);
void compare_forget_pictures(struct compare *compare);
/* compare_decide.c: DECISION_NONE takes the newest decision back. */
void compare_decide(struct ui *ui, struct compare *compare, enum decision decision);
void compare_find_waiting(struct ui *ui, const struct compare *compare, int direction);
void compare_draw(struct ui *ui, void *state, struct area area);

#endif
