/* editor.h - give the terminal to the person's editor, and take it back
 * SPDX-License-Identifier: MIT */
#ifndef UI_EDITOR_H
#define UI_EDITOR_H

#include "ui.h"

/* Edit a file with $VISUAL, else $EDITOR, else vi, and wait for its end. While it runs the interface stands
 * still; stopping the editor (Ctrl-Z) stops the interface with it, fg continues both. False when the editor
 * could not be started, or ended with a failure. */
bool editor_run(struct ui *ui, const char *path, struct err *err);

#endif
