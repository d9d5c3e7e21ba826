/* schema.h - the tables of a workspace, and how older files become new ones
 *
 * Each database has a list of numbered steps; PRAGMA user_version says how many of
 * them a file has taken. A step is never edited once it was released: what changes
 * is a new step. A file with more steps than we know was made by a newer neggen.
 * SPDX-License-Identifier: MIT */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H

#include "store/sql.h"

struct schema {
  int application_id;       /* PRAGMA application_id: whose file it is */
  const char *const *steps; /* ends with NULL */
};

extern const struct schema work_schema, catalogue_schema;

int schema_version(const struct schema *schema); /* the number of steps */
/* Is it ours, and not newer? EX_DATAERR. *version gets its number of steps. */
bool schema_check(struct sql *sql, const struct schema *schema, const char *database, int *version,
                  struct err *err);
/* Take the steps that are missing, as one transaction. */
bool schema_migrate(struct sql *sql, const struct schema *schema, struct err *err);

#endif
