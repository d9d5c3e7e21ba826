/* format.h - how a format finds its files
 * SPDX-License-Identifier: MIT */
#ifndef DATA_FORMAT_H
#define DATA_FORMAT_H

#include "data/source.h"

/* Paths, owned; NULL where there is none. */
struct source_files {
  char *interactions, *items, *images;
};

bool source_recbole(struct source_files *files, const struct source_request *request,
                    struct err *err);

#endif
