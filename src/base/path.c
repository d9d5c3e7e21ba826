/* path.c - see path.h
 * SPDX-License-Identifier: MIT */
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

char *path_join(const char *dir, const char *name)
{
  if (name[0] == '/' || !dir[0])
    return mem_strdup(name);
  size_t length = strlen(dir);
  return mem_printf("%s%s%s", dir, dir[length - 1] == '/' ? "" : "/", name);
}

const char *path_base(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash && slash[1] ? slash + 1 : path;
}

bool path_is_dir(const char *path)
{
  struct stat st;
  return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool path_is_file(const char *path)
{
  struct stat st;
  return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

bool path_make_dirs(const char *path, struct err *err)
{
  char *copy = mem_strdup(path);
  bool ok = true;
  for (char *p = copy + 1; ok; p++) {
    if (*p && *p != '/')
      continue;
    char kept = *p;
    *p = '\0';
    if (mkdir(copy, 0777) != 0 && errno != EEXIST)
      ok = err_errno(err, EX_CANTCREAT, "cannot make the directory %s", copy);
    *p = kept;
    if (!kept)
      break;
  }
  if (ok && !path_is_dir(path))
    ok = err_set(err, EX_CANTCREAT, "%s exists and is not a directory", path);
  free(copy);
  return ok;
}

/* The permissions of what is made in a workspace: its owner's, and its group's where the directory
 * above lets the group write. */
static mode_t kept_mode(const char *path, bool is_dir)
{
  char *parent = mem_strdup(path), *slash = strrchr(parent, '/');
  mode_t mode = is_dir ? 0700 : 0600;
  struct stat st = {0};
  if (slash)
    slash[slash == parent] = '\0';
  if (stat(slash ? parent : ".", &st) == 0 && st.st_mode & S_IWGRP)
    mode |= mode >> 3;
  free(parent);
  return is_dir ? mode | (st.st_mode & S_ISGID) : mode;
}

int path_keep_open(const char *path, int flags)
{
  mode_t mode = kept_mode(path, false);
  int fd = open(path, flags | O_CREAT | O_CLOEXEC, mode);
  if (fd >= 0)
    fchmod(fd, mode); /* whatever the umask says; a file of somebody else stays as it is */
  return fd;
}

bool path_keep_dir(const char *path)
{
  mode_t mode = kept_mode(path, true);
  return mkdir(path, mode) == 0 && chmod(path, mode) == 0;
}

bool path_keep_dirs(const char *path, struct err *err)
{
  return path_keep_dir(path) || path_make_dirs(path, err);
}

bool path_remove_tree(const char *path, struct err *err)
{
  char *roots[] = {(char *)(size_t)path, NULL};
  FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
  if (!walk)
    return err_errno(err, EX_IOERR, "cannot read %s", path);
  bool ok = true;
  for (FTSENT *entry; ok && (entry = fts_read(walk));) {
    if (entry->fts_info == FTS_D)
      continue;
    if (entry->fts_info == FTS_NS && entry->fts_errno == ENOENT)
      continue;
    if (remove(entry->fts_accpath) != 0 && errno != ENOENT)
      ok = err_errno(err, EX_IOERR, "cannot remove %s", entry->fts_path);
  }
  fts_close(walk);
  return ok;
}

char *path_read(const char *path, size_t limit, size_t *size, struct err *err)
{
  if (!limit)
    limit = (size_t)1 << 30;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat st;
  if (fd < 0 || fstat(fd, &st) != 0) {
    err_errno(err, EX_NOINPUT, "cannot read %s", path);
    if (fd >= 0)
      close(fd);
    return NULL;
  }
  if (S_ISDIR(st.st_mode)) {
    close(fd);
    err_set(err, EX_NOINPUT, "%s is a directory, a file was expected", path);
    return NULL;
  }
  if (S_ISREG(st.st_mode) && (uintmax_t)st.st_size > limit) {
    close(fd);
    err_set(err, EX_DATAERR, "%s is larger than %zu bytes", path, limit);
    return NULL;
  }
  size_t room = st.st_size > 0 ? (size_t)st.st_size + 1 : 4096, used = 0;
  char *data = mem_alloc(room);
  for (;;) {
    if (used + 1 >= room)
      data = mem_grow(data, room *= 2, 1);
    ssize_t n = read(fd, data + used, room - used - 1);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 || used > limit) {
      if (n < 0)
        err_errno(err, EX_NOINPUT, "cannot read %s", path);
      else
        err_set(err, EX_DATAERR, "%s is larger than %zu bytes", path, limit);
      close(fd);
      free(data);
      return NULL;
    }
    if (n == 0)
      break;
    used += (size_t)n;
  }
  close(fd);
  data[used] = '\0';
  if (size)
    *size = used;
  return data;
}

/* A file of a directory that is not listed in it; -1 where there is no such thing (NFS). */
static int open_nameless(const char *path, mode_t mode)
{
  const char *slash = strrchr(path, '/');
  char *dir = slash ? mem_strndup(path, (size_t)(slash + 1 - path)) : mem_strdup(".");
  int fd = open(dir, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
  free(dir);
  return fd;
}

/* Put it into its directory. */
static bool give_name(const struct path_new *file)
{
  char *link = mem_printf("/proc/self/fd/%d", fileno(file->stream));
  unlink(file->temporary); /* of a killed process that had our number */
  bool ok = linkat(AT_FDCWD, link, AT_FDCWD, file->temporary, AT_SYMLINK_FOLLOW) == 0;
  free(link);
  return ok;
}

static bool new_open(struct path_new *file, const char *path, bool is_kept, struct err *err)
{
  mode_t mode = is_kept ? kept_mode(path, false) : 0666;
  *file = (struct path_new){.path = mem_strdup(path),
                            .temporary = mem_printf("%s.new-%ld", path, (long)getpid())};
  int fd = open_nameless(path, mode);
  file->is_nameless = fd >= 0;
  if (fd < 0)
    fd = open(file->temporary, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, mode);
  if (fd >= 0 && is_kept)
    fchmod(fd, mode);
  file->stream = fd >= 0 ? fdopen(fd, "w") : NULL;
  if (file->stream)
    return true;
  err_errno(err, EX_CANTCREAT, "cannot write %s", path);
  path_new_abandon(file);
  return false;
}

bool path_new_open(struct path_new *file, const char *path, struct err *err)
{
  return new_open(file, path, true, err);
}

static void path_new_release(struct path_new *file)
{
  free(file->path);
  free(file->temporary);
  *file = (struct path_new){0};
}

bool path_new_commit(struct path_new *file, struct err *err)
{
  bool ok = !ferror(file->stream) && fflush(file->stream) == 0 && fsync(fileno(file->stream)) == 0 &&
            (!file->is_nameless || give_name(file));
  int saved = errno;
  if (fclose(file->stream) != 0 && ok) {
    ok = false;
    saved = errno;
  }
  if (ok && rename(file->temporary, file->path) != 0) {
    ok = false;
    saved = errno;
  }
  if (!ok) {
    unlink(file->temporary);
    errno = saved;
    err_errno(err, EX_IOERR, "cannot write %s", file->path);
  }
  path_new_release(file);
  return ok;
}

void path_new_abandon(struct path_new *file)
{
  if (file->stream) {
    fclose(file->stream);
    unlink(file->temporary);
  }
  path_new_release(file);
}

static bool write_new(const char *path, const void *data, size_t size, bool is_kept,
                      struct err *err)
{
  struct path_new file;
  if (!new_open(&file, path, is_kept, err))
    return false;
  fwrite(data, 1, size, file.stream);
  return path_new_commit(&file, err);
}

bool path_write(const char *path, const void *data, size_t size, struct err *err)
{
  struct stat st;
  if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) { /* /dev/full, /dev/stdout, a pipe */
    FILE *stream = fopen(path, "we");
    if (!stream)
      return err_errno(err, EX_CANTCREAT, "cannot write %s", path);
    bool ok = fwrite(data, 1, size, stream) == size && fflush(stream) == 0;
    if (!ok)
      err_errno(err, EX_IOERR, "cannot write %s", path);
    fclose(stream);
    return ok;
  }
  return write_new(path, data, size, false, err);
}

bool path_keep(const char *path, const void *data, size_t size, struct err *err)
{
  return write_new(path, data, size, true, err);
}

char *path_temp_dir(const char *prefix, struct err *err)
{
  const char *base = getenv("TMPDIR");
  char *name = mem_printf("%s/%s-XXXXXX", base && *base ? base : "/tmp", prefix);
  if (mkdtemp(name))
    return name;
  err_errno(err, EX_CANTCREAT, "cannot make a temporary directory %s", name);
  free(name);
  return NULL;
}

char *path_self_dir(void)
{
  char link[4096];
  ssize_t n = readlink("/proc/self/exe", link, sizeof link - 1);
  if (n <= 0)
    return mem_strdup(".");
  link[n] = '\0';
  char *slash = strrchr(link, '/');
  if (slash)
    *slash = '\0';
  return mem_strdup(link);
}

static bool is_run_from_build(void)
{
  char *self = path_self_dir(), *stamp = path_join(self, "config.status");
  bool is_build = path_is_file(stamp);
  free(self);
  free(stamp);
  return is_build;
}

char *path_data_file(const char *name, struct err *err)
{
  const char *set = getenv("NEGGEN_DATADIR");
  const char *dirs[] = {set && *set ? set : NULL, is_run_from_build() ? SRCDIR : NULL, DATADIR,
                        SRCDIR};
  for (size_t k = 0; k < COUNT_OF(dirs); k++) {
    if (!dirs[k])
      continue;
    char *path = path_join(dirs[k], name);
    if (access(path, R_OK) == 0)
      return path;
    free(path);
  }
  err_set(err, EX_OSFILE, "%s is not in %s: install neggen, or set NEGGEN_DATADIR", name, DATADIR);
  return NULL;
}
