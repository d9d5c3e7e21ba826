/* generation.c - see generation.h
 * SPDX-License-Identifier: MIT */
#include "generation.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/child.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "loop.h"

struct generation {
  struct child child;
  struct buf line; /* read of stdout, not yet used */
  char *item, *state;
  char *outcome; /* what is to be said at the end, or NULL */
  bool is_cancelled;
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
  const char *list[32];
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

static void finish(struct ui *ui);

/* "a valid candidate, balance .98"; of a draft there is nothing to be said. */
static char *outcome_of(const cJSON *event)
{
  const char *reason = json_str(event, "reason");
  double balance = json_num(event, "balance", NAN);
  if (reason)
    return mem_printf("not valid: %s", reason);
  if (!json_bool(event, "valid", false))
    return NULL;
  return isfinite(balance) ? mem_printf("a valid candidate, balance %.2f", balance)
                           : mem_strdup("a valid candidate");
}

/* The end of what has come of a reply, in TAIL columns. */
static char *tail_of(const char *reply)
{
  enum { TAIL = 30 };
  char *clean = utf8_clean(reply ? reply : "", false);
  const char *at = clean;
  int wide = utf8_width(clean), step;
  while (wide > TAIL) {
    at += utf8_next(at, &step);
    wide -= step;
  }
  char *tail = mem_strdup(at);
  free(clean);
  return tail;
}

static void take_event(struct ui *ui, struct generation *generation, const char *line)
{
  struct err err;
  cJSON *event = json_parse(line, strlen(line), "event", &err);
  if (!event)
    return;
  const char *kind = json_str(event, "event"), *template_name = json_str(event, "template");
  const char *state = json_str(event, "state"), *reason = json_str(event, "reason");
  if (kind && !strcmp(kind, "template") && template_name && state) {
    free(generation->state);
    generation->state = mem_printf("%s %s", template_name, state);
    if (reason)
      ui_complain(ui, "%s: %s", template_name, reason);
  }
  if (kind && !strcmp(kind, "partial") && template_name) {
    char *tail = tail_of(json_str(event, "reply"));
    free(generation->state);
    generation->state = mem_printf("%s: %s", template_name, tail);
    free(tail);
  }
  if (kind && !strcmp(kind, "item")) {
    free(generation->outcome);
    generation->outcome = outcome_of(event);
  }
  compare_generation_event(ui, event);
  ui->must_draw = true;
  cJSON_Delete(event);
}

static void on_output(struct ui *ui, void *user)
{
  struct generation *generation = user;
  char block[4096];
  ssize_t size = read(generation->child.out, block, sizeof block);
  if (size < 0 && (errno == EINTR || errno == EAGAIN))
    return;
  if (size <= 0) {
    finish(ui);
    return;
  }
  buf_add(&generation->line, block, (size_t)size);
  char *start = generation->line.data, *end;
  while ((end = strchr(start, '\n')) != NULL) {
    *end = '\0';
    take_event(ui, generation, start);
    start = end + 1;
  }
  size_t left = generation->line.size - (size_t)(start - generation->line.data);
  memmove(generation->line.data, start, left + 1);
  generation->line.size = left;
}

static void release(struct generation *generation)
{
  buf_free(&generation->line);
  free(generation->item);
  free(generation->state);
  free(generation->outcome);
  free(generation);
}

/* The child is at its end: what it complained of is the message. */
static void finish(struct ui *ui)
{
  struct generation *generation = ui->generation;
  ui->generation = NULL;
  loop_forget(ui->loop, generation->child.out);
  size_t size = 0;
  char *complaint = child_read_all(generation->child.error, 4096, &size);
  int status = child_wait(&generation->child);
  char *first = complaint;
  if (!strncmp(first, "neggen: ", 8))
    first += 8;
  first[strcspn(first, "\n")] = '\0';
  if (generation->is_cancelled)
    ui_say(ui, "cancelled");
  else if (status != 0 && *first)
    ui_complain(ui, "%s", first);
  else if (generation->outcome)
    ui_say(ui, "%s", generation->outcome);
  free(complaint);
  release(generation);
  ui_changed(ui);
}

/* `neggen generate` with the session's settings, on the workspace or one item of it. */
static bool spawn(struct ui *ui, const char *const words[], const char *item, unsigned flags,
                  struct child *child, struct err *err)
{
  int key = key_pipe(ui);
  char *key_file = key >= 0 ? mem_printf("/dev/fd/%d", key) : NULL;
  struct arguments arguments = {{0}, 0};
  add(&arguments, "/proc/self/exe", NULL);
  add(&arguments, "generate", NULL);
  for (int k = 0; words[k]; k++)
    add(&arguments, words[k], NULL);
  add_session(&arguments, ui, key_file);
  add(&arguments, "--", NULL);
  add(&arguments, ui->workspace, NULL);
  if (item)
    add(&arguments, item, NULL);
  bool ok = child_start(child, arguments.list,
                        flags | CHILD_PIPE_OUT | CHILD_PIPE_ERR | CHILD_NULL_IN, key, err);
  if (key >= 0)
    close(key);
  free(key_file);
  ui->has_worked = ui->has_worked || ok;
  return ok;
}

bool generation_start(struct ui *ui, const char *item, const char *templates, struct err *err)
{
  const char *const words[] = {"--templates", templates, "--events", "--again", NULL};
  struct child child;
  if (ui->generation)
    return err_set(err, EX_TEMPFAIL, "one item at a time: Esc cancels what is under way");
  if (!spawn(ui, words, item, CHILD_DIE_WITH_US, &child, err))
    return false;
  struct generation *generation = mem_zero(1, sizeof *generation);
  generation->child = child;
  generation->item = mem_strdup(item);
  generation->state = mem_strdup("starting");
  ui->generation = generation;
  loop_watch(ui->loop, generation->child.out, on_output, generation);
  return true;
}

bool generation_start_all(struct ui *ui, struct err *err)
{
  static const char *const words[] = {"--all", "--detach", NULL};
  struct child child;
  if (!spawn(ui, words, NULL, 0, &child, err))
    return false;
  char *complaint = child_read_all(child.error, 4096, NULL); /* it detaches at once */
  int status = child_wait(&child);
  complaint[strcspn(complaint, "\n")] = '\0';
  bool ok = status == 0 || err_set(err, status, "%s", strncmp(complaint, "neggen: ", 8)
                                                        ? complaint : complaint + 8);
  free(complaint);
  return ok;
}

void generation_cancel(struct ui *ui)
{
  struct generation *generation = ui->generation;
  if (!generation)
    return;
  generation->is_cancelled = true;
  kill(generation->child.pid, SIGKILL); /* it holds no lock that would stay, and its writes are whole */
  ui_say(ui, "cancelling");
}

void generation_end(struct ui *ui)
{
  if (!ui->generation)
    return;
  child_stop(&ui->generation->child, 0);
  release(ui->generation);
  ui->generation = NULL;
}

const char *generation_state(const struct ui *ui, const char **item)
{
  if (!ui->generation)
    return NULL;
  *item = ui->generation->item;
  return ui->generation->state;
}
