/* event_child.h - a command of ours as a child that says what it does, a JSON object a line
 *
 * It answers with the session's settings; the server's key goes through a pipe of its own. Its lines
 * are read in the loop; when it ends, its last words are handed over.
 * SPDX-License-Identifier: MIT */
#ifndef UI_EVENT_CHILD_H
#define UI_EVENT_CHILD_H

#include "base/child.h"
#include "base/json.h"
#include "ui.h"

struct event_child;

struct event_listener {
  void (*event)(struct ui *ui, void *user, const cJSON *event);
  /* It ended with this status; complaint: the first line of its stderr, "" without one. The child is gone
   * afterwards. */
  void (*end)(struct ui *ui, void *user, int status, const char *complaint);
};

/* words: the command and its options; operands: what stands behind them; both end with NULL.
 * NULL on failure. */
struct event_child *event_child_start(struct ui *ui, const char *const words[],
                                      const char *const operands[],
                                      const struct event_listener *listener, void *user,
                                      struct err *err);
/* Kill it: it holds no lock that would stay, and its writes are whole. Its end is still told. */
void event_child_kill(struct event_child *child);
/* At once and without a word: the interface is left. NULL is fine. */
void event_child_drop(struct ui *ui, struct event_child *child);

/* The same command detached, so that it survives the interface: waits until it said its number, which is
 * returned. The caller frees; NULL on failure. */
char *session_detach(struct ui *ui, const char *const words[], const char *const operands[],
                     struct err *err);

#endif
