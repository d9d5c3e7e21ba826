/* npy.c - see npy.h
 * SPDX-License-Identifier: MIT */
#include "encode/npy.h"

#include <fcntl.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"

/* What the header's dict literal says. */
struct header {
  char descr[40];
  bool is_fortran;
  int64_t shape[2];
  int dimensions;
  bool has_descr, has_order, has_shape;
};

/* A place in the header being read. */
struct cursor {
  const char *at, *end;
};

static void skip_blanks(struct cursor *cursor)
{
  while (cursor->at < cursor->end && strchr(" \t\n", *cursor->at) && *cursor->at)
    cursor->at++;
}

static bool take(struct cursor *cursor, const char *text)
{
  size_t n = strlen(text);
  skip_blanks(cursor);
  if ((size_t)(cursor->end - cursor->at) < n || memcmp(cursor->at, text, n) != 0)
    return false;
  cursor->at += n;
  return true;
}

/* A quoted string without escapes, cut to the room there is. */
static bool take_string(struct cursor *cursor, char *out, size_t room)
{
  skip_blanks(cursor);
  if (cursor->at == cursor->end || (*cursor->at != '\'' && *cursor->at != '"'))
    return false;
  char quote = *cursor->at++;
  size_t n = 0;
  for (; cursor->at < cursor->end && *cursor->at != quote; cursor->at++)
    if (n + 1 < room)
      out[n++] = *cursor->at;
  out[n] = 0;
  return take(cursor, (char[]){quote, 0});
}

static bool take_shape(struct cursor *cursor, struct header *header)
{
  if (!take(cursor, "("))
    return false;
  while (!take(cursor, ")")) {
    int64_t value = 0;
    int digits = 0;
    skip_blanks(cursor);
    for (; cursor->at < cursor->end && *cursor->at >= '0' && *cursor->at <= '9'; cursor->at++) {
      if (++digits > 15)
        return false;
      value = value * 10 + (*cursor->at - '0');
    }
    if (digits == 0)
      return false;
    if (header->dimensions < 2)
      header->shape[header->dimensions] = value;
    header->dimensions++;
    take(cursor, "L"); /* Python 2 wrote 3L */
    if (!take(cursor, ","))
      return take(cursor, ")");
  }
  return true;
}

/* One "key: value" of the dict. */
static bool take_entry(struct cursor *cursor, struct header *header)
{
  char key[20];
  if (!take_string(cursor, key, sizeof key) || !take(cursor, ":"))
    return false;
  if (strcmp(key, "descr") == 0) {
    if (take(cursor, "["))
      strcpy(header->descr, "a structure");
    header->has_descr = header->descr[0] ||
                        take_string(cursor, header->descr, sizeof header->descr);
    return header->descr[0] == '<';
  }
  if (strcmp(key, "fortran_order") == 0) {
    header->has_order = true;
    header->is_fortran = take(cursor, "True");
    return header->is_fortran || take(cursor, "False");
  }
  header->has_shape = true;
  return strcmp(key, "shape") == 0 && take_shape(cursor, header);
}

static bool take_header(struct cursor *cursor, struct header *header)
{
  if (!take(cursor, "{"))
    return false;
  while (!take(cursor, "}")) {
    if (!take_entry(cursor, header))
      return false;
    take(cursor, ",");
  }
  skip_blanks(cursor);
  return cursor->at == cursor->end && header->has_descr && header->has_order && header->has_shape;
}

/* The preamble: sets *data to behind the header. */
static bool find_header(const uint8_t *bytes, size_t size, const char *what, struct cursor *cursor,
                        const uint8_t **data, struct err *err)
{
  if (size < 10 || memcmp(bytes, "\x93NUMPY", 6) != 0)
    return err_set(err, EX_DATAERR, "%s: is no .npy file", what);
  int version = bytes[6];
  if (version != 1 && version != 2)
    return err_set(err, EX_DATAERR, "%s: is .npy version %d.%d, of which 1 and 2 are read", what,
                   version, bytes[7]);
  size_t length = bytes[8] | (size_t)bytes[9] << 8, start = 10;
  if (version == 2) {
    if (size < 12)
      return err_set(err, EX_DATAERR, "%s: is truncated", what);
    length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    start = 12;
  }
  if (length > size - start)
    return err_set(err, EX_DATAERR, "%s: is truncated", what);
  *cursor = (struct cursor){(const char *)bytes + start, (const char *)bytes + start + length};
  *data = bytes + start + length;
  return true;
}

static bool check_header(const struct header *header, bool is_read, size_t left, const char *what,
                         struct err *err)
{
  const char *descr = header->descr;
  if (header->has_descr && strchr(descr, 'O'))
    return err_set(err, EX_DATAERR,
                   "%s: holds Python objects (%s), which are programs: save it as float32", what,
                   descr);
  if (header->has_descr && strcmp(descr, "<f4") != 0 && strcmp(descr, "<f8") != 0)
    return err_set(err, EX_DATAERR, "%s: holds %s, of which <f4 and <f8 are read", what, descr);
  if (!is_read)
    return err_set(err, EX_DATAERR, "%s: has a header that makes no sense", what);
  if (header->dimensions != 2)
    return err_set(err, EX_DATAERR, "%s: has %d dimensions, 2 are expected", what,
                   header->dimensions);
  int64_t product = 0;
  if (__builtin_mul_overflow(header->shape[0], header->shape[1], &product) ||
      __builtin_mul_overflow(product, descr[2] - '0', &product) || (uint64_t)product != left)
    return err_set(err, EX_DATAERR, "%s: holds %zu bytes of data, its header says %lld x %lld %s",
                   what, left, (long long)header->shape[0], (long long)header->shape[1], descr);
  return true;
}

static float value_at(const uint8_t *data, bool is_double, int64_t k)
{
  if (is_double) {
    double value;
    memcpy(&value, data + 8 * k, sizeof value);
    return (float)value;
  }
  float value;
  memcpy(&value, data + 4 * k, sizeof value);
  return value;
}

bool npy_parse(const void *bytes, size_t size, const char *what, struct npy *out, struct err *err)
{
  struct cursor cursor;
  struct header header = {0};
  const uint8_t *data = NULL;
  *out = (struct npy){0};
  if (!find_header(bytes, size, what, &cursor, &data, err))
    return false;
  bool is_read = take_header(&cursor, &header);
  if (!check_header(&header, is_read, size - (size_t)(data - (const uint8_t *)bytes), what, err))
    return false;
  out->rows = header.shape[0];
  out->columns = header.shape[1];
  out->data = mem_aligned((size_t)(out->rows * out->columns) + 1, sizeof *out->data);
  for (int64_t r = 0; r < out->rows; r++)
    for (int64_t c = 0; c < out->columns; c++) {
      int64_t k = header.is_fortran ? c * out->rows + r : r * out->columns + c;
      float value = value_at(data, header.descr[2] == '8', k);
      out->data[r * out->columns + c] = value;
      if (!isfinite(value)) {
        npy_free(out);
        return err_set(err, EX_DATAERR, "%s: row %lld, column %lld (from 0) is no finite float",
                       what, (long long)r, (long long)c);
      }
    }
  return true;
}

/* Mapped: the file is not in memory beside its values. */
bool npy_read(const char *path, struct npy *out, struct err *err)
{
  struct stat st;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  *out = (struct npy){0};
  bool is_there = fd >= 0 && fstat(fd, &st) == 0;
  bool is_file = is_there && S_ISREG(st.st_mode) && st.st_size > 0;
  void *bytes = is_file ? mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0)
                        : MAP_FAILED;
  bool ok = false;
  if (is_there && !is_file)
    err_set(err, EX_DATAERR, "%s: is no .npy file", path);
  else if (bytes == MAP_FAILED)
    err_errno(err, EX_NOINPUT, "cannot read %s", path);
  else
    ok = npy_parse(bytes, (size_t)st.st_size, path, out, err);
  if (bytes != MAP_FAILED)
    munmap(bytes, (size_t)st.st_size);
  if (fd >= 0)
    close(fd);
  return ok;
}

bool npy_write(const char *path, const float *data, int64_t rows, int64_t columns, struct err *err)
{
  struct path_new file;
  struct buf header = {0};
  buf_printf(&header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%lld, %lld), }",
             (long long)rows, (long long)columns);
  while ((10 + header.size + 1) % 64 != 0)
    buf_char(&header, ' ');
  buf_char(&header, '\n');
  if (!path_new_open(&file, path, err)) {
    buf_free(&header);
    return false;
  }
  const uint8_t start[] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (uint8_t)header.size,
                           (uint8_t)(header.size >> 8)};
  fwrite(start, 1, sizeof start, file.stream);
  fwrite(header.data, 1, header.size, file.stream);
  fwrite(data, sizeof *data, (size_t)(rows * columns), file.stream);
  buf_free(&header);
  return path_new_commit(&file, err); /* tells of what could not be written */
}

void npy_free(struct npy *npy)
{
  free(npy->data);
  *npy = (struct npy){0};
}
