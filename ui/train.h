/* train.h - what the files of the train view share
 * SPDX-License-Identifier: MIT */
#ifndef UI_TRAIN_H
#define UI_TRAIN_H

#include "train/run.h"
#include "ui.h"

/* A line of the launch form: an option of every run, or a setting of the model. */
struct form_row {
  const char *name, *choices, *fallback, *help; /* of the trainer's tables; choices or NULL */
  char *value;
  bool is_setting;
};

struct form {
  struct form_row *rows;
  int count, room, at, top;
};

/* The rows of the model that the form names, with the values that were there before. */
void form_make(struct form *form);
/* False with the reason when the row does not take the value. */
bool form_set(struct form *form, int k, const char *value, struct err *err);
/* The choice after the present one (of a row that has choices). */
void form_turn(struct form *form, int k);
/* What differs from the trainer's own; strings stay the form's. The caller frees the array. */
struct run_choice *form_choices(const struct form *form, int *count);
void form_free(struct form *form);

struct train {
  struct run *runs; /* oldest first; shown newest first */
  int count, at, top;
  char *selected; /* id of the run under the cursor, kept over reloads; NULL: the newest */
  struct form form;
  bool is_on_form, is_loaded, is_loading, must_load;
  char lead[64];  /* of the line being typed */
  struct launch *launch; /* a start under way, or NULL */
};

/* The run under the cursor, or NULL. */
struct run *train_selected(const struct train *train);
void train_draw(struct ui *ui, void *state, struct area area);

#endif
