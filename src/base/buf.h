/* buf.h - bytes that grow: the string builder
 *
 * Start with `struct buf b = {0};`. The data is always NUL-terminated once
 * something was added; it may hold NUL bytes itself. Free with buf_free, or take
 * the memory over with buf_take.
 * SPDX-License-Identifier: MIT */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>

struct buf {
  char *data;
  size_t size, room;
};

void buf_add(struct buf *buf, const void *data, size_t size);
void buf_str(struct buf *buf, const char *text); /* NULL adds nothing */
void buf_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *buf_take(struct buf *buf); /* the caller frees; never NULL; buf is empty again */
void buf_clear(struct buf *buf); /* size 0, memory kept */
void buf_free(struct buf *buf);

#endif
