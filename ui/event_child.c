/* event_child.c - see event_child.h
 * SPDX-License-Identifier: MIT */
#include "event_child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "loop.h"

struct event_child {
  struct child child;
  struct buf line; /* read of stdout, not yet used */
  const struct event_listener *listener;
  void *user;
};

/* A pipe with the key in it, for the child to read: its end, or -1 without a key. */
static int key_pipe(const struct ui *ui)
{
  int ends[2];
  if (!ui->key || pipe2(ends, O_CLOEXEC) != 0)
    return -1;
  ssize_t ignored = write(ends[1], ui->key, strlen(ui->key));
  (void)ignored;
  close(ends[1]);
  return ends[0];
}

struct arguments {
  const char *list[40];
  int count;
};

static void add(struct arguments *arguments, const char *name, const char *value)
{
  if (value && !*value)
    return;
  arguments->list[arguments->count++] = name;
  if (value)
    arguments->list[arguments->count++] = value;
}

static void add_all(struct arguments *arguments, const char *const words[])
{
  for (int k = 0; words[k]; k++)
    add(arguments, words[k], NULL);
}

static void add_session(struct arguments *arguments, const struct ui *ui, const char *key_file)
{
  const struct session *session = &ui->session;
  add(arguments, "--backend", session->backend);
  add(arguments, "--seed", session->seed);
  if (!strcmp(session->backend, "offline"))
    return;
  add(arguments, "--model", session->model);
  add(arguments, "--api-base", session->api_base);
  add(arguments, "--timeout", session->timeout);
  if (*session->api_key_file || key_file)
    add(arguments, "--api-key-file", *session->api_key_file ? session->api_key_file : key_file);
}

static bool spawn(struct ui *ui, const char *const words[], const char *const operands[],
                  unsigned flags, struct child *child, struct err *err)
{
  int key = key_pipe(ui);
  char *key_file = key >= 0 ? mem_printf("/dev/fd/%d", key) : NULL;
  struct arguments arguments = {{0}, 0};
  add(&arguments, "/proc/self/exe", NULL);
  add_all(&arguments, words);
  add_session(&arguments, ui, key_file);
  add(&arguments, "--", NULL);
  add_all(&arguments, operands);
  bool ok = child_start(child, arguments.list,
                        flags | CHILD_PIPE_OUT | CHILD_PIPE_ERR | CHILD_NULL_IN, key, err);
  if (key >= 0)
    close(key);
  free(key_file);
  ui->has_worked = ui->has_worked || ok;
  return ok;
}

static void release(struct ui *ui, struct event_child *child)
{
  loop_forget(ui->loop, child->child.out);
  buf_free(&child->line);
}

/* The first line of what it complained of, without our name. */
static char *complaint_of(int fd)
{
  char *text = child_read_all(fd, 4096, NULL);
  char *first = strncmp(text, "neggen: ", 8) ? text : text + 8;
  first[strcspn(first, "\n")] = '\0';
  char *complaint = mem_strdup(first);
  free(text);
  return complaint;
}

static void finish(struct ui *ui, struct event_child *child)
{
  release(ui, child);
  char *complaint = complaint_of(child->child.error);
  int status = child_wait(&child->child);
  child->listener->end(ui, child->user, status, complaint);
  free(complaint);
  free(child);
}

static void take_line(struct ui *ui, struct event_child *child, const char *line)
{
  struct err err;
  cJSON *event = json_parse(line, strlen(line), "event", &err);
  if (event)
    child->listener->event(ui, child->user, event);
  cJSON_Delete(event);
}

static void on_output(struct ui *ui, void *user)
{
  struct event_child *child = user;
  char block[4096];
  ssize_t size = read(child->child.out, block, sizeof block);
  if (size < 0 && (errno == EINTR || errno == EAGAIN))
    return;
  if (size <= 0) {
    finish(ui, child);
    return;
  }
  buf_add(&child->line, block, (size_t)size);
  char *start = child->line.data, *end;
  while ((end = strchr(start, '\n')) != NULL) {
    *end = '\0';
    take_line(ui, child, start);
    start = end + 1;
  }
  size_t left = child->line.size - (size_t)(start - child->line.data);
  memmove(child->line.data, start, left + 1);
  child->line.size = left;
}

struct event_child *event_child_start(struct ui *ui, const char *const words[],
                                      const char *const operands[],
                                      const struct event_listener *listener, void *user,
                                      struct err *err)
{
  struct event_child *child = mem_zero(1, sizeof *child);
  if (!spawn(ui, words, operands, CHILD_DIE_WITH_US, &child->child, err)) {
    free(child);
    return NULL;
  }
  child->listener = listener;
  child->user = user;
  loop_watch(ui->loop, child->child.out, on_output, child);
  return child;
}

void event_child_kill(struct event_child *child) { kill(child->child.pid, SIGKILL); }

void event_child_drop(struct ui *ui, struct event_child *child)
{
  if (!child)
    return;
  release(ui, child);
  child_stop(&child->child, 0);
  free(child);
}

char *session_detach(struct ui *ui, const char *const words[], const char *const operands[],
                     struct err *err)
{
  struct child child;
  if (!spawn(ui, words, operands, 0, &child, err))
    return NULL;
  char *id = child_read_all(child.out, 4096, NULL); /* it detaches at once */
  char *complaint = complaint_of(child.error);
  int status = child_wait(&child);
  id[strcspn(id, "\n")] = '\0';
  if (status) {
    err_set(err, status, "%s", complaint);
    free(id);
    id = NULL;
  }
  free(complaint);
  return id;
}
