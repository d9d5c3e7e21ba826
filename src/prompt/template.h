/* template.h - prompt templates: files with a front matter, rendered for an item
 *
 * describe -> mask -> complete. A file is looked for in WS/prompts first, then where
 * neggen is installed. Front matter (name, version, inputs, schema, max_tokens,
 * temperature), then `system` and `user` parts with {{field}}. A template that does not
 * parse is refused with file:line:column.
 * SPDX-License-Identifier: MIT */
#ifndef PROMPT_TEMPLATE_H
#define PROMPT_TEMPLATE_H

#include "base/buf.h"
#include "base/err.h"

enum { TEMPLATE_COUNT = 3 };
extern const char *const template_names[TEMPLATE_COUNT];

struct prompt_template {
  char *name, *path;
  char hash[65]; /* SHA-256 of the file */
  int version, max_tokens;
  double temperature;
  char *system, *user; /* bodies, unrendered */
  char *schema;        /* the reply schema's JSON text */
};

/* The known {{fields}} with one line of help each; rows of one table. */
struct prompt_field {
  const char *name, *help;
};
extern const struct prompt_field prompt_fields[]; /* ends with a NULL name */

/* workspace may be NULL. */
struct prompt_template *template_load(const char *workspace, const char *name, struct err *err);
void template_free(struct prompt_template *prompt);

#endif
