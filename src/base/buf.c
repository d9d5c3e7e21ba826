/* buf.c - see buf.h
 * SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static void make_room(struct buf *buf, size_t more)
{
  size_t need = buf->size + more + 1;
  if (need <= buf->room)
    return;
  size_t room = buf->room ? buf->room : 64;
  while (room < need)
    room *= 2;
  buf->data = mem_grow(buf->data, room, 1);
  buf->room = room;
}

void buf_add(struct buf *buf, const void *data, size_t size)
{
  make_room(buf, size);
  if (size)
    memcpy(buf->data + buf->size, data, size);
  buf->size += size;
  buf->data[buf->size] = '\0';
}

void buf_str(struct buf *buf, const char *text)
{
  if (text)
    buf_add(buf, text, strlen(text));
}

void buf_char(struct buf *buf, char c) { buf_add(buf, &c, 1); }

void buf_printf(struct buf *buf, const char *format, ...)
{
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int length = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (length > 0) {
    make_room(buf, (size_t)length);
    vsnprintf(buf->data + buf->size, (size_t)length + 1, format, again);
    buf->size += (size_t)length;
  }
  va_end(again);
}

char *buf_take(struct buf *buf)
{
  make_room(buf, 0);
  buf->data[buf->size] = '\0';
  char *data = buf->data;
  *buf = (struct buf){0};
  return data;
}

void buf_clear(struct buf *buf)
{
  buf->size = 0;
  if (buf->data)
    buf->data[0] = '\0';
}

void buf_free(struct buf *buf)
{
  free(buf->data);
  *buf = (struct buf){0};
}
