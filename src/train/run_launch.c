/* run_launch.c - a run from outside: what it can be asked for, its start, its stop, its removal
 * SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "model/model.h"
#include "sampler/sampler.h"
#include "train/run.h"

enum { LOG_TAIL = 8192 };

#define RUN_ROW(name, letter, type, operand, fallback, least, most, help)               \
  {#name, SETTING_##type, fallback, least, most,                                        \
   SETTING_##type == SETTING_CHOICE ? operand : NULL, help},
const struct setting_row run_options[] = {RUN_OPTIONS(RUN_ROW){0}};
const struct setting_row run_pace[] = {RUN_PACE(RUN_ROW){0}};

const struct setting_row *run_settings(const char *model)
{
  const struct model_ops *ops = model_named(model);
  return ops ? ops->settings : NULL;
}

void run_settings_follow(const char *model, struct settings *settings)
{
  const struct model_ops *ops = model_named(model);
  if (ops && ops->follow)
    ops->follow(settings);
}

const char *run_choice_help(const char *option, const char *choice)
{
  const struct model_ops *model = strcmp(option, "model") ? NULL : model_named(choice);
  const struct sampler_ops *sampler = strcmp(option, "sampler") ? NULL : sampler_named(choice);
  return model ? model->help : sampler ? sampler->help : NULL;
}

static bool is_among(const struct setting_row *rows, const char *name)
{
  for (; rows->name; rows++)
    if (!strcmp(rows->name, name))
      return true;
  return false;
}

static bool is_option(const char *name)
{
  return is_among(run_options, name) || is_among(run_pace, name);
}

static bool start(struct child *child, const char **words, int count, struct err *err)
{
  char *self = child_program("neggen");
  words[0] = self;
  words[count] = NULL;
  bool ok = child_start(child, words, CHILD_PIPE_OUT | CHILD_PIPE_ERR | CHILD_NULL_IN, -1, err);
  free(self);
  return ok;
}

bool run_launch(struct child *child, const char *workspace, const struct run_choice *choices,
                int count, struct err *err)
{
  const char **words = mem_zero(2 * (size_t)count + 8, sizeof *words);
  char **made = mem_zero((size_t)count + 1, sizeof *made);
  int n = 1;
  words[n++] = "train";
  words[n++] = "--detach";
  for (int k = 0; k < count; k++) {
    if (!*choices[k].value)
      continue;
    made[k] = is_option(choices[k].name)
                ? mem_printf("--%s=%s", choices[k].name, choices[k].value)
                : mem_printf("--set=%s=%s", choices[k].name, choices[k].value);
    words[n++] = made[k];
  }
  words[n++] = "--";
  words[n++] = workspace;
  bool ok = start(child, words, n, err);
  for (int k = 0; k < count; k++)
    free(made[k]);
  free(made);
  free(words);
  return ok;
}

bool run_relaunch(struct child *child, const char *workspace, const char *id, struct err *err)
{
  const char *words[] = {NULL, "train", "--detach", "--resume", id, "--", workspace, NULL};
  return start(child, words, 7, err);
}

bool run_stop(const char *workspace, const char *id, struct err *err)
{
  return job_stop(workspace, "runs", id, err);
}

/* Out of the list first, at once; then bit by bit. */
bool run_delete(const char *workspace, const char *id, struct err *err)
{
  struct job *job = job_take(workspace, "runs", id, err);
  if (!job)
    return false;
  char *gone = mem_printf("%s/runs/.deleted-%s", workspace, id);
  path_remove_tree(gone, NULL); /* of one that was broken off */
  bool ok = rename(job->dir, gone) == 0 ||
            err_errno(err, EX_CANTCREAT, "cannot remove %s", job->dir);
  job_close(job);
  ok = ok && path_remove_tree(gone, err);
  free(gone);
  return ok;
}

char *run_log_tail(const char *workspace, const char *id)
{
  char *path = mem_printf("%s/runs/%s/log", workspace, id), block[LOG_TAIL + 1];
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  free(path);
  if (fd < 0)
    return NULL;
  off_t size = lseek(fd, 0, SEEK_END), from = size > LOG_TAIL ? size - LOG_TAIL : 0;
  ssize_t n = pread(fd, block, LOG_TAIL, from);
  close(fd);
  block[n > 0 ? n : 0] = '\0';
  const char *start = from > 0 ? strchr(block, '\n') : NULL; /* the first line may have been cut */
  return mem_strdup(start ? start + 1 : block);
}
