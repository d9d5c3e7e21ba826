/* train.h - what the files of the train view share
 * SPDX-License-Identifier: MIT */
#ifndef UI_TRAIN_H
#define UI_TRAIN_H

#include "train/run.h"
#include "ui.h"

/* ---- train_form.c */

/* A line of the launch form: an option of every run, or a setting of the model. */
struct form_row {
  const struct setting_row *row; /* of the trainer's tables */
  bool is_setting;
  char *given;    /* typed or chosen; NULL: what the trainer takes by itself */
  char value[64]; /* what will hold; empty: the row's help says what */
};

struct form {
  struct form_row *rows;
  int count, room, at, top;
};

/* The rows of the model that the form names, with the values that were there before. */
void form_make(struct form *form);
/* Does the row take the value? An empty one is what the trainer takes by itself. */
bool form_takes(const struct form *form, int k, const char *value, struct err *err);
/* Give it; false with the reason when the row does not take it. */
bool form_set(struct form *form, int k, const char *value, struct err *err);
/* The choice after the present one (of a row that has choices). */
void form_turn(struct form *form, int k);
/* "1e-06 to 1", "pair|infonce|linear"; the caller frees. */
char *form_range(const struct setting_row *row);
/* All about the row under the cursor, in sentences; the caller frees. */
char *form_help(const struct form *form);
/* What was given; strings stay the form's. The caller frees the array. */
struct run_choice *form_choices(const struct form *form, int *count);
void form_free(struct form *form);

/* ---- the view's state */

enum { MARKED_MOST = 8 };

struct train {
  struct run *runs; /* oldest first; shown newest first */
  int count, at, top;
  char *selected; /* id of the run under the cursor, kept over reloads; NULL: the newest */
  char *marked[MARKED_MOST]; /* ids of the runs whose curves are laid over each other */
  int marked_count;
  char figure[24]; /* what the first chart shows, by name; empty: the loss with its parts */
  bool shows_log;
  char *log;      /* the end of the selected run's, cleaned; NULL: it has none */
  struct form form;
  char *doomed;   /* id of the run whose removal is asked about, or NULL */
  char *doubt;    /* why the value being typed is none, or NULL */
  bool is_on_form, is_loaded, is_loading, must_load;
  char lead[96];  /* of the line being typed */
  struct launch *launch; /* a start under way, or NULL */
};

/* The run under the cursor, or NULL. */
struct run *train_selected(const struct train *train);
bool train_is_marked(const struct train *train, const char *id);

/* ---- train_runs.c: reading them */
void train_load(struct ui *ui, struct train *train);
void train_changed(struct ui *ui, void *state);
void train_read_log(struct ui *ui, struct train *train); /* of the selected run */

/* ---- train_launch.c: starting, stopping, removing */
void train_launch(struct ui *ui, struct train *train, const char *again); /* a run's id, or NULL: a new one */
void train_stop(struct ui *ui, const struct train *train);
void train_ask_delete(struct ui *ui, struct train *train);
void train_end_launch(struct launch *launch); /* the view is closed; it detaches by itself */

/* ---- train_draw.c, train_curves.c */
void train_draw(struct ui *ui, void *state, struct area area);
void train_draw_curves(const struct train *train, const struct run *run, int top, int rows, int columns);
/* Another figure of the run in the first chart. */
void train_next_figure(struct train *train);

#endif
