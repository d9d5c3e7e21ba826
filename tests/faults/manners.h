/* manners.h - how the test server behaves, by the name of the model that is asked for
 * SPDX-License-Identifier: MIT */
#ifndef TESTS_MANNERS_H
#define TESTS_MANNERS_H

#include "speak.h"

typedef enum MHD_Result answer_fn(struct MHD_Connection *connection, const struct heard *heard);

struct manner {
  const char *model;
  answer_fn *answer;
  bool is_in_probe; /* it is so too when it is probed */
  const char *owner; /* "llamacpp": it passes for llama-server; NULL: "tests" */
};
extern const struct manner manners[]; /* ends with a NULL model */

/* "NAME@mask" misbehaves in that template only and is good in the others. NULL: no such model. */
answer_fn *manner_of(const struct heard *heard);
/* The manner of a name, without the template; NULL: none. */
const struct manner *manner_named(const char *model);

#endif
