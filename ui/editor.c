/* editor.c - see editor.h
 *
 * The editor runs in our process group, so that the shell sees one job. What the terminal sends to the
 * group meanwhile (Ctrl-C, Ctrl-Z) is the editor's; signals that end us wait until it ended.
 * SPDX-License-Identifier: MIT */
#include "editor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/mem.h"
#include "loop.h"
#include "terminal.h"

static const char *editor_name(void)
{
  const char *visual = getenv("VISUAL"), *editor = getenv("EDITOR");
  return visual && *visual ? visual : editor && *editor ? editor : "vi";
}

/* The status of its end. When it is stopped we stop, too, and go on with it. */
static int wait_for(pid_t pid)
{
  int status = 0;
  for (;;) {
    pid_t ended = waitpid(pid, &status, WUNTRACED);
    if (ended < 0 && errno == EINTR)
      continue;
    if (ended < 0 || !WIFSTOPPED(status))
      return ended < 0 ? 127 : WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    kill(getpid(), SIGSTOP);
    kill(pid, SIGCONT);
  }
}

bool editor_run(struct ui *ui, const char *path, struct err *err)
{
  char *command = mem_printf("exec %s \"$1\"", editor_name());
  const char *const argv[] = {"sh", "-c", command, "sh", path, NULL};
  struct child child;
  void (*on_quit)(int) = signal(SIGQUIT, SIG_IGN);
  if (!ui->is_script)
    term_suspend();
  bool ok = child_start(&child, argv, ui->is_script ? CHILD_NULL_IN | CHILD_NULL_OUT : 0, -1, err);
  if (ok) {
    int status = wait_for(child.pid);
    close(child.pidfd);
    ok = !status || err_set(err, EX_SOFTWARE, "the editor \"%s\" ended with status %d; what it "
                            "wrote waits in %s", editor_name(), status, path);
  }
  if (!ui->is_script) {
    loop_drop_signals(ui->loop);
    term_resume();
    term_resize();
  }
  signal(SIGQUIT, on_quit);
  ui->must_draw = true;
  free(command);
  return ok;
}
