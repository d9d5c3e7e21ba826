/* generation.h - one run of `generate`: what was asked for, what happens, how it went
 *
 * generate.c reads the command line and runs it, generate_events.c tells what happens while it happens,
 * generate_report.c how it went.
 * SPDX-License-Identifier: MIT */
#ifndef CLI_GENERATION_H
#define CLI_GENERATION_H

#include "cli/cli.h"
#include "cli/server.h"
#include "gen/bulk.h"
#include "store/job.h"

/* Why candidates failed, counted: the check that failed first, or the failure itself. */
struct reason {
  char *name, *example;
  int64_t count;
};

struct generation {
  struct cli *cli;
  const char *workspace;
  struct server server;
  struct bulk_options bulk;
  struct bulk_totals totals;
  struct account account; /* of what is asked of a server */
  struct job *job; /* or NULL */
  bool has_events, is_stdout_gone;
  int64_t last_id; /* of the candidate made last */
  bool is_last_draft;
  struct reason *reasons;
  int reason_count, reason_room;
  struct progress progress;
};

/* generate_events.c */
cJSON *generation_event(const char *name); /* {"event":name}; the caller adds to it and emits it */
/* A line on stdout, and one in the job's directory; the event is deleted. */
void generation_emit(struct generation *g, cJSON *event, bool is_for_job);
bulk_listener generation_on_event; /* its user is the generation */

/* generate_report.c */
/* Totals, tokens and cost, added to json, which is returned. */
cJSON *generation_summary(const struct generation *g, cJSON *json, bool is_stopped);
/* Print how it went, as asked for; returns the exit status of printing. */
int generation_report(struct generation *g, bool is_stopped);
/* The exit status of a run that came to its end: when nothing at all came of it, that says why. */
int generation_status(struct generation *g, bool is_stopped);

#endif
