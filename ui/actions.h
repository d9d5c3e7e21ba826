/* actions.h - everything a key or a `:` command can do: one table
 *
 * From a row come the key parser, the footer, the help view, the palette's completion and
 * the manual page. `views` says where it works, `needs` what must be there; when it is not,
 * help greys the row and says why.
 * SPDX-License-Identifier: MIT */
#ifndef UI_ACTIONS_H
#define UI_ACTIONS_H

#include <stdbool.h>

enum view_bit {
  V_ITEMS = 1,
  V_COMPARE = 2,
  V_TRAIN = 4,
  V_JOBS = 8,
  V_HELP = 16,
  V_PROMPT = 32,
  V_VERSUS = 64,
  V_ALL = 127,
};

enum need {
  NEEDS_NOTHING,
  NEEDS_ITEM,
  NEEDS_NEGATIVE,
  NEEDS_FINISHED, /* a negative that is no draft */
  NEEDS_RUN,
  NEEDS_LIVE_RUN,
  NEEDS_STOPPED_RUN,
  NEEDS_ENDED_RUN,
  NEEDS_WORK, /* something under way that can be cancelled */
  NEED_COUNT
};

/*  name, keys, views, needs, is it shown in the footer, one sentence */
#define ACTIONS(_)                                                                               \
  _(down, "j Down", V_ALL, NEEDS_NOTHING, 0, "next row")                                         \
  _(up, "k Up", V_ALL, NEEDS_NOTHING, 0, "previous row")                                         \
  _(page_down, "PageDown Space", V_ALL, NEEDS_NOTHING, 0, "next page")                           \
  _(page_up, "PageUp", V_ALL, NEEDS_NOTHING, 0, "previous page")                                 \
  _(first, "Home <", V_ALL, NEEDS_NOTHING, 0, "first row")                                       \
  _(last, "End >", V_ALL, NEEDS_NOTHING, 0, "last row")                                          \
  _(compare, "Enter l Right", V_ITEMS | V_JOBS, NEEDS_ITEM, 1, "look at it: an item, original beside intervened; a comparison") \
  _(search, "/", V_ITEMS, NEEDS_NOTHING, 1, "show only items that hold a text")                   \
  _(generate_all, "G", V_ITEMS, NEEDS_NOTHING, 1, "generate for all items in the background")     \
  _(describe, "1", V_COMPARE | V_PROMPT, NEEDS_ITEM, 1, "the first template, describe the picture: run it, or show it") \
  _(mask, "2", V_COMPARE | V_PROMPT, NEEDS_ITEM, 1, "the second, mask the key attributes: run it, or show it") \
  _(complete, "3", V_COMPARE | V_PROMPT, NEEDS_ITEM, 1, "the third, complete the masks: run it, or show it") \
  _(chain, "g", V_COMPARE | V_ITEMS, NEEDS_ITEM, 1, "run all three templates on the item")        \
  _(accept, "a", V_COMPARE, NEEDS_FINISHED, 1, "accept the negative, go on to the next that waits") \
  _(reject, "r", V_COMPARE, NEEDS_FINISHED, 1, "reject the negative, go on to the next that waits") \
  _(undo, "u", V_COMPARE, NEEDS_NOTHING, 1, "take back your newest decision")                      \
  _(next_waiting, "n", V_COMPARE | V_ITEMS, NEEDS_NOTHING, 1, "next negative that waits for a decision") \
  _(previous_waiting, "p", V_COMPARE | V_ITEMS, NEEDS_NOTHING, 0, "previous negative that waits")   \
  _(next_candidate, "]", V_COMPARE, NEEDS_NEGATIVE, 1, "next candidate of the item")               \
  _(previous_candidate, "[", V_COMPARE, NEEDS_NEGATIVE, 0, "previous candidate of the item")       \
  _(next_item, "J", V_COMPARE | V_PROMPT, NEEDS_ITEM, 0, "next item of the catalogue")                        \
  _(previous_item, "K", V_COMPARE | V_PROMPT, NEEDS_ITEM, 0, "previous item of the catalogue")                \
  _(fold, "z", V_COMPARE, NEEDS_ITEM, 1, "fold the pictures away, or show them")                   \
  _(prompt, "P", V_COMPARE | V_ITEMS, NEEDS_ITEM, 0, "the workbench: what is asked about the item, and what comes back") \
  _(ask, "g Enter", V_PROMPT, NEEDS_ITEM, 1, "ask: run the shown template on the item")            \
  _(ask_anew, "A", V_PROMPT, NEEDS_ITEM, 0, "ask again what was answered before; both answers are kept") \
  _(edit, "E", V_PROMPT, NEEDS_ITEM, 1, "edit the template in $VISUAL or $EDITOR, then run it")    \
  _(older_run, "[", V_PROMPT, NEEDS_RUN, 0, "the run before this one")                             \
  _(newer_run, "]", V_PROMPT, NEEDS_RUN, 1, "the run after this one")                              \
  _(mark, "m", V_PROMPT, NEEDS_RUN, 1, "mark this run, to compare others with it")                 \
  _(differ, "d", V_PROMPT, NEEDS_RUN, 1, "this run beside the marked one, word by word")           \
  _(versus, "V", V_PROMPT, NEEDS_ITEM, 1, "two versions or models over a sample of items: which is better?") \
  _(both_runs, "Enter d", V_VERSUS, NEEDS_ITEM, 1, "both runs on the item, word by word")          \
  _(start, "s", V_TRAIN, NEEDS_NOTHING, 1, "start a training run with the settings of the form")   \
  _(change, "Enter e", V_TRAIN, NEEDS_NOTHING, 1, "change the selected setting")                   \
  _(resume, "R", V_TRAIN, NEEDS_STOPPED_RUN, 1, "go on with a run that was stopped")                \
  _(stop, "x", V_TRAIN | V_JOBS | V_VERSUS, NEEDS_LIVE_RUN, 1, "stop it; what is done is kept")               \
  _(overlay, "m", V_TRAIN, NEEDS_RUN, 1, "lay the run's curves over those of others, or take them off") \
  _(figure, "c", V_TRAIN, NEEDS_RUN, 1, "another figure in the first chart: a part of the loss, NDCG") \
  _(log, "L", V_TRAIN, NEEDS_RUN, 1, "show what the run printed, or its curves again")              \
  _(delete, "D", V_TRAIN, NEEDS_ENDED_RUN, 1, "remove the run with all that it wrote; asks first")  \
  _(pane, "Tab", V_TRAIN | V_JOBS | V_PROMPT, NEEDS_NOTHING, 1, "go to the other pane")                       \
  _(items, "i", V_ALL, NEEDS_NOTHING, 0, "the items")                                              \
  _(train, "t", V_ALL, NEEDS_NOTHING, 1, "train and watch it")                                     \
  _(jobs, "o", V_ALL, NEEDS_NOTHING, 1, "generation jobs and exchanges with models")               \
  _(command, ":", V_ALL, NEEDS_NOTHING, 0, "type a command; Tab completes")                        \
  _(help, "? F1", V_ALL, NEEDS_NOTHING, 1, "all keys and commands")                                \
  _(cancel, "Esc", V_ALL, NEEDS_NOTHING, 0, "cancel what is under way, or go back")                \
  _(redraw, "C-l", V_ALL, NEEDS_NOTHING, 0, "draw the screen anew")                                \
  _(back, "q h Left", V_ALL, NEEDS_NOTHING, 1, "go back; leave from the items")                    \
  _(suspend, "C-z", V_ALL, NEEDS_NOTHING, 0, "step aside for the shell; fg comes back")            \
  _(quit, "Q C-c", V_ALL, NEEDS_NOTHING, 0, "leave")

enum action {
  ACTION_NONE,
#define ACTION_ENUM(name, keys, views, needs, footer, help) ACTION_##name,
  ACTIONS(ACTION_ENUM)
#undef ACTION_ENUM
  ACTION_COUNT
};

struct action_row {
  const char *name, *keys;
  unsigned views;
  enum need needs;
  bool in_footer;
  const char *help;
};
extern const struct action_row action_rows[ACTION_COUNT]; /* [0] is empty */
extern const char *const need_texts[]; /* "needs an item", by enum need */

/* Key codes: a character, or these. */
enum key_code {
  KEY_NONE,
  KEY_SPECIAL = 0x110000,
  K_UP, K_DOWN, K_LEFT, K_RIGHT, K_HOME, K_END, K_PAGE_UP, K_PAGE_DOWN, K_ENTER, K_ESC, K_TAB,
  K_BACKSPACE, K_DELETE, K_F1, K_RESIZE,
};

/* The key of a name ("Down", "C-l", "Esc", "x"); KEY_NONE when it is none. */
int key_named(const char *name, int size);
/* What the key does in a view. */
enum action action_of_key(int key, unsigned view);
enum action action_named(const char *name);
/* The first key of an action, as written in the table. *size gets its length. */
const char *action_key(enum action action, int *size);
/* The table as troff, for the manual. */
void actions_print_table(void);

#endif
