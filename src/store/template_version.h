/* template_version.h - the texts of templates that were used, by their hash
 *
 * A run of a template names the version that it ran (SHA-256 of the file); the text is kept, so that an
 * old run can be read, compared and repeated after the file was edited.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_TEMPLATE_VERSION_H
#define STORE_TEMPLATE_VERSION_H

#include "store/store.h"

struct template_version {
  char *hash, *name, *text; /* the whole file */
  int version;              /* as its front matter says */
  int64_t kept;             /* Unix seconds: when it was first used */
};

/* Nothing is written when it is kept already. */
bool template_version_keep(struct store *store, const char *hash, const char *name, int version,
                           const char *text, struct err *err);
/* The one version of this template whose hash begins like that. NULL: EX_NOINPUT when there is none, EX_USAGE
 * when there are several. */
struct template_version *template_version_find(struct store *store, const char *name,
                                               const char *beginning, struct err *err);
/* All versions of a template, newest first. */
bool template_versions_of(struct store *store, const char *name, struct template_version ***out,
                          int *count, struct err *err);
void template_version_free(struct template_version *version);
void template_versions_free(struct template_version **versions, int count);

#endif
