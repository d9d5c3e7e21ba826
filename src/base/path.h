/* path.h - files: whole or not at all
 *
 * What is written for keeps goes to a temporary file beside its name, is flushed
 * to disk, and renamed over it; a failure leaves the old file as it was. Where the file
 * system can do it the temporary file gets a name at its end only: a kill leaves nothing.
 *
 * What a workspace holds ("keep") belongs to its owner alone, 0600, or 0660 where the directory that
 * it stands in is group-writable; a directory in it hands that, and setgid, down. Other files are
 * made as the umask says.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* The last name of a path, in it; of one that ends with a slash, all. */
const char *path_base(const char *path);
char *path_join(const char *dir, const char *name);   /* the caller frees; absolute name wins */
bool path_is_dir(const char *path);
bool path_is_file(const char *path);
bool path_make_dirs(const char *path, struct err *err); /* like mkdir -p */
bool path_remove_tree(const char *path, struct err *err);
/* Read a whole file, NUL-terminated; *size may be NULL. NULL on failure (EX_NOINPUT), also
 * when it is larger than limit bytes (0: 1 GiB). The caller frees. */
char *path_read(const char *path, size_t limit, size_t *size, struct err *err);
/* Write a whole file by temporary file, fsync and rename. */
bool path_write(const char *path, const void *data, size_t size, struct err *err);
/* The same in a workspace. */
bool path_keep(const char *path, const void *data, size_t size, struct err *err);
/* Open a file of a workspace, made when it is not there; flags as of open(2). -1 and errno. */
int path_keep_open(const char *path, int flags);
/* Make one directory of a workspace; false and errno when it is there, or cannot be made. */
bool path_keep_dir(const char *path);
/* The same; one that is there already is fine. */
bool path_keep_dirs(const char *path, struct err *err);

/* A file of a workspace being replaced: write to ->stream, then commit or abandon. */
struct path_new {
  FILE *stream;
  char *path, *temporary;
  bool is_nameless; /* it is not in the directory yet */
};
bool path_new_open(struct path_new *file, const char *path, struct err *err);
bool path_new_commit(struct path_new *file, struct err *err); /* closes; removes it on failure */
void path_new_abandon(struct path_new *file);

/* A private temporary directory under $TMPDIR or /tmp. The caller frees the name. */
char *path_temp_dir(const char *prefix, struct err *err);
/* Where a data file of ours is: $NEGGEN_DATADIR/name, else the source tree when run from the
 * build, else the installed one. The caller frees; NULL with an error when none has it. */
char *path_data_file(const char *name, struct err *err);
/* The directory of the running executable. The caller frees. */
char *path_self_dir(void);

#endif
