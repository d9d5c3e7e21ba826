/* pictures.h - find, decode and measure the pictures of a source
 * SPDX-License-Identifier: MIT */
#ifndef DATA_PICTURES_H
#define DATA_PICTURES_H

#include "data/import.h"

/* The files of a folder by the item they belong to: NAME.jpg is the picture of item NAME. */
struct picture_files {
  char *folder;       /* absolute */
  struct intern stems; /* file names without their ending */
  char **names;       /* [stems.count] whole names */
  bool *is_used;
};

bool picture_files_open(struct picture_files *files, const char *folder, struct err *err);
void picture_files_close(struct picture_files *files);
/* The absolute path of an item's picture; the caller frees; NULL when there is none. */
char *picture_files_find(struct picture_files *files, const char *key);

/* Decode, measure and keep the pictures of these items; those whose file is unchanged are left
 * alone. A picture that cannot be read is no failure: its reason is kept with the item. */
bool pictures_import(struct catalogue *catalogue, const struct intern *keys,
                     struct picture_files *files, const struct import_options *options,
                     struct picture_report *report, struct err *err);

#endif
