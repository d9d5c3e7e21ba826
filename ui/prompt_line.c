/* prompt_line.c - the last line while something is typed: a command, or a text to search
 * SPDX-License-Identifier: MIT */
#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "text.h"
#include "ui.h"

struct prompt_line {
  const char *lead;
  struct buf text;
  void (*enter)(struct ui *ui, const char *text);
  void (*typed)(struct ui *ui, const char *text);
  bool completes;
  char *stem;  /* what was there when completion began */
  int offered; /* which completion stands there */
};

struct prompt_line *prompt_line_new(const char *lead, void (*enter)(struct ui *, const char *),
                                    void (*typed)(struct ui *, const char *), bool completes)
{
  struct prompt_line *line = mem_zero(1, sizeof *line);
  line->lead = lead;
  line->enter = enter;
  line->typed = typed;
  line->completes = completes;
  buf_str(&line->text, "");
  return line;
}

void prompt_line_free(struct prompt_line *line)
{
  if (!line)
    return;
  buf_free(&line->text);
  free(line->stem);
  free(line);
}

/* The k-th word that may stand where the stem is: actions and commands, or settings after "set ". */
static char *word_at(int k)
{
  const char *operands, *help, *name;
  if (k < ACTION_COUNT - 1)
    return mem_strdup(action_rows[k + 1].name);
  k -= ACTION_COUNT - 1;
  int count = 0;
  for (; (name = ui_command_row(count, &operands, &help)) != NULL; count++)
    if (count == k)
      return mem_printf("%s ", name);
  name = session_option(k - count, &help);
  return name ? mem_printf("set %s ", name) : NULL;
}

static void complete(struct prompt_line *line)
{
  if (!line->stem) {
    line->stem = mem_strdup(line->text.data);
    line->offered = -1;
  }
  size_t size = strlen(line->stem);
  for (int round = 0; round < 2; round++) {
    char *word;
    for (int k = line->offered + 1; (word = word_at(k)) != NULL; k++) {
      if (!strncmp(word, line->stem, size)) {
        buf_clear(&line->text);
        buf_str(&line->text, word);
        line->offered = k;
        free(word);
        return;
      }
      free(word);
    }
    line->offered = -1;
  }
}

static void finish(struct ui *ui, bool is_entered)
{
  struct prompt_line *line = ui->prompt;
  ui->prompt = NULL;
  if (is_entered)
    line->enter(ui, line->text.data);
  prompt_line_free(line);
}

static void take_back(struct buf *text)
{
  while (text->size && ((unsigned char)text->data[text->size - 1] & 0xc0) == 0x80)
    text->size--;
  if (text->size)
    text->size--;
  text->data[text->size] = '\0';
}

static void add_character(struct buf *text, int c)
{
  char bytes[5] = {0};
  if (c < 0x80) {
    bytes[0] = (char)c;
  } else if (c < 0x800) {
    bytes[0] = (char)(0xc0 | c >> 6);
    bytes[1] = (char)(0x80 | (c & 63));
  } else if (c < 0x10000) {
    bytes[0] = (char)(0xe0 | c >> 12);
    bytes[1] = (char)(0x80 | (c >> 6 & 63));
    bytes[2] = (char)(0x80 | (c & 63));
  } else {
    bytes[0] = (char)(0xf0 | c >> 18);
    bytes[1] = (char)(0x80 | (c >> 12 & 63));
    bytes[2] = (char)(0x80 | (c >> 6 & 63));
    bytes[3] = (char)(0x80 | (c & 63));
  }
  buf_str(text, bytes);
}

void prompt_line_key(struct ui *ui, int key)
{
  struct prompt_line *line = ui->prompt;
  ui->must_draw = true;
  if (key == K_ESC || (key == K_BACKSPACE && !line->text.size)) {
    if (line->typed)
      line->typed(ui, "");
    finish(ui, false);
    return;
  }
  if (key == K_ENTER) {
    finish(ui, true);
    return;
  }
  if (key == K_TAB && line->completes) {
    complete(line);
    return;
  }
  free(line->stem);
  line->stem = NULL;
  if (key == K_BACKSPACE)
    take_back(&line->text);
  else if (key >= ' ' && key < KEY_SPECIAL)
    add_character(&line->text, key);
  else
    return;
  if (line->typed)
    line->typed(ui, line->text.data);
}

/* What the stem could become, beside the text: the words that begin with it. */
static void draw_offers(const struct prompt_line *line, int row, int column)
{
  const char *stem = line->stem ? line->stem : line->text.data;
  struct buf offers = {0};
  char *word;
  for (int k = 0; (word = word_at(k)) != NULL && offers.size < 400; k++) {
    if (*stem && !strncmp(word, stem, strlen(stem)) && strcmp(word, line->text.data))
      buf_printf(&offers, "%s  ", word);
    free(word);
  }
  if (offers.size)
    put(row, column, COLS - column, C_DIM, offers.data, false);
  buf_free(&offers);
}

void prompt_line_draw(const struct prompt_line *line, int row)
{
  int used = put(row, 0, COLS, C_HINT, line->lead, false);
  const char *text = line->text.data;
  while (utf8_width(text) > COLS - used - 2)
    text += utf8_next(text, NULL);
  used += put(row, used, COLS - used, C_NORMAL, text, false);
  put(row, used, 1, C_SELECTED, " ", false);
  if (line->completes)
    draw_offers(line, row, used + 3);
  move(row, used < COLS ? used : COLS - 1);
}
