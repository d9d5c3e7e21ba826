/* child.h - other programs, with pipes, limits and an end
 *
 * A child is started with posix pipes for any of its three streams; its pidfd can
 * be polled beside everything else; ending it is two signals at most.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_CHILD_H
#define BASE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

struct child {
  pid_t pid;
  int pidfd;          /* readable when it ended */
  int in, out, error; /* our ends of its stdin, stdout, stderr; -1 where not asked for */
};

enum child_flags {
  CHILD_PIPE_IN = 1,
  CHILD_PIPE_OUT = 2,
  CHILD_PIPE_ERR = 4,
  CHILD_NULL_IN = 8,    /* /dev/null for what has no pipe */
  CHILD_NULL_OUT = 16,
  CHILD_NULL_ERR = 32,
  CHILD_DETACH = 64,    /* a session of its own: survives a hang-up */
  CHILD_DIE_WITH_US = 128, /* SIGKILL when this process ends */
  CHILD_OUT_TO_ERR = 256,
  CHILD_NO_ENVIRONMENT = 512, /* none of our variables: argv[0] must be a path */
};

/* argv[0] is looked up on PATH when it has no slash. extra_fd (or -1) is kept open in the child
 * under the same number. Close-on-exec elsewhere; signal mask and dispositions are reset. */
bool child_start(struct child *child, const char *const argv[], unsigned flags, int extra_fd,
                 struct err *err);
/* Wait for the end; the exit status, or 128 + signal. Closes all that is open. */
int child_wait(struct child *child);
/* SIGTERM, and SIGKILL after grace_ms; then child_wait. */
int child_stop(struct child *child, int grace_ms);
/* Read a stream to its end (bounded by limit bytes); the caller frees; NUL-terminated. */
char *child_read_all(int fd, size_t limit, size_t *size);
/* The path of a program of ours: beside the running one, in the build tree, or in libexec. */
char *child_program(const char *name);

#endif
