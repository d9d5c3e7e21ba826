/* generation.h - templates under way: a child process that says what it does
 *
 * The interface starts `neggen generate WS ITEM --events` and reads its event lines from
 * a pipe in the loop. Esc ends it.
 * SPDX-License-Identifier: MIT */
#ifndef UI_GENERATION_H
#define UI_GENERATION_H

#include "ui.h"

/* templates: "describe,mask,complete" or one of them. */
bool generation_start(struct ui *ui, const char *item, const char *templates, struct err *err);
/* For all items, detached: it survives the interface and is found again among the jobs. */
bool generation_start_all(struct ui *ui, struct err *err);
void generation_cancel(struct ui *ui);
void generation_end(struct ui *ui); /* at once, without a word: the interface is left */
/* "describe 2.1 s", or NULL when nothing is under way. */
const char *generation_state(const struct ui *ui, const char **item);

#endif
