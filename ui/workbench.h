/* workbench.h - what the files of the prompt workbench share
 *
 * An item, one of the three templates, and its runs on that item. What is shown is a run that was kept
 * (store/trial.h), or the template as it is now: its messages, and, while it is asked, what has come.
 * Asking and rendering are a child, `neggen prompts try|render --events`.
 * SPDX-License-Identifier: MIT */
#ifndef UI_WORKBENCH_H
#define UI_WORKBENCH_H

#include "base/json.h"
#include "lines.h"
#include "picture.h"
#include "store/trial.h"
#include "ui.h"

enum workbench_pane { PANE_MESSAGES, PANE_REPLY, PANE_RUNS, PANES };

struct workbench {
  struct ui *ui;           /* that it is a view of */
  char *key, *title;       /* of the item; key NULL: none was asked for yet */
  int64_t item_id;
  int template_index;
  struct trial **runs;     /* newest first */
  int run_count;
  int at;                  /* of the runs; -1: the template as it is now */
  int64_t wanted, marked;  /* runs: to show when it is there (0: the newest), to compare with (0: none) */
  int64_t wanted_mark;     /* to be marked, and compared with, when the item is there; 0: none */
  bool is_differing;
  struct side_wanted {
    char hash[65];         /* "": the version in use */
    char *model;           /* NULL: the session's */
  } versus[2];             /* what V is about to compare */
  struct picture picture;  /* as sent, but for its encoding */
  struct cells cells;      /* for the width they were made for */
  int cells_width;
  cJSON *now;              /* the messages of the template as it is now, or NULL */
  cJSON *rounds;           /* of what is asked, so far */
  char *partial, *state;   /* the answer under way; what to say of it; or NULL */
  char *failure;           /* why there is nothing to show, or NULL */
  struct event_child *child; /* that asks or renders, or NULL */
  bool is_asking, is_cancelled, is_loading;
  enum workbench_pane pane;
  int scroll[PANES], height[PANES], rows[PANES]; /* first line shown; lines there are; lines that fit */
};

/* A run, or what is under way, as it is drawn. Borrowed but for what view_free frees. */
struct run_view {
  const struct trial *trial; /* NULL: what is under way */
  cJSON *messages, *rounds, *checks;
  bool is_ours;              /* the JSON was parsed for this */
};
struct run_view run_view_of(const struct workbench *bench, int at);
void run_view_free(struct run_view *view);
int workbench_marked(const struct workbench *bench); /* its index, -1: none */

/* workbench_text.c: a run as lines. *picture_at gets the line where the picture begins, -1: none is sent. */
void workbench_messages(const struct run_view *view, int width, struct lines *out, int *picture_at);
void workbench_reply(const struct workbench *bench, const struct run_view *view, int width,
                     struct lines *out);
/* Two runs side by side, what differs in brackets; as many lines on both sides. */
void workbench_differ(const struct run_view views[2], int width, struct lines sides[2]);
/* "3f2a91bc", at most eight digits of a hash. */
void short_hash(const char *hash, char out[9]);

/* workbench_ask.c */
void workbench_render(struct ui *ui, struct workbench *bench);
void workbench_ask(struct ui *ui, struct workbench *bench, bool is_anew);
void workbench_edit(struct ui *ui, struct workbench *bench);
void workbench_stop(struct ui *ui, struct workbench *bench);

/* workbench_versus.c: ask over how many items, then compare the marked run's version and model with the shown
 * run's; without a mark, the newest other version with the one in use. */
void workbench_versus(struct ui *ui, struct workbench *bench);
void workbench_forget_versus(struct workbench *bench);

/* workbench.c */
void workbench_load(struct ui *ui, struct workbench *bench, int step);

void workbench_draw(struct ui *ui, void *state, struct area area);

#endif
