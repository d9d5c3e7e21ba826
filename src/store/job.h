/* job.h - work that outlives the interface: a numbered directory, a lock, a list of events
 *
 * A training run lives in WS/runs/ID, a bulk generation in WS/jobs/ID. Each is a process
 * of its own; all that others know of it stands in its directory:
 *   config.json   what was asked for, written before the work begins
 *   lock          locked by the process at work, whose pid it holds
 *   events.jsonl  a JSON object a line: {"event":"start",...}, ..., and at last "end", "stopped"
 *                 or "error"
 *   log           what it printed, when it runs in the background
 * A killed process loses its lock, so that nothing here can claim to run when it does not.
 * The lock is of the open file (F_OFD_SETLK): asking who holds it takes nothing.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_JOB_H
#define STORE_JOB_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

struct job {
  char *dir, *id;        /* WS/kind/id, "7" */
  int lock_fd, event_fd; /* for us */
};

/* Make WS/kind/ID with the next free number, locked, config.json in it (config stays the
 * caller's). kind: "runs" or "jobs". NULL on failure. */
struct job *job_create(const char *workspace, const char *kind, const cJSON *config,
                       struct err *err);
/* Go on with one that is there: takes its lock; a line cut short by a crash is taken off the
 * events. EX_NOINPUT: there is none; EX_BUSY: another process is at it. NULL on failure. */
struct job *job_take(const char *workspace, const char *kind, const char *id, struct err *err);
/* Append an event; "time" (Unix seconds) is added and the object deleted. Whole lines only. */
bool job_event(struct job *job, cJSON *event, struct err *err);
/* From now on what this process prints goes to the log. */
bool job_print_to_log(struct job *job, struct err *err);
/* The path of a file in its directory; the caller frees. */
char *job_path(const struct job *job, const char *name);
/* Unlock and free; NULL is fine. */
void job_close(struct job *job);

/* What anybody can see. */
enum job_state { JOB_RUNNING, JOB_STOPPED, JOB_DONE, JOB_FAILED, JOB_STATES };
extern const char *const job_state_names[JOB_STATES]; /* "running", "stopped", "done", "failed" */

struct job_info {
  char *id;
  enum job_state state; /* a process that was killed has state JOB_STOPPED */
  pid_t pid;            /* of the process at work, or 0 */
  cJSON *config;        /* never NULL; an empty object when it cannot be read */
  cJSON *last;          /* the newest event, or NULL */
};
/* EX_NOINPUT when there is no such one. */
bool job_look(const char *workspace, const char *kind, const char *id, struct job_info *info,
              struct err *err);
void job_info_free(struct job_info *info);
/* Ids in ascending order; none when the directory is not there. Free each and the array. */
char **job_ids(const char *workspace, const char *kind, int *count);
/* Ask the process at work to stop and keep what it has (SIGTERM). Nothing to do: still true. */
bool job_stop(const char *workspace, const char *kind, const char *id, struct err *err);

/* The events so far, then those that are added: start with job_tail_open, then take events until
 * NULL, and again when the file has grown. A bad line is skipped and counted. */
struct job_tail {
  char *path;
  int64_t offset;     /* of the first byte that was not read */
  struct buf pending; /* read, not yet taken */
  size_t taken;
  int bad_lines;
};
void job_tail_open(struct job_tail *tail, const char *workspace, const char *kind, const char *id);
cJSON *job_tail_next(struct job_tail *tail); /* the caller deletes */
void job_tail_close(struct job_tail *tail);

#endif
