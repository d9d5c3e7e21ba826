/* terminal.h - the terminal: taken, given back whole, whatever happens
 * SPDX-License-Identifier: MIT */
#ifndef UI_TERMINAL_H
#define UI_TERMINAL_H

#include "base/err.h"

/* Is there a terminal that can be used? EX_USAGE without one; EX_CONFIG with TERM=dumb, with a TERM that
 * is not described here, or below 40x10. */
bool term_check(struct err *err);
/* How many colours $TERM has; -1: it does not say, -2: there is no description of it. */
int term_colours(void);
/* Take it. */
bool term_start(struct err *err);
/* A screen without a terminal, for scripts: rows x columns of $NEGGEN_SCRIPT_TERM (xterm-256color). */
bool term_start_script(int columns, int rows, struct err *err);
void term_stop(void);
/* Leave it for a moment (SIGTSTP, an editor), and come back. */
void term_suspend(void);
void term_resume(void);
/* After SIGWINCH: take the new size over. False when it is too small to draw. */
bool term_resize(void);
/* The next key (enum key_code or a character), KEY_NONE when none is there. */
int term_key(void);

#endif
