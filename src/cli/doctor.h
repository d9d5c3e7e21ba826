/* doctor.h - findings of `doctor`: a line each, with what to do
 * SPDX-License-Identifier: MIT */
#ifndef CLI_DOCTOR_H
#define CLI_DOCTOR_H

#include "cli/server.h"

enum health { HEALTH_GOOD, HEALTH_NOTE, HEALTH_BAD };

struct doctor {
  struct cli *cli;
  cJSON *findings; /* as printed, for --json */
  int bad;
};

/* Tell a finding. advice: what to do about it, or NULL. */
void doctor_say(struct doctor *doctor, enum health health, const char *name, const char *advice,
                const char *format, ...) __attribute__((format(printf, 5, 6)));

/* doctor_server.c: everything about the server of the options; model may be NULL: the first that it lists. */
void doctor_server(struct doctor *doctor, const struct server *server);

#endif
