/* pty_run.h - the program in a terminal of its own, as a shell would run it
 *
 * A leader holds the session, the program runs as its foreground group: were the program
 * the leader, the kernel would put termios back at its end and hide what it left behind.
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_PTY_RUN_H
#define TESTS_PTY_RUN_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "base/buf.h"

struct pty {
  int master, slave;
  int said;            /* the leader says the program's pid, then how it ended */
  int hold;            /* the leader lives until this is closed */
  pid_t leader, program;
  int pidfd;           /* of the program */
  struct termios before;
  struct buf out;      /* all that the program wrote */
  size_t seen;         /* of out, by pty_until */
};

/* Start argv with $TERM and a screen of columns x rows. */
void pty_start(struct pty *pty, const char *term, int columns, int rows, const char *const argv[]);
/* Read until this text comes, after what was waited for before; fails the test when it does not. */
void pty_until(struct pty *pty, const char *text);
void pty_type(struct pty *pty, const char *keys);
void pty_resize(struct pty *pty, int columns, int rows);
/* Wait for the end; the wait status. */
int pty_end(struct pty *pty);
/* Does the terminal have the modes that it had before? */
bool pty_is_as_before(const struct pty *pty);
/* Wait until the program is stopped (SIGTSTP). */
void pty_until_stopped(struct pty *pty);
/* Close both sides, as a connection that breaks; then wait until the program is gone. */
void pty_hang_up(struct pty *pty);
void pty_close(struct pty *pty);

#endif
