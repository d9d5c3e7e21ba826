/* embed_server.h - `embed --encoder URL`: texts of items and negatives through a server
 * SPDX-License-Identifier: MIT */
#ifndef CLI_EMBED_SERVER_H
#define CLI_EMBED_SERVER_H

#include "cli/cli.h"
#include "store/item.h"

/* Make the rows of a modality by the server at --encoder and keep them as given ones. Text: the documents; image:
 * the descriptions that were generated, on both sides. Progress goes to stderr. */
bool embed_by_server(struct cli *cli, struct store *store, enum modality modality, struct err *err);

#endif
