/* ui.h - the interface: its state, its views, what they may ask of it
 *
 * A view is one file and one view_ops. `draw` reads state only; `act` changes state or
 * starts something; neither waits. Results of the worker arrive through tasks, those of
 * child processes through the loop.
 * SPDX-License-Identifier: MIT */
#ifndef UI_UI_H
#define UI_UI_H

#include "actions.h"
#include "cli/cli.h"
#include "colour.h"
#include "store/negative.h"
#include "worker.h"

struct ui;

/* The part of the screen that is a view's: rows [top, top + rows), all columns. */
struct area {
  int top, rows, columns;
};

struct view_ops {
  const char *name;
  enum view_bit bit;
  void *(*open)(struct ui *ui);
  void (*close)(void *state);
  void (*shown)(struct ui *ui, void *state);   /* comes to the front: load what it needs */
  void (*changed)(struct ui *ui, void *state); /* the workspace changed: load again */
  bool is_of_rows;                             /* not when only files of jobs and runs did */
  void (*draw)(struct ui *ui, void *state, struct area area);
  bool (*act)(struct ui *ui, void *state, enum action action, int count); /* false: not mine */
  bool (*has)(struct ui *ui, void *state, enum need need);
};
extern const struct view_ops items_view, compare_view, train_view, jobs_view, help_view, prompt_view, versus_view;

enum { VIEW_COUNT = 7, STACK_MAX = 8 };

/* What `:set` changes: a row each in session.c. */
struct session {
  char *backend, *model, *api_base, *api_key_file, *timeout, *seed;
};

struct ui {
  struct cli *cli;
  char *workspace, *name;  /* the directory, and what the header calls it */
  char *key;               /* of the server; handed to children through a pipe */
  struct session session;
  struct worker *worker;
  struct loop *loop;
  void *states[VIEW_COUNT];
  int stack[STACK_MAX], depth; /* views, the shown one last */
  struct store_counts counts;
  bool has_counts;         /* they were counted */
  char *activity;          /* what runs in the background, or NULL */
  char *status;            /* the message line; NULL: hints */
  bool is_status_bad;
  struct generation *generation; /* the templates under way, or NULL */
  int launches;            /* what was started and has not answered yet: runs, tries */
  struct prompt_line *prompt;    /* being typed, or NULL */
  int count;               /* prefix */
  bool is_quitting, must_draw, is_script, must_load;
  int exit_status;
  bool has_worked;         /* something was made or decided from here */
};

/* shell.c: views and messages */
void ui_show(struct ui *ui, const struct view_ops *view);
/* The same, but going back leads to the view that is shown now. */
void ui_show_over(struct ui *ui, const struct view_ops *view);
void ui_back(struct ui *ui);
const struct view_ops *ui_view(const struct ui *ui);
const struct view_ops *ui_view_below(const struct ui *ui); /* the one that going back shows, or NULL */
void *ui_state(const struct ui *ui, const struct view_ops *view);
void ui_say(struct ui *ui, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ui_complain(struct ui *ui, const char *format, ...) __attribute__((format(printf, 2, 3)));
void ui_key(struct ui *ui, int key);
void ui_act(struct ui *ui, enum action action, int count);
bool ui_has(struct ui *ui, enum need need); /* in the shown view */
bool ui_has_in(struct ui *ui, const struct view_ops *view, enum need need);
void ui_draw(struct ui *ui);
void ui_leave(struct ui *ui); /* end what is under way, close the views */
void ui_load_counts(struct ui *ui);
/* Something changed in the workspace, its databases or only files beside them: open views load again. */
void ui_changed(struct ui *ui, bool in_rows);

/* command.c: a command as typed after ":"; false with the reason in err. */
bool ui_command(struct ui *ui, const char *line, struct err *err);
/* The k-th command that is no action; NULL at the end. */
const char *ui_command_row(int k, const char **operands, const char **help);

/* compare.c, for others: show this item (and candidate, 0: the newest). */
void compare_show(struct ui *ui, const char *item, int64_t negative);
void compare_generation_event(struct ui *ui, const cJSON *event);
/* workbench.c, for others: show a template of this item (-1: the one that was shown). */
void workbench_show(struct ui *ui, const char *item, int template_index);
/* The same with two of its runs side by side. */
void workbench_show_both(struct ui *ui, const char *item, int template_index, const int64_t runs[2]);
/* versus.c, for others: show the comparison that this job made. */
void versus_show(struct ui *ui, const char *id);
/* The item under the cursor of the items view, or NULL. */
const char *items_selected(const struct ui *ui);

/* session.c */
bool session_set(struct session *session, const char *name, const char *value, struct err *err);
const char *session_get(const struct session *session, const char *name); /* NULL: no such one */
const char *session_option(int k, const char **help); /* the k-th name; NULL at the end */
void session_start(struct session *session, const struct cli *cli);
void session_free(struct session *session);

/* prompt_line.c: the line being typed */
struct prompt_line *prompt_line_new(const char *lead, void (*enter)(struct ui *, const char *),
                                    void (*typed)(struct ui *, const char *), bool completes);
void prompt_line_key(struct ui *ui, int key);
void prompt_line_draw(const struct prompt_line *line, int row);
void prompt_line_free(struct prompt_line *line);

/* script.c */
int script_run(struct ui *ui, const char *path);
bool screen_save(const char *path, struct err *err);

#endif
