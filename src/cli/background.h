/* background.h - a command goes on without its terminal, as a job that can be found again
 *
 * The process splits before anything is opened. The child makes its job, says its number
 * and prints to the job's log from then on; the parent prints the number and ends. What
 * goes wrong before is said on the terminal, with its exit status.
 * SPDX-License-Identifier: MIT */
#ifndef CLI_BACKGROUND_H
#define CLI_BACKGROUND_H

#include <sys/types.h>

#include "cli/cli.h"
#include "store/job.h"

struct background {
  bool is_child;
  pid_t child; /* for the parent */
  int pipe;    /* the child writes the id, the parent reads it */
};

bool background_start(struct background *background, struct err *err);
/* In the child: the job is there and locked. */
bool background_ready(struct background *background, struct job *job, struct err *err);
/* In the parent: wait until then, print {"job":ID} or ID; returns the exit status. */
int background_report(struct cli *cli, struct background *background);

#endif
