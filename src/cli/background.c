/* background.c - see background.h
 * SPDX-License-Identifier: MIT */
#include "cli/background.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/priority.h"

enum { NICE = 10, ID_MAX = 64 };

bool background_start(struct background *background, struct err *err)
{
  int ends[2];
  fflush(stdout);
  fflush(stderr);
  if (pipe2(ends, O_CLOEXEC) != 0)
    return err_errno(err, EX_OSERR, "cannot make a pipe");
  pid_t pid = fork();
  if (pid < 0) {
    close(ends[0]);
    close(ends[1]);
    return err_errno(err, EX_OSERR, "cannot go on in the background");
  }
  *background = (struct background){.is_child = pid == 0, .child = pid, .pipe = ends[pid == 0]};
  close(ends[pid != 0]);
  if (pid)
    return true;
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  setsid();
  if (null >= 0)
    dup2(null, STDIN_FILENO);
  if (null > STDERR_FILENO)
    close(null);
  priority_lower(NICE);
  return true;
}

bool background_ready(struct background *background, struct job *job, struct err *err)
{
  if (!job_print_to_log(job, err))
    return false;
  size_t size = strlen(job->id);
  bool ok = write(background->pipe, job->id, size) == (ssize_t)size;
  close(background->pipe);
  return ok || err_set(err, EX_OSERR, "nobody waits for the job's number");
}

int background_report(struct cli *cli, struct background *background)
{
  size_t size;
  int status = 0;
  char *id = child_read_all(background->pipe, ID_MAX, &size);
  close(background->pipe);
  if (!size) { /* it ended before it had a job, and said why */
    waitpid(background->child, &status, 0);
    status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  } else if (cli->is_json) {
    cJSON *object = cJSON_CreateObject();
    json_add_str(object, "job", id);
    status = cli_print_json(object);
  } else {
    puts(id);
  }
  free(id);
  return status;
}
