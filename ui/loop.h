/* loop.h - one poll: terminal, signals, worker, children, files that grow
 *
 * Nothing else sleeps. When nothing happens, nothing wakes: a timer runs only while a
 * change waits to be shown.
 * SPDX-License-Identifier: MIT */
#ifndef UI_LOOP_H
#define UI_LOOP_H

#include <stdbool.h>

#include "base/err.h"

struct ui;
struct loop;

struct loop *loop_new(struct ui *ui, struct err *err);
void loop_free(struct loop *loop);
/* Call back when fd is readable (or hung up). One watch a descriptor; forget it before it is closed. */
void loop_watch(struct loop *loop, int fd, void (*ready)(struct ui *ui, void *user), void *user);
void loop_forget(struct loop *loop, int fd);
/* Another program had the terminal: what was sent to it (Ctrl-C, Ctrl-Z) is forgotten; to be ended is
 * not. */
void loop_drop_signals(struct loop *loop);
/* Call ui_changed soon after files of this directory change. Watching twice is once. */
void loop_watch_directory(struct loop *loop, const char *path);
/* Turn until the interface is left. */
void loop_run(struct loop *loop);
/* One turn of at most timeout_ms (-1: until something happens). */
void loop_turn(struct loop *loop, int timeout_ms);

#endif
