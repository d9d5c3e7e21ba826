/* child.c - see child.h
 * SPDX-License-Identifier: MIT */
#include "base/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"

/* What the child does between fork and exec: only async-signal-safe calls. */
static _Noreturn void child_main(const char *const argv[], const int fds[3], unsigned flags,
                                 int extra_fd, pid_t parent, int report)
{
  struct sigaction plain = {.sa_handler = SIG_DFL};
  for (int s = 1; s < NSIG; s++)
    sigaction(s, &plain, NULL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (flags & CHILD_DETACH)
    setsid();
  if (flags & CHILD_DIE_WITH_US) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
      _exit(127);
  }
  for (int k = 0; k < 3; k++)
    if (fds[k] >= 0 && dup2(fds[k], k) < 0)
      _exit(127);
  if (flags & CHILD_OUT_TO_ERR)
    dup2(STDERR_FILENO, STDOUT_FILENO);
  if (extra_fd >= 0)
    fcntl(extra_fd, F_SETFD, 0);
  static char *no_environment[] = {NULL};
  if (flags & CHILD_NO_ENVIRONMENT)
    environ = no_environment;
  execvp(argv[0], (char *const *)(size_t)argv);
  int failure = errno;
  ssize_t ignored = write(report, &failure, sizeof failure);
  (void)ignored;
  _exit(127);
}

static void close_if(int *fd)
{
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

/* Make theirs[k] (the child's end) and ours[k] for each stream. Pipe ends are kept above 2. */
static bool open_streams(unsigned flags, int theirs[3], int ours[3], struct err *err)
{
  for (int k = 0; k < 3; k++) {
    if (flags & ((unsigned)CHILD_PIPE_IN << k)) {
      int ends[2];
      if (pipe2(ends, O_CLOEXEC) != 0)
        return err_errno(err, EX_OSERR, "cannot make a pipe");
      theirs[k] = ends[k == 0 ? 0 : 1];
      ours[k] = ends[k == 0 ? 1 : 0];
    } else if (flags & ((unsigned)CHILD_NULL_IN << k)) {
      theirs[k] = open("/dev/null", O_RDWR | O_CLOEXEC);
      if (theirs[k] < 0)
        return err_errno(err, EX_OSERR, "cannot open /dev/null");
    }
  }
  return true;
}

bool child_start(struct child *child, const char *const argv[], unsigned flags, int extra_fd,
                 struct err *err)
{
  int theirs[3] = {-1, -1, -1}, ours[3] = {-1, -1, -1}, report[2] = {-1, -1};
  bool ok = false;
  *child = (struct child){.pid = -1, .pidfd = -1, .in = -1, .out = -1, .error = -1};
  if (!open_streams(flags, theirs, ours, err))
    goto out;
  if (pipe2(report, O_CLOEXEC) != 0) {
    err_errno(err, EX_OSERR, "cannot make a pipe");
    goto out;
  }
  pid_t parent = getpid();
  child->pid = fork();
  if (child->pid < 0) {
    err_errno(err, EX_OSERR, "cannot start %s", argv[0]);
    goto out;
  }
  if (child->pid == 0)
    child_main(argv, theirs, flags, extra_fd, parent, report[1]);
  close_if(&report[1]);
  child->pidfd = (int)syscall(SYS_pidfd_open, child->pid, 0);
  int failure = 0;
  if (read(report[0], &failure, sizeof failure) == (ssize_t)sizeof failure) {
    waitpid(child->pid, NULL, 0);
    close_if(&child->pidfd);
    errno = failure;
    err_errno(err, EX_OSERR, "cannot start %s", argv[0]);
    goto out;
  }
  child->in = ours[0];
  child->out = ours[1];
  child->error = ours[2];
  ours[0] = ours[1] = ours[2] = -1;
  ok = true;
out:
  for (int k = 0; k < 3; k++) {
    close_if(&theirs[k]);
    close_if(&ours[k]);
  }
  close_if(&report[0]);
  close_if(&report[1]);
  return ok;
}

static int status_of(int status)
{
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void close_all(struct child *child)
{
  close_if(&child->pidfd);
  close_if(&child->in);
  close_if(&child->out);
  close_if(&child->error);
  child->pid = -1;
}

int child_wait(struct child *child)
{
  int status = 0;
  while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
    ;
  close_all(child);
  return status_of(status);
}

int child_stop(struct child *child, int grace_ms)
{
  kill(child->pid, SIGTERM);
  struct pollfd end = {.fd = child->pidfd, .events = POLLIN};
  if (child->pidfd < 0 || poll(&end, 1, grace_ms) == 0)
    kill(child->pid, SIGKILL);
  return child_wait(child);
}

char *child_read_all(int fd, size_t limit, size_t *size)
{
  struct buf buf = {0};
  char block[8192];
  ssize_t n;
  while (buf.size < limit && ((n = read(fd, block, sizeof block)) > 0 || (n < 0 && errno == EINTR)))
    if (n > 0)
      buf_add(&buf, block, (size_t)n);
  if (size)
    *size = buf.size;
  return buf_take(&buf);
}

char *child_program(const char *name)
{
  char *self = path_self_dir();
  const char *tries[] = {"", "../", "../../"};
  for (size_t k = 0; k < COUNT_OF(tries); k++) {
    char *path = mem_printf("%s/%s%s", self, tries[k], name);
    if (access(path, X_OK) == 0 && path_is_file(path)) {
      free(self);
      return path;
    }
    free(path);
  }
  free(self);
  return path_join(LIBEXECDIR, name);
}
