/* pty_run.c - see pty_run.h
 * SPDX-License-Identifier: MIT */
#include "unit.h"

#include "pty_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

/* A test that hangs ends here. */
enum { PATIENCE_MS = 20000 };

static void run_program(int slave, const char *term, const char *const argv[])
{
  setpgid(0, 0);
  signal(SIGTTOU, SIG_IGN);
  tcsetpgrp(slave, getpid());
  signal(SIGTTOU, SIG_DFL);
  for (int fd = 0; fd < 3; fd++)
    dup2(slave, fd);
  setenv("TERM", term, 1);
  setenv("LC_ALL", "C.UTF-8", 1);
  unsetenv("LINES");
  unsetenv("COLUMNS");
  execv(argv[0], (char *const *)(size_t)argv);
  _exit(127);
}

static void lead(struct pty *pty, int say, int held, const char *term, const char *const argv[])
{
  int status;
  char byte;
  close(pty->master);
  setsid();
  ioctl(pty->slave, TIOCSCTTY, 0);
  pid_t program = fork();
  if (program == 0)
    run_program(pty->slave, term, argv);
  if (write(say, &program, sizeof program) != sizeof program)
    _exit(1);
  while (waitpid(program, &status, 0) < 0 && errno == EINTR)
    ;
  if (write(say, &status, sizeof status) != sizeof status)
    _exit(1);
  while (read(held, &byte, 1) < 0 && errno == EINTR)
    ;
  _exit(0);
}

void pty_start(struct pty *pty, const char *term, int columns, int rows, const char *const argv[])
{
  struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
  int say[2], hold[2];
  *pty = (struct pty){.master = -1};
  assert_int_equal(openpty(&pty->master, &pty->slave, NULL, NULL, &size), 0);
  fcntl(pty->master, F_SETFD, FD_CLOEXEC);
  fcntl(pty->slave, F_SETFD, FD_CLOEXEC);
  assert_int_equal(pipe2(say, O_CLOEXEC), 0);
  assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
  tcgetattr(pty->slave, &pty->before);
  pty->leader = fork();
  if (pty->leader == 0) {
    close(hold[1]);
    close(say[0]);
    lead(pty, say[1], hold[0], term, argv);
  }
  close(say[1]);
  close(hold[0]);
  pty->said = say[0];
  pty->hold = hold[1];
  assert_int_equal(read(pty->said, &pty->program, sizeof pty->program), sizeof pty->program);
  pty->pidfd = (int)syscall(SYS_pidfd_open, pty->program, 0);
  buf_str(&pty->out, "");
}

/* The end of what it wrote. */
static const char *newest(const struct pty *pty)
{
  return pty->out.data + (pty->out.size > 700 ? pty->out.size - 700 : 0);
}

/* One wait for output or for `fd`; true when fd is readable. */
static bool wait_for(struct pty *pty, int fd, int64_t end)
{
  char block[4096];
  int left = (int)((end - clock_ns()) / 1000000);
  struct pollfd fds[2] = {{.fd = pty->master, .events = POLLIN}, {.fd = fd, .events = POLLIN}};
  if (left <= 0 || poll(fds, 2, left) <= 0)
    fail_msg("nothing more after: %s", newest(pty));
  if (fds[0].revents & POLLIN) {
    ssize_t size = read(pty->master, block, sizeof block);
    if (size > 0)
      buf_add(&pty->out, block, (size_t)size);
    return false;
  }
  return fds[1].revents != 0;
}

void pty_until(struct pty *pty, const char *text)
{
  int64_t end = clock_ns() + (int64_t)PATIENCE_MS * 1000000;
  char *at;
  while (!(at = memmem(pty->out.data + pty->seen, pty->out.size - pty->seen, text, strlen(text))))
    if (wait_for(pty, pty->pidfd, end))
      fail_msg("ended without \"%s\": %s", text, newest(pty));
  pty->seen = (size_t)(at - pty->out.data) + strlen(text);
}

void pty_type(struct pty *pty, const char *keys)
{
  assert_int_equal(write(pty->master, keys, strlen(keys)), strlen(keys));
}

void pty_resize(struct pty *pty, int columns, int rows)
{
  struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
  ioctl(pty->master, TIOCSWINSZ, &size);
}

int pty_end(struct pty *pty)
{
  int64_t end = clock_ns() + (int64_t)PATIENCE_MS * 1000000;
  int status = -1;
  while (!wait_for(pty, pty->said, end))
    ;
  assert_int_equal(read(pty->said, &status, sizeof status), sizeof status);
  return status;
}

bool pty_is_as_before(const struct pty *pty)
{
  struct termios now;
  tcgetattr(pty->slave, &now);
  return now.c_iflag == pty->before.c_iflag && now.c_oflag == pty->before.c_oflag &&
         now.c_cflag == pty->before.c_cflag && now.c_lflag == pty->before.c_lflag;
}

void pty_until_stopped(struct pty *pty)
{
  int64_t end = clock_ns() + (int64_t)PATIENCE_MS * 1000000;
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/stat", (int)pty->program);
  for (char state = 0; state != 'T'; sched_yield()) {
    FILE *file = fopen(path, "r");
    if (!file || !fgets(line, sizeof line, file) || clock_ns() > end)
      fail_msg("it does not stop");
    fclose(file);
    state = strrchr(line, ')')[2];
  }
}

void pty_hang_up(struct pty *pty)
{
  struct pollfd fd = {.fd = pty->pidfd, .events = POLLIN};
  close(pty->master);
  close(pty->slave);
  pty->master = pty->slave = -1;
  if (poll(&fd, 1, PATIENCE_MS) != 1)
    fail_msg("it lives on without a terminal");
}

void pty_close(struct pty *pty)
{
  int status;
  close(pty->hold);
  close(pty->said);
  close(pty->pidfd);
  if (pty->master >= 0)
    close(pty->master);
  if (pty->slave >= 0)
    close(pty->slave);
  waitpid(pty->leader, &status, 0);
  buf_free(&pty->out);
}
