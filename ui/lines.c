/* lines.c - see lines.h
 * SPDX-License-Identifier: MIT */
#include "lines.h"

#include <curses.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

/* A text with brackets around its marks, and where those stand now, brackets included. */
struct bracketed {
  struct buf text;
  struct span *marks;
  size_t count;
};

static struct bracketed put_brackets(const char *text, const struct span *marks, size_t count)
{
  struct bracketed out = {.marks = mem_zero(count + 1, sizeof *out.marks), .count = count};
  size_t at = 0, size = strlen(text);
  for (size_t k = 0; k < count; k++) {
    size_t start = marks[k].start < size ? marks[k].start : size;
    size_t end = start + marks[k].size < size ? start + marks[k].size : size;
    buf_add(&out.text, text + at, start - at);
    out.marks[k].start = out.text.size;
    buf_char(&out.text, '[');
    buf_add(&out.text, text + start, end - start);
    buf_char(&out.text, ']');
    out.marks[k].size = out.text.size - out.marks[k].start;
    at = end;
  }
  buf_str(&out.text, text + at);
  return out;
}

/* How much of a text goes onto a line: up to the last blank in the second half of it, else as much as
 * fits. */
static size_t take_line(const char *text, size_t size, int width)
{
  char *copy = mem_strndup(text, size);
  size_t fit = utf8_fit(copy, width, NULL), indent = strspn(copy, " "), cut;
  if (fit < size) {
    fit = fit ? fit : utf8_next(copy, NULL); /* narrower than a character: one a line */
    size_t least = indent > fit / 2 ? indent : fit / 2;
    for (cut = fit; cut > least && copy[cut] != ' '; cut--)
      ;
    fit = cut > least ? cut : fit;
  }
  free(copy);
  return fit ? fit : size;
}

static void add_line(struct lines *lines, const struct bracketed *whole, size_t start, size_t size,
                     enum role_of_colour plain, enum role_of_colour marked)
{
  struct line line = {.text = mem_strndup(whole->text.data + start, size), .start = start,
                      .plain = plain, .marked = marked};
  size_t room = 0;
  for (size_t k = 0; k < whole->count; k++) {
    size_t from = whole->marks[k].start, to = from + whole->marks[k].size;
    from = from > start ? from : start;
    to = to < start + size ? to : start + size;
    if (from < to)
      VEC_PUSH(line.marks, line.mark_count, room) = (struct span){from - start, to - from};
  }
  VEC_PUSH(lines->at, lines->count, lines->room) = line;
}

void lines_add(struct lines *lines, const char *text, const struct span *marks, size_t mark_count,
               int width, enum role_of_colour plain, enum role_of_colour marked)
{
  struct bracketed whole = put_brackets(text, marks, mark_count);
  const char *data = whole.text.data ? whole.text.data : "";
  for (size_t at = 0, end; at <= whole.text.size; at = end + 1) {
    end = at + strcspn(data + at, "\n");
    if (at == end)
      add_line(lines, &whole, at, 0, plain, marked);
    for (size_t size; at < end; at += size) {
      size = take_line(data + at, end - at, width > 1 ? width : 1);
      add_line(lines, &whole, at, size, plain, marked);
      size += at + size < end && data[at + size] == ' ';
    }
  }
  buf_free(&whole.text);
  free(whole.marks);
}

void lines_format(struct lines *lines, int width, enum role_of_colour role, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  char *text = mem_vprintf(format, args), *clean = utf8_clean(text, true);
  va_end(args);
  lines_add(lines, clean, NULL, 0, width, role, role);
  free(clean);
  free(text);
}

void lines_point(struct lines *lines, int first, size_t at, int width, const char *what)
{
  int k = first;
  if (first >= lines->count)
    return;
  while (k + 1 < lines->count && lines->at[k + 1].start <= at && lines->at[k + 1].start)
    k++;
  const struct line *line = &lines->at[k];
  size_t inside = at - line->start;
  char *before = mem_strndup(line->text, inside);
  char *pointer = mem_printf("%*s^ %s", utf8_width(before), "", what);
  struct lines added = {0};
  lines_add(&added, pointer, NULL, 0, width, C_BAD, C_BAD);
  for (int n = 0; n < added.count; n++)
    added.at[n].start = SIZE_MAX; /* they stand for no part of the text */
  VEC_ROOM(lines->at, lines->count + added.count, lines->room);
  memmove(lines->at + k + 1 + added.count, lines->at + k + 1,
          (size_t)(lines->count - k - 1) * sizeof *lines->at);
  memcpy(lines->at + k + 1, added.at, (size_t)added.count * sizeof *lines->at);
  lines->count += added.count;
  free(added.at);
  free(pointer);
  free(before);
}

void lines_pad(struct lines *lines, int count)
{
  while (lines->count < count)
    VEC_PUSH(lines->at, lines->count, lines->room) = (struct line){.text = mem_strdup("")};
}

static void draw_line(const struct line *line, int row, int column, int width)
{
  size_t at = 0;
  int used = 0;
  for (size_t k = 0; k <= line->mark_count; k++) {
    size_t start = k < line->mark_count ? line->marks[k].start : strlen(line->text);
    char *plain = mem_strndup(line->text + at, start - at);
    used += put(row, column + used, width - used, line->plain, plain, false);
    free(plain);
    if (k == line->mark_count)
      break;
    char *marked = mem_strndup(line->text + start, line->marks[k].size);
    used += put(row, column + used, width - used, line->marked, marked, false);
    free(marked);
    at = start + line->marks[k].size;
  }
}

void lines_draw(const struct lines *lines, int row, int column, int rows, int width, int first)
{
  for (int k = 0; k < rows && first + k < lines->count; k++)
    if (first + k >= 0)
      draw_line(&lines->at[first + k], row + k, column, width);
}

void lines_free(struct lines *lines)
{
  for (int k = 0; k < lines->count; k++) {
    free(lines->at[k].text);
    free(lines->at[k].marks);
  }
  free(lines->at);
  *lines = (struct lines){0};
}
