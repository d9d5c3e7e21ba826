/* matrices.h - the feature matrices of an import: checked before, written after the tables
 * SPDX-License-Identifier: MIT */
#ifndef CLI_MATRICES_H
#define CLI_MATRICES_H

#include "base/json.h"
#include "data/source.h"
#include "encode/given.h"

struct matrices {
  struct {
    const char *path, *negatives; /* of the source; NULL: none */
    struct given *given;
  } of[MODALITIES];
};

/* Read the matrices of a source for the items that the workspace will have after it. Names that say
 * nothing, and rows that fit no item, are EX_DATAERR. To be freed in any case. */
bool matrices_read(struct matrices *matrices, const struct source *source, const char *workspace,
                   bool is_replacing, struct err *err);
/* Into the workspace, whose tables are imported. */
bool matrices_write(const struct matrices *matrices, const char *workspace, struct err *err);
void matrices_free(struct matrices *matrices);

void matrices_print(const struct matrices *matrices);
void matrices_json(const struct matrices *matrices, cJSON *json);

#endif
