/* lines.c - see lines.h
 * SPDX-License-Identifier: MIT */
#include "data/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/utf8.h"

enum { WINDOW = 1 << 18 };

bool lines_open(struct lines *lines, const char *path, struct err *err)
{
  struct stat st;
  *lines = (struct lines){.path = mem_strdup(path), .fd = open(path, O_RDONLY | O_CLOEXEC)};
  if (lines->fd < 0 || fstat(lines->fd, &st) != 0) {
    err_errno(err, EX_NOINPUT, "cannot read %s", path);
    lines_close(lines);
    return false;
  }
  lines->bytes = st.st_size;
  lines->changed = st.st_mtim;
  lines->window = mem_alloc(lines->room = WINDOW);
  posix_fadvise(lines->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
  lines_rewind(lines);
  return true;
}

void lines_close(struct lines *lines)
{
  if (lines->path && lines->fd >= 0)
    close(lines->fd);
  free(lines->path);
  free(lines->window);
  buf_free(&lines->converted);
  *lines = (struct lines){.fd = -1};
}

void lines_rewind(struct lines *lines)
{
  lseek(lines->fd, 0, SEEK_SET);
  lines->used = lines->start = lines->next = 0;
  lines->number = lines->latin1_count = 0;
  lines->next_number = 1;
  lines->has_end = false;
}

bool lines_is_same(const struct lines *lines, struct err *err)
{
  struct stat st;
  if (fstat(lines->fd, &st) == 0 && st.st_size == lines->bytes &&
      st.st_mtim.tv_sec == lines->changed.tv_sec && st.st_mtim.tv_nsec == lines->changed.tv_nsec)
    return true;
  return err_set(err, EX_DATAERR, "%s was changed while it was read; try again", lines->path);
}

bool lines_refuse(const struct lines *lines, size_t at, struct err *err, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  char *message = mem_vprintf(format, args);
  va_end(args);
  int64_t number = lines->number;
  size_t column = 1;
  for (size_t k = 0; k < at; k++) {
    bool is_new = lines->text[k] == '\n';
    bool is_inside = lines->is_latin1 && ((unsigned char)lines->text[k] & 0xc0) == 0x80;
    number += is_new;
    column = is_new ? 1 : column + !is_inside;
  }
  err_set(err, EX_DATAERR, "%s:%lld:%zu: %s", lines->path, (long long)number, column, message);
  free(message);
  return false;
}

/* More of the file into the window, which keeps what stands from `start` on. */
static bool fill(struct lines *lines, struct err *err)
{
  if (lines->start > 0) {
    memmove(lines->window, lines->window + lines->start, lines->used - lines->start);
    lines->used -= lines->start;
    lines->next -= lines->start;
    lines->start = 0;
  }
  if (lines->used + 1 >= lines->room)
    lines->window = mem_grow(lines->window, lines->room *= 2, 1);
  ssize_t n;
  do
    n = read(lines->fd, lines->window + lines->used, lines->room - lines->used - 1);
  while (n < 0 && errno == EINTR);
  lines->has_end = n <= 0;
  if (n > 0)
    lines->used += (size_t)n;
  if (n < 0)
    lines->start = lines->next = lines->used;
  return n >= 0 || err_errno(err, EX_IOERR, "cannot read %s", lines->path);
}

/* Set next behind the line feed of the line at next. What is too long together with what stands
 * between start and next is left (is_extension), or passed without keeping it. */
static bool find_end(struct lines *lines, bool is_extension, bool *is_long, struct err *err)
{
  size_t looked = lines->next - lines->start;
  *is_long = false;
  for (;;) {
    size_t at = lines->start + looked;
    char *feed = memchr(lines->window + at, '\n', lines->used - at);
    if (feed) {
      lines->next = (size_t)(feed - lines->window) + 1;
      return true;
    }
    if (lines->has_end) {
      lines->next = lines->used;
      return true;
    }
    looked = lines->used - lines->start;
    if (looked > LINE_MAX_BYTES + 2) {
      *is_long = true;
      if (is_extension)
        return true;
      lines->start = lines->next = lines->used;
      looked = 0;
    }
    if (!fill(lines, err))
      return false;
  }
}

static bool is_ascii(const char *text, size_t size)
{
  const uint64_t high = 0x8080808080808080u;
  uint64_t word;
  size_t k = 0;
  for (; k + sizeof word <= size; k += sizeof word) {
    memcpy(&word, text + k, sizeof word);
    if (word & high)
      return false;
  }
  for (; k < size; k++)
    if ((unsigned char)text[k] & 0x80)
      return false;
  return true;
}

static void convert(struct lines *lines)
{
  buf_clear(&lines->converted);
  for (size_t k = 0; k < lines->size; k++) {
    unsigned char c = (unsigned char)lines->text[k];
    if (c & 0x80)
      buf_char(&lines->converted, (char)(0xc0 | c >> 6));
    buf_char(&lines->converted, (char)(c & 0x80 ? 0x80 | (c & 0x3f) : c));
  }
  lines->text = lines->converted.data;
  lines->size = lines->converted.size;
  lines->is_latin1 = true;
  lines->latin1_count++;
}

/* Sets text and size to what stands between start and next. */
static bool take_text(struct lines *lines, bool is_long, struct err *err)
{
  lines->text = lines->window + lines->start;
  lines->size = lines->next - lines->start;
  lines->is_latin1 = false;
  if (lines->size && lines->text[lines->size - 1] == '\n')
    lines->size--;
  if (lines->size && lines->text[lines->size - 1] == '\r')
    lines->size--;
  if (is_long || lines->size > LINE_MAX_BYTES)
    return err_set(err, EX_DATAERR, "%s:%lld:%d: this line is longer than %d bytes", lines->path,
                   (long long)lines->number, LINE_MAX_BYTES + 1, LINE_MAX_BYTES);
  size_t checked = lines->checked < lines->size ? lines->checked : lines->size;
  const char *fresh = lines->text + checked;
  size_t size = lines->size - checked;
  lines->checked = lines->size;
  const char *zero = memchr(fresh, '\0', size);
  if (zero)
    return lines_refuse(lines, (size_t)(zero - lines->text), err,
                        "expected text, found a NUL byte");
  if (is_ascii(fresh, size))
    return true;
  size_t valid = utf8_valid_size(fresh, size);
  if (valid != size && lines->may_be_latin1)
    convert(lines);
  else if (valid != size)
    return lines_refuse(lines, checked + valid, err, "expected UTF-8, found the byte 0x%02x",
                        (unsigned)(unsigned char)fresh[valid]);
  return true;
}

static void skip_mark(struct lines *lines)
{
  if (lines->number == 1 && lines->next - lines->start >= 3 &&
      !memcmp(lines->window + lines->start, "\xef\xbb\xbf", 3))
    lines->start += 3;
}

int lines_next(struct lines *lines, struct err *err)
{
  for (;;) {
    bool is_long;
    lines->start = lines->next;
    lines->number = lines->next_number;
    if (!find_end(lines, false, &is_long, err))
      return -1;
    if (lines->next == lines->start && !is_long)
      return 0;
    lines->next_number++;
    skip_mark(lines);
    lines->checked = 0;
    lines->first_end = lines->next - lines->start;
    if (!take_text(lines, is_long, err))
      return -1;
    if (lines->size)
      return 1;
  }
}

int lines_extend(struct lines *lines, struct err *err)
{
  bool is_long;
  size_t before = lines->next - lines->start;
  if (!find_end(lines, true, &is_long, err))
    return -1;
  lines->text = lines->window + lines->start; /* it may have moved */
  if (lines->next - lines->start == before && !is_long)
    return 0;
  if (is_long || lines->next - lines->start > LINE_MAX_BYTES) {
    lines->next = lines->start + before;
    return err_set(err, EX_DATAERR, "%s:%lld:1: what begins here is longer than %d bytes",
                   lines->path, (long long)lines->number, LINE_MAX_BYTES), -1;
  }
  lines->next_number++;
  return take_text(lines, false, err) ? 1 : -1;
}

void lines_retract(struct lines *lines)
{
  lines->next = lines->start + lines->first_end;
  lines->next_number = lines->number + 1;
}
