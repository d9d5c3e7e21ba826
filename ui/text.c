/* text.c - see text.h
 * SPDX-License-Identifier: MIT */
#include "text.h"

#include <curses.h>
#include <langinfo.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

static bool is_unicode;

void text_start(void) { is_unicode = !strcmp(nl_langinfo(CODESET), "UTF-8"); }

bool text_is_unicode(void) { return is_unicode; }

/* Bytes as they are, or as ASCII in another locale. */
static void add_bytes(const char *text, size_t size)
{
  if (is_unicode) {
    addnstr(text, (int)size);
    return;
  }
  int width;
  for (size_t n, done = 0; done < size && (n = utf8_next(text + done, &width)) > 0; done += n) {
    if (n == 1 && (unsigned char)text[done] < 0x80)
      addch((chtype)(unsigned char)text[done]);
    else
      for (int k = 0; k < width; k++)
        addch('?');
  }
}

static void set_role(enum role_of_colour role)
{
  unsigned long attributes;
  short pair;
  colour_of(role, &attributes, &pair);
  attr_set((attr_t)attributes, pair, NULL);
}

int put(int row, int column, int width, enum role_of_colour role, const char *text, bool is_padded)
{
  if (width <= 0 || row < 0 || row >= LINES || column >= COLS)
    return 0;
  if (column + width > COLS)
    width = COLS - column;
  int used;
  size_t size = utf8_fit(text, width, &used);
  bool is_cut = text[size] != '\0';
  if (is_cut && width > 1)
    size = utf8_fit(text, width - 1, &used);
  set_role(role);
  move(row, column);
  add_bytes(text, size);
  if (is_cut && width > 1) {
    add_bytes(is_unicode ? "\xe2\x80\xa6" : "~", is_unicode ? 3 : 1);
    used++;
  }
  for (int k = used; is_padded && k < width; k++)
    addch(' ');
  set_role(C_NORMAL);
  return used;
}

int put_format(int row, int column, int width, enum role_of_colour role, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  char *text = mem_vprintf(format, args);
  va_end(args);
  int used = put(row, column, width, role, text, false);
  free(text);
  return used;
}

void put_right(int row, int column, int width, enum role_of_colour role, const char *text)
{
  int used;
  utf8_fit(text, width, &used);
  put(row, column + width - used, used, role, text, false);
}

void put_line(int row, int column, int width, char ascii, const char *unicode)
{
  if (row < 0 || row >= LINES)
    return;
  set_role(C_DIM);
  move(row, column);
  for (int k = 0; k < width && column + k < COLS; k++) {
    if (is_unicode)
      addstr(unicode);
    else
      addch((chtype)(unsigned char)ascii);
  }
  set_role(C_NORMAL);
}

static void add_piece(struct layout *layout, int line, int column, const char *text, size_t size,
                      bool is_marked)
{
  VEC_PUSH(layout->pieces, layout->piece_count, layout->piece_room) =
    (struct piece){line, column, mem_strndup(text, size), is_marked};
}

/* A word with what is glued to it: up to the next blank. Marked parts are told apart inside. */
struct flow {
  struct layout *layout;
  int width, line, column;
};

static void flow_add(struct flow *flow, const char *text, size_t size, bool is_marked)
{
  while (size) {
    char *copy = mem_strndup(text, size);
    int used, room = flow->width - flow->column;
    size_t fit = utf8_fit(copy, room, &used);
    if (!fit && flow->column == 0)
      fit = utf8_next(copy, &used); /* narrower than a character: one a line */
    if (fit)
      add_piece(flow->layout, flow->line, flow->column, copy, fit, is_marked);
    free(copy);
    flow->column += used;
    text += fit;
    size -= fit;
    if (size) {
      flow->line++;
      flow->column = 0;
    }
  }
}

/* Columns of the text up to the next blank (or the end), brackets counted. */
static int word_width(const char *text, size_t at, const struct span *marks, size_t count)
{
  size_t end = at;
  int brackets = 0;
  for (;; end++) {
    for (size_t k = 0; k < count; k++)
      brackets += (end == marks[k].start) + (end == marks[k].start + marks[k].size && end > at);
    if (!text[end] || text[end] == ' ' || text[end] == '\n')
      break;
  }
  char *word = mem_strndup(text + at, end - at);
  int width = utf8_width(word) + brackets;
  free(word);
  return width;
}

struct layout layout_make(const char *text, const struct span *marks, size_t mark_count, int width)
{
  struct layout layout = {0};
  struct flow flow = {.layout = &layout, .width = width > 1 ? width : 1};
  bool is_marked = false, is_word_start = true;
  for (size_t at = 0;; ) {
    for (size_t k = 0; k < mark_count; k++)
      if (at == marks[k].start + marks[k].size && is_marked) {
        flow_add(&flow, "]", 1, true);
        is_marked = false;
      }
    if (!text[at])
      break;
    if (text[at] == '\n' || text[at] == ' ') {
      if (text[at] == '\n' && flow.column) {
        flow.line++;
        flow.column = 0;
      } else if (flow.column && flow.column < flow.width) {
        flow_add(&flow, " ", 1, is_marked);
      }
      at++;
      is_word_start = true;
      continue;
    }
    if (is_word_start && flow.column &&
        flow.column + word_width(text, at, marks, mark_count) > flow.width) {
      flow.line++;
      flow.column = 0;
    }
    is_word_start = false;
    for (size_t k = 0; k < mark_count; k++)
      if (at == marks[k].start && !is_marked) {
        flow_add(&flow, "[", 1, true);
        is_marked = true;
      }
    size_t end = at + 1;
    for (bool is_border = false; text[end] && text[end] != ' ' && text[end] != '\n'; end++) {
      for (size_t k = 0; k < mark_count; k++)
        is_border = is_border || end == marks[k].start || end == marks[k].start + marks[k].size;
      if (is_border)
        break;
    }
    flow_add(&flow, text + at, end - at, is_marked);
    at = end;
  }
  layout.line_count = flow.line + 1;
  return layout;
}

void layout_free(struct layout *layout)
{
  for (int k = 0; k < layout->piece_count; k++)
    free(layout->pieces[k].text);
  free(layout->pieces);
  *layout = (struct layout){0};
}

void layout_draw(const struct layout *layout, int row, int column, int first, int rows,
                 enum role_of_colour plain, enum role_of_colour marked)
{
  for (int k = 0; k < layout->piece_count; k++) {
    const struct piece *piece = &layout->pieces[k];
    if (piece->line < first || piece->line >= first + rows)
      continue;
    put(row + piece->line - first, column + piece->column, COLS, piece->is_marked ? marked : plain,
        piece->text, false);
  }
}

void put_bar(int row, int column, int width, double share, enum role_of_colour role)
{
  int filled = isfinite(share) ? (int)lround(share * width) : 0;
  filled = filled < 0 ? 0 : filled > width ? width : filled;
  move(row, column);
  set_role(role);
  for (int k = 0; k < filled; k++)
    addch('#');
  set_role(C_DIM);
  for (int k = filled; k < width; k++)
    addch('.');
  set_role(C_NORMAL);
}

const char *thousands(long long value, char buffer[32])
{
  char digits[24];
  int length = snprintf(digits, sizeof digits, "%lld", value < 0 ? -value : value);
  char *out = buffer;
  if (value < 0)
    *out++ = '-';
  for (int k = 0; k < length; k++) {
    *out++ = digits[k];
    if (k + 1 < length && (length - k - 1) % 3 == 0)
      *out++ = ',';
  }
  *out = '\0';
  return buffer;
}
