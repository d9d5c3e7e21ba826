/* lint.h - what is wrong with a template, or will be on some server
 *
 * A template that does not parse is one finding. Of one that does: fields without which
 * it cannot work, a picture that it speaks of but does not send, and the parts of a reply
 * schema that servers drop without a word or refuse (measured of llama-server).
 * SPDX-License-Identifier: MIT */
#ifndef PROMPT_LINT_H
#define PROMPT_LINT_H

#include "prompt/template.h"

struct finding {
  char *text; /* "file:line:column: what" */
};

/* Findings for a template; the caller frees them. Their number. */
int template_lint(const char *workspace, const char *name, struct finding **findings);
/* "file:line:column: what" about byte `at` of a template; the caller frees. */
char *template_finding(const struct prompt_template *prompt, size_t at, const char *what);
void findings_free(struct finding *findings, int count);

#endif
