/* worker.h - the database, off the terminal's thread
 *
 * Two threads, each with its own connection: one reads (cancellable), one writes
 * (verdicts). A task's `work` runs there and touches nothing of the interface; its `done`
 * runs on the terminal's thread when the eventfd says so.
 * SPDX-License-Identifier: MIT */
#ifndef UI_WORKER_H
#define UI_WORKER_H

#include "media/decoder.h"
#include "store/store.h"

struct ui;
struct task;

/* Embed at the start of a struct of your own, which `free_it` frees (by default free()). */
struct task {
  void (*work)(struct task *task, struct store *store, struct decoder *decoder);
  void (*done)(struct task *task, struct ui *ui);
  void (*free_it)(struct task *task);
  struct task *next;
};

struct worker;

/* NULL with an error when the workspace cannot be opened. */
struct worker *worker_start(const char *workspace, struct err *err);
/* Waits for what is queued to be written; drops what would be read. */
void worker_stop(struct worker *worker);
int worker_fd(const struct worker *worker); /* readable when something is done */
void worker_read(struct worker *worker, struct task *task);
void worker_write(struct worker *worker, struct task *task);
/* Drop queued reads and stop the running one: its task still ends in done, with an error. */
void worker_cancel_reads(struct worker *worker);
/* Run done of all that is done. */
void worker_collect(struct worker *worker, struct ui *ui);
bool worker_is_idle(struct worker *worker);

#endif
