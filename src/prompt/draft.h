/* draft.h - a template while somebody edits it
 *
 * An editor works on WS/prompts/NAME.draft.prompt, a copy of the template as it is. What parses takes the
 * template's place in WS/prompts, whole; what does not stays as it was left, to be mended the
 * next time, and the template goes on as before. Former versions are kept (store/template_version.h).
 * SPDX-License-Identifier: MIT */
#ifndef PROMPT_DRAFT_H
#define PROMPT_DRAFT_H

#include "prompt/template.h"
#include "store/store.h"

/* The draft's path, made when there is none. The caller frees; NULL with an error. */
char *template_draft(const char *workspace, const char *name, struct err *err);
/* Let the draft take the template's place; *is_new: it differs from what was there. False: it does not
 * parse (file:line:column), or cannot be written; nothing changed then. */
bool template_adopt(struct store *store, const char *name, bool *is_new, struct err *err);
/* Keep the text of a template among the versions of the workspace. */
bool template_remember(struct store *store, const struct prompt_template *prompt, struct err *err);

#endif
