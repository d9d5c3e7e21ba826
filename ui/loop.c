/* loop.c - see loop.h
 * SPDX-License-Identifier: MIT */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "terminal.h"
#include "ui.h"

/* Changes of files are shown at most ten times a second, and not on the heels of a key: what it
 * asked for is to stand still first. Whoever types on and on sees them a little later. */
enum { SETTLE_NS = 100000000, CALM_NS = 15000000, LATEST_NS = 300000000 };

struct watch {
  int fd;
  void (*ready)(struct ui *ui, void *user);
  void *user;
};

struct loop {
  struct ui *ui;
  int signals, inotify;
  struct watch *watches;
  int watch_count, watch_room;
  int64_t changed_ns; /* when a file changed that is not shown yet; 0: none */
  bool in_rows;       /* a database among them */
  int64_t keyed_ns;   /* when the last key came */
};

struct loop *loop_new(struct ui *ui, struct err *err)
{
  static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT};
  sigset_t set;
  sigemptyset(&set);
  for (size_t k = 0; k < COUNT_OF(caught); k++)
    sigaddset(&set, caught[k]);
  sigprocmask(SIG_BLOCK, &set, NULL);
  struct loop *loop = mem_zero(1, sizeof *loop);
  loop->ui = ui;
  loop->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  loop->inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
  if (loop->signals >= 0 && loop->inotify >= 0)
    return loop;
  err_errno(err, EX_OSERR, "cannot wait for events");
  loop_free(loop);
  return NULL;
}

void loop_free(struct loop *loop)
{
  if (!loop)
    return;
  if (loop->signals >= 0)
    close(loop->signals);
  if (loop->inotify >= 0)
    close(loop->inotify);
  free(loop->watches);
  free(loop);
}

void loop_watch(struct loop *loop, int fd, void (*ready)(struct ui *ui, void *user), void *user)
{
  VEC_PUSH(loop->watches, loop->watch_count, loop->watch_room) = (struct watch){fd, ready, user};
}

void loop_forget(struct loop *loop, int fd)
{
  for (int k = 0; k < loop->watch_count; k++)
    if (loop->watches[k].fd == fd) {
      loop->watches[k] = loop->watches[--loop->watch_count];
      return;
    }
}

void loop_watch_directory(struct loop *loop, const char *path)
{
  inotify_add_watch(loop->inotify, path,
                    IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_DELETE);
}

void loop_drop_signals(struct loop *loop)
{
  struct signalfd_siginfo info;
  while (read(loop->signals, &info, sizeof info) == (ssize_t)sizeof info)
    if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGHUP) {
      loop->ui->is_quitting = true;
      loop->ui->exit_status = 128 + (int)info.ssi_signo;
    }
}

static void take_signals(struct loop *loop)
{
  struct signalfd_siginfo info;
  struct ui *ui = loop->ui;
  while (read(loop->signals, &info, sizeof info) == (ssize_t)sizeof info) {
    switch (info.ssi_signo) {
    case SIGWINCH:
      term_resize();
      ui->must_draw = true;
      break;
    case SIGTSTP:
      term_suspend();
      kill(getpid(), SIGSTOP);
      term_resume();
      ui->must_draw = true;
      break;
    case SIGCONT:
      term_resume();
      ui->must_draw = true;
      break;
    default: /* leaving drains what was decided */
      ui->is_quitting = true;
      ui->exit_status = info.ssi_signo == SIGINT ? EX_INTERRUPT : 128 + (int)info.ssi_signo;
    }
  }
}

/* Files of the database that only readers touch say nothing new. */
static bool is_news(const char *name)
{
  size_t size = strlen(name);
  return size < 4 || strcmp(name + size - 4, "-shm");
}

static bool is_database(const char *name)
{
  return !strncmp(name, "work.db", 7) || !strncmp(name, "catalogue.db", 12);
}

static void take_changes(struct loop *loop)
{
  _Alignas(struct inotify_event) char block[4096];
  ssize_t size;
  while ((size = read(loop->inotify, block, sizeof block)) > 0)
    for (char *p = block; p < block + size;) {
      const struct inotify_event *event = (const struct inotify_event *)(void *)p;
      bool is_shown = !event->len || is_news(event->name);
      if (is_shown && !loop->changed_ns)
        loop->changed_ns = clock_ns();
      loop->in_rows |= is_shown && (!event->len || is_database(event->name));
      p += sizeof *event + event->len;
    }
}

static void take_keys(struct loop *loop)
{
  struct ui *ui = loop->ui;
  loop->keyed_ns = clock_ns();
  for (int key; !ui->is_quitting && (key = term_key()) != KEY_NONE;)
    ui_key(ui, key);
}

/* When what changed is to be shown. */
static int64_t due_ns(const struct loop *loop)
{
  int64_t due = loop->changed_ns + SETTLE_NS, calm = loop->keyed_ns + CALM_NS,
          latest = loop->changed_ns + LATEST_NS;
  due = due < calm ? calm : due;
  return due < latest ? due : latest;
}

static int time_left(const struct loop *loop, int timeout_ms)
{
  if (!loop->changed_ns)
    return timeout_ms;
  int64_t left = (due_ns(loop) - clock_ns()) / 1000000 + 1;
  left = left < 0 ? 0 : left;
  return timeout_ms < 0 || left < timeout_ms ? (int)left : timeout_ms;
}

static void call_watches(struct loop *loop, const struct pollfd *fds, int count)
{
  for (int k = 0; k < count; k++) {
    if (!fds[k].revents)
      continue;
    for (int w = 0; w < loop->watch_count; w++) /* a callback may forget others */
      if (loop->watches[w].fd == fds[k].fd) {
        loop->watches[w].ready(loop->ui, loop->watches[w].user);
        break;
      }
  }
}

void loop_turn(struct loop *loop, int timeout_ms)
{
  struct ui *ui = loop->ui;
  int count = 0, first_watch = 4;
  struct pollfd *fds = mem_zero((size_t)loop->watch_count + 4, sizeof *fds);
  fds[count++] = (struct pollfd){.fd = ui->is_script ? -1 : STDIN_FILENO, .events = POLLIN};
  fds[count++] = (struct pollfd){.fd = loop->signals, .events = POLLIN};
  fds[count++] = (struct pollfd){.fd = worker_fd(ui->worker), .events = POLLIN};
  fds[count++] = (struct pollfd){.fd = loop->inotify, .events = POLLIN};
  for (int k = 0; k < loop->watch_count; k++)
    fds[count++] = (struct pollfd){.fd = loop->watches[k].fd, .events = POLLIN};
  int ready = poll(fds, (nfds_t)count, time_left(loop, timeout_ms));
  if (ready > 0) {
    if (fds[1].revents)
      take_signals(loop);
    if (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL))
      ui->is_quitting = true;
    if (fds[0].revents & POLLIN)
      take_keys(loop);
    if (fds[2].revents)
      worker_collect(ui->worker, ui);
    if (fds[3].revents)
      take_changes(loop);
    call_watches(loop, fds + first_watch, count - first_watch);
  }
  free(fds);
  if (loop->changed_ns && clock_ns() >= due_ns(loop)) {
    bool in_rows = loop->in_rows;
    loop->changed_ns = 0;
    loop->in_rows = false;
    ui_changed(ui, in_rows);
  }
}

void loop_run(struct loop *loop)
{
  struct ui *ui = loop->ui;
  while (!ui->is_quitting) {
    if (ui->must_draw)
      ui_draw(ui);
    loop_turn(loop, -1);
  }
}
