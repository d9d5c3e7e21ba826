/* script.c - the interface without a terminal: keys and commands from a file
 *
 * A line is a comment (#), a `:command`, or keys separated by blanks: names as in the
 * action table (Down, Enter, C-l), single characters, and "text in quotes" that is typed.
 * After each line the database has answered; `:wait` also waits for templates and
 * detached work. `:save-screen FILE` writes what a person would see.
 * SPDX-License-Identifier: MIT */
#include <curses.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "loop.h"
#include "store/job.h"
#include "ui.h"

/* A script's wall clock stands still. */
enum { SCRIPT_WALL = 1767225600, WAIT_SECONDS = 120 };

static void add_wide(struct buf *out, wchar_t c)
{
  char bytes[MB_LEN_MAX + 1];
  mbstate_t state = {0};
  size_t size = wcrtomb(bytes, c, &state);
  if (size != (size_t)-1)
    buf_add(out, bytes, size);
}

/* The text of a row of the screen, without final blanks. */
static void add_screen_row(struct buf *out, int row)
{
  size_t start = out->size;
  for (int x = 0; x < COLS; x++) {
    cchar_t cell;
    wchar_t text[CCHARW_MAX + 1] = {0};
    attr_t attributes;
    short pair;
    if (mvwin_wch(stdscr, row, x, &cell) == ERR)
      continue;
    getcchar(&cell, text, &attributes, &pair, NULL);
    for (int k = 0; text[k]; k++)
      add_wide(out, text[k]);
    int wide = wcwidth(text[0]);
    x += wide > 1 ? wide - 1 : 0;
  }
  while (out->size > start && out->data[out->size - 1] == ' ')
    out->data[--out->size] = '\0';
  buf_char(out, '\n');
}

bool screen_save(const char *path, struct err *err)
{
  struct buf out = {0};
  for (int row = 0; row < LINES; row++)
    add_screen_row(&out, row);
  bool ok = path_write(path, out.data, out.size, err);
  buf_free(&out);
  return ok;
}

static void settle(struct ui *ui)
{
  int64_t end = clock_ns() + (int64_t)WAIT_SECONDS * 1000000000;
  do {
    if (ui->must_draw)
      ui_draw(ui); /* drawing may ask for more rows */
    if (!worker_is_idle(ui->worker))
      loop_turn(ui->loop, 100);
  } while ((!worker_is_idle(ui->worker) || ui->must_draw) && clock_ns() < end);
}

/* Does a process train or generate in this workspace? */
static bool is_at_work(const struct ui *ui, const char *kind)
{
  struct job_info info;
  int count;
  bool is_running = false;
  char **ids = job_ids(ui->workspace, kind, &count);
  for (int k = 0; k < count; k++) {
    if (job_look(ui->workspace, kind, ids[k], &info, NULL)) {
      is_running = is_running || info.state == JOB_RUNNING;
      job_info_free(&info);
    }
    free(ids[k]);
  }
  free(ids);
  return is_running;
}

/* Until nothing is under way: templates, starts, and work in the background. */
static bool wait_for_work(struct ui *ui, struct err *err)
{
  int64_t end = clock_ns() + (int64_t)WAIT_SECONDS * 1000000000;
  while (ui->generation || ui->launches || is_at_work(ui, "runs") || is_at_work(ui, "jobs")) {
    if (clock_ns() > end)
      return err_set(err, EX_TEMPFAIL, "waited %d seconds, and something is still under way",
                     WAIT_SECONDS);
    loop_turn(ui->loop, 100);
  }
  ui_changed(ui, true);
  settle(ui);
  return true;
}

/* "text": each character is a key. Returns behind the closing quote, NULL without one. */
static const char *type_text(struct ui *ui, const char *p)
{
  const char *end = strchr(p, '"');
  if (!end)
    return NULL;
  char *text = mem_strndup(p, (size_t)(end - p));
  mbstate_t state = {0};
  wchar_t c;
  for (const char *q = text; *q;) {
    size_t size = mbrtowc(&c, q, strlen(q), &state);
    if (size == (size_t)-1 || size == (size_t)-2 || !size)
      break;
    ui_key(ui, (int)c);
    q += size;
  }
  free(text);
  return end + 1;
}

static bool play_keys(struct ui *ui, const char *line, int *column, struct err *err)
{
  for (const char *p = line; *p;) {
    p += strspn(p, " \t");
    *column = (int)(p - line) + 1;
    if (!*p)
      break;
    if (*p == '"') {
      if (!(p = type_text(ui, p + 1)))
        return err_set(err, EX_DATAERR, "this text has no closing quote");
      continue;
    }
    int size = (int)strcspn(p, " \t"), key = key_named(p, size);
    if (key == KEY_NONE)
      return err_set(err, EX_DATAERR, "no key \"%.*s\"", size, p);
    ui_key(ui, key);
    settle(ui);
    p += size;
  }
  return true;
}

static bool play_line(struct ui *ui, const char *line, int *column, struct err *err)
{
  *column = 1;
  if (!*line || *line == '#')
    return true;
  if (!strcmp(line, ":wait"))
    return wait_for_work(ui, err);
  return *line == ':' ? ui_command(ui, line + 1, err) : play_keys(ui, line, column, err);
}

int script_run(struct ui *ui, const char *path)
{
  struct err err;
  char *text = path_read(path, 1 << 20, NULL, &err);
  if (!text)
    return cli_fail(&err);
  int number = 1, status = 0, column = 1;
  clock_fake(SCRIPT_WALL);
  settle(ui);
  for (char *line = text; line && *line && !status && !ui->is_quitting; number++) {
    char *end = strchr(line, '\n');
    if (end)
      *end = '\0';
    if (!play_line(ui, line, &column, &err)) {
      err_prefix(&err, "%s:%d:%d", path, number, column);
      status = cli_fail(&err);
    }
    settle(ui);
    line = end ? end + 1 : NULL;
  }
  free(text);
  return status;
}
