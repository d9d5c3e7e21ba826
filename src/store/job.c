/* job.c - see job.h
 * SPDX-License-Identifier: MIT */
#include "store/job.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"

const char *const job_state_names[JOB_STATES] = {"running", "stopped", "done", "failed"};

#define CONFIG_LIMIT ((size_t)1 << 20)
#define LAST_LINE_LIMIT 65536

static char *job_dir(const char *workspace, const char *kind, const char *id)
{
  return mem_printf("%s/%s/%s", workspace, kind, id);
}

/* "7" and up, without a sign or leading zero: 0 for anything else. */
static long id_number(const char *text)
{
  char *end;
  if (text[0] < '1' || text[0] > '9' || strlen(text) > 9)
    return 0;
  long number = strtol(text, &end, 10);
  return *end ? 0 : number;
}

static int by_number(const void *a, const void *b)
{
  long x = id_number(*(char *const *)a), y = id_number(*(char *const *)b);
  return (x > y) - (x < y);
}

char **job_ids(const char *workspace, const char *kind, int *count)
{
  char *path = path_join(workspace, kind), **ids = NULL;
  int room = 0;
  DIR *dir = opendir(path);
  *count = 0;
  for (struct dirent *entry; dir && (entry = readdir(dir));)
    if (id_number(entry->d_name))
      VEC_PUSH(ids, *count, room) = mem_strdup(entry->d_name);
  if (dir)
    closedir(dir);
  free(path);
  if (*count)
    qsort(ids, (size_t)*count, sizeof *ids, by_number);
  return ids;
}

static struct flock whole_file(void)
{
  return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

/* Lock the directory for us and write our pid. The error names who holds it. */
static bool take_lock(struct job *job, const char *kind, struct err *err)
{
  char *path = job_path(job, "lock"), text[32] = "";
  struct flock lock = whole_file();
  bool ok = false;
  job->lock_fd = path_keep_open(path, O_RDWR);
  if (job->lock_fd < 0) {
    err_errno(err, EX_CANTCREAT, "cannot write %s", path);
  } else if (fcntl(job->lock_fd, F_OFD_SETLK, &lock) != 0) {
    ssize_t n = pread(job->lock_fd, text, sizeof text - 1, 0);
    text[n > 0 ? strcspn(text, "\n") : 0] = '\0';
    if (errno == EAGAIN || errno == EACCES)
      err_set(err, EX_BUSY, "%s/%s is in use by another process (pid %s)", kind, job->id,
              *text ? text : "unknown");
    else
      err_errno(err, EX_IOERR, "cannot lock %s", path);
  } else {
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    ok = ftruncate(job->lock_fd, 0) == 0 && pwrite(job->lock_fd, text, (size_t)n, 0) == n;
    if (!ok)
      err_errno(err, EX_IOERR, "cannot write %s", path);
  }
  free(path);
  return ok;
}

/* A crash may have left half a line: cut it off, so that the next event starts a line. */
static bool cut_partial_line(int fd)
{
  off_t size = lseek(fd, 0, SEEK_END), keep = size;
  char c;
  while (keep > 0 && pread(fd, &c, 1, keep - 1) == 1 && c != '\n')
    keep--;
  return keep == size || ftruncate(fd, keep) == 0;
}

static bool open_events(struct job *job, struct err *err)
{
  char *path = job_path(job, "events.jsonl");
  job->event_fd = path_keep_open(path, O_RDWR | O_APPEND);
  bool ok = job->event_fd >= 0 && cut_partial_line(job->event_fd);
  if (!ok)
    err_errno(err, EX_CANTCREAT, "cannot write %s", path);
  free(path);
  return ok;
}

static struct job *job_new(const char *workspace, const char *kind, const char *id)
{
  struct job *job = mem_zero(1, sizeof *job);
  *job = (struct job){.dir = job_dir(workspace, kind, id), .id = mem_strdup(id), .lock_fd = -1,
                      .event_fd = -1};
  return job;
}

static bool write_config(struct job *job, const cJSON *config, struct err *err)
{
  char *path = job_path(job, "config.json"), *text = json_pretty(config);
  bool ok = path_keep(path, text, strlen(text), err);
  free(text);
  free(path);
  return ok;
}

struct job *job_create(const char *workspace, const char *kind, const cJSON *config,
                       struct err *err)
{
  char *parent = path_join(workspace, kind);
  struct job *job = NULL;
  bool ok = path_keep_dirs(parent, err);
  while (ok) {
    int count;
    char **ids = job_ids(workspace, kind, &count), id[24];
    snprintf(id, sizeof id, "%ld", count ? id_number(ids[count - 1]) + 1 : 1);
    for (int k = 0; k < count; k++)
      free(ids[k]);
    free(ids);
    job = job_new(workspace, kind, id);
    if (path_keep_dir(job->dir))
      break;
    ok = errno == EEXIST; /* another process took that number */
    if (!ok)
      err_errno(err, EX_CANTCREAT, "cannot make the directory %s", job->dir);
    job_close(job);
    job = NULL;
  }
  free(parent);
  if (job && (!take_lock(job, kind, err) || !write_config(job, config, err) ||
              !open_events(job, err))) {
    job_close(job);
    job = NULL;
  }
  return job;
}

static bool exists(const char *workspace, const char *kind, const char *id, struct err *err)
{
  char *dir = job_dir(workspace, kind, id);
  bool ok = id_number(id) && path_is_dir(dir);
  free(dir);
  return ok || err_set(err, EX_NOINPUT, "no %s \"%s\" in %s",
                       strcmp(kind, "runs") ? "job" : "run", id, workspace);
}

struct job *job_take(const char *workspace, const char *kind, const char *id, struct err *err)
{
  if (!exists(workspace, kind, id, err))
    return NULL;
  struct job *job = job_new(workspace, kind, id);
  if (take_lock(job, kind, err) && open_events(job, err))
    return job;
  job_close(job);
  return NULL;
}

char *job_path(const struct job *job, const char *name) { return path_join(job->dir, name); }

void job_close(struct job *job)
{
  if (!job)
    return;
  if (job->event_fd >= 0)
    close(job->event_fd);
  if (job->lock_fd >= 0)
    close(job->lock_fd);
  free(job->dir);
  free(job->id);
  free(job);
}

bool job_event(struct job *job, cJSON *event, struct err *err)
{
  json_add_int(event, "time", clock_wall());
  char *text = json_line(event), *line = mem_printf("%s\n", text);
  size_t size = strlen(line);
  off_t before = lseek(job->event_fd, 0, SEEK_END);
  ssize_t n = write(job->event_fd, line, size);
  bool ok = n == (ssize_t)size;
  if (!ok) {
    if (n >= 0)
      errno = ENOSPC;
    err_errno(err, EX_IOERR, "cannot write %s/events.jsonl", job->dir);
    if (n > 0 && before >= 0 && ftruncate(job->event_fd, before) != 0) {
      /* then job_take cuts what is left of the line */
    }
  }
  free(line);
  free(text);
  cJSON_Delete(event);
  return ok;
}

bool job_print_to_log(struct job *job, struct err *err)
{
  char *path = job_path(job, "log");
  int fd = path_keep_open(path, O_WRONLY | O_APPEND);
  fflush(stdout);
  fflush(stderr);
  bool ok = fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0;
  if (!ok)
    err_errno(err, EX_CANTCREAT, "cannot write %s", path);
  if (fd >= 0)
    close(fd);
  free(path);
  return ok;
}

/* ---- from outside */

/* The pid of the process that holds the lock, or 0. */
static pid_t lock_holder(const char *dir)
{
  char *path = path_join(dir, "lock"), text[32] = "";
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct flock lock = whole_file();
  pid_t pid = 0;
  free(path);
  if (fd < 0)
    return 0;
  if (fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK &&
      pread(fd, text, sizeof text - 1, 0) > 0)
    pid = (pid_t)strtol(text, NULL, 10);
  close(fd);
  return pid > 0 ? pid : 0;
}

/* The last whole line of the events, parsed; NULL when there is none. */
static cJSON *last_event(const char *dir)
{
  char *path = path_join(dir, "events.jsonl");
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  struct stat st;
  cJSON *event = NULL;
  free(path);
  if (fd < 0)
    return NULL;
  if (fstat(fd, &st) == 0 && st.st_size > 0) {
    size_t size = st.st_size < LAST_LINE_LIMIT ? (size_t)st.st_size : LAST_LINE_LIMIT;
    char *text = mem_alloc(size + 1);
    ssize_t n = pread(fd, text, size, st.st_size - (off_t)size);
    text[n > 0 ? n : 0] = '\0';
    char *end = strrchr(text, '\n');
    if (end) {
      *end = '\0';
      char *start = strrchr(text, '\n');
      start = start ? start + 1 : text;
      event = json_parse(start, strlen(start), "events.jsonl", NULL);
    }
    free(text);
  }
  close(fd);
  return event;
}

static enum job_state state_of(const cJSON *last)
{
  const char *name = last ? json_str(last, "event") : NULL;
  if (name && !strcmp(name, "end"))
    return JOB_DONE;
  return name && !strcmp(name, "error") ? JOB_FAILED : JOB_STOPPED;
}

bool job_look(const char *workspace, const char *kind, const char *id, struct job_info *info,
              struct err *err)
{
  *info = (struct job_info){0};
  if (!exists(workspace, kind, id, err))
    return false;
  char *dir = job_dir(workspace, kind, id), *path = path_join(dir, "config.json");
  size_t size;
  char *text = path_read(path, CONFIG_LIMIT, &size, NULL);
  info->id = mem_strdup(id);
  info->config = text ? json_parse(text, size, path, NULL) : NULL;
  if (!info->config)
    info->config = cJSON_CreateObject();
  info->pid = lock_holder(dir);
  info->last = last_event(dir);
  info->state = info->pid ? JOB_RUNNING : state_of(info->last);
  free(text);
  free(path);
  free(dir);
  return true;
}

void job_info_free(struct job_info *info)
{
  free(info->id);
  cJSON_Delete(info->config);
  cJSON_Delete(info->last);
  *info = (struct job_info){0};
}

bool job_stop(const char *workspace, const char *kind, const char *id, struct err *err)
{
  if (!exists(workspace, kind, id, err))
    return false;
  char *dir = job_dir(workspace, kind, id);
  pid_t pid = lock_holder(dir);
  free(dir);
  if (pid && kill(pid, SIGTERM) != 0 && errno != ESRCH)
    return err_errno(err, EX_NOPERM, "cannot stop process %ld", (long)pid);
  return true;
}

void job_tail_open(struct job_tail *tail, const char *workspace, const char *kind, const char *id)
{
  *tail = (struct job_tail){.path = mem_printf("%s/%s/%s/events.jsonl", workspace, kind, id)};
}

/* Append what was added to the file since; drop what was taken. */
static void tail_read(struct job_tail *tail)
{
  int fd = open(tail->path, O_RDONLY | O_CLOEXEC);
  char block[16384];
  ssize_t n;
  if (fd < 0)
    return;
  if (tail->taken) {
    tail->pending.size -= tail->taken;
    memmove(tail->pending.data, tail->pending.data + tail->taken, tail->pending.size);
    tail->taken = 0;
  }
  while ((n = pread(fd, block, sizeof block, tail->offset)) > 0) {
    buf_add(&tail->pending, block, (size_t)n);
    tail->offset += n;
  }
  close(fd);
}

/* A whole line that was read and not yet taken, NULL when there is none. */
static const char *tail_line(struct job_tail *tail, size_t *size)
{
  if (tail->taken >= tail->pending.size)
    return NULL;
  const char *line = tail->pending.data + tail->taken;
  const char *end = memchr(line, '\n', tail->pending.size - tail->taken);
  if (!end)
    return NULL;
  *size = (size_t)(end - line);
  tail->taken += *size + 1;
  return line;
}

cJSON *job_tail_next(struct job_tail *tail)
{
  for (bool has_read = false;;) {
    size_t size;
    const char *line = tail_line(tail, &size);
    if (line) {
      cJSON *event = json_parse(line, size, "events.jsonl", NULL);
      if (event)
        return event;
      tail->bad_lines++;
    } else if (has_read) {
      return NULL;
    } else {
      tail_read(tail);
      has_read = true;
    }
  }
}

void job_tail_close(struct job_tail *tail)
{
  free(tail->path);
  buf_free(&tail->pending);
  *tail = (struct job_tail){0};
}
